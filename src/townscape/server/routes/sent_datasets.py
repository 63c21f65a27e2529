"""Datasets that browsers send, file by file, in pieces; see `server.sent_datasets`."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from townscape.server.context import InContext
from townscape.server.record import Record
from townscape.server.routes.folders import EntryOut
from townscape.server.routes.uploads import read_piece
from townscape.server.sent_datasets import SentFile

router = APIRouter(prefix="/sent-datasets", tags=["sent-datasets"])


class FileIn(Record):
    """A file that is about to be sent."""

    path: str = Field(min_length=1, max_length=4000)
    """Its path in the folder that was dropped."""
    size: int = Field(ge=0)
    modified: float = 0.0


class DatasetIn(Record):
    """A dataset that is about to be sent."""

    name: str = Field(min_length=1, max_length=250)
    files: list[FileIn]


class SentDatasetOut(Record):
    """How far a dataset has come."""

    id: str
    name: str
    offsets: list[int | None]
    """For each file the bytes that are here; null for files that are not taken."""
    left_out: list[str]
    """Files whose names are not taken."""


class Offset(Record):
    """How far a file has come."""

    offset: int


@router.post("", status_code=201)
def begin_dataset(context: InContext, wanted: DatasetIn) -> SentDatasetOut:
    """Begin a dataset, or go on with the same one."""
    files = [SentFile(f.path, f.size, f.modified) for f in wanted.files]
    return SentDatasetOut.of(context.sent.begin(wanted.name, files))


@router.get("/{dataset_id}")
def read_sent_dataset(context: InContext, dataset_id: str) -> SentDatasetOut:
    """How far it has come."""
    return SentDatasetOut.of(context.sent.get(dataset_id))


@router.patch("/{dataset_id}/files/{index}")
async def append_to_file(
    context: InContext, dataset_id: str, index: int, request: Request, upload_offset: Annotated[int, Header()]
) -> Offset:
    """The next piece of a file, at most 16 MB, as the request's body."""
    content = await read_piece(request)
    return Offset(
        offset=await run_in_threadpool(context.sent.append, dataset_id, index, upload_offset, content)
    )


@router.post("/{dataset_id}/whole", status_code=201)
def finish_dataset(context: InContext, dataset_id: str) -> EntryOut:
    """The whole dataset, as something that an import can be told to take."""
    path, name = context.sent.finish(dataset_id)
    return EntryOut.of(context.folders.entry(path, name))
