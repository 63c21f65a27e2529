"""Datasets that browsers send: files of any kind, in pieces, resumable, until an import takes them.

A dataset lies in `uploads/<id>/`: `manifest.json` says which files there will be, and `files/` holds
them under their own names, as far as they have come. Names that lead out of it are never used. The
id is made of the manifest, so the same folder sent again goes on where it stood. The import deletes
all of it; what nobody imports goes after a week.
"""

import hashlib
import json
import shutil
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from townscape.core.errors import NotFound, StorageFull, UsageError
from townscape.formats import archive
from townscape.server.recent import Recent
from townscape.workspace.folder import storage_errors, write_atomically

MAX_FILES = 200_000
MAX_BYTES = 256 << 30
KEPT_S = 7 * 24 * 3600.0
_SPARE_BYTES = 512 << 20
_TOO_MANY_HINT = "choose it where it lies on this computer instead."


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that the browser is going to send."""

    path: str
    """Its path in the folder that was dropped."""
    size: int
    modified: float


@dataclass(frozen=True, slots=True)
class SentDataset:
    """A dataset on its way."""

    id: str
    name: str
    offsets: tuple[int | None, ...]
    """For each file the bytes that are here; None for files that are not taken."""
    left_out: tuple[str, ...]
    """Files that are not taken: their names lead out of the folder, or occur twice."""


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What a dataset will be."""

    name: str
    files: tuple[SentFile, ...]
    places: tuple[Path | None, ...]
    """Where each file goes; None for names that are not taken."""


class SentDatasets:
    """Datasets on their way into the workspace."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifests = Recent[_Manifest](most=4)
        self._lock = threading.Lock()

    def begin(self, name: str, files: Sequence[SentFile]) -> SentDataset:
        """A new dataset, or how far the same one has come. Raises `UsageError` or `StorageFull`."""
        total = sum(f.size for f in files)
        if not files:
            raise UsageError("There is no file in what was dropped.")
        if len(files) > MAX_FILES or total > MAX_BYTES:
            raise UsageError(
                f"{name} has {len(files):,} files of {total / 1e9:,.1f} GB: too much to send.",
                hint=_TOO_MANY_HINT,
            )
        self._sweep()
        plain = json.dumps([name, [asdict(f) for f in files]]).encode()
        dataset_id = str(UUID(bytes=hashlib.sha256(plain).digest()[:16]))
        manifest = self._folder / dataset_id / "manifest.json"
        with self._lock, storage_errors():
            if manifest.is_file():
                manifest.touch()
            else:
                (manifest.parent / "files").mkdir(parents=True, exist_ok=True)
                if total > shutil.disk_usage(self._folder).free - _SPARE_BYTES:
                    raise StorageFull(f"There is no room for {name}.", hint=_TOO_MANY_HINT)
                write_atomically(manifest, plain)
        return self.get(dataset_id)

    def get(self, dataset_id: str) -> SentDataset:
        """How far a dataset has come. Raises `NotFound`."""
        about = self._manifest(dataset_id)
        return SentDataset(
            dataset_id,
            about.name,
            tuple(None if place is None else _size(place) for place in about.places),
            tuple(f.path for f, place in zip(about.files, about.places, strict=True) if place is None),
        )

    def append(self, dataset_id: str, index: int, offset: int, content: bytes) -> int:
        """Add a piece of a file at `offset`, which must be where the last one ended; returns the new one."""
        about = self._manifest(dataset_id)
        place = about.places[index] if 0 <= index < len(about.files) else None
        if place is None:
            raise NotFound("There is no such file in what was dropped.", hint="send the files again.")
        file = about.files[index]
        with self._lock, storage_errors():
            here = _size(place)
            if offset != here:
                raise UsageError(
                    f"{file.path} goes on at byte {here:,}, not at {offset:,}.",
                    hint="ask where it stands and go on from there.",
                )
            if offset + len(content) > file.size:
                raise UsageError(f"{file.path} is longer than was said.")
            try:
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("ab") as stream:
                    stream.write(content)
            except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
                raise UsageError(f"{file.path} is both a file and a folder in what was dropped.") from error
        return offset + len(content)

    def finish(self, dataset_id: str) -> tuple[Path, str]:
        """Where a whole dataset lies, and its name: the one folder or archive that was dropped, or all.

        Raises `UsageError` while something is missing.
        """
        about = self._manifest(dataset_id)
        for file, place in zip(about.files, about.places, strict=True):
            if place is not None and file.size == 0:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
            if place is not None and _size(place) != file.size:
                raise UsageError(f"{file.path} is not whole yet.", hint="send it again.")
        root = self._folder / dataset_id / "files"
        inside = list(root.iterdir())
        is_one = len(inside) == 1 and (inside[0].is_dir() or archive.is_archive(inside[0]))
        return (inside[0] if is_one else root), about.name

    def _manifest(self, dataset_id: str) -> _Manifest:
        try:
            root = self._folder / str(UUID(dataset_id))
        except ValueError:
            root = self._folder / "unknown"
        if not (root / "manifest.json").is_file():
            raise NotFound("That upload is not known here.", hint="send the files again.")
        return self._manifests.get(root.name, lambda: _read_manifest(root))

    def _sweep(self) -> None:
        """Remove what was sent long ago and never imported."""
        for manifest in self._folder.glob("*/manifest.json"):
            if time.time() - manifest.stat().st_mtime > KEPT_S:
                shutil.rmtree(manifest.parent, ignore_errors=True)


def _read_manifest(root: Path) -> _Manifest:
    name, listed = json.loads((root / "manifest.json").read_text("utf-8"))
    files = tuple(SentFile(**entry) for entry in listed)
    taken: set[str] = set()
    places: list[Path | None] = []
    for file in files:
        safe = archive.safe_name(file.path)
        places.append(None if safe is None or safe.lower() in taken else root / "files" / safe)
        taken.add((safe or "").lower())
    return _Manifest(name, files, tuple(places))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
