"""What `townscape import` can be asked, one class per format."""

from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from townscape.core.errors import UsageError
from townscape.core.options import Options
from townscape.core.splits import Part


class ImportOptions(Options):
    """What every format can be asked; each format adds `format`, its name."""

    stage: ClassVar[str] = "import"

    path: Path
    """Folder (or file) to import."""
    taxonomy: str | None = None
    """Taxonomy of the labels: a name or a file (the workspace's default otherwise)."""
    copy_images: bool = False
    """Copy the images into the workspace instead of referring to where they lie."""
    existing: Literal["keep", "fill", "replace", "layer"] = "keep"
    """Where an image has labels already: keep them, fill what is unlabelled, replace them, or put
    the new ones into a layer of their own."""
    skip_broken: bool = False
    """Import the rest when some files cannot be used, and list those."""


class MaskFolderOptions(ImportOptions):
    """Import a folder of images and a folder of masks."""

    format: Literal["mask-folder"] = "mask-folder"
    masks: Path
    """Folder of masks with the images' names: index, palette or RGB PNGs, or GeoTIFFs."""
    map: tuple[str, ...] = ()
    """What a value means, as VALUE=CLASS: `--map "#3c1098=building" --map 255=ignore`; may be repeated."""
    mapping: Path | None = None
    """A TOML file with lines such as "#3c1098" = "building"."""
    split: Part | None = None
    """Put all of it into this part: train, tune, val or test."""
    place: str | None = None
    """All images show this one place: they are never split between training and validation."""
    skip_missing: bool = False
    """Import complete pairs when some images have no mask or some masks no image."""
    resize_labels: bool = False
    """Bring masks of another size to the image's size (nearest neighbour)."""
    snap: float = Field(default=0.0, ge=0, le=442)
    """Take colours without an answer for the nearest known colour within this RGB distance."""


class CamvidOptions(ImportOptions):
    """Import CamVid as the SegNet tutorial lays it out."""

    format: Literal["camvid"] = "camvid"


_BY_FORMAT: dict[str, type[ImportOptions]] = {"mask-folder": MaskFolderOptions, "camvid": CamvidOptions}


def parse_import_options(values: dict[str, Any]) -> ImportOptions:
    """The options of a recorded import; raises `UsageError` for an unknown format."""
    chosen = _BY_FORMAT.get(str(values.get("format")))
    if chosen is None:
        raise UsageError(
            f"There is no format {values.get('format')!r}.", hint=f"there are {', '.join(_BY_FORMAT)}."
        )
    return chosen.parse(values)
