"""The images of a task: sent in, and given out as frames and in chunks. A job has its task's."""

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from townscape.core.errors import NotFound, UsageError
from townscape.core.options import describe_validation
from townscape.server.cvat.errands import ErrandAbout
from townscape.server.cvat.frames import Frame, frame_file, write_chunk
from townscape.server.cvat.parts import BaseUrl, InParts, Parts, User
from townscape.server.cvat.sending import Finished, accepted, append_piece, take_step, tell_offset
from townscape.server.cvat.taking import DataIn, check_data, check_names, take_images
from townscape.server.cvat.tasks import Task
from townscape.server.cvat.views import meta_view

router = APIRouter()

_FRESH = {"Cache-Control": "no-store"}


class MetaChange(BaseModel):
    """Which frames are left out of datasets."""

    deleted_frames: list[Annotated[int, Field(ge=0)]] = Field(default_factory=list[int], max_length=1_000_000)


@router.post("/tasks/{number}/data")
async def send_data(parts: InParts, number: int, request: Request, user: User, base: BaseUrl) -> Response:
    """Images (or archives of them), in steps; then they become the task's."""
    task = await run_in_threadpool(parts.tasks.get, number)
    if task.selection is not None:
        raise UsageError(f"Task {number} has its images already.", hint="make another task for more.")
    step = await take_step(parts, request, f"tasks/{number}/data", base=base)
    if isinstance(step, Response):
        return step
    return await run_in_threadpool(_begin_taking, parts, task, step, user)


def _begin_taking(parts: Parts, task: Task, sent: Finished, user: str) -> Response:
    try:
        wanted = DataIn.model_validate(sent.said)
    except ValidationError as error:
        raise UsageError(f"The request is not understood: {describe_validation(error)}.") from error
    check_data(wanted)
    check_names(sent.parcels)
    about = ErrandAbout(type="create:task", target="task", user=user, task_id=task.number)
    return accepted(
        parts.errands.start(
            about,
            lambda progressing: take_images(parts, task, wanted, sent.parcels, progressing, user=user),
        )
    )


@router.patch("/tasks/{number}/data/meta")
@router.patch("/jobs/{number}/data/meta")
def change_meta(parts: InParts, number: int, wanted: MetaChange) -> dict[str, Any]:
    """Leave frames out of datasets, or bring them back; nothing is deleted."""
    task = parts.tasks.get(number)
    if any(frame >= task.size for frame in wanted.deleted_frames):
        raise NotFound(f"Task {number} has {task.size} frames, numbered from 0.")
    task = parts.tasks.change(number, deleted_frames=sorted(set(wanted.deleted_frames)))
    return meta_view(task, parts.frames.of(task))


@router.get("/tasks/{number}/data/meta")
@router.get("/jobs/{number}/data/meta")
def read_meta(parts: InParts, number: int) -> dict[str, Any]:
    """Names and sizes of the frames."""
    task = parts.tasks.get(number)
    return meta_view(task, parts.frames.of(task))


@router.patch("/tasks/{number}/data/{parcel_id}")
async def append_data(parts: InParts, number: int, parcel_id: str, request: Request) -> Response:
    """The next piece of a large file."""
    return await append_piece(parts, request, f"tasks/{number}/data", parcel_id)


@router.head("/tasks/{number}/data/{parcel_id}")
def read_data_offset(parts: InParts, number: int, parcel_id: str) -> Response:
    """How far a large file has come."""
    return tell_offset(parts, f"tasks/{number}/data", parcel_id)


@router.get("/tasks/{number}/data")
@router.get("/jobs/{number}/data")
def read_data(
    parts: InParts,
    number: int,
    kind: Annotated[Literal["frame", "chunk", "preview", "context_image"], Query(alias="type")],
    place: Annotated[int | None, Query(alias="number", ge=0)] = None,
    index: Annotated[int | None, Query(ge=0)] = None,
    quality: Literal["original", "compressed"] = "compressed",
) -> Response:
    """A frame, or a .zip of the frames of a chunk. Originals are never changed."""
    task = parts.tasks.get(number)
    if kind == "preview":
        return _preview(parts, task)
    wanted = place if place is not None else index
    if wanted is None or kind == "context_image":
        raise UsageError("Say which frame or chunk, by number.")
    at = None if quality == "original" else max(1, task.about.image_quality)
    if kind == "frame":
        return _frame(parts, parts.frames.get(task, wanted), at)
    size = task.chunk_size
    chosen = parts.frames.of(task)[wanted * size : (wanted + 1) * size]
    if not chosen:
        raise NotFound(f"Task {number} has no chunk {wanted}.", hint=f"{size} frames are in each.")
    path = write_chunk(parts.context, chosen, parts.workspace.folder.uploads, quality=at)
    done = BackgroundTask(Path.unlink, path, missing_ok=True)
    return FileResponse(path, media_type="application/zip", headers=_FRESH, background=done)


@router.get("/tasks/{number}/preview")
@router.get("/jobs/{number}/preview")
def read_preview(parts: InParts, number: int) -> Response:
    """A small picture of the first frame."""
    return _preview(parts, parts.tasks.get(number))


def _frame(parts: Parts, frame: Frame, quality: int | None) -> Response:
    file = frame_file(parts.context, frame, quality=quality)
    return Response(file.content, media_type=file.media_type, headers=_FRESH)


def _preview(parts: Parts, task: Task) -> Response:
    frame = parts.frames.get(task, 0)
    content = parts.context.work_on(frame.image, "thumbnail", side=320).content
    return Response(content, media_type="image/jpeg", headers=_FRESH)
