"""Pairs of images that show the same, and what people say of them."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from townscape.core.errors import NotFound, UsageError
from townscape.workspace import tables
from townscape.workspace.database import Database, in_pieces
from townscape.workspace.images import is_current

PairKind = Literal["bytes", "pixels", "copy", "moment", "similar"]
"""Equal files · equal decoded pixels · the same picture, edited · one view at two moments · alike."""
Verdict = Literal["same", "different"]

SAME_KINDS: tuple[PairKind, ...] = ("bytes", "pixels", "copy", "moment")
"""Kinds that hold until a person says "different"."""

_p = tables.image_pairs.c


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePair:
    """Two images that belong together; `first` is the one taken in earlier (the smaller id)."""

    first: str
    second: str
    kind: PairKind
    distance: int
    """Bits in which the nearest hashes of the two differ, 0…256."""
    reason: str
    """In words: "same picture, cropped 12 %, flipped"."""
    detail: dict[str, Any] = field(default_factory=dict)
    """What a page needs to lay one over the other; see `curate.duplicates.verify.Verified`."""
    verdict: Verdict | None = None
    person: str | None = None
    run_id: str | None = None
    created_at: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether the two count as the same."""
        return self.verdict == "same" or (self.kind in SAME_KINDS and self.verdict != "different")


def in_order(a: str, b: str) -> tuple[str, str]:
    """Two image ids the way a pair has them; raises `UsageError` if they are one."""
    if a == b:
        raise UsageError("An image makes no pair with itself.", hint="name two images.")
    return (a, b) if a < b else (b, a)


@dataclass(frozen=True, slots=True)
class Pairs:
    """The image pairs of a workspace."""

    database: Database

    def put(self, pairs: Iterable[ImagePair]) -> int:
        """Store pairs, in short transactions; returns how many.

        A pair that is there already is described anew; what a person said of it stays.
        """

        def put_one(connection: Connection, pair: ImagePair) -> None:
            first, second = in_order(pair.first, pair.second)
            values = {
                "kind": pair.kind,
                "distance": pair.distance,
                "reason": pair.reason,
                "detail": pair.detail,
                "run_id": pair.run_id,
                "created_at": pair.created_at or time.time(),
            }
            row = {"first": first, "second": second, "verdict": pair.verdict, "person": pair.person}
            statement = insert(tables.image_pairs).values({**row, **values})
            known = statement.on_conflict_do_update(index_elements=[_p.first, _p.second], set_=values)
            connection.execute(known)

        return self.database.write_in_batches(pairs, put_one)

    def get(self, first: str, second: str) -> ImagePair:
        """The pair of two images; raises `NotFound`."""
        first, second = in_order(first, second)
        query = select(tables.image_pairs).where(_p.first == first, _p.second == second)
        with self.database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(
                f"Images {first} and {second} are no pair.", hint="run `townscape curate duplicates`."
            )
        return ImagePair(**row)

    def find(
        self,
        *,
        kind: PairKind | None = None,
        kinds: Sequence[PairKind] = (),
        verdict: Verdict | Literal["none"] | None = None,
        image_id: str | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> list[ImagePair]:
        """Pairs of images in the lists that match, surest first (equal bytes, then by distance).

        `verdict` "none" are those that nobody judged.
        """
        wanted = (kind, *kinds) if kind else tuple(kinds)
        query = (
            select(tables.image_pairs)
            .where(*_conditions(wanted, verdict, image_id))
            .order_by(_rank(), _p.distance, _p.first, _p.second)
            .offset(offset)
            .limit(limit)
        )
        with self.database.read() as connection:
            return [ImagePair(**row) for row in connection.execute(query).mappings()]

    def count(
        self,
        *,
        kinds: Sequence[PairKind] = (),
        verdict: Verdict | Literal["none"] | None = None,
        image_id: str | None = None,
    ) -> int:
        """How many pairs match."""
        query = select(func.count()).select_from(tables.image_pairs)
        with self.database.read() as connection:
            return connection.execute(query.where(*_conditions(kinds, verdict, image_id))).scalar_one()

    def count_by_kind(self) -> dict[PairKind, int]:
        """Kind → number of pairs of images in the lists that nobody judged "different"."""
        query = (
            select(_p.kind, func.count())
            .where(*_conditions((), None, None), or_(_p.verdict.is_(None), _p.verdict != "different"))
            .group_by(_p.kind)
        )
        with self.database.read() as connection:
            found = {str(kind): int(count) for kind, count in connection.execute(query)}
        return {kind: found[kind] for kind in get_args(PairKind) if kind in found}

    def same(self) -> list[tuple[str, str]]:
        """Ids of the pairs that hold, in order; images that were left out of the lists included."""
        query = select(_p.first, _p.second).where(_holds()).order_by(_p.first, _p.second)
        with self.database.read() as connection:
            return [(first, second) for first, second in connection.execute(query)]

    def known(self, *, image_ids: Sequence[str] | None = None) -> set[tuple[str, str]]:
        """Ids of every pair there is (of these images, if given), judged or not."""
        query = select(_p.first, _p.second)
        found: set[tuple[str, str]] = set()
        with self.database.read() as connection:
            if image_ids is None:
                return {(first, second) for first, second in connection.execute(query)}
            for some in in_pieces(image_ids):
                narrowed = query.where(or_(_p.first.in_(some), _p.second.in_(some)))
                found |= {(first, second) for first, second in connection.execute(narrowed)}
        return found

    def judge(self, first: str, second: str, verdict: Verdict | None, person: str | None) -> ImagePair:
        """Say what two images are; None takes the verdict back. Raises `NotFound`.

        Returns the pair as it was before, which is what undoing needs.
        """
        before = self.get(first, second)
        signed = person if verdict else None
        with self.database.write() as connection:
            connection.execute(
                update(tables.image_pairs)
                .where(_p.first == before.first, _p.second == before.second)
                .values(verdict=verdict, person=signed)
            )
        return before

    def forget(self, image_ids: Sequence[str], *, kinds: Sequence[PairKind] = SAME_KINDS) -> int:
        """Drop what was found of these images, but never what a person judged; returns how many.

        For images whose pixels are no longer those that were compared.
        """
        dropped = 0
        for some in in_pieces(image_ids):
            stale = and_(
                or_(_p.first.in_(some), _p.second.in_(some)), _p.kind.in_(kinds), _p.verdict.is_(None)
            )
            with self.database.write() as connection:
                dropped += connection.execute(delete(tables.image_pairs).where(stale)).rowcount
        return dropped


def _holds() -> ColumnElement[bool]:
    unjudged = and_(_p.verdict.is_(None), _p.kind.in_(SAME_KINDS))
    return or_(_p.verdict == "same", unjudged)


def _rank() -> ColumnElement[int]:
    ranks: Mapping[str, int] = {kind: k for k, kind in enumerate(get_args(PairKind))}
    return case(ranks, value=_p.kind, else_=len(ranks))


def _conditions(
    kinds: Sequence[PairKind], verdict: str | None, image_id: str | None
) -> list[ColumnElement[bool]]:
    in_lists = select(tables.images.c.id).where(is_current())
    found: list[ColumnElement[bool]] = [_p.first.in_(in_lists), _p.second.in_(in_lists)]
    if kinds:
        found.append(_p.kind.in_(kinds))
    if verdict == "none":
        found.append(_p.verdict.is_(None))
    elif verdict is not None:
        found.append(_p.verdict == verdict)
    if image_id is not None:
        found.append(or_(_p.first == image_id, _p.second == image_id))
    return found
