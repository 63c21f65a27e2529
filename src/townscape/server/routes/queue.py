"""The queue: which window to label next."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from townscape.label import next_window
from townscape.server.context import InContext
from townscape.server.record import Record
from townscape.server.routes.filters import NextQuery

router = APIRouter(tags=["queue"])


class NextOut(Record):
    """What to label next."""

    image_id: str
    x: int
    y: int
    width: int
    height: int
    left: int
    """Windows still open, this one included."""


@router.get("/queue/next")
def read_next(context: InContext, wanted: Annotated[NextQuery, Query()]) -> NextOut | None:
    """The next open window among those that match; null if all are done."""
    found = next_window(context.workspace, wanted.narrowed(context), after=wanted.after)
    if found is None:
        return None
    return NextOut.of(found, **asdict(found.window))
