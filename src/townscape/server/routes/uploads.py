"""Files that browsers send, in pieces; see `server.uploads`."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from townscape.core.errors import UsageError
from townscape.server.context import InContext
from townscape.server.record import Record

router = APIRouter(prefix="/uploads", tags=["uploads"])

MAX_PIECE_BYTES = 16 << 20


class UploadIn(Record):
    """A file that is about to be sent."""

    name: str = Field(min_length=1, max_length=1000)
    size: int = Field(ge=0)
    modified: float = 0.0


class UploadOut(Record):
    """How far a file has come."""

    id: str
    name: str
    size: int
    offset: int


class TakenIn(Record):
    """The image that a file has become."""

    image_id: str
    is_new: bool


@router.post("", status_code=201)
def begin_upload(context: InContext, file: UploadIn) -> UploadOut:
    """Begin a file, or go on with one that was begun before."""
    return UploadOut.of(context.uploads.begin(file.name, file.size, file.modified))


@router.get("/{upload_id}")
def read_upload(context: InContext, upload_id: str) -> UploadOut:
    """How far it has come."""
    return UploadOut.of(context.uploads.get(upload_id))


@router.patch("/{upload_id}")
async def append_piece(
    context: InContext, upload_id: str, request: Request, upload_offset: Annotated[int, Header()]
) -> UploadOut:
    """The next piece, at most 16 MB, as the request's body."""
    content = await read_piece(request)
    upload = await run_in_threadpool(context.uploads.append, upload_id, upload_offset, content)
    return UploadOut.of(upload)


@router.post("/{upload_id}/image", status_code=201)
def finish_upload(context: InContext, upload_id: str) -> TakenIn:
    """Take the whole file in as an image, after a child process could decode it."""
    image, is_new = context.uploads.finish(upload_id)
    return TakenIn(image_id=image.id, is_new=is_new)


async def read_piece(request: Request) -> bytes:
    """A request's body. Raises `UsageError` if it is larger than a piece may be."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_PIECE_BYTES:
            raise UsageError("A piece may have 16 MB at most.")
    return bytes(content)
