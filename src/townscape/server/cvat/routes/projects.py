"""Projects: taxonomies with their selections."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from townscape.core.errors import NotFound
from townscape.server.cvat.backup import write_backup
from townscape.server.cvat.carrying import import_dataset
from townscape.server.cvat.errands import ErrandAbout
from townscape.server.cvat.exporting import BackupAsked, ExportAsked, begin_project_export
from townscape.server.cvat.formats import NamedFormat, find_importer
from townscape.server.cvat.inbox import check_archive
from townscape.server.cvat.labels import PROJECT, LabelIn
from townscape.server.cvat.lists import page_of
from townscape.server.cvat.parts import BaseUrl, InParts, Parts, User
from townscape.server.cvat.relabelling import change_labels
from townscape.server.cvat.restoring import begin_restore
from townscape.server.cvat.routes.labels import taxonomy_of_project
from townscape.server.cvat.sending import Finished, accepted, append_piece, take_step, tell_offset
from townscape.server.cvat.views import project_view

router = APIRouter(prefix="/projects")

_BACKUPS = "projects/backup"
_HIDDEN = "is_hidden"


class ProjectIn(BaseModel):
    """A project that is to be made."""

    name: str = Field(min_length=1, max_length=256)
    labels: list[LabelIn] = Field(default_factory=list[LabelIn])


class ProjectChange(BaseModel):
    """What is to be changed of a project."""

    name: str | None = Field(default=None, min_length=1, max_length=256)
    labels: list[LabelIn] = Field(default_factory=list[LabelIn])


@router.get("")
def list_projects(request: Request, parts: InParts, base: BaseUrl) -> dict[str, Any]:
    """Every taxonomy of the workspace, but for those whose project was deleted."""
    tasks = parts.tasks.find()
    found = [
        project_view(parts, name, [t for t in tasks if t.about.taxonomy == name], base)
        for name in parts.workspace.taxonomies.names()
    ]
    shown = [p for p in found if p["tasks"]["count"] or not _is_hidden(parts, p["id"])]
    return page_of(request, sorted(shown, key=lambda p: p["id"]), base=base, path="projects")


@router.post("", status_code=201)
def create_project(parts: InParts, wanted: ProjectIn, base: BaseUrl) -> dict[str, Any]:
    """A new taxonomy."""
    name = parts.labels.choose(wanted.labels, called=wanted.name, may_reuse=False)
    return _view(parts, name, base)


@router.post("/backup")
async def send_backup(parts: InParts, request: Request, user: User, base: BaseUrl) -> Response:
    """A backup, in steps; then a project and its tasks are made of it."""
    step = await take_step(parts, request, _BACKUPS, base=base)
    if isinstance(step, Response):
        return step
    return await run_in_threadpool(begin_restore, parts, step, "project", user)


@router.patch("/backup/{parcel_id}")
async def append_backup(parts: InParts, parcel_id: str, request: Request) -> Response:
    """The next piece of a backup."""
    return await append_piece(parts, request, _BACKUPS, parcel_id)


@router.head("/backup/{parcel_id}")
def read_backup_offset(parts: InParts, parcel_id: str) -> Response:
    """How far a backup has come."""
    return tell_offset(parts, _BACKUPS, parcel_id)


@router.get("/{number}")
def read_project(parts: InParts, number: int, base: BaseUrl) -> dict[str, Any]:
    """One project."""
    found = _view(parts, taxonomy_of_project(parts, number), base)
    if _is_hidden(parts, number) and not found["tasks"]["count"]:
        raise NotFound(f"There is no project {number}.", hint="it was deleted; its labels are still here.")
    return found


@router.patch("/{number}")
def change_project(parts: InParts, number: int, wanted: ProjectChange, base: BaseUrl) -> dict[str, Any]:
    """Another name, or labels."""
    name = taxonomy_of_project(parts, number)
    if wanted.labels:
        change_labels(parts, name, wanted.labels)
    if wanted.name is not None:
        known = parts.workspace.taxonomies.get(name)
        parts.workspace.taxonomies.put(known.model_copy(update={"title": wanted.name}))
    return _view(parts, name, base)


@router.delete("/{number}", status_code=204)
def remove_project(parts: InParts, number: int) -> Response:
    """Forget a project and the tasks that clients made in it; taxonomy, images and labels stay."""
    for task in parts.tasks.find(taxonomy=taxonomy_of_project(parts, number)):
        if task.is_sent:
            parts.tasks.remove(task.number)
    parts.workspace.numbered.change(PROJECT, number, about={_HIDDEN: True})
    return Response(status_code=204)


@router.post("/{number}/dataset")
async def send_dataset(
    parts: InParts,
    number: int,
    request: Request,
    user: User,
    base: BaseUrl,
    format: str = "",  # noqa: A002 - CVAT's name of the parameter
) -> Response:
    """A dataset with its images, in steps; then it becomes a task of the project."""
    found = find_importer(format) if format else None
    step = await take_step(parts, request, f"projects/{number}/dataset", base=base)
    if isinstance(step, Response):
        return step
    found = found or find_importer(format)
    return await run_in_threadpool(_begin_import, parts, number, found, step, user)


def _begin_import(parts: Parts, number: int, found: NamedFormat, sent: Finished, user: str) -> Response:
    taxonomy, parcel = taxonomy_of_project(parts, number), sent.one()
    check_archive(parcel)
    about = ErrandAbout(
        type="import:dataset", target="project", user=user, project_id=number, format=found.name
    )
    return accepted(
        parts.errands.start(
            about,
            lambda progressing: import_dataset(parts, taxonomy, found, parcel, progressing, user=user),
        )
    )


@router.patch("/{number}/dataset/{parcel_id}")
async def append_dataset(parts: InParts, number: int, parcel_id: str, request: Request) -> Response:
    """The next piece of a dataset."""
    return await append_piece(parts, request, f"projects/{number}/dataset", parcel_id)


@router.head("/{number}/dataset/{parcel_id}")
def read_dataset_offset(parts: InParts, number: int, parcel_id: str) -> Response:
    """How far a dataset has come."""
    return tell_offset(parts, f"projects/{number}/dataset", parcel_id)


@router.post("/{number}/dataset/export")
def export_project(
    parts: InParts, number: int, asked: Annotated[ExportAsked, Query()], user: User
) -> Response:
    """Begin to write all that is labelled in a taxonomy as a dataset."""
    return begin_project_export(parts, number, taxonomy_of_project(parts, number), asked, user=user)


@router.post("/{number}/backup/export")
def export_backup(
    parts: InParts, number: int, asked: Annotated[BackupAsked, Query()], user: User
) -> Response:
    """Begin to write a backup of a project and its tasks."""
    asked.check()
    taxonomy = taxonomy_of_project(parts, number)
    tasks = [t for t in parts.tasks.find(taxonomy=taxonomy) if t.selection is not None]
    about = ErrandAbout(type="export:backup", target="project", user=user, project_id=number)
    name = f"project_{number}_backup"
    return accepted(
        parts.errands.start(
            about,
            lambda progressing: write_backup(parts, tasks, progressing, name=name, project=taxonomy),
        )
    )


def _is_hidden(parts: Parts, number: int) -> bool:
    return bool(parts.workspace.numbered.get(PROJECT, number).about.get(_HIDDEN))


def _view(parts: Parts, name: str, base: str) -> dict[str, Any]:
    return project_view(parts, name, parts.tasks.find(taxonomy=name), base)
