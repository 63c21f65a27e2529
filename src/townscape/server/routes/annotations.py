"""Annotations: tiles out, saves in, history, operations, states."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from townscape.core.errors import LabelError, NotFound
from townscape.core.labelmap import ObjectRow
from townscape.core.options import describe_validation
from townscape.core.tiles import TileKey
from townscape.label import Operation, apply_operation, change_state
from townscape.label.operations import OperationAnswer
from townscape.label.states import CoverageTooLow
from townscape.server import wire
from townscape.server.context import AskedBy, Context, InContext
from townscape.server.problems import problem
from townscape.server.record import Record
from townscape.workspace.label_history import Changes
from townscape.workspace.label_save import Save, SaveAnswer
from townscape.workspace.records import Annotation, AnnotationState

router = APIRouter(prefix="/annotations", tags=["annotations"])


class ObjectOut(Record):
    """An object's row; without a class it is gone."""

    id: int
    class_number: int | None
    attributes: dict[str, Any]


class AnnotationIn(Record):
    """Which labels to open."""

    image_id: str
    taxonomy: str | None = None
    layer: str = Field(default="main", pattern=r"main|second:[\w .-]{1,60}")


class AnnotationOut(Record):
    """The labels of an image as they are now."""

    id: str
    image_id: str
    taxonomy: str
    taxonomy_version: int
    layer: str
    state: AnnotationState
    width: int
    height: int
    revision: int
    next_object: int
    labelled_share: float
    pixels_by_class: dict[int, int]
    """Class number → pixels; 65,535 is ignore; what is missing is unlabelled."""
    objects: list[ObjectOut]
    active_s: dict[str, float]
    """Person → seconds at work."""


class ConflictOut(Record):
    """Pixels of a tile that both sides had changed differently; the later save won."""

    row: int
    column: int
    pixels: int
    box: tuple[int, int, int, int]


class SaveOut(Record):
    """What differs from what was sent."""

    revision: int
    renumbered: list[tuple[int, int]]
    """[sent, now] of objects whose ids were taken."""
    conflicts: list[ConflictOut]
    others: list[tuple[int, int]]
    """[row, column] of tiles that others changed since the save's base, or that were merged."""
    objects: list[ObjectOut]
    """Rows that changed since the base."""
    next_object: int
    taxonomy_version: int
    """The newest version of the classes."""


class ChangesOut(Record):
    """What happened since a revision."""

    revision: int
    tiles: list[tuple[int, int]]
    """[row, column] of full-size tiles."""
    objects: list[ObjectOut]
    next_object: int
    authors: list[str]


class RevisionOut(Record):
    """One save."""

    number: int
    parent: int | None
    kind: str
    author: str | None
    message: str
    created_at: float
    active_s: float
    tiles: int
    """Full-size tiles that it changed."""
    conflict_pixels: int


class StateIn(Record):
    """The state to move to."""

    state: AnnotationState
    despite_coverage: bool = False
    """The person was warned and goes on."""


class _SaveHeader(Record):
    model_config = ConfigDict(extra="forbid")

    save_id: str = Field(pattern=r"[0-9a-f-]{36}")
    base_revision: int = Field(ge=0)
    taxonomy_version: int | None = None
    message: str = Field(default="", max_length=500)
    kind: Literal["edit", "prediction"] = "edit"
    active_s: float = Field(default=0.0, ge=0, le=86_400)
    objects: tuple[ObjectOut, ...] = ()
    created: tuple[int, ...] = ()
    tiles: tuple[tuple[int, int, int], ...] = ()
    """Row, column and bytes of each tile that follows."""


@router.post("")
def open_annotation(context: InContext, wanted: AnnotationIn) -> AnnotationOut:
    """The labels of an image, made (empty) if there are none yet."""
    workspace = context.workspace
    image = context.present_image(wanted.image_id)
    taxonomy = workspace.taxonomies.adopt(wanted.taxonomy or workspace.settings.taxonomy)
    return _out(context, workspace.labels.open(image, taxonomy.name, layer=wanted.layer))


@router.get("/{annotation_id}")
def read_annotation(context: InContext, annotation_id: str) -> AnnotationOut:
    """The labels as they are now."""
    return _out(context, context.workspace.labels.get(annotation_id))


@router.get("/{annotation_id}/tiles", response_class=Response)
def read_tiles(
    context: InContext,
    annotation_id: str,
    place: Annotated[list[str], Query(max_length=wire.MAX_TILES)],
    level: int = 0,
    revision: int | None = None,
) -> Response:
    """Packed tiles (see `server.wire`) at `row.column` places; empty ones are left out."""
    found = context.workspace.labels.read_packed(
        annotation_id, [_key(level, text) for text in place], revision=revision
    )
    listed = [[key.row, key.column, len(packed)] for key, packed in found.tiles.items()]
    header = {"revision": found.revision, "level": level, "tiles": listed}
    body = wire.join_packet(header, list(found.tiles.values()))
    return Response(body, media_type=wire.MEDIA_TYPE, headers={"Cache-Control": "no-store"})


@router.post("/{annotation_id}/saves")
async def save_tiles(context: InContext, annotation_id: str, request: Request, person: AskedBy) -> SaveOut:
    """Store changed tiles (a packet, see `server.wire`) as a new revision, merged with what others
    saved since `base_revision`. The same `save_id` again gives the first answer.
    """
    return await run_in_threadpool(_save, context, annotation_id, await request.body(), person)


def _save(context: Context, annotation_id: str, body: bytes, person: str | None) -> SaveOut:
    values, content = wire.split_packet(body)
    try:
        header = _SaveHeader.model_validate(values)
    except ValidationError as error:
        raise LabelError(f"The save is not understood: {describe_validation(error)}.") from error
    planes = wire.read_tiles([length for _, _, length in header.tiles], content)
    rows = {row.id: ObjectRow(row.id, row.class_number, row.attributes) for row in header.objects}
    save = Save(
        base_revision=header.base_revision,
        tiles={(r, c): plane for (r, c, _), plane in zip(header.tiles, planes, strict=True)},
        objects=rows,
        created=frozenset(header.created),
        save_id=header.save_id,
        taxonomy_version=header.taxonomy_version,
        author=person,
        message=header.message,
        kind=header.kind,
        active_s=header.active_s,
    )
    answer = context.workspace.labels.save(annotation_id, save)
    changes = context.workspace.history.changes_after(annotation_id, header.base_revision)
    context.live.tell(annotation_id)
    taxonomy = context.workspace.taxonomies.get(context.workspace.labels.get(annotation_id).taxonomy)
    sent = {(r, c) for r, c, _ in header.tiles}
    return _save_out(answer, changes, sent=sent, taxonomy_version=taxonomy.version)


def _save_out(
    answer: SaveAnswer, changes: Changes, *, sent: set[tuple[int, int]], taxonomy_version: int
) -> SaveOut:
    """The answer as of the newest revision: what others did since the base is in it."""
    merged = set(answer.merged)
    places = {(k.row, k.column) for k in changes.tiles if k.level == 0}
    behind = changes.revision > answer.revision
    others = {p for p in places if p not in sent or p in merged or behind}
    return SaveOut(
        revision=changes.revision,
        renumbered=sorted(answer.renumbered.items()),
        conflicts=[ConflictOut.of(c) for c in answer.conflicts],
        others=sorted(others),
        objects=[ObjectOut.of(row) for row in changes.objects],
        next_object=changes.next_object,
        taxonomy_version=taxonomy_version,
    )


@router.get("/{annotation_id}/changes")
def read_changes(context: InContext, annotation_id: str, after: Annotated[int, Query(ge=0)]) -> ChangesOut:
    """What others changed since a revision."""
    found = context.workspace.history.changes_after(annotation_id, after)
    return ChangesOut(
        revision=found.revision,
        tiles=sorted((k.row, k.column) for k in found.tiles if k.level == 0),
        objects=[ObjectOut.of(row) for row in found.objects],
        next_object=found.next_object,
        authors=list(found.authors),
    )


@router.get("/{annotation_id}/revisions")
def list_revisions(context: InContext, annotation_id: str) -> list[RevisionOut]:
    """Every save, newest first."""
    history = context.workspace.history
    context.workspace.labels.get(annotation_id)
    tiles = history.tile_counts(annotation_id)
    found = reversed(history.revisions(annotation_id))
    return [
        RevisionOut.of(
            r,
            tiles=tiles.get(r.number, 0),
            conflict_pixels=sum(pixels for _, _, pixels, *_ in r.answer.get("conflicts", [])),
        )
        for r in found
    ]


@router.get("/{annotation_id}/revisions/{revision}/changes")
def read_revision_changes(context: InContext, annotation_id: str, revision: int) -> list[tuple[int, int]]:
    """[row, column] of the full-size tiles that a revision changed."""
    changed = context.workspace.history.tiles_of(annotation_id, revision)
    return sorted((key.row, key.column) for key in changed)


@router.post("/{annotation_id}/revisions/{revision}/restore")
def restore_revision(context: InContext, annotation_id: str, revision: int, person: AskedBy) -> AnnotationOut:
    """Go back: a new revision that holds what that one held."""
    context.workspace.history.revert(annotation_id, revision, author=person)
    context.live.tell(annotation_id)
    return _out(context, context.workspace.labels.get(annotation_id))


@router.post("/{annotation_id}/operations")
def do_operation(
    context: InContext, annotation_id: str, operation: Annotated[Operation, Body()], person: AskedBy
) -> OperationAnswer:
    """An operation on the whole label map, as one revision."""
    answer = apply_operation(context.workspace, annotation_id, operation, author=person)
    context.live.tell(annotation_id)
    return answer


@router.put("/{annotation_id}/state", response_model=AnnotationOut)
def put_state(context: InContext, annotation_id: str, wanted: StateIn) -> Any:
    """Submit, accept, return, or take back."""
    try:
        annotation = change_state(
            context.workspace, annotation_id, wanted.state, despite_coverage=wanted.despite_coverage
        )
    except CoverageTooLow as error:
        may = context.workspace.settings.under_coverage == "warn"
        return problem(409, error.code, error.message, error.hint, may_insist=may)
    context.live.tell(annotation_id)
    return _out(context, annotation)


def _out(context: Context, annotation: Annotation) -> AnnotationOut:
    workspace = context.workspace
    coverage = workspace.labels.coverage(annotation.id, revision=annotation.head)
    objects = workspace.labels.objects(annotation.id, annotation.head)
    return AnnotationOut.of(
        annotation,
        taxonomy_version=workspace.taxonomies.get(annotation.taxonomy).version,
        revision=annotation.head,
        pixels_by_class=dict(coverage.by_class),
        labelled_share=coverage.labelled_share,
        objects=[ObjectOut.of(row) for _, row in sorted(objects.items())],
        active_s=workspace.history.active_seconds(annotation.id),
    )


def _key(level: int, text: str) -> TileKey:
    row, dot, column = text.partition(".")
    if not (dot and row.isdigit() and column.isdigit()):
        raise NotFound(f"{text!r} is no place of a tile.", hint="write ROW.COLUMN.")
    return TileKey(level, int(row), int(column))
