"""Annotations of a task or its job: shapes out and in, and files of them."""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from townscape.server.cvat.carrying import import_annotations
from townscape.server.cvat.errands import ErrandAbout
from townscape.server.cvat.formats import NamedFormat, find_importer
from townscape.server.cvat.frames import Frame
from townscape.server.cvat.inbox import check_archive
from townscape.server.cvat.painting import LabeledDataIn
from townscape.server.cvat.parts import BaseUrl, InParts, Parts, User
from townscape.server.cvat.saving import change_annotations
from townscape.server.cvat.sending import Finished, accepted, append_piece, take_step, tell_offset
from townscape.server.cvat.shapes import read_frame, shapes_of
from townscape.server.cvat.tasks import Task

router = APIRouter()


class ImportAsked(BaseModel):
    """How a file of annotations is to be taken."""

    format: str = ""
    import_mode: Literal["replace", "append"] = "replace"


@router.get("/tasks/{number}/annotations", response_class=StreamingResponse)
@router.get("/jobs/{number}/annotations", response_class=StreamingResponse)
def read_annotations(parts: InParts, number: int) -> StreamingResponse:
    """Every shape, by frame and segment."""
    task = parts.tasks.get(number)
    written = _written(parts, task, parts.frames.paintable(task))
    return StreamingResponse(written, media_type="application/json")


@router.put("/tasks/{number}/annotations")
@router.put("/jobs/{number}/annotations")
def replace_annotations(parts: InParts, number: int, data: LabeledDataIn, user: User) -> JSONResponse:
    """These shapes instead of all that there are."""
    ids = change_annotations(parts, parts.tasks.get(number), data, "replace", user=user)
    return JSONResponse(_told(data, ids))


@router.patch("/tasks/{number}/annotations")
@router.patch("/jobs/{number}/annotations")
def change_shapes(
    parts: InParts,
    number: int,
    data: LabeledDataIn,
    user: User,
    action: Literal["create", "update", "delete"],
) -> JSONResponse:
    """Add shapes, put others in their place, or take them away."""
    ids = change_annotations(parts, parts.tasks.get(number), data, action, user=user)
    return JSONResponse(_told(data, ids))


@router.delete("/tasks/{number}/annotations", status_code=204)
@router.delete("/jobs/{number}/annotations", status_code=204)
def remove_annotations(parts: InParts, number: int, user: User) -> Response:
    """Make every frame unlabelled; what was there stays in the history."""
    change_annotations(parts, parts.tasks.get(number), LabeledDataIn(), "replace", user=user)
    return Response(status_code=204)


@router.post("/tasks/{number}/annotations")
@router.post("/jobs/{number}/annotations")
async def send_annotations(
    parts: InParts,
    number: int,
    request: Request,
    user: User,
    base: BaseUrl,
    asked: Annotated[ImportAsked, Query()],
) -> Response:
    """A file of annotations, in steps; then it is put onto the frames."""
    task = await run_in_threadpool(parts.tasks.get, number)
    found = find_importer(asked.format) if asked.format else None
    step = await take_step(parts, request, f"tasks/{number}/annotations", base=base)
    if isinstance(step, Response):
        return step
    is_job = request.url.path.startswith("/api/jobs/")
    found = found or find_importer(asked.format)
    return await run_in_threadpool(
        _begin_import, parts, task, found, step, user, asked.import_mode == "replace", is_job
    )


def _begin_import(
    parts: Parts,
    task: Task,
    found: NamedFormat,
    sent: Finished,
    user: str,
    is_replacing: bool,
    is_job: bool,
) -> Response:
    parcel = sent.one()
    check_archive(parcel)
    about = ErrandAbout(
        type="import:annotations",
        target="job" if is_job else "task",
        user=user,
        task_id=task.number,
        job_id=task.number if is_job else None,
        format=found.name,
    )
    return accepted(
        parts.errands.start(
            about,
            lambda progressing: import_annotations(
                parts, task, found, parcel, progressing, is_replacing=is_replacing, user=user
            ),
        )
    )


@router.patch("/tasks/{number}/annotations/{parcel_id}")
@router.patch("/jobs/{number}/annotations/{parcel_id}")
async def append_annotations(parts: InParts, number: int, parcel_id: str, request: Request) -> Response:
    """The next piece of a file of annotations."""
    return await append_piece(parts, request, f"tasks/{number}/annotations", parcel_id)


@router.head("/tasks/{number}/annotations/{parcel_id}")
@router.head("/jobs/{number}/annotations/{parcel_id}")
def read_annotations_offset(parts: InParts, number: int, parcel_id: str) -> Response:
    """How far a file of annotations has come."""
    return tell_offset(parts, f"tasks/{number}/annotations", parcel_id)


def _written(parts: Parts, task: Task, frames: Sequence[Frame]) -> Iterator[str]:
    """The JSON text, frame by frame."""
    labels = parts.labels.of(task.about.taxonomy)
    yield '{"version": 0, "tags": [], "tracks": [], "intervals": [], "shapes": ['
    is_first = True
    for frame in frames:
        found = read_frame(parts.workspace, task.about.taxonomy, frame)
        if found is None:
            continue
        for shape in shapes_of(found, labels, frame.number):
            yield ("" if is_first else ",") + json.dumps(shape)
            is_first = False
    yield "]}"


def _told(data: LabeledDataIn, ids: list[int | None]) -> dict[str, Any]:
    """What was sent, with the numbers that shapes have now."""
    shapes = [
        shape.model_dump(mode="json") | {"id": number, "group": shape.group or 0, "elements": []}
        for shape, number in zip(data.shapes, ids, strict=True)
    ]
    return {"version": 0, "tags": [], "shapes": shapes, "tracks": [], "intervals": []}
