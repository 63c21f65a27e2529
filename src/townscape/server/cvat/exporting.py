"""Beginning to write a dataset: what a client may ask, and the errand that it becomes."""

from collections.abc import Callable
from typing import Literal

from fastapi import Response
from pydantic import BaseModel, Field

from townscape.core.errors import UsageError
from townscape.server.cvat.carrying import export_dataset
from townscape.server.cvat.errands import ErrandAbout, Outcome, Progressing
from townscape.server.cvat.formats import find_exporter
from townscape.server.cvat.parts import Parts
from townscape.server.cvat.sending import accepted
from townscape.server.cvat.tasks import PASSING


class BackupAsked(BaseModel):
    """Where a file is to go."""

    location: str = "local"

    def check(self) -> None:
        """Raise `UsageError` for a place that is not here."""
        if self.location != "local":
            raise UsageError("Townscape knows no cloud storages.", hint="ask for location=local.")


class ExportAsked(BackupAsked):
    """How a dataset is to be written."""

    format: str
    save_images: bool = False
    filename: str = Field(default="", max_length=200)

    @property
    def what(self) -> str:
        """What CVAT calls it."""
        return "dataset" if self.save_images else "annotations"


def begin_export(
    parts: Parts, number: int, asked: ExportAsked, *, user: str, kind: Literal["task", "job"]
) -> Response:
    """Begin to write a task (a job is all of it). Raises `UsageError` or `NotFound`."""
    task = parts.tasks.get(number)
    if task.selection is None:
        raise UsageError(f"Task {number} has no images yet.", hint="send them first.")
    selection = task.selection.id
    job = number if kind == "job" else None
    return _begin(
        parts,
        asked,
        ErrandAbout(type="export", target=kind, user=user, task_id=number, job_id=job),
        f"{kind}_{number}",
        lambda export, progressing: export(progressing, task.about.taxonomy, selection),
    )


def begin_project_export(
    parts: Parts, number: int, taxonomy: str, asked: ExportAsked, *, user: str
) -> Response:
    """Begin to write all tasks of a project, or all that is labelled if it has none. Raises `UsageError`."""
    about = ErrandAbout(type="export", target="project", user=user, project_id=number)

    def work(export: _Export, progressing: Progressing) -> Outcome:
        selections, tasks = parts.workspace.selections, parts.tasks.find(taxonomy=taxonomy)
        own = [selections.get(task.selection.id) for task in tasks if task.selection]
        windows = list(dict.fromkeys(window for selection in own for window in selection.windows))
        if not windows:
            return export(progressing, taxonomy, None)
        together = selections.put(f"Project {number}", windows, reason=PASSING, author=user)
        try:
            return export(progressing, taxonomy, together.id)
        finally:
            selections.remove(together.id)

    return _begin(parts, asked, about, f"project_{number}", work)


_Export = Callable[[Progressing, str, str | None], Outcome]
"""Writes a selection (None: everything) of a taxonomy."""


def _begin(
    parts: Parts,
    asked: ExportAsked,
    about: ErrandAbout,
    what: str,
    work: Callable[[_Export, Progressing], Outcome],
) -> Response:
    asked.check()
    found = find_exporter(asked.format)
    name = asked.filename.removesuffix(".zip") or f"{what}_{asked.what}_{found.name}"

    def export(progressing: Progressing, taxonomy: str, selection: str | None) -> Outcome:
        return export_dataset(
            parts,
            found,
            progressing,
            taxonomy=taxonomy,
            selection=selection,
            with_images=asked.save_images,
            name=name,
        )

    about = about.model_copy(update={"type": f"export:{asked.what}", "format": found.name})
    return accepted(parts.errands.start(about, lambda progressing: work(export, progressing)))
