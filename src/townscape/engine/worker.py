"""The process of one run: `python -m townscape.engine.worker WORKSPACE RUN_ID`."""

import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from townscape.core.errors import RunCancelled, TownscapeError
from townscape.core.events import Event, Failed, Finished, Report, Started
from townscape.core.options import Options
from townscape.engine.stages import get_stage, prerequisites
from townscape.version import __version__
from townscape.workspace import Workspace, open_workspace
from townscape.workspace.records import Run

HEARTBEAT_S = 2.0
_log = logging.getLogger(__name__)


class RunFolder:
    """The files of one run through which processes talk: events, heartbeat, the wish to cancel."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events = path / "events.jsonl"
        self.log = path / "log.txt"
        self.heartbeat = path / "heartbeat"
        self.cancel = path / "cancel"
        self._asked_at = 0.0
        self._asked = False

    def append(self, event: Event) -> None:
        """Add an event; whole lines only, so that a reader never sees half of one."""
        line = event.model_dump_json() + "\n"
        with self.events.open("a", encoding="utf-8") as stream:
            stream.write(line)

    def mark_beginning(self) -> None:
        """Remember that a new start begins here in the events."""
        size = self.events.stat().st_size if self.events.exists() else 0
        (self.path / "begins-at").write_text(str(size), "utf-8")

    def begins_at(self) -> int:
        """Where in the events the newest start begins, in bytes."""
        marker = self.path / "begins-at"
        return int(marker.read_text("utf-8")) if marker.exists() else 0

    def wants_cancel(self) -> bool:
        """Whether somebody asked the run to stop (looked up at most five times a second)."""
        now = time.monotonic()
        if now - self._asked_at > 0.2:
            self._asked_at, self._asked = now, self.cancel.exists()
        return self._asked


def execute(workspace: Workspace, run: Run, emit: Callable[[Event], None]) -> dict[str, Any]:
    """Run a recorded run in this process: state, prerequisites, stage, result or error.

    Raises what the stage raises, after it was recorded.
    """
    folder = RunFolder(workspace.folder.run(run.id))
    report = Report(emit, run_id=run.id, is_cancelled=folder.wants_cancel)
    stage = get_stage(run.stage)
    workspace.runs.change(run.id, state="running", started_at=time.time(), error=None)
    emit(Started(stage=run.stage, resumed=run.started_at is not None))
    try:
        options = stage.parse(run.options)
        _prepare(workspace, options, report, emit, folder)
        result = stage.run(workspace, options, report).model_dump(mode="json")
    except TownscapeError as error:
        state = "cancelled" if isinstance(error, RunCancelled) else "failed"
        recorded = {"code": error.code, "message": error.message, "hint": error.hint, **error.details}
        workspace.runs.change(run.id, state=state, finished_at=time.time(), error=recorded)
        emit(Failed.of(error))
        raise
    except BaseException as error:
        message = f"Townscape made a mistake: {type(error).__name__}: {error}"
        hint = f"the log {folder.log} says where; please report it."
        recorded = {"code": "mistake", "message": message, "hint": hint}
        workspace.runs.change(run.id, state="failed", finished_at=time.time(), error=recorded)
        emit(Failed(code="mistake", message=message, hint=hint))
        raise
    workspace.runs.change(run.id, state="done", finished_at=time.time(), result=result)
    emit(Finished(result=result))
    return result


def _prepare(
    workspace: Workspace, options: Options, report: Report, emit: Callable[[Event], None], folder: RunFolder
) -> None:
    """Run what the stage needs first, each as a run of its own under this one's voice."""
    for reason, needed in prerequisites(workspace, options):
        report.info(reason)
        inner = workspace.runs.create(needed.stage, dump(needed), code_version=__version__)
        workspace.folder.run(inner.id).mkdir(parents=True, exist_ok=True)
        workspace.runs.change(inner.id, state="running", started_at=time.time())
        inner_report = Report(emit, run_id=inner.id, is_cancelled=folder.wants_cancel)
        try:
            _prepare(workspace, needed, inner_report, emit, folder)
            result = get_stage(needed.stage).run(workspace, needed, inner_report).model_dump(mode="json")
        except BaseException:
            workspace.runs.change(inner.id, state="interrupted", finished_at=time.time())
            raise
        workspace.runs.change(inner.id, state="done", finished_at=time.time(), result=result)


def dump(options: Options) -> dict[str, Any]:
    """Options as plain values for the record."""
    return options.model_dump(mode="json", exclude_none=True)


def main(root: str, run_id: str, *, now: bool) -> int:
    """Run one recorded run to its end; returns the process's exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    with open_workspace(root) as workspace:
        folder = RunFolder(workspace.folder.run(run_id))
        stop = threading.Event()
        threading.Thread(target=_beat, args=(folder, stop), daemon=True).start()
        try:
            with _turn(workspace, run_id, folder, now=now):
                execute(workspace, workspace.runs.get(run_id), folder.append)
        except RunCancelled:
            return 130
        except TownscapeError as error:
            _log.info("%s", error)
            return 1
        except Exception:  # noqa: BLE001 - the last stop: everything is in the log
            traceback.print_exc()
            return 1
        finally:
            stop.set()
    return 0


def _beat(folder: RunFolder, stop: threading.Event) -> None:
    while not stop.is_set():
        folder.heartbeat.touch()
        stop.wait(HEARTBEAT_S)


def _turn(
    workspace: Workspace, run_id: str, folder: RunFolder, *, now: bool
) -> AbstractContextManager[object]:
    """Wait until no other heavy run runs (the lock goes with the process that holds it)."""
    run = workspace.runs.get(run_id)
    if now or not get_stage(run.stage).is_heavy:
        return nullcontext()
    lock = FileLock(workspace.folder.runs / "heavy.lock", poll_interval=0.25)
    told = False
    while True:
        try:
            return lock.acquire(timeout=1.0)
        except Timeout:
            if not told:
                told = True
                Report(folder.append).info("Waiting for another heavy run to end (`--now` does not wait).")
            if folder.wants_cancel():
                error = RunCancelled("The run was cancelled while it waited.")
                workspace.runs.change(run_id, state="cancelled", finished_at=time.time())
                folder.append(Failed.of(error))
                raise error from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], now="--now" in sys.argv[3:]))
