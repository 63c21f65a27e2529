"""Bytes of remote images that were read once, kept in the workspace up to a quota.

A file's name is made of its address and version, so what is found is what was asked for. The time
of a file is when it was last wanted: the longest unwanted go first, and none that was wanted in
the last minutes. Files appear whole or not at all; a process that is killed leaves at most a
`.part-` file, which goes at the next clearing. Several processes share it: counting and clearing
hold one lock, fetching the same file another.
"""

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from filelock import FileLock

from townscape.core.errors import StorageFull
from townscape.workspace.folder import atomic_file

GRACE_S = 600.0
"""What was wanted in the last ten minutes is not cleared: somebody may be about to open it."""
_LOCKS = 64
_KEEP_SHARE = 0.9
_CLEAR_EVERY_S = 10.0
_PART_AGE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Lease:
    """A cached file that its reader has not finished with."""

    path: Path
    wanted_ns: int


class RemoteCache:
    """The cache's folder. May be used by many threads and processes."""

    def __init__(self, folder: Path, *, quota_bytes: int, grace_s: float = GRACE_S) -> None:
        self._folder, self._quota, self._grace_s = folder, quota_bytes, grace_s
        self._state = folder / "state.json"

    @property
    def quota_bytes(self) -> int:
        """How much is kept, once it is not wanted any more."""
        return self._quota

    def get(self, address: str, version: str, fetch: Callable[[BinaryIO], None]) -> Lease:
        """The file of an address in a version; `fetch` writes it if it is not there.

        What `fetch` raises is raised here, and nothing is kept then. Raises `StorageFull` if there is
        no room even after clearing.
        """
        path = self._path(address, version)
        found = self._want(path)
        if found is not None:
            return found
        number = int(path.name[:8], 16) % _LOCKS
        with self._lock(f"fetch-{number:02d}"):
            found = self._want(path)
            if found is not None:
                return found
            try:
                self._fetch(path, fetch)
            except StorageFull:
                self.clear(keep_bytes=0)
                self._fetch(path, fetch)
            found = self._want(path)
        self._count(path)
        return found or self.get(address, version, fetch)

    def release(self, lease: Lease) -> None:
        """The reader has finished: the file may be cleared, unless somebody else wanted it since."""
        with self._lock("count"), suppress(FileNotFoundError):
            if lease.path.stat().st_mtime_ns == lease.wanted_ns:
                old = lease.wanted_ns - int(self._grace_s * 1e9)
                os.utime(lease.path, ns=(old, old))

    def forget(self, address: str) -> int:
        """Remove every version of an address, wanted or not; returns how many files went."""
        stem = _name_of(address)
        with self._lock("count"):
            found = list((self._folder / stem[:2]).glob(f"{stem}-*"))
            for path in found:
                path.unlink(missing_ok=True)
            self._clear(self._quota)
        return len(found)

    def clear(self, *, keep_bytes: int) -> None:
        """Remove what was not wanted for longest until at most so many bytes are left."""
        with self._lock("count"):
            self._clear(keep_bytes)

    def _fetch(self, path: Path, fetch: Callable[[BinaryIO], None]) -> None:
        with atomic_file(path) as out:
            fetch(out)

    def _want(self, path: Path) -> Lease | None:
        """Say that a file is wanted now; None if it is not there."""
        now = time.time_ns()
        try:
            with self._lock("count"):
                os.utime(path, ns=(now, now))
                return Lease(path, path.stat().st_mtime_ns)
        except FileNotFoundError:
            return None

    def _count(self, path: Path) -> None:
        """Add a new file to the total, and clear if that is above the quota."""
        with self._lock("count"):
            total, cleared_at = self._read_state()
            with suppress(FileNotFoundError):
                total += path.stat().st_size
            if total > self._quota and abs(time.time() - cleared_at) > min(_CLEAR_EVERY_S, self._grace_s):
                self._clear(int(self._quota * _KEEP_SHARE))
            else:
                self._write_state(total, cleared_at)

    def _clear(self, keep_bytes: int) -> None:
        now = time.time()
        files: list[tuple[float, int, Path]] = []
        for shard in self._folder.iterdir():
            for path in shard.iterdir() if len(shard.name) == 2 else ():
                with suppress(FileNotFoundError):
                    status = path.stat()
                    if not path.name.startswith(".part-"):
                        files.append((status.st_mtime, status.st_size, path))
                    elif now - status.st_mtime > _PART_AGE_S:
                        path.unlink()
        total = sum(size for _, size, _ in files)
        for wanted_at, size, path in sorted(files):
            if total <= keep_bytes:
                break
            if abs(now - wanted_at) >= self._grace_s:
                path.unlink(missing_ok=True)
                total -= size
        self._write_state(total, now)

    def _read_state(self) -> tuple[int, float]:
        """Bytes that are kept and when it was last cleared; a state that is lost is counted anew."""
        try:
            state = json.loads(self._state.read_text("utf-8"))
            return int(state["bytes"]), float(state["cleared_at"])
        except (OSError, ValueError, KeyError, TypeError):
            self._clear(self._quota)
            state = json.loads(self._state.read_text("utf-8"))
            return int(state["bytes"]), 0.0

    def _write_state(self, total: int, cleared_at: float) -> None:
        # Not made to survive a power cut: half a state is counted anew.
        self._state.write_text(json.dumps({"bytes": total, "cleared_at": cleared_at}), "utf-8")

    def _path(self, address: str, version: str) -> Path:
        stem = _name_of(address)
        suffix = PurePosixPath(address).suffix.lower()
        suffix = suffix if suffix[1:].isalnum() and len(suffix) <= 6 else ""
        return self._folder / stem[:2] / f"{stem}-{_name_of(version)[:16]}{suffix}"

    def _lock(self, name: str) -> FileLock:
        locks = self._folder / "locks"
        locks.mkdir(parents=True, exist_ok=True)
        return FileLock(locks / f"{name}.lock", poll_interval=0.002, is_singleton=True)


def _name_of(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
