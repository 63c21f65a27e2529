"""Files on their way in: in pieces (TUS) or several in one request (multipart), until they are asked for.

Each lies in a folder of its own, `uploads/cvat-<id>`, under a name of ours. Of the name that a client
gives, only what comes after the last slash is kept, for showing.
"""

import json
import re
import shutil
import time
import zipfile
from collections.abc import AsyncIterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from starlette.concurrency import run_in_threadpool

from townscape.core.errors import InputError, NotFound, StorageFull, UsageError
from townscape.core.ids import new_id
from townscape.formats import archive
from townscape.formats.files import IMAGE_SUFFIXES
from townscape.workspace.folder import storage_errors, write_atomically

MAX_BYTES = 64 << 30
_KEPT_S = 7 * 24 * 3600.0
_SPARE_BYTES = 512 << 20
_ID = re.compile(r"[0-9a-f-]{36}")
_SUFFIXES = (*IMAGE_SUFFIXES, *archive.SUFFIXES, ".json", ".xml", ".jsonl", ".txt")


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file on its way."""

    id: str
    target: str
    """What it is for, as `tasks/3/data`."""
    name: str
    """The client's name for it, without folders."""
    size: int
    folder: Path

    @property
    def path(self) -> Path:
        """Where its bytes lie; only its ending is of the client."""
        lower = self.name.lower()
        ending = next((s for s in sorted(_SUFFIXES, key=len, reverse=True) if lower.endswith(s)), "")
        return self.folder / f"content{ending}"

    @property
    def files(self) -> Path:
        """Where what is in it is laid out; called like the file, for the history of the labels."""
        return self.folder / "files" / (archive.safe_name(self.name) or "annotations")

    @property
    def server_name(self) -> str:
        """What the client is to call it when it says that all is sent."""
        return f"{self.id}{self.path.suffix}"

    @property
    def offset(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.is_file() else 0


class Inbox:
    """Files that were sent, by what they are for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, target: str, name: str, size: int) -> Parcel:
        """A place for a file. Raises `UsageError` or `StorageFull` for sizes that cannot be taken."""
        self._sweep()
        shown = base_name(name)
        if not 0 <= size <= MAX_BYTES:
            raise UsageError(f"{shown} has {size:,} bytes, which cannot be taken.")
        self._folder.mkdir(parents=True, exist_ok=True)
        if size > shutil.disk_usage(self._folder).free - _SPARE_BYTES:
            raise StorageFull(f"There is no room for {shown}, which has {size:,} bytes.")
        made = new_id()
        parcel = Parcel(made, target, shown, size, self._folder / f"cvat-{made}")
        about = {k: v for k, v in asdict(parcel).items() if k != "folder"}
        with storage_errors():
            parcel.folder.mkdir()
            parcel.path.touch()
            write_atomically(parcel.folder / "about.json", json.dumps(about).encode())
        return parcel

    def put(self, target: str, name: str, path: Path) -> Parcel:
        """Take a whole file, which is moved."""
        parcel = self.begin(target, name, path.stat().st_size)
        path.replace(parcel.path)
        return parcel

    def get(self, target: str, parcel_id: str) -> Parcel:
        """A file by its id, or by what the client was told to call it. Raises `NotFound`."""
        plain = PurePosixPath(parcel_id).stem
        about = self._folder / f"cvat-{plain}" / "about.json"
        if not _ID.fullmatch(plain) or not about.is_file():
            raise NotFound("That upload is not known here.", hint="send the file again.")
        found = Parcel(**json.loads(about.read_text("utf-8")), folder=about.parent)
        if found.target != target:
            raise NotFound("That upload is for something else.", hint="send the file again.")
        return found

    def whole(self, target: str, parcel_id: str) -> Parcel:
        """A file that has come completely. Raises `UsageError` while something is missing."""
        parcel = self.get(target, parcel_id)
        if parcel.offset != parcel.size:
            raise UsageError(
                f"{parcel.name} is not whole: {parcel.offset:,} of {parcel.size:,} bytes are here."
            )
        return parcel

    def of(self, target: str) -> list[Parcel]:
        """All whole files for something, in the order in which they were begun."""
        abouts = sorted(self._folder.glob("cvat-*/about.json"))
        found = [Parcel(**json.loads(a.read_text("utf-8")), folder=a.parent) for a in abouts]
        return [self.whole(target, p.id) for p in found if p.target == target]

    async def append(self, parcel: Parcel, offset: int, pieces: AsyncIterable[bytes]) -> int:
        """Add what comes at `offset`, which must be where the last piece ended; returns the new one.

        What came before a broken connection stays.
        """
        if offset != parcel.offset:
            raise UsageError(f"{parcel.name} goes on at byte {parcel.offset:,}, not at {offset:,}.")
        with storage_errors(), parcel.path.open("ab") as stream:
            async for piece in pieces:
                offset += len(piece)
                if offset > parcel.size:
                    raise UsageError(f"{parcel.name} is longer than was said.")
                await run_in_threadpool(stream.write, piece)
        return parcel.offset

    def clear(self, target: str) -> None:
        """Forget all files for something."""
        for about in self._folder.glob("cvat-*/about.json"):
            if json.loads(about.read_text("utf-8")).get("target") == target:
                shutil.rmtree(about.parent, ignore_errors=True)

    def discard(self, parcel: Parcel) -> None:
        """Forget a file."""
        shutil.rmtree(parcel.folder, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what was sent long ago and never asked for."""
        for about in self._folder.glob("cvat-*/about.json"):
            if time.time() - about.stat().st_mtime > _KEPT_S:
                shutil.rmtree(about.parent, ignore_errors=True)


def base_name(name: str) -> str:
    """A client's name for a file without its folders. Raises `UsageError` if nothing is left."""
    last = re.split(r"[\\/]+", name)[-1]
    shown = "".join(c for c in last if c.isprintable())[-180:].strip()
    if shown in ("", ".", ".."):
        raise UsageError("A file has no name.")
    return shown


def unpack(parcel: Parcel) -> Path:
    """The folder that an archive was unpacked to. Raises `InputError`, also where something is left out."""
    try:
        left_out = archive.unpack(parcel.path, parcel.files).left_out
    except InputError as error:
        shown = error.message.replace(parcel.path.name, parcel.name)
        raise type(error)(shown, hint=error.hint) from error
    if left_out:
        raise InputError(f"{parcel.name}: {left_out[0][0]} is left out: {left_out[0][1]}.")
    parcel.path.unlink()
    return parcel.files


def check_archive(parcel: Parcel) -> None:
    """Raise `InputError` for an archive that cannot be, before any of it is unpacked."""
    path, name = parcel.path, parcel.name
    if not path.name.endswith(".zip"):
        return
    try:
        with zipfile.ZipFile(path) as opened:
            entries = opened.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise InputError(f"{name} is no .zip file that can be read: {error}.") from error
    for entry in entries:
        if not entry.is_dir() and archive.safe_name(entry.filename) is None:
            raise InputError(f"{name} holds {entry.filename!r}, a name that leads out of the archive.")
    if len(entries) > archive.MAX_FILES:
        raise InputError(f"{name} holds {len(entries):,} files, which are too many.")
    declared = sum(entry.file_size for entry in entries)
    if declared > max(256 << 20, path.stat().st_size * archive.MAX_RATIO):
        raise InputError(f"{name} says that it unpacks to {declared:,} bytes, as bombs do.")
