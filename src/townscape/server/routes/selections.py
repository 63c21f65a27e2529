"""Selections: frozen windows with a name and a reason."""

from fastapi import APIRouter
from pydantic import Field

from townscape.server.context import AskedBy, InContext
from townscape.server.record import Record
from townscape.workspace.records import SelectionWindow

router = APIRouter(prefix="/selections", tags=["selections"])


class SelectionOut(Record):
    """A selection without its windows."""

    id: str
    name: str
    reason: str
    author: str | None
    created_at: float
    n_windows: int


class SelectionIn(Record):
    """Images to select, whole."""

    name: str = Field(min_length=1, max_length=120)
    reason: str = Field(default="Chosen by hand", max_length=500)
    image_ids: list[str] = Field(min_length=1, max_length=200_000)


@router.get("")
def list_selections(context: InContext) -> list[SelectionOut]:
    """Every selection, newest first."""
    return [SelectionOut.of(s) for s in context.workspace.selections.find()]


@router.post("", status_code=201)
def make_selection(context: InContext, wanted: SelectionIn, person: AskedBy) -> SelectionOut:
    """Freeze images under a name."""
    images = context.workspace.images.get_many(wanted.image_ids)
    windows = [SelectionWindow(image_id=i.id, window=i.whole) for i in images]
    made = context.workspace.selections.put(wanted.name, windows, reason=wanted.reason, author=person)
    return SelectionOut.of(made)


@router.delete("/{selection_id}", status_code=204)
def remove_selection(context: InContext, selection_id: str) -> None:
    """Forget a selection; its images stay."""
    context.workspace.selections.get(selection_id)
    context.workspace.selections.remove(selection_id)
