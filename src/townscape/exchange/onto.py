"""Labels for images that are here already: a dataset's pictures are found among a selection's images.

They are found by their names, as a dataset's own images are, so the selection's images are laid out in
a folder of links for the time of the import.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from townscape.core.errors import UsageError
from townscape.core.spaces import Window
from townscape.formats import archive
from townscape.formats.files import Files
from townscape.formats.format import Picture, Source, SourceClass
from townscape.formats.labels import SourceLabels
from townscape.workspace import Workspace
from townscape.workspace.records import Image

_CITYSCAPES, _NO_FRAME = "_leftImg8bit", "_000000"


@dataclass(frozen=True)
class PlacedSource:
    """A source whose pictures are those of other images."""

    source: Source
    pictures: Sequence[Picture]

    @property
    def classes(self) -> Sequence[SourceClass]:
        return self.source.classes

    @property
    def notes(self) -> Sequence[str]:
        return self.source.notes

    @property
    def problems(self) -> Sequence[tuple[str, str]]:
        return self.source.problems

    @property
    def names_file(self) -> Any:
        """Where the names of the classes come from, of sources that say so."""
        return getattr(self.source, "names_file", None)

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        return self.source.labels(picture, window)


def link_images(workspace: Workspace, selection_id: str, folder: Path) -> dict[Path, Image]:
    """Lay out the images of a selection in a new folder under their names; link → image.

    Raises `UsageError` for a selection of parts of images, `NotFound` if there is none of that id.
    """
    windows = workspace.selections.get(selection_id).windows
    images = workspace.images.get_many([w.image_id for w in windows])
    shutil.rmtree(folder, ignore_errors=True)
    found: dict[Path, Image] = {}
    for image, entry in zip(images, windows, strict=True):
        if entry.window != image.whole:
            raise UsageError(
                f"The selection holds a part of {image.name}.",
                hint="labels can be put onto whole images only.",
            )
        name = archive.safe_name(image.name) or f"{image.id}{Path(image.name).suffix}"
        link = folder / name
        if link in found:
            link = folder / image.id / name
        link.parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(workspace.images.path(image), link)
        found[link] = image
    return found


def place(source: Source, images: Mapping[Path, Image], folder: Path) -> PlacedSource:
    """The source with each picture's image replaced by that of its name in `folder`, or by none."""
    files = Files.of(folder)
    pictures = [p if p.image in images else replace(p, image=_find(files, p.name)) for p in source.pictures]
    return PlacedSource(source, pictures)


def _find(files: Files, name: str) -> Path | None:
    """The image of that name, or of what it was before Cityscapes' file names were made of it."""
    found = files.find_image(name)
    stem = Path(name).stem.removesuffix(_CITYSCAPES)
    while found is None:
        found, last = files.find_image(stem), stem
        stem = stem.removesuffix(_NO_FRAME)
        if stem == last:
            break
    return found


def _link_or_copy(path: Path, link: Path) -> None:
    try:
        os.link(path, link)
    except OSError:
        shutil.copyfile(path, link)
