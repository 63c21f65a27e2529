"""Runs on this machine: started as detached processes, followed, cancelled, resumed."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil

from townscape.core.errors import RunCancelled, RunFailed, TownscapeError, UsageError
from townscape.core.events import Event, Failed, Finished, event_from_json
from townscape.core.options import Options
from townscape.engine.worker import HEARTBEAT_S, RunFolder, dump, execute
from townscape.version import __version__
from townscape.workspace import Workspace
from townscape.workspace.records import Run

_POLL_S = 0.1
_DEAD_AFTER_S = 5 * HEARTBEAT_S
_GRACE_S = 10.0
_LOG_TAIL = 12

_STARTED_HERE: dict[int, subprocess.Popen[bytes]] = {}
"""Runs that this process started: only it can tell an ended one from a zombie, and reap it."""


def start(workspace: Workspace, options: Options, *, now: bool = False) -> Run:
    """Start a run in a process of its own group; returns at once.

    One heavy run works at a time, others wait for it, unless `now`.
    """
    refresh(workspace)
    run = workspace.runs.create(options.stage, dump(options), code_version=__version__)
    return _launch(workspace, run, now=now)


def resume(workspace: Workspace, run_id: str | None = None, *, now: bool = False) -> Run:
    """Go on with a run that was interrupted, cancelled or failed (the newest such one by default).

    Raises `UsageError` if it is done or still at work.
    """
    refresh(workspace)
    if run_id is None:
        stopped = workspace.runs.find(states=("interrupted", "cancelled", "failed"))
        if not stopped:
            raise UsageError("No run was interrupted.", hint="`townscape runs` lists all.")
        run_id = stopped[-1].id
    run = workspace.runs.get(run_id)
    if not run.is_over or run.state == "done":
        raise UsageError(f"Run {run.id[:13]} is {run.state}; there is nothing to resume.")
    RunFolder(workspace.folder.run(run.id)).cancel.unlink(missing_ok=True)
    return _launch(workspace, run, now=now)


def _launch(workspace: Workspace, run: Run, *, now: bool) -> Run:
    path = workspace.folder.run(run.id)
    path.mkdir(parents=True, exist_ok=True)
    folder = RunFolder(path)
    folder.heartbeat.touch()
    folder.mark_beginning()
    workspace.runs.change(run.id, state="queued", process_id=None, finished_at=None)
    for ended in [pid for pid, started in list(_STARTED_HERE.items()) if started.poll() is not None]:
        _STARTED_HERE.pop(ended, None)
    command = [sys.executable, "-m", "townscape.engine.worker", str(workspace.root), run.id]
    with folder.log.open("ab") as log:
        process = subprocess.Popen(
            [*command, "--now"] if now else command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _STARTED_HERE[process.pid] = process
    started_at = psutil.Process(process.pid).create_time()
    workspace.runs.change(run.id, process_id=process.pid, process_started_at=started_at)
    return workspace.runs.get(run.id)


def follow(workspace: Workspace, run_id: str) -> Iterator[Event]:
    """Every event of a run's newest start, waiting for new ones until it is over.

    Ends after `Finished`. Raises `RunFailed` or `RunCancelled` with the run's own words.
    """
    folder = RunFolder(workspace.folder.run(run_id))
    position = folder.begins_at()
    rest = b""
    while True:
        chunk = b""
        with contextlib.suppress(FileNotFoundError), folder.events.open("rb") as stream:
            stream.seek(position)
            chunk = stream.read()
        position += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            event = event_from_json(line)
            yield event
            if isinstance(event, Finished):
                return
            if isinstance(event, Failed):
                _raise(event)
        if not chunk:
            run = workspace.runs.get(run_id)
            if run.state == "interrupted" or not is_alive(workspace, run):
                refresh(workspace)
                if workspace.runs.get(run_id).state == "interrupted":
                    raise _interrupted(folder)
            time.sleep(_POLL_S)


def cancel(workspace: Workspace, run_id: str) -> Run:
    """Ask a run to stop; after ten seconds of silence its processes are ended."""
    run = workspace.runs.get(run_id)
    if run.is_over:
        raise UsageError(f"Run {run.id[:13]} is {run.state} already.")
    folder = RunFolder(workspace.folder.run(run.id))
    folder.cancel.touch()
    ends_at = time.monotonic() + _GRACE_S
    while is_alive(workspace, run) and time.monotonic() < ends_at:
        time.sleep(_POLL_S)
    if is_alive(workspace, run) and run.process_id is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(run.process_id, 15)
        time.sleep(1.0)
    run = workspace.runs.get(run.id)
    if not run.is_over:
        workspace.runs.change(run.id, state="cancelled", finished_at=time.time())
        folder.append(Failed.of(RunCancelled("The run was cancelled.")))
    return workspace.runs.get(run.id)


def refresh(workspace: Workspace) -> None:
    """Mark runs whose process is gone as interrupted."""
    for run in workspace.runs.find(states=("queued", "running")):
        if not is_alive(workspace, run):
            # Read again: it may have ended between the two looks.
            if workspace.runs.get(run.id).is_over:
                continue
            workspace.runs.change(run.id, state="interrupted", finished_at=time.time())


def is_alive(workspace: Workspace, run: Run) -> bool:
    """Whether the run's own process is still there (or a new run has not said which it is yet)."""
    if run.process_id is None:
        heartbeat = RunFolder(workspace.folder.run(run.id)).heartbeat
        seen = heartbeat.stat().st_mtime if heartbeat.exists() else run.created_at
        return time.time() - seen < _DEAD_AFTER_S
    own = _STARTED_HERE.get(run.process_id)
    if own is not None and own.poll() is not None:
        return False
    try:
        process = psutil.Process(run.process_id)
        same = abs(process.create_time() - (run.process_started_at or 0)) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def run_here(
    workspace: Workspace, options: Options, *, on_event: Callable[[Event], None] | None = None
) -> dict[str, Any]:
    """Run a stage in this process and return its result: what Python scripts and notebooks use.

    It is recorded like any other run. Raises what the stage raises.
    """
    run = workspace.runs.create(options.stage, dump(options), code_version=__version__)
    folder = RunFolder(workspace.folder.run(run.id))
    folder.path.mkdir(parents=True, exist_ok=True)
    me = psutil.Process()
    workspace.runs.change(run.id, process_id=me.pid, process_started_at=me.create_time())

    def emit(event: Event) -> None:
        folder.append(event)
        if on_event is not None:
            on_event(event)

    return execute(workspace, workspace.runs.get(run.id), emit)


def _raise(event: Failed) -> None:
    kind = RunCancelled if event.cancelled else RunFailed
    raise kind(event.message, hint=event.hint)


def _interrupted(folder: RunFolder) -> TownscapeError:
    lines: list[str] = []
    if folder.log.exists():
        lines = folder.log.read_text("utf-8", errors="replace").strip().splitlines()[-_LOG_TAIL:]
    tail = "\n".join(f"  {line}" for line in lines)
    return RunFailed(
        "The run's process ended without a word (it may have been killed)." + (f"\n{tail}" if tail else ""),
        hint="`townscape runs resume` goes on with it.",
    )
