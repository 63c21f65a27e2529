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

Every value may also come from the environment: TOWNSCAPE_PHOTO_MEGAPIXELS and so on.
"""

import json
import os
import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from townscape.core.errors import WorkspaceError
from townscape.core.options import describe_validation
from townscape.workspace.folder import write_atomically

_SECTIONS = {
    "photo_megapixels": "limits",
    "segment_gap_s": "splits",
    "wanted_coverage": "labelling",
    "under_coverage": "labelling",
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
