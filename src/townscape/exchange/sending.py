"""Sending an export to a bucket: every file once, nothing overwritten, and a list of all at the end.

A file that is there already with the same content is left as it is, so that a send that was cut
off goes on. The list `townscape-export.json` is put last: where it is missing, the export is not
whole.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from pydantic import BaseModel, ConfigDict

from townscape.core.errors import UsageError
from townscape.core.events import Report
from townscape.version import __version__
from townscape.workspace import Workspace
from townscape.workspace.blobs import sha256_of_file
from townscape.workspace.folder import write_atomically
from townscape.workspace.remote import BucketAddress, parse_bucket, stores
from townscape.workspace.remote.stores import Bucket

MANIFEST = "townscape-export.json"
_AT_ONCE = 8
_TEMPORARY = "sending-"


class Sent(BaseModel):
    """What was sent to a bucket."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    address: str
    files: int
    sent: int
    """Files that were put now."""
    there: int
    """Files that were there already with the same content."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the export."""

    name: str
    path: Path
    size: int
    sha256: str


def temporary_folder(workspace: Workspace, address: str) -> Path:
    """Where an export is written that is wanted in a bucket only."""
    key = hashlib.sha256(address.encode()).hexdigest()[:12]
    return workspace.folder.exports / f"{_TEMPORARY}{key}"


def is_temporary(workspace: Workspace, out: Path) -> bool:
    """Whether a folder is one that goes once it was sent."""
    return out.parent == workspace.folder.exports and out.name.startswith(_TEMPORARY)


def state_file(workspace: Workspace, run_id: str | None) -> Path | None:
    """Where a run notes that its export is written, so that it only has to be sent."""
    return None if run_id is None else workspace.folder.run(run_id) / "state" / "written.json"


def note_written(state: Path | None, result: BaseModel) -> None:
    """Note what was written, before the first file is sent."""
    if state is not None:
        write_atomically(state, result.model_dump_json().encode())


def refuse_taken(workspace: Workspace, address: str) -> None:
    """Raise `UsageError` if a whole export lies at the address, and in words if it cannot be reached."""
    bucket, place = _open(workspace, address)
    if bucket.find(_key(place, MANIFEST)) is not None:
        raise UsageError(f"There is a whole export at {place} already.", hint="name another folder.")


def send(workspace: Workspace, out: Path, address: str, report: Report) -> Sent:
    """Put every file of an export below an address in a bucket, and its list at the end.

    Raises `UsageError` if something else is there under one of the names: nothing is overwritten.
    """
    bucket, place = _open(workspace, address)
    files = list(_files(out))
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sending")
    try:
        putting = pool.map(partial(_put, bucket, place), files)
        were_put = list(report.track_of(putting, "sending", total=len(files), unit="files"))
    finally:
        pool.shutdown(cancel_futures=True)
    _put_manifest(bucket, place, files)
    if is_temporary(workspace, out):
        shutil.rmtree(out)
    return Sent(
        address=str(place),
        files=len(files),
        sent=sum(were_put),
        there=len(files) - sum(were_put),
        size_bytes=sum(file.size for file in files),
    )


def _put(bucket: Bucket, place: BucketAddress, file: _File) -> bool:
    """Put a file; False if it is there already with the same content."""
    key = _key(place, file.name)
    if bucket.create(key, file.path):
        return True
    if not _is_same(bucket, key, file):
        raise _is_taken(place, file.name)
    return False


def _put_manifest(bucket: Bucket, place: BucketAddress, files: list[_File]) -> None:
    listed = [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in files]
    content = (json.dumps({"made_by": f"townscape {__version__}", "files": listed}, indent=1) + "\n").encode()
    key = _key(place, MANIFEST)
    if not bucket.create(key, content):
        there = BytesIO()
        bucket.read(key, there)
        if there.getvalue() != content:
            raise _is_taken(place, MANIFEST)


def _is_same(bucket: Bucket, key: str, file: _File) -> bool:
    """Whether an object has a file's content: by its ETag, and where that is no MD5 by reading it."""
    there = bucket.find(key)
    if there is None or there.size != file.size:
        return False
    if there.version == etag_of(file.path):
        return True
    with TemporaryFile() as stream:
        bucket.read(key, stream)
        stream.seek(0)
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def etag_of(path: Path) -> str:
    """The ETag that S3 gives a file put by `Bucket.create`: its MD5, or that of its parts' MD5s."""
    with path.open("rb") as stream:
        if path.stat().st_size <= stores.LARGE_BYTES:
            return hashlib.file_digest(stream, _md5).hexdigest()
        parts = [_md5(part).digest() for part in iter(partial(stream.read, stores.PART_BYTES), b"")]
        return f"{_md5(b''.join(parts)).hexdigest()}-{len(parts)}"


def _md5(content: bytes = b"") -> Any:
    return hashlib.md5(content, usedforsecurity=False)


def _files(out: Path) -> Iterator[_File]:
    if out.is_file():
        yield _File(out.name, out, out.stat().st_size, sha256_of_file(out))
        return
    for path in sorted(p for p in out.rglob("*") if p.is_file()):
        name = path.relative_to(out).as_posix()
        yield _File(name, path, path.stat().st_size, sha256_of_file(path))


def _open(workspace: Workspace, address: str) -> tuple[Bucket, BucketAddress]:
    place = parse_bucket(address)
    return workspace.remote.bucket(place.scheme, place.bucket), place


def _key(place: BucketAddress, name: str) -> str:
    folder = place.key.strip("/")
    return f"{folder}/{name}" if folder else name


def _is_taken(place: BucketAddress, name: str) -> UsageError:
    there = BucketAddress(place.scheme, place.bucket, _key(place, name))
    return UsageError(
        f"{there} exists already with another content. It was not overwritten.",
        hint="name another folder of the bucket.",
    )
