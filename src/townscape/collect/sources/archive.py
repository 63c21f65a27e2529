"""A .zip or .tar of images: unpacked within limits, its images moved into the workspace."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from hashlib import sha256
from heapq import merge
from pathlib import Path

from townscape.collect.options import CollectOptions, is_address
from townscape.collect.source import Entry
from townscape.collect.sources.folder import FolderSource
from townscape.core.errors import InputError, NothingToRead
from townscape.core.events import Report
from townscape.formats import archive
from townscape.workspace import Workspace
from townscape.workspace.images import source_version
from townscape.workspace.records import Image

TITLE = "Archive of images"
EXAMPLE = "photos.zip"
PRIORITY = 10

_WHOLE = "whole.txt"
"""Stands beside the files once all of them are there; lists what was left out."""


def knows(address: str) -> str | None:
    """Files that end like an archive."""
    is_its = not is_address(address) and archive.is_archive(Path(address).expanduser())
    return "its name ends like an archive's" if is_its else None


def open(address: str, *, options: CollectOptions, workspace: Workspace) -> "ArchiveSource":  # noqa: A001
    """Raises `NothingToRead` if there is no such file."""
    path = Path(address).expanduser().resolve()
    return ArchiveSource(path, options, workspace, address=str(path))


class ArchiveSource:
    """The images in an archive, by their paths in it; `only` are patterns that a path must match.

    Damage and bombs are found when it is prepared, by unpacking: `InputError`, `StorageFull` in time.
    """

    def __init__(
        self,
        path: Path,
        options: CollectOptions,
        workspace: Workspace,
        *,
        address: str,
        only: tuple[str, ...] = ("*",),
    ) -> None:
        if not path.is_file():
            raise NothingToRead(f"{path} does not exist.", hint="check the path; put quotes around spaces.")
        self.address = address
        self._only = only
        self._version = source_version(path)
        self._folder = _unpacked_folder(workspace, path, self._version)
        self._path, self._options = path, options
        self._left_out: list[tuple[str, str]] = []
        self._stem = path.name.removesuffix(path.suffix).removesuffix(".tar")
        self._files = FolderSource(self._folder / "files", options, own=workspace.root)

    def prepare(self, report: Report) -> None:
        if not (self._folder / _WHOLE).is_file():
            report.info(f"Unpacking {self._path.name} …")
        self._left_out = _unpack(self._path, self._folder)

    def entries(self, after: str | None) -> Iterator[Entry]:
        left_out = (
            Entry(key=name, name=name, size=0, version=self._version, reason=f"{name} was left out: {why}.")
            for name, why in self._left_out
            if after is None or name > after
        )
        for entry in merge(self._files.entries(after), left_out, key=lambda e: e.key):
            if any(fnmatch(entry.key, pattern) for pattern in self._only):
                yield self._as_in_archive(entry)

    def take(self, workspace: Workspace, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:
        source = f"{self.address}:{entry.key}"
        known = workspace.images.find_version(source, entry.version)
        if known is not None:
            return known, False
        path = self._folder / "files" / entry.key
        if not path.is_file():
            raise InputError(f"{entry.key} is not in {self.address} any more.", hint="collect it again.")
        try:
            return workspace.images.take_in(
                path,
                name=entry.name,
                move=True,
                sequence=entry.sequence,
                place=self._options.place,
                camera=self._options.camera,
                run_id=run_id,
                source=source,
                version=entry.version,
            )
        except InputError as error:
            shown = error.message.replace(str(path), f"{entry.key} in {self.address}")
            raise type(error)(shown, hint=error.hint) from error

    def close(self) -> None:
        """Delete what was unpacked; the images have been moved."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _as_in_archive(self, entry: Entry) -> Entry:
        unpacked = f"{self._folder / 'files'}/"
        reason = entry.reason.replace(unpacked, "") if entry.reason else None
        if entry.key.lower().endswith(".vrt"):
            reason = f"{entry.key} names other files by their place: unpack {self.address} and collect that."
        sequence = self._stem if "/" not in entry.key else entry.sequence
        return replace(entry, version=self._version, modified_at=None, sequence=sequence, reason=reason)


def _unpacked_folder(workspace: Workspace, path: Path, version: str) -> Path:
    """Named after the archive's place and time, so that a run that was killed finds it again."""
    key = sha256(f"collect\0{path}\0{version}".encode()).hexdigest()[:16]
    return workspace.folder.unpacked / key


def _unpack(path: Path, folder: Path) -> list[tuple[str, str]]:
    """What was left out of a whole unpacking, made now or before the run was killed."""
    whole = folder / _WHOLE
    if whole.is_file():
        lines = whole.read_text("utf-8").splitlines()
        return [(name, why) for name, _, why in (line.partition("\t") for line in lines)]
    shutil.rmtree(folder, ignore_errors=True)
    unpacked = archive.unpack(path, folder / "files")
    left_out = sorted({_shown(name): why for name, why in unpacked.left_out}.items())
    whole.write_text("".join(f"{name}\t{why}\n" for name, why in left_out), "utf-8")
    return left_out


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in name.encode("utf-8", "replace").decode())[:400]
