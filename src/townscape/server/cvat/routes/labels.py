"""Labels: the classes of a task's, a job's or a project's taxonomy."""

from typing import Any

from fastapi import APIRouter, Request, Response

from townscape.core.errors import UsageError
from townscape.server.cvat.labels import LABEL, PROJECT, LabelIn
from townscape.server.cvat.lists import page_of
from townscape.server.cvat.parts import BaseUrl, InParts, Parts
from townscape.server.cvat.relabelling import change_labels
from townscape.server.cvat.views import label_views
from townscape.workspace.numbered import NumberedRecord

router = APIRouter(prefix="/labels")


@router.get("")
def list_labels(
    request: Request,
    parts: InParts,
    base: BaseUrl,
    task_id: int | None = None,
    job_id: int | None = None,
    project_id: int | None = None,
) -> dict[str, Any]:
    """The labels of one thing, or of all taxonomies."""
    number = task_id if task_id is not None else job_id
    if number is not None:
        names = [parts.tasks.get(number).about.taxonomy]
    elif project_id is not None:
        names = [taxonomy_of_project(parts, project_id)]
    else:
        names = parts.workspace.taxonomies.names()
    found = [view for name in names for view in label_views(parts, parts.labels.of(name))]
    asked = {"task_id", "job_id", "project_id"} & set(request.query_params)
    for view in found:
        for name in asked:
            view[name] = {"task_id": task_id, "job_id": job_id, "project_id": project_id}[name]
    told = page_of(request, found, base=base, path="labels")
    for view in told["results"]:
        view.pop("job_id", None)
    return told


@router.get("/{number}")
def read_label(parts: InParts, number: int) -> dict[str, Any]:
    """One label."""
    return _view(parts, parts.workspace.numbered.get(LABEL, number))


@router.patch("/{number}")
def change_label(parts: InParts, number: int, wanted: LabelIn) -> dict[str, Any]:
    """Give a label another name, colour or attributes."""
    record = parts.workspace.numbered.get(LABEL, number)
    change_labels(parts, _taxonomy(record), [wanted.model_copy(update={"id": number})])
    return _view(parts, record)


@router.delete("/{number}", status_code=204)
def remove_label(parts: InParts, number: int) -> Response:
    """Refused: classes are never removed."""
    record = parts.workspace.numbered.get(LABEL, number)
    change_labels(parts, _taxonomy(record), [LabelIn(id=number, deleted=True)])
    return Response(status_code=204)


def taxonomy_of_project(parts: Parts, number: int) -> str:
    """The taxonomy that a project is; raises `NotFound`."""
    return parts.workspace.numbered.get(PROJECT, number).key or ""


def _taxonomy(record: NumberedRecord) -> str:
    return (record.key or "").rpartition("/")[0]


def _view(parts: Parts, record: NumberedRecord) -> dict[str, Any]:
    labels = parts.labels.of(_taxonomy(record))
    found = [view for view in label_views(parts, labels) if view["id"] == record.number]
    if not found:
        raise UsageError(f"Label {record.number} was merged into another one.")
    return found[0]
