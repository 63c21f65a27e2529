"""Long things: done in the background, asked after at `/api/requests/{id}`.

What became of an errand is kept in the workspace, so it can be asked after when the server has been
started anew; one that was under way then has failed. Imports and exports are runs, each in a process
of its own.
"""

import logging
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from townscape import engine
from townscape.core.errors import NotFound, RunFailed, TownscapeError, UsageError
from townscape.core.events import Progress
from townscape.core.ids import new_id
from townscape.core.options import Options
from townscape.workspace import Workspace
from townscape.workspace.numbered import NumberedRecord

ERRAND = "request"
_AT_ONCE = 2
_KEPT_S = 24 * 3600.0
_HINTS = {
    "unmatched-labels": "add these labels to the task first, or rename them in the file.",
    "missing-pair": "send the images too, or annotations of them.",
}
"""What to do about errors whose own hints are for the command line."""
_log = logging.getLogger(__name__)


class ErrandAbout(BaseModel):
    """What an errand is, and what became of it."""

    model_config = ConfigDict(frozen=True)

    type: str
    """As CVAT calls it: `create:task`, `export:dataset` …"""
    target: Literal["task", "project", "job"]
    user: str
    task_id: int | None = None
    project_id: int | None = None
    job_id: int | None = None
    format: str | None = None
    state: Literal["queued", "started", "failed", "finished"] = "queued"
    message: str = ""
    progress: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    run_id: str | None = None
    file: str | None = None
    """Name of what it made, in the folder of the errand."""
    result_id: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("failed", "finished")


@dataclass(frozen=True, slots=True)
class Errand:
    """One errand."""

    id: str
    number: int
    about: ErrandAbout
    created_at: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an errand made: a file in its folder, or a thing with a number."""

    file: str | None = None
    number: int | None = None


class Progressing:
    """How an errand that is under way speaks."""

    def __init__(self, errands: "Errands", number: int, folder: Path) -> None:
        self._errands, self._number, self.folder = errands, number, folder
        self._told_at = 0.0

    def tell(self, message: str, share: float | None = None) -> None:
        """Say what is being done, at most once a second."""
        if time.monotonic() - self._told_at > 1.0:
            self._told_at = time.monotonic()
            self._errands.note(self._number, message=message, progress=share)

    def run(self, options: Options) -> dict[str, Any]:
        """Do a run of a stage to its end; returns its result. Raises what it says went wrong."""
        workspace = self._errands.workspace
        run = engine.start(workspace, options)
        self._errands.note(self._number, run_id=run.id)
        try:
            for event in engine.follow(workspace, run.id):
                if isinstance(event, Progress):
                    self.tell(event.part, event.done / event.total if event.total else None)
        except RunFailed as error:
            told = workspace.runs.get(run.id).error or {}
            raise RunFailed(error.message, hint=_HINTS.get(told.get("code", ""), error.hint)) from error
        return (workspace.runs.get(run.id).result or {}) | {"run_id": run.id}


class Errands:
    """The errands of a server."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._alive: set[int] = set()
        self._beginning = threading.Lock()
        self._turn = threading.Semaphore(_AT_ONCE)
        self._folder = workspace.folder.exports / "cvat"

    def start(self, about: ErrandAbout, work: Callable[[Progressing], Outcome]) -> str:
        """Begin an errand; returns its id at once."""
        self._sweep()
        with self._beginning:
            record = self.workspace.numbered.put(ERRAND, new_id(), about.model_dump(mode="json"))
            self._alive.add(record.number)
        threading.Thread(target=self._do, args=(record, work), daemon=True).start()
        return record.key or ""

    def get(self, errand_id: str) -> Errand:
        """One errand; raises `NotFound`."""
        record = self.workspace.numbered.find_key(ERRAND, errand_id)
        if record is None:
            raise NotFound(f"There is no request {errand_id:.60}.", hint="they are kept for a day.")
        return self._errand(record)

    def find(self) -> list[Errand]:
        """Every errand, oldest first."""
        return [self._errand(record) for record in self.workspace.numbered.find(ERRAND)]

    def path(self, errand: Errand) -> Path:
        """The file that an errand made; raises `NotFound`."""
        path = self._folder / errand.id / (errand.about.file or "nothing")
        if not path.is_file():
            raise NotFound("That request has made no file, or it is gone.", hint="ask for it again.")
        return path

    def cancel(self, errand: Errand) -> None:
        """Stop an errand. Raises `UsageError` where that cannot be done."""
        if errand.about.is_over or errand.about.run_id is None:
            raise UsageError("This request cannot be cancelled: it is over, or nearly so.")
        engine.cancel(self.workspace, errand.about.run_id)

    def note(self, number: int, **about: Any) -> None:
        """Keep what became of an errand."""
        self.workspace.numbered.change(ERRAND, number, about=about)

    def _do(self, record: NumberedRecord, work: Callable[[Progressing], Outcome]) -> None:
        number, folder = record.number, self._folder / (record.key or "")
        try:
            with self._turn:
                self.note(number, state="started", started_at=time.time())
                done = work(Progressing(self, number, folder))
            result: dict[str, Any] = {"state": "finished", "file": done.file, "result_id": done.number}
            result |= {"message": "", "progress": 1.0}
        except TownscapeError as error:
            hint = f" Hint: {error.hint}" if error.hint else ""
            result = {"state": "failed", "message": self._shown(f"{error.message}{hint}")}
        except Exception as error:  # noqa: BLE001 - the last stop of a thread
            _log.exception("an errand of CVAT's client")
            told = f"Townscape made a mistake: {type(error).__name__}: {error}. Please report it."
            result = {"state": "failed", "message": self._shown(told)}
        try:
            self.note(number, finished_at=time.time(), **result)
        finally:
            self._alive.discard(number)

    def _errand(self, record: NumberedRecord) -> Errand:
        about = ErrandAbout.model_validate(record.about)
        if not about.is_over and not self._is_alive(record.number):
            # It may have ended since the record was read.
            about = ErrandAbout.model_validate(self.workspace.numbered.get(ERRAND, record.number).about)
            if not about.is_over:
                message = "The server was started anew meanwhile. Hint: ask for it again."
                about = about.model_copy(update={"state": "failed", "message": message})
        return Errand(record.key or "", record.number, about, record.created_at)

    def _is_alive(self, number: int) -> bool:
        with self._beginning:
            return number in self._alive

    def _shown(self, message: str) -> str:
        """A message without the places of uploads, which are nobody's business."""
        uploads = re.escape(str(self.workspace.folder.uploads))
        return re.sub(rf"{uploads}/cvat-[0-9a-f-]+/(files/)?", "", message)

    def _sweep(self) -> None:
        """Forget what was done a day ago, with its files."""
        for record in self.workspace.numbered.find(ERRAND, unchanged_since=time.time() - _KEPT_S):
            if record.number not in self._alive:
                shutil.rmtree(self._folder / (record.key or ""), ignore_errors=True)
                self.workspace.numbered.remove(ERRAND, record.number)
