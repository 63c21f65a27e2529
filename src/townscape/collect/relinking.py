"""A folder of referenced images was moved: they are found again below its new place, and proven."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from townscape.core.errors import NothingToRead
from townscape.core.events import Report
from townscape.workspace import Workspace
from townscape.workspace.blobs import sha256_of_file
from townscape.workspace.records import Image

MAX_LISTED = 200


class RelinkResult(BaseModel):
    """What became of the images of a folder that was moved."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    missing: int
    """Images whose file was not where it was collected from."""
    relinked: int
    """Of these, found again with the same content."""
    is_dry_run: bool
    """Nothing was changed."""
    moved: list[dict[str, str]]
    """The first of those that were found: image, old and new path."""
    lost: list[dict[str, str]]
    """The first of those that were not, each with the reason."""


def relink(workspace: Workspace, old: Path, new: Path, report: Report, *, dry_run: bool) -> RelinkResult:
    """Refer to the images of the folder `old` below the folder `new`, where their files lie now.

    A file counts as found at the same relative path or, failing that, under the same name anywhere
    below, and only if size and SHA-256 are those of the image. Labels and everything else stay; the
    folder's source is at the new place then. Raises `NothingToRead` if no image of `old` is missing,
    or if there is no folder `new`.
    """
    old, new = old.expanduser().resolve(), new.expanduser().resolve()
    if not new.is_dir():
        raise NothingToRead(f"There is no folder {new}.", hint="name the folder that the images lie in now.")
    missing = list(_missing(workspace, old))
    if not missing:
        raise NothingToRead(
            f"No image that was collected from {old} is missing.",
            hint="`townscape status` says what there is; name the folder as it was called then.",
        )
    by_name = _by_name(new)
    moved: list[dict[str, str]] = []
    lost: list[dict[str, str]] = []
    relinked, is_in_place = 0, False
    for image in report.track(missing, "looking for images"):
        found = _find(image, old, new, by_name)
        if isinstance(found, str):
            lost.append({"file": image.source, "reason": found})
        elif dry_run or workspace.images.relink(image.id, found):
            relinked += 1
            is_in_place |= found == new / Path(image.source).relative_to(old)
            moved.append({"image": image.name, "from": image.source, "to": str(found)})
        else:
            lost.append({"file": image.source, "reason": f"{found} was collected as an image of its own."})
    if is_in_place and not dry_run:  # not where files were only found by name, somewhere below
        _move_sources(workspace, old, new)
    return RelinkResult(
        missing=len(missing),
        relinked=relinked,
        is_dry_run=dry_run,
        moved=moved[:MAX_LISTED],
        lost=lost[:MAX_LISTED],
    )


def _move_sources(workspace: Workspace, old: Path, new: Path) -> None:
    """The sources at the old place are looked at again at the new one."""
    for source in workspace.sources.find():
        before = Path(source.address)
        if source.kind == "folder" and before.is_relative_to(old) and not before.exists():
            now = new / before.relative_to(old)
            if now.exists():
                options = {**source.options, "paths": [str(now)]}
                workspace.sources.move(source, str(now), options=options)


def _missing(workspace: Workspace, old: Path) -> Iterator[Image]:
    for image in workspace.images.find():
        path = Path(image.source)
        if image.blob is None and path.is_relative_to(old) and not path.is_file():
            yield image


def _by_name(new: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in new.rglob("*"):
        if path.is_file():
            found.setdefault(path.name, []).append(path)
    return found


def _find(image: Image, old: Path, new: Path, by_name: dict[str, list[Path]]) -> Path | str:
    """Where the image's file is now, or why nobody knows."""
    source = Path(image.source)
    same_place = new / source.relative_to(old)
    candidates = [same_place] if same_place.is_file() else []
    candidates += [path for path in by_name.get(source.name, []) if path != same_place]
    if not candidates:
        return f"There is no {source.name} below {new}."
    size = int(image.source_version.partition(":")[0])
    for path in candidates:
        if path.stat().st_size == size and sha256_of_file(path) == image.content_sha256:
            return path.resolve()
    return f"{candidates[0]} has another content."
