"""Files by content: `blobs/ab/cdef…`, where abcdef… is the SHA-256.

Writing: temp → fsync → rename → fsync folder → commit the row → acknowledge. Removing: the row
first; the file goes at the next `collect_garbage`, if it is still unreferenced and older than a
day. Putting a blob that exists refreshes its time, so that a save in progress keeps it.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from townscape.core.errors import NotFound
from townscape.workspace import tables
from townscape.workspace.database import Database
from townscape.workspace.folder import Folder, atomic_file, storage_errors, sync_folder, write_atomically

MIN_AGE_S = 24 * 3600.0
_CHUNK = 1 << 20


class Blobs:
    """The content-addressed files of a workspace."""

    def __init__(self, folder: Folder, database: Database) -> None:
        self._folder = folder
        self._database = database

    def path(self, sha256: str) -> Path:
        """Where the blob lies; raises `NotFound` if it does not."""
        path = self._path(sha256)
        if not path.is_file():
            raise NotFound(
                f"Blob {sha256[:12]}… is missing from the workspace.",
                hint="`townscape verify` lists what is missing; `townscape restore` brings a backup back.",
            )
        return path

    def read(self, sha256: str) -> bytes:
        """The content."""
        return self.path(sha256).read_bytes()

    def put(self, content: bytes, *, media_type: str) -> str:
        """Store bytes; returns their SHA-256 in hexadecimal."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self._keep_existing(sha256, len(content), media_type):
            write_atomically(self._path(sha256), content)
            self._register(sha256, len(content), media_type)
        return sha256

    def put_file(self, source: Path, *, media_type: str, move: bool = False) -> str:
        """Store a copy of a file (or the file itself with `move`); returns its SHA-256."""
        sha256 = sha256_of_file(source)
        target = self._path(sha256)
        size = source.stat().st_size
        if self._keep_existing(sha256, size, media_type):
            if move:
                source.unlink()
            return sha256
        if move and source.stat().st_dev == self._folder.root.stat().st_dev:
            self._move_in(source, target)
        else:
            with source.open("rb") as stream, atomic_file(target) as out:
                shutil.copyfileobj(stream, out, _CHUNK)
            if move:
                source.unlink()
        self._register(sha256, size, media_type)
        return sha256

    def all_on_disk(self) -> Iterator[tuple[str, Path]]:
        """SHA-256 and path of every blob file, in order; temporary files are left out."""
        if not self._folder.blobs.is_dir():
            return
        for folder in sorted(self._folder.blobs.iterdir()):
            for path in sorted(folder.iterdir()):
                if not path.name.startswith(".part-"):
                    yield folder.name + path.name, path

    def registered(self) -> dict[str, int]:
        """SHA-256 → size of every blob that the catalogue knows."""
        with self._database.read() as connection:
            rows = connection.execute(select(tables.blobs.c.sha256, tables.blobs.c.size))
            return {row.sha256: row.size for row in rows}

    def referenced(self) -> set[str]:
        """SHA-256 of every blob that some record uses."""
        columns = (
            tables.images.c.blob,
            tables.predictions.c.classes_blob,
            tables.predictions.c.confidence_blob,
            tables.evaluations.c.counts_blob,
        )
        found: set[str] = set()
        with self._database.read() as connection:
            for column in columns:
                found |= {value for (value,) in connection.execute(select(column).where(column.is_not(None)))}
        return found

    def collect_garbage(self, *, min_age_s: float = MIN_AGE_S) -> tuple[int, int]:
        """Remove blobs that nothing uses and that are older than `min_age_s`.

        Returns the number of files and of bytes. Unfinished temporary files of that age go too.
        """
        before = time.time() - min_age_s
        freed: list[int] = []
        # Under the writer lock, so that nobody takes up a blob between the look and the removal.
        with self._database.exclusive():
            used = self.referenced()
            unused = [
                (sha256, path)
                for sha256, path in self.all_on_disk()
                if sha256 not in used and path.stat().st_mtime < before
            ]
            with self._database.write() as connection:
                for sha256, _ in unused:
                    connection.execute(delete(tables.blobs).where(tables.blobs.c.sha256 == sha256))
            leftovers = [p for p in self._folder.blobs.glob("*/.part-*") if p.stat().st_mtime < before]
            for path in [path for _, path in unused] + leftovers:
                freed.append(path.stat().st_size)
                path.unlink()
        return len(freed), sum(freed)

    def drop_unused(self, sha256s: Iterable[str]) -> int:
        """Remove these blobs at once, unless some record uses them; returns how many files went.

        Whoever puts one again at the same moment and finds it gone puts it once more: its row is
        what images refer to.
        """
        dropped = 0
        with self._database.exclusive():
            unused = set(sha256s) - self.referenced()
            with self._database.write() as connection:
                for sha256 in unused:
                    connection.execute(delete(tables.blobs).where(tables.blobs.c.sha256 == sha256))
            for path in map(self._path, unused):
                dropped += path.is_file()
                path.unlink(missing_ok=True)
        return dropped

    def _path(self, sha256: str) -> Path:
        return self._folder.blobs / sha256[:2] / sha256[2:]

    def _keep_existing(self, sha256: str, size: int, media_type: str) -> bool:
        """Whether the blob is there already; if so its time is refreshed and its row made sure of."""
        with self._database.exclusive():
            try:
                os.utime(self._path(sha256))
            except FileNotFoundError:
                return False
            self._register(sha256, size, media_type)
        return True

    def _move_in(self, source: Path, target: Path) -> None:
        with storage_errors():
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb+") as stream:
                os.fsync(stream.fileno())
            source.replace(target)
            sync_folder(target.parent)

    def _register(self, sha256: str, size: int, media_type: str) -> None:
        row = {"sha256": sha256, "size": size, "media_type": media_type, "added_at": time.time()}
        with self._database.write() as connection:
            connection.execute(insert(tables.blobs).values(row).on_conflict_do_nothing())


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
