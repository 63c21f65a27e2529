"""What collect can be asked."""

import re
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, model_validator

from townscape.core.errors import UsageError
from townscape.core.options import Options
from townscape.workspace.remote.addresses import has_secret

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)


class CollectOptions(Options):
    """Collect images from folders, archives, videos, buckets, the web and other workspaces."""

    stage: ClassVar[str] = "collect"

    paths: tuple[Path, ...] = ()
    """Folders (searched all the way down), images, GeoTIFFs, archives, videos, other workspaces."""
    addresses: tuple[str, ...] = ()
    """What does not lie on this computer: s3://bucket/prefix, https://…/list.txt, dataset:NAME."""
    copy_images: bool = False
    """Copy the images into the workspace instead of referring to where they lie."""
    place: str | None = None
    """All these images show this one place: they are never split between training and validation."""
    camera: str | None = None
    """All these images were taken by this camera, whatever their files say."""
    sample: int | None = Field(default=None, ge=1)
    """Take only so many images of each source, chosen at random; the others stay listed."""
    seed: int = 0
    """Another seed chooses another sample; the same one the same, also after more images came."""
    follow: bool = False
    """Keep watching the folders, and take new images once they are whole, until this is stopped."""
    every_s: float | None = Field(default=None, gt=0)
    """Videos: look at a frame every so many seconds (1 if nothing else is said)."""
    scene: bool = False
    """Videos: keep the first frame of every scene."""
    moved: int | None = Field(default=None, ge=1, le=256)
    """Videos: keep a frame once it differs from the last kept one by so many of 256 bits; 60 is a start."""
    lossless: bool = False
    """Videos: store frames as PNG instead of JPEG."""
    gpx: Path | None = None
    """A GPX track that gives a position and heading to images that have a time but no position."""
    clock_offset_s: float = 0.0
    """Seconds to add to the camera's clock to get UTC, for the track."""
    accept_licence: str | None = None
    """The name of the open dataset whose licence was read and accepted."""
    relink: Path | None = None
    """This folder was moved to the one that is collected: find its images there again, by content."""
    dry_run: bool = False
    """Only list what relinking would do."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for address in self.addresses:
            if has_secret(address):
                raise UsageError(
                    "An address holds no password and no signature.",
                    hint="they come from the environment, as AWS_SECRET_ACCESS_KEY does.",
                )
            if not is_address(address):
                raise UsageError(f"{address} is no address.", hint="what lies on this computer is a path.")
        if not self.paths and not self.addresses:
            raise UsageError("There is nothing to collect from.", hint="name a folder, a file or an address.")
        if self.relink is not None and (len(self.paths) != 1 or self.addresses):
            raise UsageError("Relinking takes one folder: the one that the images lie in now.")
        if self.dry_run and self.relink is None:
            raise UsageError("A dry run is for relinking only.", hint="add `--relink OLD-FOLDER`.")
        return self


def is_address(text: str) -> bool:
    """Whether a text is an address of something elsewhere and no path of this computer."""
    return _SCHEME.match(text) is not None
