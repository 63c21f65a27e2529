"""People: a name and a colour, asked once per browser."""

import re

from fastapi import APIRouter
from pydantic import Field

from townscape.core.errors import UsageError
from townscape.server.context import InContext
from townscape.server.record import Record

router = APIRouter(prefix="/people", tags=["people"])

_COLOR = re.compile(r"#[0-9a-f]{6}")


class PersonOut(Record):
    """Somebody who labels here."""

    name: str
    color: str


class PersonIn(Record):
    """Who is at this browser."""

    name: str = Field(min_length=1, max_length=80)
    color: str


@router.get("")
def list_people(context: InContext) -> list[PersonOut]:
    """Everybody who has been here."""
    return [PersonOut.of(p) for p in context.workspace.people.find()]


@router.post("")
def put_person(context: InContext, person: PersonIn) -> PersonOut:
    """Remember who is at this browser."""
    color = person.color.lower()
    if not _COLOR.fullmatch(color):
        raise UsageError("A colour is written #rrggbb.")
    return PersonOut.of(context.workspace.people.put(person.name.strip(), color))
