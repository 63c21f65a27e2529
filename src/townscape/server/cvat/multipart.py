"""Requests that carry several files (multipart/form-data), without holding them in memory."""

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from townscape.core.errors import UsageError
from townscape.core.ids import new_id
from townscape.workspace.folder import storage_errors

_MAX_PARTS = 10_000
_MAX_FIELD_BYTES = 1 << 20
_PARAMETER = re.compile(r';\s*(\w+)="([^"]*)"')
_ESCAPED = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))


@dataclass(frozen=True, slots=True)
class SentPart:
    """A file of the request, copied to `path`."""

    field: str
    name: str
    path: Path


@dataclass
class SentForm:
    """What a request carried."""

    fields: dict[str, str] = field(default_factory=dict[str, str])
    files: list[SentPart] = field(default_factory=list[SentPart])


def is_form(request: Request) -> bool:
    """Whether a request is one."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def read_form(request: Request, folder: Path) -> SentForm:
    """Read a request; its files are written into `folder`. Raises `UsageError` if it makes no sense."""
    about = Message()
    about["content-type"] = request.headers.get("content-type", "")
    boundary = about.get_param("boundary")
    if not isinstance(boundary, str) or not 0 < len(boundary) <= 200:
        raise UsageError("The request does not say what separates its parts.")
    folder.mkdir(parents=True, exist_ok=True)
    body = folder / f"body-{new_id()}"
    try:
        with storage_errors(), body.open("wb") as stream:
            async for piece in request.stream():
                await run_in_threadpool(stream.write, piece)
        form = SentForm()
        try:
            await run_in_threadpool(_parse, body, boundary.encode(), folder, form)
        except BaseException:
            for sent in form.files:
                sent.path.unlink(missing_ok=True)
            raise
        return form
    finally:
        body.unlink(missing_ok=True)


def _parse(body: Path, boundary: bytes, folder: Path, form: SentForm) -> None:
    if body.stat().st_size == 0:
        raise UsageError("The request is empty.")
    with body.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for count, (head, start, end) in enumerate(_parts(content, boundary)):
            if count >= _MAX_PARTS:
                raise UsageError(f"The request has more than {_MAX_PARTS:,} parts.")
            name, file_name = head.get("name", ""), head.get("filename")
            if file_name is not None:
                path = folder / f"part-{new_id()}"
                form.files.append(SentPart(name, file_name, path))
                with storage_errors(), path.open("wb") as out:
                    for place in range(start, end, 1 << 20):
                        out.write(content[place : min(end, place + (1 << 20))])
            elif end - start <= _MAX_FIELD_BYTES:
                form.fields[name] = content[start:end].decode("utf-8", errors="replace")
            else:
                raise UsageError(f"The field {name:.40} is too long.")


def _parts(content: mmap.mmap, boundary: bytes) -> Iterator[tuple[dict[str, str], int, int]]:
    """Parameters, start and end of each part."""
    mark = b"--" + boundary
    place = content.find(mark)
    if place < 0:
        raise UsageError("The request has no parts.")
    place += len(mark)
    while content[place : place + 2] == b"\r\n":
        start = content.find(b"\r\n\r\n", place)
        end = content.find(b"\r\n" + mark, start + 2) if start >= 0 else -1
        if end < 0 or start - place > 16_384:
            break
        head = content[place:start].decode("utf-8", errors="replace")
        line = next((h for h in head.splitlines() if h.lower().startswith("content-disposition")), "")
        yield {k.lower(): _plain(v) for k, v in _PARAMETER.findall(line)}, start + 4, end
        place = end + 2 + len(mark)
    if content[place : place + 2] != b"--":
        raise UsageError("The request is cut off.", hint="send it again.")


def _plain(value: str) -> str:
    for escaped, plain in _ESCAPED:
        value = value.replace(escaped, plain)
    return value
