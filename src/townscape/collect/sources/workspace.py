"""The images of another workspace. Labels travel by export and import."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from townscape.collect.options import CollectOptions, is_address
from townscape.collect.source import Entry
from townscape.core.errors import InputError, SourceGone, UsageError
from townscape.workspace import Workspace, open_workspace
from townscape.workspace.folder import Folder
from townscape.workspace.migrate import NEWEST_FORMAT, format_of
from townscape.workspace.records import Image

TITLE = "Another workspace"
EXAMPLE = "../other-city"
PRIORITY = 20

_FACTS = (
    "kind", "width", "height", "bands", "dtype", "captured_at", "longitude", "latitude", "heading_deg",
    "camera", "crs", "transform", "nodata",
)  # fmt: skip


def knows(address: str) -> str | None:
    """Folders with a `workspace.toml`."""
    is_its = not is_address(address) and (Path(address).expanduser() / "workspace.toml").is_file()
    return "it holds a workspace.toml" if is_its else None


def open(address: str, *, options: CollectOptions, workspace: Workspace) -> "WorkspaceSource":  # noqa: A001
    """Raises `UsageError` for the workspace itself, `InputError` for one of an older version."""
    root = Path(address).expanduser().resolve()
    if root == workspace.root.resolve():
        raise UsageError(f"{root} is this workspace itself.", hint="name another one.")
    if format_of(Folder(root)) < NEWEST_FORMAT:
        raise InputError(
            f"The workspace {root} was made by an older Townscape.",
            hint="run `townscape` in it once: it is brought up to date, after a backup.",
        )
    return WorkspaceSource(open_workspace(root), options)


class WorkspaceSource:
    """The images in the lists of another workspace, by id.

    What it refers to is referred to here as well; what it keeps itself is copied, because it may
    remove it one day.
    """

    def __init__(self, other: Workspace, options: CollectOptions) -> None:
        self.address = str(other.root.resolve())
        self._other, self._options = other, options

    def entries(self, after: str | None) -> Iterator[Entry]:
        for image in sorted(self._other.images.find(), key=lambda i: i.id):
            if after is None or image.id > after:
                yield Entry(
                    key=image.id,
                    name=image.name,
                    size=0,
                    version=image.version,
                    sequence=image.sequence,
                    sequence_s=image.sequence_s,
                )

    def take(self, workspace: Workspace, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:
        if not (self._other.root / "workspace.toml").is_file():
            raise SourceGone(
                f"The workspace {self.address} cannot be reached any more.", hint="bring it back"
            )
        image = self._other.images.get(entry.key)
        path = self._other.images.path(image)
        values: dict[str, Any] = asdict(image)
        is_lent = image.blob is None and path == Path(image.source)
        return workspace.images.take_in(
            path,
            name=image.name,
            copy=self._options.copy_images or not is_lent,
            sequence=image.sequence,
            sequence_s=image.sequence_s,
            place=self._options.place or image.place,
            camera=self._options.camera,
            run_id=run_id,
            facts={name: values[name] for name in _FACTS} | {"transform": image.transform},
            source=None if is_lent else f"{self.address}#{image.id}",
            version=None if is_lent else entry.version,
        )

    def close(self) -> None:
        self._other.close()
