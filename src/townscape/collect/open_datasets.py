"""Open datasets by name: where they lie, under which licence, and their files, checked and kept.

Archives are kept in the user's cache folder, so that a second workspace does not fetch them again.
"""

import hashlib
import json
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from townscape.core.cache import cache_folder
from townscape.core.errors import InputError, UsageError
from townscape.core.events import Report
from townscape.workspace.folder import atomic_file, storage_errors, write_atomically
from townscape.workspace.remote.web import Web

_MAX_BYTES = 200 << 30
_MAX_SECONDS = 7 * 86_400.0
_MB = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDataset:
    """A published dataset: one archive of images under a licence."""

    name: str
    title: str
    page: str
    licence: str
    licence_page: str
    address: str
    sha256: str
    """What its publisher says; empty where nobody says."""
    md5: str
    images: tuple[str, ...]
    """Patterns of the paths in the archive that are images."""

    @property
    def file_name(self) -> str:
        """What the archive is called."""
        return urlsplit(self.address).path.rpartition("/")[2]


@cache
def open_datasets() -> Mapping[str, OpenDataset]:
    """Those that come with Townscape, by name."""
    content = tomllib.loads((Path(__file__).parent / "open_datasets.toml").read_text("utf-8"))
    return {
        name: OpenDataset(name=name, images=tuple(about.pop("images")), **about)
        for name, about in content.items()
    }


def get_open_dataset(name: str) -> OpenDataset:
    """The dataset of that name; raises `UsageError` with those that there are."""
    found = open_datasets().get(name)
    if found is None:
        raise UsageError(
            f"There is no open dataset {name!r}.", hint=f"there are {', '.join(open_datasets())}."
        )
    return found


def check_licence(dataset: OpenDataset, accepted: str | None) -> None:
    """Raise `UsageError` that shows the licence unless it was accepted by the dataset's name."""
    if accepted != dataset.name:
        raise UsageError(
            f"{dataset.title}. Its licence: {dataset.licence} ({dataset.licence_page}). It comes from "
            f"{dataset.address}; see {dataset.page}.",
            hint=f"read the licence; if you accept it, add `--accept-licence {dataset.name}`.",
        )


def fetch(dataset: OpenDataset, web: Web, report: Report, *, mirror: str = "") -> tuple[Path, list[str]]:
    """The dataset's archive, downloaded if it is not here, and what is to be said of its checksum.

    A download that broke off goes on where it stopped, also in another run. Raises `InputError` if
    the file is not the one that was published or that was downloaded first, `SourceGone` if its
    place does not answer.
    """
    folder = cache_folder("datasets") / dataset.name
    target = folder / dataset.file_name
    if not target.is_file():
        address = f"{mirror.rstrip('/')}/{dataset.name}/{dataset.file_name}" if mirror else dataset.address
        _download(address, target, web, report)
    return target, _check(dataset, target, folder / "first.json")


def _download(address: str, target: Path, web: Web, report: Report) -> None:
    part = target.with_name(f"{target.name}.part")
    state = target.with_name(f"{target.name}.part.json")
    facts = web.look(address)
    begun = json.loads(state.read_text("utf-8"))["version"] if state.is_file() and part.is_file() else None
    patient = Web(
        allow_private=web.allow_private,
        max_bytes=_MAX_BYTES,
        max_seconds=_MAX_SECONDS,
        pause_s=web.pause_s,
    )
    with storage_errors():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(state, json.dumps({"version": facts.version, "address": address}).encode())
        with part.open("r+b" if begun is not None else "w+b") as stream:
            counted: Any = _Counted(stream, facts.size, report)
            patient.read(address, counted, version=facts.version, begun=begun)
        part.replace(target)
    state.unlink(missing_ok=True)


class _Counted:
    """A file that tells how much of it is there whenever something is written."""

    def __init__(self, stream: BinaryIO, size: int, report: Report) -> None:
        self._stream, self._size, self._report = stream, size, report

    def write(self, content: bytes) -> int:
        written = self._stream.write(content)
        total = self._size / _MB if self._size else None
        self._report.progress("downloading", self._stream.tell() / _MB, total, unit="MB")
        return written

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def truncate(self) -> int:
        return self._stream.truncate()


def _check(dataset: OpenDataset, target: Path, first: Path) -> list[str]:
    sha256, md5 = _digest(target, "sha256"), _digest(target, "md5") if dataset.md5 else ""
    if (dataset.sha256 and sha256 != dataset.sha256) or md5 != dataset.md5:
        target.unlink()
        raise InputError(
            f"{dataset.file_name} has another checksum than the publisher of {dataset.name} says.",
            hint="it was deleted; run the same command again, and look at the page if that happens twice: "
            f"{dataset.page}.",
        )
    said = f"{dataset.title}: {dataset.licence} ({dataset.licence_page})."
    if dataset.sha256 or dataset.md5:
        return [said]
    if first.is_file():
        known = json.loads(first.read_text("utf-8"))
        if known["sha256"] != sha256:
            target.unlink()
            raise InputError(
                f"{dataset.file_name} is another file than the one that was downloaded first.",
                hint=f"see {dataset.page}; if it was published anew, delete {first} and run this again.",
            )
        return [said]
    with atomic_file(first) as stream:
        stream.write(json.dumps({"sha256": sha256, "at": time.time()}).encode())
    return [
        said,
        f"Nobody published a checksum of {dataset.file_name}: another one than today's will be refused.",
        f"SHA-256: {sha256}",
    ]


def _digest(path: Path, name: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(name, usedforsecurity=False)).hexdigest()
