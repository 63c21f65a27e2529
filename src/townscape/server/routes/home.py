"""The pipeline: what there is, and what comes next."""

from fastapi import APIRouter

from townscape import engine
from townscape.server.context import InContext
from townscape.server.record import Record

router = APIRouter(tags=["home"])


class StageLine(Record):
    """One stage on the way from images to a report."""

    stage: str
    summary: str
    is_done: bool
    command: str
    """The command that would do it."""


class Home(Record):
    """Where the workspace stands."""

    stages: list[StageLine]
    next_stage: str | None
    """The first stage that is not done."""
    active_runs: list[str]


@router.get("/home")
def read_home(context: InContext) -> Home:
    """The stages in order."""
    engine.refresh(context.workspace)
    lines = [
        StageLine(stage=s.stage, summary=s.summary, is_done=s.is_done, command=s.next_step)
        for s in engine.pipeline_state(context.workspace)
    ]
    return Home(
        stages=lines,
        next_stage=next((line.stage for line in lines if not line.is_done), None),
        active_runs=[r.id for r in context.workspace.runs.find(states=("queued", "running"))],
    )
