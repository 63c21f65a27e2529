"""The workspace folder: where things lie in it, and how files are written so that none is half.

workspace.toml      settings
catalogue.db        the database (with -wal and -shm beside it)
workspace.lock      held by whoever writes the database
blobs/ab/cdef…      files by content: copied images, predictions
vault/              originals of redacted images, for the owner only, until they are destroyed
models/<id>/        weights, ONNX file and card of each model
runs/<id>/          events, log and resumable state of each run
reports/            what was written for people
exports/            datasets that the web app was asked to write
uploads/            what browsers are sending
backups/            made before a migration
cache/remote/       bytes of images that lie elsewhere, up to a quota; may be removed at any time
"""

import errno
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from townscape.core.errors import NetworkFileSystem, NotAWorkspace, StorageFull
from townscape.core.ids import new_id

_NETWORK_TYPES = ("nfs", "cifs", "smb", "afpfs", "ncpfs", "davfs", "ceph", "lustre", "beegfs", "glusterfs")
_NETWORK_FUSE = ("fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "fuse.glusterfs", "fuse.gcsfuse")


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths inside one workspace."""

    root: Path

    @property
    def settings(self) -> Path:
        return self.root / "workspace.toml"

    @property
    def database(self) -> Path:
        return self.root / "catalogue.db"

    @property
    def lock(self) -> Path:
        return self.root / "workspace.lock"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def vault(self) -> Path:
        return self.root / "vault"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def unpacked(self) -> Path:
        """What archives were unpacked to, until their import is done."""
        return self.root / "unpacked"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def remote_cache(self) -> Path:
        return self.root / "cache" / "remote"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    def run(self, run_id: str) -> Path:
        """The folder of one run."""
        return self.runs / run_id

    def model(self, model_id: str) -> Path:
        """The folder of one model."""
        return self.models / model_id


def find_folder(start: Path) -> Folder:
    """The workspace that `start` lies in, looking upwards like git does.

    Raises `NotAWorkspace` if there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "workspace.toml").is_file():
            return Folder(folder)
    raise NotAWorkspace(
        f"There is no workspace in {start} or above it.",
        hint="make one with `townscape new DIR` and go into it, or name one with --workspace DIR.",
    )


def refuse_network_file_system(root: Path) -> None:
    """Raise `NetworkFileSystem` if the folder lies on one: SQLite's locks do not hold there."""
    import psutil

    root = root.resolve()
    best: tuple[int, str] = (-1, "")
    for partition in psutil.disk_partitions(all=True):
        mount = Path(partition.mountpoint)
        if root == mount or mount in root.parents:
            best = max(best, (len(mount.parts), partition.fstype.lower()))
    file_system = best[1]
    if file_system.startswith(_NETWORK_TYPES) or file_system.startswith(_NETWORK_FUSE):
        raise NetworkFileSystem(
            f"{root} lies on a network file system ({file_system}), where a database can lose data.",
            hint="put the workspace on a local disk; images may stay on the network by reference.",
        )


@contextmanager
def storage_errors() -> Generator[None]:
    """Turn "no space left" into `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise storage_full() from error
        raise


def storage_full() -> StorageFull:
    """The error for a full disk."""
    return StorageFull(
        "The disk is full. What was being written has been discarded; everything saved before is safe.",
        hint="free some space and run the same command again; `townscape clean` removes what nothing uses.",
    )


@contextmanager
def atomic_file(target: Path) -> Generator[BinaryIO]:
    """Write a file so that it is either whole or not there: temp → fsync → rename → fsync folder."""
    with storage_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".part-{new_id()}"
        try:
            with temporary.open("xb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)


def write_atomically(target: Path, content: bytes) -> None:
    """Write `content` to `target`, whole or not at all."""
    with atomic_file(target) as stream:
        stream.write(content)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut (does nothing where folders cannot be opened)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
