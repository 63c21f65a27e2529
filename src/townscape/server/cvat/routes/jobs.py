"""Jobs: every task has one, of the task's number."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from townscape.core.errors import NotFound
from townscape.server.cvat.exporting import ExportAsked, begin_export
from townscape.server.cvat.lists import page_of
from townscape.server.cvat.parts import BaseUrl, InParts, Parts, User
from townscape.server.cvat.tasks import Task
from townscape.server.cvat.views import job_view

router = APIRouter(prefix="/jobs")


class JobChange(BaseModel):
    """How far the work is."""

    stage: Literal["annotation", "validation", "acceptance"] | None = None
    state: Literal["new", "in progress", "completed", "rejected"] | None = None


@router.get("")
def list_jobs(request: Request, parts: InParts, base: BaseUrl) -> dict[str, Any]:
    """The jobs of all tasks that have images."""
    found = [job_view(parts, t, base) for t in parts.tasks.find() if t.selection is not None]
    return page_of(request, found, base=base, path="jobs")


@router.get("/{number}")
def read_job(parts: InParts, number: int, base: BaseUrl) -> dict[str, Any]:
    """One job."""
    return job_view(parts, _task(parts, number), base)


@router.patch("/{number}")
def change_job(parts: InParts, number: int, wanted: JobChange, base: BaseUrl) -> dict[str, Any]:
    """Say how far the work is; labels are not changed by it."""
    _task(parts, number)
    return job_view(parts, parts.tasks.change(number, **wanted.model_dump(exclude_none=True)), base)


@router.post("/{number}/dataset/export")
def export_job(parts: InParts, number: int, asked: Annotated[ExportAsked, Query()], user: User) -> Response:
    """Begin to write a job as a dataset."""
    return begin_export(parts, number, asked, user=user, kind="job")


def _task(parts: Parts, number: int) -> Task:
    task = parts.tasks.get(number)
    if task.selection is None:
        raise NotFound(f"There is no job {number}: its task has no images yet.")
    return task
