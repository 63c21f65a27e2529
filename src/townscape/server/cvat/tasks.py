"""Tasks: selections in their order, each with the taxonomy that its images are labelled in.

A task begins without images; when they have come, its selection is frozen. Selections that were
made elsewhere in Townscape are tasks too, in the workspace's default taxonomy.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from townscape.core.errors import NotFound, UsageError
from townscape.workspace import Workspace
from townscape.workspace.numbered import NumberedRecord
from townscape.workspace.records import Selection, SelectionWindow

TASK = "task"
PASSING = "For the time of an export"
"""The reason of selections that are no tasks."""
_CHUNK_FRAMES = 8
"""Frames in a chunk of a selection that was made elsewhere in Townscape."""


class TaskAbout(BaseModel):
    """What a client said of a task, and a selection has no place for."""

    model_config = ConfigDict(frozen=True)

    name: str = ""
    """Until there is a selection, which has it."""
    taxonomy: str
    owner: str | None = None
    subset: str = ""
    bug_tracker: str = ""
    segment_size: int = 0
    overlap: int | None = 0
    assignee: int | None = None
    chunk_size: int | None = None
    image_quality: int = 70
    sorting_method: str = "lexicographical"
    deleted_frames: tuple[int, ...] = ()
    stage: str = "annotation"
    state: str = "new"


@dataclass(frozen=True, slots=True)
class Task:
    """One task."""

    number: int
    about: TaskAbout
    selection: Selection | None
    """None: its images have not come yet."""
    created_at: float
    changed_at: float
    """When it, or a label of its images, was last changed."""

    @property
    def name(self) -> str:
        return self.selection.name if self.selection else self.about.name

    @property
    def owner(self) -> str | None:
        return self.about.owner or (self.selection.author if self.selection else None)

    @property
    def is_sent(self) -> bool:
        """Whether a client made it, and not somebody in Townscape."""
        return self.about.owner is not None

    @property
    def size(self) -> int:
        """How many frames it has."""
        return self.selection.n_windows if self.selection else 0

    @property
    def chunk_size(self) -> int:
        """How many frames a chunk has."""
        return self.about.chunk_size or _CHUNK_FRAMES


class Tasks:
    """The tasks of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def find(self, *, taxonomy: str | None = None) -> list[Task]:
        """Every task (of a taxonomy), by number."""
        selections = {s.id: s for s in self._workspace.selections.find() if s.reason != PASSING}
        self._workspace.numbered.numbers_of(TASK, sorted(selections))
        found: list[Task] = []
        for record in self._workspace.numbered.find(TASK):
            selection = selections.get(record.key or "")
            if record.key is None or selection is not None:
                found.append(self._task(record, selection))
        return [t for t in found if taxonomy in (None, t.about.taxonomy)]

    def get(self, number: int) -> Task:
        """One task; raises `NotFound`."""
        record = self._workspace.numbered.get(TASK, number)
        if record.key is None:
            return self._task(record, None)
        try:
            return self._task(record, self._workspace.selections.get(record.key))
        except NotFound:
            raise NotFound(f"There is no task {number}.") from None

    def create(self, about: TaskAbout) -> Task:
        """A new task without images."""
        record = self._workspace.numbered.put(TASK, about=about.model_dump(mode="json"))
        return self._task(record, None)

    def fill(self, number: int, windows: list[SelectionWindow], *, author: str | None, **about: Any) -> Task:
        """Freeze the images of a task. Raises `UsageError` if it has some already."""
        task = self.get(number)
        if task.selection is not None:
            raise UsageError(f"Task {number} has its images already.", hint="make another task for more.")
        selection = self._workspace.selections.put(
            task.name or f"Task {number}", windows, reason="Sent by CVAT's client", author=author
        )
        self._workspace.numbered.change(TASK, number, key=selection.id, about=about)
        return self.get(number)

    def change(self, number: int, **about: Any) -> Task:
        """Change what is said of a task."""
        task = self.get(number)
        if task.selection is not None and "name" in about:
            self._workspace.selections.rename(task.selection.id, about.pop("name"))
        self._workspace.numbered.change(TASK, number, about=about)
        return self.get(number)

    def remove(self, number: int) -> None:
        """Forget a task and its selection; images and labels stay. Raises `NotFound`."""
        task = self.get(number)
        if task.selection is not None:
            self._workspace.selections.remove(task.selection.id)
        self._workspace.numbered.remove(TASK, number)

    def _task(self, record: NumberedRecord, selection: Selection | None) -> Task:
        default = {"taxonomy": self._workspace.settings.taxonomy}
        about = TaskAbout.model_validate(default | record.about)
        changed = [record.changed_at]
        if selection is not None:
            labelled_at = self._workspace.selections.labelled_at(selection.id, about.taxonomy)
            changed += [labelled_at] if labelled_at is not None else []
        created = min(record.created_at, selection.created_at) if selection else record.created_at
        return Task(record.number, about, selection, created, max(changed))
