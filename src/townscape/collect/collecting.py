"""Collect: folders and files in, a catalogue of images out; bad files are listed, never fatal."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from townscape.core.errors import InputError, MissingExtra, NothingToRead, UnreadableImage
from townscape.core.events import Report
from townscape.core.options import Options
from townscape.workspace import Workspace, photos, rasters

_SUFFIXES = frozenset((*photos.SUFFIXES, *rasters.SUFFIXES))
_UNREAD_SUFFIXES = frozenset(
    (".heic", ".heif", ".gif", ".jp2", ".j2k", ".raw", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".svg", ".psd")
)
"""Pictures of kinds that are not read: listed, so that nobody wonders where they went."""


class CollectOptions(Options):
    """Collect images from folders and files."""

    stage: ClassVar[str] = "collect"

    paths: tuple[Path, ...]
    """Folders (searched all the way down) and single files, GeoTIFFs included."""
    copy_images: bool = False
    """Copy the images into the workspace instead of referring to where they lie."""
    place: str | None = None
    """All these images show this one place: they are never split between training and validation."""


class CollectResult(BaseModel):
    """What was collected."""

    model_config = ConfigDict(frozen=True)

    found: int
    """Image files found."""
    added: int
    """Images that are new in the workspace."""
    replaced: int
    """Of these, new versions of files that have changed."""
    known: int
    """Files that were there already, unchanged."""
    rejected: list[dict[str, str]]
    """Files left out, each with its reason."""


def run(workspace: Workspace, options: CollectOptions, report: Report) -> CollectResult:
    """Take every image below the paths into the catalogue.

    Raises `NothingToRead` if there is no image at all. A file that cannot be used is listed.
    """
    files = list(_find_files(options.paths, within=workspace.root))
    if not files:
        listed = ", ".join(str(path) for path in options.paths)
        raise NothingToRead(
            f"There is no image in {listed}.", hint=f"Townscape reads {', '.join(sorted(_SUFFIXES))}."
        )
    added = replaced = known = 0
    rejected: list[dict[str, str]] = []
    for path, name, sequence in report.track(files, "collecting"):
        try:
            if path.suffix.lower() in _UNREAD_SUFFIXES:
                raise UnreadableImage(
                    f"{path} is a {path.suffix[1:].upper()} file, which Townscape does not read.",
                    hint="convert it to JPEG, PNG or GeoTIFF.",
                )
            image, is_new = workspace.images.take_in(
                path,
                name=name,
                copy=options.copy_images,
                sequence=sequence,
                place=options.place,
                run_id=report.run_id,
            )
        except (InputError, MissingExtra) as error:
            rejected.append({"file": str(path), "reason": error.message})
            report.warn(error.message, hint=error.hint)
            continue
        added += is_new
        known += not is_new
        replaced += is_new and image.replaces is not None
    return CollectResult(found=len(files), added=added, replaced=replaced, known=known, rejected=rejected)


def _find_files(paths: Sequence[Path], *, within: Path) -> Iterator[tuple[Path, str, str | None]]:
    """Each file with its name in the catalogue and the sequence that its folder makes."""
    for root in paths:
        root = root.expanduser()  # noqa: PLW2901
        if not root.exists():
            raise NothingToRead(f"{root} does not exist.", hint="check the path; put quotes around spaces.")
        if root.is_file():
            yield root, root.name, None
            continue
        for folder, names, files in os.walk(root):
            names[:] = sorted(n for n in names if not n.startswith(".") and Path(folder, n) != within)
            for name in sorted(files):
                path = Path(folder, name)
                if path.suffix.lower() in _SUFFIXES | _UNREAD_SUFFIXES and not name.startswith("."):
                    relative = path.relative_to(root)
                    parent = relative.parent.as_posix()
                    sequence = root.resolve().name if parent == "." else parent
                    yield path, relative.as_posix(), sequence
