"""Archives: unpacked into a folder, with nothing outside it, no links, and an end to it."""

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from townscape.core.errors import InputError, StorageFull

SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
MAX_RATIO = 250
"""An archive that unpacks to more than this many times its size is a bomb, from `_SMALL` bytes on."""
MAX_FILES = 5_000_000
_SMALL = 256 << 20
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out of an archive."""

    files: int
    left_out: list[tuple[str, str]]
    """Entries that were not unpacked, each with the reason."""


def is_archive(path: Path) -> bool:
    """Whether a file is an archive that can be unpacked, by its name."""
    return path.is_file() and path.name.lower().endswith(SUFFIXES)


def unpack(path: Path, folder: Path) -> Unpacked:
    """Unpack into an empty folder. Raises `InputError` for damage and bombs, `StorageFull` in time.

    Names that lead out of the folder, links and devices are left out and listed; names that differ
    only in case get a number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    limit = max(_SMALL, path.stat().st_size * MAX_RATIO)
    done = Unpacked(0, [])
    taken: set[str] = set()
    total = files = 0
    try:
        for name, size, stream, problem in _entries(path):
            target = None if problem else safe_name(name)
            if stream is None or target is None:
                done.left_out.append((name, problem or "its name leads out of the archive's folder"))
                continue
            files += 1
            if files > MAX_FILES:
                raise InputError(f"{path.name} holds more than {MAX_FILES:,} files.")
            _check_room(path, folder, size)
            while target.lower() in taken:
                target = f"{PurePosixPath(target).with_suffix('')}_2{PurePosixPath(target).suffix}"
            taken.add(target.lower())
            place = folder / target
            place.parent.mkdir(parents=True, exist_ok=True)
            with stream, place.open("wb") as out:
                while piece := stream.read(1 << 20):
                    total += len(piece)
                    if total > limit:
                        raise InputError(
                            f"{path.name} unpacks to more than {MAX_RATIO} times its size, as bombs do.",
                            hint="unpack it yourself if you trust it, and import the folder.",
                        )
                    out.write(piece)
    except (
        zlib.error,
        zipfile.BadZipFile,
        tarfile.TarError,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        if isinstance(error, OSError) and error.errno == 28:
            raise StorageFull(f"There is no room to unpack {path.name}.", hint="free some space.") from error
        raise InputError(
            f"{path.name} cannot be unpacked: {error}.", hint="it may be cut off; fetch it again."
        ) from error
    return Unpacked(files, done.left_out)


def pack(folder: Path, target: Path) -> None:
    """A .zip of a folder, the same bytes for the same files; images are stored as they are."""
    with zipfile.ZipFile(target, "w", compression=zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _ZIP_DATE)
            is_packed = path.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".parquet")
            info.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with path.open("rb") as stream, archive.open(info, "w", force_zip64=True) as out:
                shutil.copyfileobj(stream, out, 1 << 20)


def _entries(path: Path) -> Iterator[tuple[str, int, IO[bytes] | None, str]]:
    """Name, size, content (None: not a file) and what is wrong with each entry."""
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.external_attr >> 16 & 0o170000 == 0o120000:
                    yield info.filename, 0, None, "it is a link"
                elif info.flag_bits & 1:
                    yield info.filename, 0, None, "it is encrypted"
                else:
                    yield info.filename, info.file_size, archive.open(info), ""
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, member.size, archive.extractfile(member), ""
                elif not member.isdir():
                    yield member.name, 0, None, "it is a link or a device"


def safe_name(name: str) -> str | None:
    """A file's path inside a folder, with `/`; None if it leads out of it or no file system takes it."""
    plain = name.replace("\\", "/")
    parts = [p for p in plain.split("/") if p not in ("", ".")]
    is_outside = plain.startswith("/") or ".." in parts or (bool(parts) and parts[0].endswith(":"))
    if is_outside or not parts or any(not p.isprintable() or len(p.encode()) > 255 for p in parts):
        return None
    return "/".join(parts)


def _check_room(path: Path, folder: Path, size: int) -> None:
    if size > shutil.disk_usage(folder).free - (256 << 20):
        raise StorageFull(f"There is no room to unpack {path.name}.", hint="free some space.")
