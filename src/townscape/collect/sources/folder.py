"""A folder, searched all the way down, or a single image file. GeoTIFFs stay whole, read by windows."""

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path, PurePath

from townscape.collect.options import CollectOptions, is_address
from townscape.collect.source import Entry
from townscape.core.errors import InputError, NothingToRead, SourceGone
from townscape.workspace import Workspace, photos, rasters
from townscape.workspace.images import source_version
from townscape.workspace.records import Image

TITLE = "Folder of images"
EXAMPLE = "photos/"
PRIORITY = 0

SUFFIXES = frozenset((*photos.SUFFIXES, *rasters.SUFFIXES))
UNREAD = frozenset(
    (".heic", ".heif", ".gif", ".jp2", ".j2k", ".raw", ".cr2", ".cr3", ".nef", ".arw", ".dng", ".svg", ".psd")
)
"""Pictures of kinds that are not read: listed, so that nobody wonders where they went."""
_GONE = (errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ETIMEDOUT)
"""What a drive or a network share answers that was taken away."""
_QUIET_S = 2.0


def knows(address: str) -> str | None:
    """Every path of this computer, if nothing else knows it."""
    return None if is_address(address) else "it is a path of this computer"


def open(address: str, *, options: CollectOptions, workspace: Workspace) -> "FolderSource":  # noqa: A001
    """Raises `NothingToRead` if there is nothing at that path."""
    root = Path(address).expanduser()
    if not root.exists():
        raise NothingToRead(f"{root} does not exist.", hint="check the path; put quotes around spaces.")
    return FolderSource(root.resolve(), options, own=workspace.root)


class FolderSource:
    """The images below a folder, in order of their relative paths."""

    def __init__(self, root: Path, options: CollectOptions, *, own: Path) -> None:
        self.address = str(root)
        self._root, self._options, self._own = root, options, own
        self._is_file = root.is_file()

    def entries(self, after: str | None) -> Iterator[Entry]:
        if self._is_file:
            yield _entry(self._root, self._root.name, None)
            return
        seen: set[tuple[int, int]] = set()
        for path, key in self._walk(self._root, "", after, seen):
            suffix = path.suffix.lower()
            is_folder = key.endswith("/")
            if not is_folder and suffix not in SUFFIXES | UNREAD:
                continue
            if after is None or key > after:
                yield _folder(path, key) if is_folder else _entry(path, key, self._sequence(key))

    def take(self, workspace: Workspace, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:
        path = self._root if self._is_file else self._root / entry.key
        options = self._options
        try:
            return workspace.images.take_in(
                path,
                name=entry.name,
                copy=options.copy_images and path.suffix.lower() != ".vrt",  # it names other files
                sequence=entry.sequence,
                sequence_s=entry.sequence_s,
                place=options.place,
                camera=options.camera,
                run_id=run_id,
            )
        except OSError as error:
            if error.errno in _GONE or not self._root.exists():
                raise _is_gone(self._root, error) from error
            raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error

    def is_whole(self, entry: Entry) -> bool:
        """Nobody has written to it for two seconds."""
        path = self._root if self._is_file else self._root / entry.key
        try:
            is_same = source_version(path) == entry.version
        except OSError:
            return False
        return is_same and abs(time.time() - (entry.modified_at or 0)) > _QUIET_S

    def close(self) -> None:
        """Nothing is held open."""

    def _walk(
        self, folder: Path, prefix: str, after: str | None, seen: set[tuple[int, int]]
    ) -> Iterator[tuple[Path, str]]:
        """Every file with its relative path, in order of it; folders that may not be read end in `/`.

        A link to a folder is followed once, and not if that folder was walked before: no loop goes on.
        """
        try:
            status = folder.stat()
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as found:
                inside = [(e.name + "/" if _is_folder(e) else e.name, e.is_symlink()) for e in found]
        except OSError as error:
            if error.errno in _GONE or not self._root.exists():
                raise _is_gone(self._root, error) from error
            yield folder, prefix or "/"
            return
        for name, is_link in sorted(inside):
            key = prefix + name
            path = folder / name.rstrip("/")
            if name.startswith("."):
                continue
            if not name.endswith("/"):
                yield path, key
            elif path != self._own and not (is_link and _is_seen(path, seen)) and not _is_before(key, after):
                yield from self._walk(path, key, after, seen)

    def _sequence(self, key: str) -> str:
        folder, _, _ = key.rpartition("/")
        return folder or self._root.name


def _entry(path: Path, key: str, sequence: str | None) -> Entry:
    reason = reason_against(path)
    try:
        key.encode()
    except UnicodeEncodeError:
        key = key.encode("utf-8", "backslashreplace").decode()
        reason = f"{key} has a name that is no Unicode; rename it."
    try:
        status = path.stat()
    except OSError as error:
        what = "is a link to nothing" if path.is_symlink() else f"cannot be read: {error.strerror}"
        return Entry(key=key, name=key, size=0, version="", sequence=sequence, reason=f"{path} {what}.")
    return Entry(
        key=key,
        name=key,
        size=status.st_size,
        version=source_version(path),
        modified_at=status.st_mtime,
        sequence=sequence,
        reason=reason,
    )


def _folder(path: Path, key: str) -> Entry:
    reason = f"The folder {path} may not be read; its images are not listed."
    return Entry(key=key, name=key, size=0, version="", reason=reason)


def reason_against(path: PurePath) -> str | None:
    """Why a file of that ending is not taken, None if it may be."""
    suffix = path.suffix.lower()
    if suffix not in UNREAD:
        return None
    way_out = "convert it to JPEG, PNG or GeoTIFF"
    if suffix in (".heic", ".heif"):
        way_out = "convert it to JPEG, or set the phone's camera to “most compatible”"
    return f"{path} is a {suffix[1:].upper()} file, which Townscape does not read: {way_out}."


def _is_folder(found: os.DirEntry[str]) -> bool:
    """False for a link that leads to itself."""
    try:
        return found.is_dir()
    except OSError:
        return False


def _is_before(folder_key: str, after: str | None) -> bool:
    """Whether all that a folder holds stands before a key, so that it need not be walked."""
    return after is not None and folder_key < after and not after.startswith(folder_key)


def _is_seen(folder: Path, seen: set[tuple[int, int]]) -> bool:
    try:
        status = folder.stat()
    except OSError:
        return True
    return (status.st_dev, status.st_ino) in seen


def _is_gone(root: Path, error: OSError) -> SourceGone:
    return SourceGone(
        f"{root} cannot be reached any more: {error.strerror or error}.",
        hint="plug the drive in or bring the network back",
    )
