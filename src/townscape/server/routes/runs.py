"""Runs: list, start, follow, cancel, resume."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from pydantic import Field

from townscape import engine
from townscape.core.errors import NotFound, UsageError
from townscape.curate import CurateOptions, get_kind, kind_names
from townscape.engine.worker import RunFolder
from townscape.server.asking import read_answers
from townscape.server.context import InContext
from townscape.server.record import Record
from townscape.server.routes.events import STREAM
from townscape.workspace.records import Run, RunState

router = APIRouter(prefix="/runs", tags=["runs"])

_LOOK_EVERY_S = 0.25
_LOG_BYTES = 200_000
_PREVIEW = re.compile(r"\d\d\.(jpg|bin)")
_FOR_A_WHILE = {"Cache-Control": "private, max-age=3600"}


class RunLine(Record):
    """A run in a list."""

    id: str
    stage: str
    kind: str | None
    """Which way to curate; null for other stages."""
    state: RunState
    created_at: float
    started_at: float | None
    finished_at: float | None
    error: dict[str, Any] | None


class RunOut(RunLine):
    """One run."""

    options: dict[str, Any]
    result: dict[str, Any] | None
    words: list[str]
    """The result in sentences, where its stage has them."""
    code_version: str


class RunIn(Record):
    """What to run: a form's name and its answers."""

    form: str
    answers: dict[str, Any] = Field(default_factory=dict[str, Any])
    now: bool = False
    """Do not wait for another heavy run."""
    like: str | None = None
    """An earlier run of the same stage: its options hold where nothing is answered."""


@router.get("")
def list_runs(context: InContext, limit: int = 100) -> list[RunLine]:
    """Newest first."""
    engine.refresh(context.workspace)
    found = list(reversed(context.workspace.runs.find()))[: max(1, limit)]
    return [RunLine.of(r, kind=_kind_of(r)) for r in found]


@router.post("", status_code=201)
def start_run(context: InContext, wanted: RunIn) -> RunOut:
    """Start a run in a process of its own; it goes on if this server ends."""
    earlier = None
    if wanted.like is not None:
        known = context.workspace.runs.get(wanted.like)
        if known.stage != wanted.form:
            raise UsageError(f"Run {known.id[:13]} is no {wanted.form}.")
        earlier = known.options
    options = read_answers(wanted.form, wanted.answers, context, earlier=earlier)
    run = engine.start(context.workspace, options, now=wanted.now)
    return run_out(run)


@router.get("/{run_id}")
def read_run(context: InContext, run_id: str) -> RunOut:
    """One run, with what it found."""
    engine.refresh(context.workspace)
    return run_out(context.workspace.runs.get(run_id))


@router.post("/{run_id}/cancel")
def cancel_run(context: InContext, run_id: str) -> RunOut:
    """Ask a run to stop; it can be resumed."""
    return run_out(engine.cancel(context.workspace, run_id))


@router.post("/{run_id}/resume")
def resume_run(context: InContext, run_id: str) -> RunOut:
    """Go on with a run that stopped."""
    return run_out(engine.resume(context.workspace, run_id))


@router.get("/{run_id}/log", response_class=PlainTextResponse)
def read_log(context: InContext, run_id: str) -> PlainTextResponse:
    """What its process printed, the last part of it."""
    run = context.workspace.runs.get(run_id)
    path = RunFolder(context.workspace.folder.run(run.id)).log
    content = path.read_bytes()[-_LOG_BYTES:] if path.is_file() else b""
    return PlainTextResponse(content.decode("utf-8", errors="replace"), headers=STREAM)


@router.get("/{run_id}/previews/{file}", response_class=Response)
def read_preview(context: InContext, run_id: str, file: str) -> Response:
    """A picture that an import drew when it looked (`00.jpg`), or its labels (`00.bin`)."""
    run = context.workspace.runs.get(run_id)
    path = context.workspace.folder.run(run.id) / "previews" / file
    if not _PREVIEW.fullmatch(file) or not path.is_file():
        raise NotFound("There is no such picture.", hint="look at the files again.")
    media_type = "image/jpeg" if file.endswith(".jpg") else "application/octet-stream"
    return Response(path.read_bytes(), media_type=media_type, headers=_FOR_A_WHILE)


@router.get("/{run_id}/download", response_class=FileResponse)
def download_export(context: InContext, run_id: str) -> FileResponse:
    """The archive that an export has written."""
    run = context.workspace.runs.get(run_id)
    path = Path(str((run.result or {}).get("out", ""))).resolve()
    is_ours = context.workspace.folder.exports.resolve() in path.parents
    if run.stage != "export" or not is_ours or path.suffix != ".zip" or not path.is_file():
        raise NotFound("There is no archive of this run.", hint="export again, into a .zip file.")
    return FileResponse(path, media_type="application/zip", filename=path.name, headers=STREAM)


@router.get("/{run_id}/events", response_class=StreamingResponse)
async def follow_run(
    context: InContext, run_id: str, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Every event of its newest start from the beginning, then new ones, until it is over.

    The id of an event is where the next one begins, so a reader that comes back goes on there.
    """
    run = context.workspace.runs.get(run_id)
    folder = RunFolder(context.workspace.folder.run(run.id))
    begins_at = folder.begins_at()
    start = int(last_event_id) if last_event_id and last_event_id.isdigit() else begins_at

    def look(position: int) -> tuple[bytes, bool]:
        content = b""
        if folder.events.is_file():
            with folder.events.open("rb") as stream:
                stream.seek(position)
                content = stream.read()
        engine.refresh(context.workspace)
        return content, context.workspace.runs.get(run.id).is_over

    async def lines() -> AsyncIterator[str]:
        position = max(start, begins_at)
        yield "retry: 1000\n\n"
        while True:
            content, is_over = await asyncio.to_thread(look, position)
            *whole, _ = content.split(b"\n")
            for line in whole:
                position += len(line) + 1
                yield f"event: run\nid: {position}\ndata: {line.decode()}\n\n"
            if is_over and not whole:
                yield "event: over\ndata: \n\n"
                return
            if not whole:
                await asyncio.sleep(_LOOK_EVERY_S)

    return StreamingResponse(lines(), media_type="text/event-stream", headers=STREAM)


def run_out(run: Run) -> RunOut:
    """A run as routes give it."""
    kind = _kind_of(run)
    words = get_kind(kind).words(run.result) if kind in kind_names() and run.result else ()
    return RunOut.of(run, kind=kind, words=list(words))


def _kind_of(run: Run) -> str | None:
    return str(run.options.get("kind")) if run.stage == CurateOptions.stage else None
