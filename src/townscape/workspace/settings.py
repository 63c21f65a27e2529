"""`workspace.toml`: the few settings of a workspace.

    id = "0199…"                      made once
    name = "my-city"
    taxonomy = "camvid"               the default taxonomy of commands

    [limits]
    photo_megapixels = 150            photos above are refused before decoding

    [splits]
    segment_gap_s = 3.0               a longer pause begins a new capture segment

    [labelling]
    wanted_coverage = 1.0             share of an image that must be labelled before it is done
    under_coverage = "warn"           what happens below that: warn or refuse

    [cloud]
    endpoint = ""                     address of an S3 server that is not Amazon's
    region = ""                       region of the buckets
    allow_http = false                whether buckets may be reached without encryption
    anonymous = false                 ask for public buckets without signing
    cache_gb = 10.0                   how much of remote images is kept in the workspace
    allow_private_hosts = false       whether lists of web addresses may name hosts of this network

    [collect]
    datasets_mirror = ""              where open datasets are fetched from instead of their own places

Every value may also come from the environment: TOWNSCAPE_PHOTO_MEGAPIXELS and so on. Keys and
passwords have no place here: they come from the environment and from the cloud's own files.
"""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from townscape.core.errors import WorkspaceError
from townscape.core.options import describe_validation
from townscape.workspace.folder import write_atomically

_SECRET = re.compile(r"key|secret|token|password|credential", re.IGNORECASE)

_SECTIONS = {
    "photo_megapixels": "limits",
    "segment_gap_s": "splits",
    "wanted_coverage": "labelling",
    "under_coverage": "labelling",
    "endpoint": "cloud",
    "region": "cloud",
    "allow_http": "cloud",
    "anonymous": "cloud",
    "cache_gb": "cloud",
    "allow_private_hosts": "cloud",
    "datasets_mirror": "collect",
}


class Settings(BaseModel):
    """What `workspace.toml` may hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    id: str
    """Made once; tells workspaces apart."""
    name: str
    """Name for people."""
    taxonomy: str
    """Name of the default taxonomy."""
    photo_megapixels: float = Field(default=150.0, gt=0)
    """Photos with more megapixels are refused before decoding."""
    segment_gap_s: float = Field(default=3.0, ge=0)
    """Images of a sequence further apart than this many seconds belong to different segments."""
    wanted_coverage: float = Field(default=1.0, ge=0, le=1)
    """Share of an image that must be labelled (ignore counts) before it can be submitted."""
    under_coverage: Literal["warn", "refuse"] = "warn"
    """Whether a person may submit less than that after a warning."""
    endpoint: str = Field(default="", pattern=r"^(https?://[^/?#@\s]+(/[^?#@\s]*)?)?$")
    """Address of an S3 server that is not Amazon's, such as https://s3.example.org."""
    region: str = Field(default="", pattern=r"^[A-Za-z0-9-]*$")
    """Region of the buckets (the environment's otherwise)."""
    allow_http: bool = False
    """Whether a bucket may be reached without encryption."""
    anonymous: bool = False
    """Ask for public buckets without signing anything."""
    cache_gb: float = Field(default=10.0, gt=0)
    """How many gigabytes of remote images are kept in the workspace."""
    allow_private_hosts: bool = False
    """Whether lists of web addresses may name hosts of this network and this computer."""
    datasets_mirror: str = Field(default="", pattern=r"^(https?://[^?#@\s]+)?$")
    """A mirror of the open datasets: their files are fetched from below it, by name."""

    @property
    def cache_bytes(self) -> int:
        """How much of remote images is kept, in bytes."""
        return int(self.cache_gb * 1e9)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The settings in a file, environment variables first. Raises `WorkspaceError`."""
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise WorkspaceError(f"{path} cannot be read: {error}.", hint="mend the file by hand.") from error
        values = {key: value for key, value in content.items() if not isinstance(value, dict)}
        for section in content.values():
            if isinstance(section, dict):
                values |= section
        for name in _SECTIONS:
            from_environment = os.environ.get(f"TOWNSCAPE_{name.upper()}")
            if from_environment is not None:
                values[name] = from_environment
        for name, value in values.items():
            if _SECRET.search(name) or (name == "endpoint" and "@" in str(value)):
                raise WorkspaceError(
                    f"The setting {name!r} holds a secret: keys and passwords have no place in a workspace.",
                    hint=f"take it out of {path}, and put it into the environment or ~/.aws/credentials.",
                )
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise WorkspaceError(
                f"{path} has a wrong setting: {describe_validation(error)}.", hint="mend the file by hand."
            ) from error

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        lines = [f"{key} = {_toml(getattr(self, key))}" for key in ("id", "name", "taxonomy")]
        for section in dict.fromkeys(_SECTIONS.values()):
            lines += ["", f"[{section}]"]
            lines += [f"{key} = {_toml(getattr(self, key))}" for key, s in _SECTIONS.items() if s == section]
        write_atomically(path, ("\n".join(lines) + "\n").encode())


def _toml(value: str | float) -> str:
    return json.dumps(value, ensure_ascii=False)
