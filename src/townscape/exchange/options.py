"""What `townscape import` and `townscape export` can be asked."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from townscape.core.options import Options
from townscape.core.splits import Part


class ImportOptions(Options):
    """Import images with their labels, in any format that Townscape reads."""

    stage: ClassVar[str] = "import"

    path: Path
    """Folder, archive or file to import."""
    format: str = "auto"
    """Name of the format; found out from the files otherwise."""
    images: Path | None = None
    """Folder of the images, if they lie elsewhere than the labels."""
    masks: Path | None = None
    """Folder of masks with the images' names, for datasets that are two folders."""
    taxonomy: str | None = None
    """Taxonomy of the labels: a name or a file (the workspace's default otherwise)."""
    new_taxonomy: str | None = None
    """Make a taxonomy of this name from the classes that the files list."""
    map: tuple[str, ...] = ()
    """What a value means, as VALUE=CLASS: `--map "#3c1098=building" --map 255=ignore`; may be repeated."""
    mapping: Path | None = None
    """A TOML file with lines such as "#3c1098" = "building"."""
    split: Part | None = None
    """Put all of it into this part: train, tune, val or test."""
    place: str | None = None
    """All images show this one place: they are never split between training and validation."""
    copy_images: bool = False
    """Copy the images into the workspace instead of referring to where they lie."""
    existing: Literal["keep", "fill", "replace", "layer"] = "keep"
    """Where an image has labels already: keep them, fill what is unlabelled, replace them, or put
    the new ones into a layer of their own."""
    onto: str | None = None
    """Put the labels onto the images of this selection, found by their names, instead of taking images
    in."""
    author: str | None = None
    """Who signs the labels."""
    look: bool = False
    """Only look: say what is there and what would be imported, and write nothing."""
    skip_broken: bool = False
    """Import the rest when some files cannot be used, and list those."""
    skip_missing: bool = False
    """Import complete pairs when some images have no labels or some labels no image."""
    resize_labels: bool = False
    """Bring labels of another size to the image's size (nearest neighbour)."""
    snap: float = Field(default=0.0, ge=0, le=442)
    """Take colours without an answer for the nearest known colour within this RGB distance."""


class ExportOptions(Options):
    """Export labelled images as a dataset, in any format that Townscape writes."""

    stage: ClassVar[str] = "export"

    format: str
    """Name of the format."""
    out: Path
    """Folder (or .zip file) to write; it must not exist yet."""
    send_to: str | None = None
    """Send it to a folder of a bucket (s3://bucket/folder) as well, where nothing is overwritten."""
    variant: str | None = None
    """Which way to write the format, where it has several (the first otherwise)."""
    taxonomy: str | None = None
    """Taxonomy of the labels (the workspace's default otherwise)."""
    layer: str = "main"
    """Layer of the labels."""
    selection: str | None = None
    """Only the windows of this selection."""
    with_unlabelled: bool = False
    """Also write images that have no labels yet (of the selection, if one is given)."""
    dataset: str | None = None
    """Exactly the windows, revisions and parts of this frozen dataset (an id, or `newest`)."""
    parts: tuple[Part, ...] = ()
    """Only these parts: train, tune, val, test; may be repeated."""
    state: Literal["any", "submitted", "accepted"] = "any"
    """Only labels that were submitted (or accepted), or that were accepted."""
    images: Literal["copy", "link", "none"] = "copy"
    """Copy the images, link to them, or write labels only."""
    map: tuple[str, ...] = ()
    """Write a class under another name, as CLASS=NAME; classes of the same name become one; =ignore
    and =unlabelled leave a class out. May be repeated."""
    unlabelled: Literal["ask", "ignore", "class", "background"] = "ask"
    """What unlabelled pixels become where the format has no place for them."""
    ignore: Literal["ask", "unlabelled", "class", "background"] = "ask"
    """What ignored pixels become where the format has no place for them."""
    simplify: float = Field(default=0.0, ge=0, le=100)
    """Let outlines differ from the pixels by up to this many pixels; 0 is exact."""
    licence: str = ""
    """Licence of the dataset, for its data card."""
    name: str | None = None
    """Name of the dataset (the workspace's otherwise)."""
