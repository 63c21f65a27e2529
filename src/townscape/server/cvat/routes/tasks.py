"""Tasks: list, make, change, forget; what they look like."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from townscape.core.errors import UsageError
from townscape.server.cvat.backup import write_backup
from townscape.server.cvat.errands import ErrandAbout
from townscape.server.cvat.exporting import BackupAsked, ExportAsked, begin_export
from townscape.server.cvat.labels import LabelIn
from townscape.server.cvat.lists import page_of
from townscape.server.cvat.parts import BaseUrl, InParts, User
from townscape.server.cvat.relabelling import change_labels
from townscape.server.cvat.restoring import begin_restore
from townscape.server.cvat.routes.labels import taxonomy_of_project
from townscape.server.cvat.sending import accepted, append_piece, take_step, tell_offset
from townscape.server.cvat.tasks import TaskAbout
from townscape.server.cvat.views import task_view

router = APIRouter(prefix="/tasks")

BACKUPS = "tasks/backup"


class TaskIn(BaseModel):
    """A task that is to be made."""

    name: str = Field(min_length=1, max_length=256)
    project_id: int | None = None
    labels: list[LabelIn] = Field(default_factory=list[LabelIn])
    subset: str = Field(default="", max_length=64)
    bug_tracker: str = Field(default="", max_length=2000)
    segment_size: int = Field(default=0, ge=0)
    overlap: int | None = Field(default=0, ge=0)
    assignee_id: int | None = None


class TaskChange(BaseModel):
    """What is to be changed of a task."""

    name: str | None = Field(default=None, min_length=1, max_length=256)
    subset: str | None = Field(default=None, max_length=64)
    bug_tracker: str | None = Field(default=None, max_length=2000)
    assignee_id: int | None = None
    labels: list[LabelIn] = Field(default_factory=list[LabelIn])
    project_id: int | None = None


@router.patch("/backup/{parcel_id}")
async def append_backup(parts: InParts, parcel_id: str, request: Request) -> Response:
    """The next piece of a backup."""
    return await append_piece(parts, request, BACKUPS, parcel_id)


@router.head("/backup/{parcel_id}")
def read_backup_offset(parts: InParts, parcel_id: str) -> Response:
    """How far a backup has come."""
    return tell_offset(parts, BACKUPS, parcel_id)


@router.get("")
def list_tasks(
    request: Request, parts: InParts, base: BaseUrl, project_id: int | None = None
) -> dict[str, Any]:
    """Every task."""
    taxonomy = taxonomy_of_project(parts, project_id) if project_id is not None else None
    found = [task_view(parts, task, base) for task in parts.tasks.find(taxonomy=taxonomy)]
    return page_of(request, found, base=base, path="tasks")


@router.post("", status_code=201)
def create_task(parts: InParts, wanted: TaskIn, user: User, base: BaseUrl) -> dict[str, Any]:
    """A task without images, in a project or with labels of its own."""
    if wanted.project_id is not None and wanted.labels:
        raise UsageError("A task of a project has the project's labels.", hint="leave the labels out.")
    if wanted.project_id is not None:
        taxonomy = taxonomy_of_project(parts, wanted.project_id)
    else:
        taxonomy = parts.labels.choose(wanted.labels, called=wanted.name, may_reuse=True)
    about = TaskAbout(
        name=wanted.name,
        taxonomy=taxonomy,
        owner=user,
        subset=wanted.subset,
        bug_tracker=wanted.bug_tracker,
        segment_size=wanted.segment_size,
        overlap=wanted.overlap,
    )
    return task_view(parts, parts.tasks.create(about), base)


@router.post("/backup")
async def send_backup(parts: InParts, request: Request, user: User, base: BaseUrl) -> Response:
    """A backup, in steps; then a task is made of it."""
    step = await take_step(parts, request, BACKUPS, base=base)
    if isinstance(step, Response):
        return step
    return await run_in_threadpool(begin_restore, parts, step, "task", user)


@router.get("/{number}")
def read_task(parts: InParts, number: int, base: BaseUrl) -> dict[str, Any]:
    """One task."""
    return task_view(parts, parts.tasks.get(number), base)


@router.patch("/{number}")
def change_task(parts: InParts, number: int, wanted: TaskChange, base: BaseUrl) -> dict[str, Any]:
    """Another name, subset or labels."""
    task = parts.tasks.get(number)
    given = wanted.model_fields_set
    if "project_id" in given and wanted.project_id != parts.labels.project_of(task.about.taxonomy):
        raise UsageError("A task stays in its project.", hint="export it and import it into the other.")
    if wanted.labels:
        change_labels(parts, task.about.taxonomy, wanted.labels)
    values = wanted.model_dump(include=given & {"name", "subset", "bug_tracker"}, exclude_none=True)
    return task_view(parts, parts.tasks.change(number, **values), base)


@router.delete("/{number}", status_code=204)
def remove_task(parts: InParts, number: int) -> Response:
    """Forget a task; its images and their labels stay."""
    parts.inbox.clear(f"tasks/{number}/data")
    parts.tasks.remove(number)
    return Response(status_code=204)


@router.post("/{number}/dataset/export")
def export_task(parts: InParts, number: int, asked: Annotated[ExportAsked, Query()], user: User) -> Response:
    """Begin to write a task as a dataset."""
    return begin_export(parts, number, asked, user=user, kind="task")


@router.post("/{number}/backup/export")
def export_backup(
    parts: InParts, number: int, asked: Annotated[BackupAsked, Query()], user: User
) -> Response:
    """Begin to write a backup of a task."""
    asked.check()
    task = parts.tasks.get(number)
    if task.selection is None:
        raise UsageError(f"Task {number} has no images yet.", hint="send them first.")
    about = ErrandAbout(type="export:backup", target="task", user=user, task_id=number)
    name = f"task_{number}_backup"
    return accepted(
        parts.errands.start(about, lambda progressing: write_backup(parts, [task], progressing, name=name))
    )
