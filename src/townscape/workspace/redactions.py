"""Redactions: which areas of an image are covered, how that was found out, and where its original is.

A redaction goes proposed → reviewed → redacted → destroyed; `clear` is an image in which there was
nothing to cover. A redacted image keeps its id: its pixels are another file from then on.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from townscape.core.errors import NotFound, UsageError
from townscape.workspace import tables
from townscape.workspace.database import Database, in_pieces
from townscape.workspace.images import is_current

AreaKind = Literal["face", "plate", "head", "vehicle", "added"]
RedactionState = Literal["proposed", "reviewed", "redacted", "clear", "destroyed"]
OPEN: tuple[RedactionState, ...] = ("proposed", "reviewed")
COVERED: tuple[RedactionState, ...] = ("redacted", "destroyed")

_r, _i = tables.redactions.c, tables.images.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A rectangle in pixels of the image that is covered if `keep` says so."""

    id: str
    x: int
    y: int
    width: int
    height: int
    kind: AreaKind
    score: float | None
    """How sure a detector was, 0…1; None where somebody or the labels said so."""
    by: str
    """Which detector, labels or person."""
    keep: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """The redaction of one image."""

    image_id: str
    state: RedactionState
    areas: tuple[Area, ...]
    doubt: float
    """0…1: how near to the threshold the least certain area is; 0 once somebody has looked."""
    how: dict[str, Any]
    """Detectors, thresholds, what else was looked at; once redacted, how areas were filled."""
    reviewer: str | None = None
    original_sha256: str
    original_blob: str | None = None
    """The file in the vault; None where the original is a file outside, which stays there."""
    redacted_sha256: str | None = None
    run_id: str | None = None
    created_at: float = 0.0
    reviewed_at: float | None = None
    destroyed_at: float | None = None
    audit: str | None = None
    """The run that drew this image for its audit."""
    missed: int | None = None
    """What a reviewer of that audit found uncovered; None: not looked at yet."""

    @property
    def kept(self) -> tuple[Area, ...]:
        """The areas that are (to be) covered."""
        return tuple(area for area in self.areas if area.keep)

    @property
    def uncovered(self) -> tuple[Area, ...]:
        """Those of them that are not covered yet."""
        covered = set(self.how.get("covered", ())) if self.state in COVERED else set()
        return tuple(area for area in self.kept if area.id not in covered)

    @classmethod
    def of_row(cls, row: RowMapping) -> Self:
        """The record in a row of table `redactions`."""
        values = dict(row)
        values["areas"] = tuple(Area(**area) for area in values["areas"])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Swap:
    """An image's pixels become those of another file: which, and how its redaction is recorded then."""

    image_id: str
    blob: str | None
    content_sha256: str
    redaction: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class AuditCount:
    """What an audit has found so far."""

    drawn: int
    looked_at: int
    with_misses: int


@dataclass(frozen=True, slots=True)
class Redactions:
    """The redactions of a workspace."""

    database: Database

    def propose(self, redactions: Iterable[Redaction]) -> int:
        """Store proposals, in short transactions, in place of older proposals; returns how many.

        What somebody reviewed, and what is redacted, is left as it is.
        """

        def put_one(connection: Connection, redaction: Redaction) -> None:
            values = asdict(redaction) | {"created_at": redaction.created_at or time.time()}
            statement = insert(tables.redactions).values(values)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[_r.image_id],
                    set_={name: value for name, value in values.items() if name != "image_id"},
                    where=_r.state.in_(("proposed", "clear")),
                )
            )

        return self.database.write_in_batches(redactions, put_one)

    def get(self, image_id: str) -> Redaction:
        """The redaction of an image; raises `NotFound`."""
        found = self.find(image_ids=[image_id], current_only=False)
        if not found:
            raise NotFound(
                f"Nothing was proposed for image {image_id}.", hint="run `townscape curate privacy`."
            )
        return found[0]

    def find(
        self,
        *,
        states: Sequence[RedactionState] = (),
        image_ids: Sequence[str] | None = None,
        audit: str | None = None,
        current_only: bool = True,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[Redaction]:
        """Redactions that match, the most doubtful first; of images in the lists unless said otherwise."""
        wanted = [None] if image_ids is None else in_pieces(image_ids)
        found: list[Redaction] = []
        with self.database.read() as connection:
            for some in wanted:
                query = _narrowed(select(tables.redactions), states, some, audit, current_only=current_only)
                query = query.order_by(_r.doubt.desc(), _r.image_id)
                if image_ids is None:
                    query = query.offset(offset).limit(limit)
                found += [Redaction.of_row(row) for row in connection.execute(query).mappings()]
        return found

    def count(self, *, states: Sequence[RedactionState] = (), audit: str | None = None) -> int:
        """How many match."""
        query = _narrowed(select(func.count()), states, None, audit, current_only=True)
        with self.database.read() as connection:
            return connection.execute(query).scalar_one()

    def count_by_state(self) -> dict[RedactionState, int]:
        """State → number of images in the lists."""
        query = _narrowed(select(_r.state, func.count()), (), None, None, current_only=True)
        with self.database.read() as connection:
            rows: list[Any] = list(connection.execute(query.group_by(_r.state)))
        return dict(rows)

    def set_areas(self, image_id: str, areas: Sequence[Area], *, reviewer: str | None) -> Redaction:
        """Say what is to be covered; the redaction counts as reviewed. Raises `NotFound`.

        Areas of a redacted image may be added (`Redaction.state` stays); what is covered stays covered.
        """
        before = self.get(image_id)
        if before.state in COVERED:
            gone = {a.id for a in before.kept} - {a.id for a in areas if a.keep}
            if gone:
                raise UsageError(
                    "What is covered cannot be uncovered one by one.",
                    hint="undo the redaction of the image first; that works until originals are destroyed.",
                )
        values: dict[str, Any] = {"areas": [asdict(area) for area in areas]}
        if before.state not in COVERED:
            values["state"] = "reviewed"
        return self._change(image_id, values | _signed(reviewer))

    def mark_reviewed(self, image_id: str, *, reviewer: str | None) -> Redaction:
        """Say that somebody has looked at the areas and agrees. Raises `NotFound`."""
        before = self.get(image_id)
        state = "reviewed" if before.state == "proposed" else before.state
        return self._change(image_id, {"state": state, **_signed(reviewer)})

    def start_by_hand(self, image_id: str, content_sha256: str, *, reviewer: str | None) -> Redaction:
        """A redaction without areas for an image that nobody proposed anything for."""
        made = Redaction(
            image_id=image_id,
            state="reviewed",
            areas=(),
            doubt=0.0,
            how={"detectors": ["by hand"]},
            reviewer=reviewer,
            original_sha256=content_sha256,
            reviewed_at=time.time(),
        )
        self.propose([made])
        return self.get(image_id)

    def swap(self, swap: Swap) -> None:
        """Give an image other pixels, and forget everything that was computed from the old ones."""
        image_id = swap.image_id
        values = {"blob": swap.blob, "content_sha256": swap.content_sha256}
        with self.database.write() as connection:
            connection.execute(update(tables.images).where(_i.id == image_id).values(values))
            for table in (tables.fingerprints, tables.measures, tables.features):
                connection.execute(delete(table).where(table.c.image_id == image_id))
            connection.execute(
                update(tables.redactions).where(_r.image_id == image_id).values(swap.redaction)
            )

    def set_destroyed(self, image_ids: Sequence[str], *, by: str | None) -> None:
        """Record that the originals are gone, when, and on whose word."""
        for some in in_pieces(image_ids):
            with self.database.write() as connection:
                for image_id in some:
                    row = connection.execute(select(_r.how).where(_r.image_id == image_id)).scalar_one()
                    values = {"state": "destroyed", "destroyed_at": time.time()}
                    changed = update(tables.redactions).where(_r.image_id == image_id)
                    connection.execute(changed.values(values | {"how": {**row, "destroyed_by": by}}))

    def in_vault(self) -> set[str]:
        """SHA-256 of every original that the vault must hold."""
        query = select(_r.original_blob).where(_r.original_blob.is_not(None), _r.state == "redacted")
        with self.database.read() as connection:
            return {str(sha256) for sha256 in connection.execute(query).scalars()}

    def draw_audit(self, image_ids: Sequence[str], *, audit: str) -> None:
        """Put images into an audit; what earlier audits said of them is replaced."""
        for some in in_pieces(image_ids):
            with self.database.write() as connection:
                changed = update(tables.redactions).where(_r.image_id.in_(some))
                connection.execute(changed.values(audit=audit, missed=None))

    def answer_audit(self, image_id: str, missed: int | None, *, reviewer: str | None) -> Redaction:
        """Say how much was missed in an image of an audit; None takes it back. Raises `UsageError`."""
        if self.get(image_id).audit is None:
            raise UsageError(
                "The image is in no audit.", hint="draw some with `townscape curate privacy --audit 100`."
            )
        return self._change(image_id, {"missed": missed, "reviewer": reviewer})

    def newest_audit(self) -> str | None:
        """The newest audit that images are in."""
        with self.database.read() as connection:
            return connection.execute(select(func.max(_r.audit))).scalar_one()

    def audit_count(self, audit: str) -> AuditCount:
        """What an audit has found so far."""
        query = select(func.count(), func.count(_r.missed), func.count().filter(_r.missed > 0))
        with self.database.read() as connection:
            drawn, looked_at, with_misses = connection.execute(query.where(_r.audit == audit)).one()
        return AuditCount(drawn, looked_at, with_misses)

    def _change(self, image_id: str, values: dict[str, Any]) -> Redaction:
        with self.database.write() as connection:
            connection.execute(update(tables.redactions).where(_r.image_id == image_id).values(values))
        return self.get(image_id)


def _signed(reviewer: str | None) -> dict[str, Any]:
    return {"reviewer": reviewer, "reviewed_at": time.time(), "doubt": 0.0}


def _narrowed(
    query: Any,
    states: Sequence[str],
    image_ids: Sequence[str] | None,
    audit: str | None,
    *,
    current_only: bool,
) -> Any:
    conditions: list[ColumnElement[bool]] = []
    if states:
        conditions.append(or_(*(_r.state == state for state in states)))
    if image_ids is not None:
        conditions.append(_r.image_id.in_(image_ids))
    if audit is not None:
        conditions.append(_r.audit == audit)
    if current_only:
        conditions.append(_r.image_id.in_(select(_i.id).where(is_current())))
    return query.select_from(tables.redactions).where(and_(True, *conditions))
