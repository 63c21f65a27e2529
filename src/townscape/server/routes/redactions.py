"""Redactions: what was proposed to be covered, what people say of it, and the audit of what was missed.

Covering itself is a run (`curate-redact`): pictures are written there, not in the server.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from townscape.core.errors import UsageError
from townscape.core.ids import new_id
from townscape.curate.kinds.privacy import audit_words
from townscape.curate.privacy.covering import original_file, uncover
from townscape.server.context import AskedBy, Context, InContext
from townscape.server.pixels.sources import Picture
from townscape.server.pixels.work import picture_of
from townscape.server.record import Record
from townscape.workspace.records import Image
from townscape.workspace.redactions import Area, AreaKind, Redaction, RedactionState

router = APIRouter(prefix="/redactions", tags=["redactions"])

_ORIGINAL_SIDE = 1600


class AreaOut(Record):
    """A rectangle in pixels of the image, covered if `keep` says so."""

    id: str
    x: int
    y: int
    width: int
    height: int
    kind: AreaKind
    score: float | None
    """How sure a detector was, 0…1."""
    by: str
    """Which detector, labels or person."""
    keep: bool


class RedactionOut(Record):
    """The redaction of one image."""

    image_id: str
    name: str
    width: int
    height: int
    version: str
    """Changes when the pixels do: part of the address of tiles."""
    state: RedactionState
    areas: list[AreaOut]
    n_uncovered: int
    """Areas that were added after the image was covered, and are not covered yet."""
    doubt: float
    """0…1: how near to the threshold the least certain area is; 0 once somebody has looked."""
    reviewer: str | None
    missed: int | None
    """What its audit found uncovered; null: not looked at yet, or in no audit."""


class RedactionPage(Record):
    """Some of the redactions that match, the most doubtful first."""

    total: int
    by_state: dict[str, int]
    """State → images, whatever the filter."""
    items: list[RedactionOut]


class RedactionQuery(Record):
    """Which redactions: every parameter narrows the list."""

    state: Sequence[RedactionState] = ()
    audit: str | None = None
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=500)


class AreaIn(Record):
    """An area as a page sends it; one with an id that is not known is a new one."""

    id: str
    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    keep: bool = True


class AreasIn(Record):
    """All areas of an image."""

    areas: list[AreaIn] = Field(max_length=2000)


class AuditOut(Record):
    """The newest audit."""

    audit: str | None
    """The run that drew it; null if there was none."""
    words: str
    """What it says so far."""


class AnswerIn(Record):
    """What somebody found uncovered in an image of an audit; null takes it back."""

    missed: int | None = Field(ge=0)


@router.get("")
def list_redactions(context: InContext, wanted: Annotated[RedactionQuery, Query()]) -> RedactionPage:
    """Redactions that match, one page of them."""
    redactions = context.workspace.redactions
    found = redactions.find(states=wanted.state, audit=wanted.audit, offset=wanted.offset, limit=wanted.limit)
    images = {i.id: i for i in context.workspace.images.get_many([r.image_id for r in found])}
    return RedactionPage(
        total=redactions.count(states=wanted.state, audit=wanted.audit),
        by_state={str(state): n for state, n in redactions.count_by_state().items()},
        items=[_out(r, images[r.image_id]) for r in found],
    )


@router.get("/audit")
def read_audit(context: InContext) -> AuditOut:
    """What the newest audit says of what was missed."""
    return AuditOut(audit=context.workspace.redactions.newest_audit(), words=audit_words(context.workspace))


@router.get("/{image_id}")
def read_redaction(context: InContext, image_id: str) -> RedactionOut:
    """The redaction of one image."""
    return _read(context, image_id)


@router.put("/{image_id}/areas")
def set_areas(context: InContext, image_id: str, wanted: AreasIn, person: AskedBy) -> RedactionOut:
    """Say what is to be covered; the image counts as reviewed.

    What a detector found and is not sent any more stays on record as not to be covered.
    """
    image, redactions = context.workspace.images.get(image_id), context.workspace.redactions
    if not redactions.find(image_ids=[image_id], current_only=False):  # nobody had looked for anything
        redactions.start_by_hand(image_id, image.content_sha256 or "", reviewer=person)
    known = {area.id: area for area in redactions.get(image_id).areas}
    sent = [_area(image, area, known.get(area.id), person) for area in wanted.areas]
    ids = {area.id for area in sent}
    gone = (area for area in known.values() if area.id not in ids and area.kind != "added")
    dropped = [replace(area, keep=False) for area in gone]
    redactions.set_areas(image_id, [*sent, *dropped], reviewer=person)
    return _read(context, image_id)


@router.post("/{image_id}/review")
def mark_reviewed(context: InContext, image_id: str, person: AskedBy) -> RedactionOut:
    """Say that somebody has looked at the areas and agrees."""
    context.workspace.redactions.mark_reviewed(image_id, reviewer=person)
    return _read(context, image_id)


@router.post("/{image_id}/original")
def bring_back(context: InContext, image_id: str) -> RedactionOut:
    """Bring a covered image's original back; impossible once it is destroyed."""
    uncover(context.workspace, context.workspace.images.get(image_id))
    return _read(context, image_id)


@router.get("/{image_id}/original", response_class=Response)
def read_original(context: InContext, image_id: str) -> Response:
    """The picture before it was covered, as a JPEG that no browser keeps."""
    workspace = context.workspace
    image = workspace.images.get(image_id)
    redaction = workspace.redactions.get(image_id)
    picture = Picture(
        path=str(original_file(workspace, image, redaction)),
        version=redaction.original_sha256,
        kind=image.kind,
        width=image.width,
        height=image.height,
        bands=image.bands,
        max_megapixels=workspace.settings.photo_megapixels,
    )
    asked = {"picture": picture_of(picture), "side": _ORIGINAL_SIDE}
    done = context.pixels.run("thumbnail", asked, key=picture.path)
    return Response(done.content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.put("/{image_id}/audit")
def answer_audit(context: InContext, image_id: str, answer: AnswerIn, person: AskedBy) -> RedactionOut:
    """Say how much was missed in an image that the audit drew."""
    context.workspace.redactions.answer_audit(image_id, answer.missed, reviewer=person)
    return _read(context, image_id)


def _area(image: Image, sent: AreaIn, known: Area | None, person: str | None) -> Area:
    if sent.x + sent.width > image.width or sent.y + sent.height > image.height:
        raise UsageError(
            f"An area reaches beyond {image.name} ({image.width}×{image.height}).", hint="draw it inside."
        )
    new = Area(id=new_id(), x=0, y=0, width=1, height=1, kind="added", score=None, by=person or "")
    return replace(known or new, x=sent.x, y=sent.y, width=sent.width, height=sent.height, keep=sent.keep)


def _read(context: Context, image_id: str) -> RedactionOut:
    return _out(context.workspace.redactions.get(image_id), context.workspace.images.get(image_id))


def _out(redaction: Redaction, image: Image) -> RedactionOut:
    return RedactionOut.of(
        redaction,
        name=image.name,
        width=image.width,
        height=image.height,
        version=image.version[:12],
        areas=[AreaOut.of(area) for area in redaction.areas],
        n_uncovered=len(redaction.uncovered),
    )
