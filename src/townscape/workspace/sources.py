"""Where images come from: each source with the list of what it has, entry by entry.

An entry is `listed` until it becomes an image (`taken`) or is left out (`rejected`, with the
reason). A source can be listed again: an entry whose version changed is `listed` anew, one that is
not there any more is `gone`; its image stays. A listing may be cut off at any moment: it goes on
behind the last key that was written. A million entries are read and written in small pieces.
"""

import heapq
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from itertools import islice
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, select, update
from sqlalchemy.dialects.sqlite import insert

from townscape.core.errors import NotFound
from townscape.core.ids import new_id
from townscape.workspace import tables
from townscape.workspace.database import Database

EntryState = Literal["listed", "taken", "rejected", "gone"]

_AT_ONCE = 200
_PAGE = 1000
_s, _e, _i = tables.sources.c, tables.source_entries.c, tables.images.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One image that a source has, before anybody looked at its bytes."""

    key: str
    """What the source calls it: a relative path, an object's key, a frame's time. Unique in the source."""
    name: str
    """Name in the catalogue."""
    size: int
    """Bytes; 0 where nobody knows."""
    version: str
    """Changes when the content does: an ETag, size and time, the video's own version."""
    modified_at: float | None = None
    sequence: str | None = None
    sequence_s: float | None = None
    """Seconds on the clock of its recording."""
    reason: str | None = None
    """Why it cannot be used, if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEntry(Entry):
    """An entry as the catalogue has it."""

    state: EntryState
    image_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that images come from."""

    id: str
    kind: str
    address: str
    options: dict[str, Any]
    """What it was last collected with."""
    cursor: str | None
    """Last key of a listing that was cut off; None if the last listing is whole."""
    listed_at: float | None
    """When its last listing began; None before the first."""
    run_id: str | None
    created_at: float


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run has made of a source up to now."""

    added: int
    replaced: int
    """Of the added ones, new versions of images that were there."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a workspace."""

    database: Database

    def open(self, kind: str, address: str, *, options: dict[str, Any] | None = None) -> Source:
        """The source at an address; a new one if it was never collected from."""
        values = {"options": options or {}}
        made = insert(tables.sources).values(
            id=new_id(), kind=kind, address=address, created_at=time.time(), **values
        )
        with self.database.write() as connection:
            connection.execute(made.on_conflict_do_update(index_elements=[_s.kind, _s.address], set_=values))
            query = select(tables.sources).where(_s.kind == kind, _s.address == address)
            return _source(connection.execute(query).mappings().one())

    def get(self, source_id: str) -> Source:
        """The source of that id; raises `NotFound`."""
        with self.database.read() as connection:
            query = select(tables.sources).where(_s.id == source_id)
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no source {source_id} in this workspace.")
        return _source(row)

    def find(self) -> list[Source]:
        """All of them, the newest first."""
        with self.database.read() as connection:
            query = select(tables.sources).order_by(_s.created_at.desc(), _s.id.desc())
            return [_source(row) for row in connection.execute(query).mappings()]

    def move(self, source: Source, address: str, *, options: dict[str, Any]) -> bool:
        """Give a source the address that it has now; False if there is another source at that address."""
        is_taken = select(_s.id).where(_s.kind == source.kind, _s.address == address).exists()
        change = update(tables.sources).where(_s.id == source.id, ~is_taken)
        with self.database.write() as connection:
            done = connection.execute(change.values(address=address, options=options))
        return done.rowcount == 1

    # Listing

    def begin_listing(self, source: Source, run_id: str | None) -> Source:
        """The source with its listing begun, or as it is if this run was listing it already.

        A run that begins anew also tries again what was rejected before.
        """
        if run_id is not None and source.run_id == run_id:
            return source
        self._sweep(source.id, _e.state == "rejected", state="listed", reason=None)
        values = {"cursor": "", "listed_at": time.time(), "run_id": run_id}
        with self.database.write() as connection:
            connection.execute(update(tables.sources).where(_s.id == source.id).values(values))
        return self.get(source.id)

    def put_entries(self, source: Source, entries: Iterable[Entry]) -> int:
        """Write what a listing finds, in order of key, in short transactions; returns how many.

        How far it has come is written with them.
        """
        return self._put(source, entries, is_listing=True)

    def add_entries(self, source: Source, entries: Iterable[Entry]) -> int:
        """Write entries that came after the listing; returns how many."""
        return self._put(source, entries, is_listing=False)

    def finish_listing(self, source: Source) -> int:
        """The listing is whole: what it did not find is gone. Returns how many entries newly are."""
        is_missing = and_(_e.seen_at != source.listed_at, _e.state != "gone")
        gone = self._sweep(source.id, is_missing, state="gone")
        with self.database.write() as connection:
            connection.execute(update(tables.sources).where(_s.id == source.id).values(cursor=None))
        return gone

    def unseen(self, source: Source, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Those of the entries that are not in the catalogue in this version."""
        for some in _pieces(entries):
            query = select(_e.key, _e.version).where(
                _e.source_id == source.id, _e.key.in_([entry.key for entry in some])
            )
            with self.database.read() as connection:
                known = {row.key: row.version for row in connection.execute(query)}
            yield from (entry for entry in some if known.get(entry.key) != entry.version)

    # Taking

    def waiting(self, source_id: str) -> Iterator[SourceEntry]:
        """Entries that are listed and neither taken nor rejected, in order of key."""
        yield from self.entries(source_id, states=("listed",))

    def entries(
        self, source_id: str, *, states: Sequence[EntryState] = (), sequence: str | None = None
    ) -> Iterator[SourceEntry]:
        """Every entry, or those in some states or of one sequence, in order of key."""
        after: str | None = None
        while some := self.page(source_id, states=states, sequence=sequence, after=after, limit=_PAGE):
            yield from some
            after = some[-1].key

    def page(
        self,
        source_id: str,
        *,
        states: Sequence[EntryState] = (),
        sequence: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> list[SourceEntry]:
        """Some of the entries, in order of key, from behind the key `after`."""
        query = select(tables.source_entries).where(_e.source_id == source_id).order_by(_e.key).limit(limit)
        if states:
            query = query.where(_e.state.in_(states))
        if sequence is not None:
            query = query.where(_e.sequence == sequence)
        if after is not None:
            query = query.where(_e.key > after)
        with self.database.read() as connection:
            return [_source_entry(row) for row in connection.execute(query).mappings()]

    def sample(self, source_id: str, n: int, *, seed: int) -> list[str]:
        """Keys of `n` entries chosen at random among those listed or taken, in order of key.

        Each key has a rank of its own, drawn from it and the seed: the same seed gives the same
        sample after a restart, and a larger `n` gives the same ones and more.
        """
        query = select(_e.key).where(_e.source_id == source_id, _e.state.in_(("listed", "taken")))
        with self.database.read() as connection:
            keys = connection.execution_options(yield_per=_PAGE).execute(query).scalars()
            return sorted(heapq.nsmallest(n, keys, key=lambda key: _rank(key, seed)))

    def get_entries(self, source_id: str, keys: Sequence[str]) -> Iterator[SourceEntry]:
        """The entries of some keys, in the order of the keys; unknown ones are left out."""
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            query = select(tables.source_entries).where(_e.source_id == source_id, _e.key.in_(some))
            with self.database.read() as connection:
                found = {r["key"]: _source_entry(r) for r in connection.execute(query).mappings()}
            yield from (found[key] for key in some if key in found)

    def mark_taken(self, source_id: str, key: str, image_id: str) -> None:
        """The entry has become this image."""
        self._set(source_id, key, state="taken", reason=None, image_id=image_id)

    def mark_rejected(self, source_id: str, key: str, reason: str) -> None:
        """The entry cannot be used."""
        self._set(source_id, key, state="rejected", reason=reason)

    # Counts

    def counts(self, source_id: str) -> dict[EntryState, int]:
        """How many entries are in each state."""
        query = select(_e.state, func.count().label("n")).where(_e.source_id == source_id)
        query = query.group_by(_e.state)
        found: dict[EntryState, int] = dict.fromkeys(("listed", "taken", "rejected", "gone"), 0)
        with self.database.read() as connection:
            return found | {row.state: row.n for row in connection.execute(query)}

    def tally(self, source_id: str, run_id: str | None) -> Tally:
        """What a run that was cut off had added already."""
        if run_id is None:
            return Tally(0, 0)
        query = (
            select(func.count(), func.count(_i.replaces))
            .select_from(tables.source_entries)
            .join(tables.images, _i.id == _e.image_id)
            .where(_e.source_id == source_id, _e.state == "taken", _i.run_id == run_id)
        )
        with self.database.read() as connection:
            return Tally(*connection.execute(query).one())

    def _put(self, source: Source, entries: Iterable[Entry], *, is_listing: bool) -> int:
        written = 0

        def put_some(connection: Connection, some: list[Entry]) -> None:
            nonlocal written
            connection.execute(_upsert(), [_row(source, entry) for entry in some])
            if is_listing:
                its = update(tables.sources).where(_s.id == source.id)
                connection.execute(its.values(cursor=some[-1].key))
            written += len(some)

        self.database.write_in_batches(_pieces(entries), put_some)
        return written

    def _set(self, source_id: str, key: str, **values: Any) -> None:
        its = and_(_e.source_id == source_id, _e.key == key)
        with self.database.write() as connection:
            connection.execute(update(tables.source_entries).where(its).values(values))

    def _sweep(self, source_id: str, which: ColumnElement[bool], **values: Any) -> int:
        """Change all entries of which something holds, some at a time, so that nobody waits long."""
        changed, after = 0, ""
        while True:
            query = select(_e.key).where(_e.source_id == source_id, _e.key > after, which)
            with self.database.read() as connection:
                keys = list(connection.execute(query.order_by(_e.key).limit(_PAGE)).scalars())
            if not keys:
                return changed
            after = keys[-1]
            its = and_(_e.source_id == source_id, _e.key.in_(keys), which)
            with self.database.write() as connection:
                changed += connection.execute(
                    update(tables.source_entries).where(its).values(values)
                ).rowcount


def _upsert() -> Any:
    made = insert(tables.source_entries)
    new = made.excluded
    is_changed = (_e.version != new.version) | (_e.state == "gone")
    is_useless = new.state == "rejected"
    state = case((is_useless, "rejected"), (is_changed, "listed"), else_=_e.state)
    reason = case((is_useless, new.reason), (is_changed, None), else_=_e.reason)
    same = ("name", "size", "version", "modified_at", "sequence", "sequence_s", "seen_at")
    return made.on_conflict_do_update(
        index_elements=[_e.source_id, _e.key],
        set_={name: getattr(new, name) for name in same} | {"state": state, "reason": reason},
    )


def _row(source: Source, entry: Entry) -> dict[str, Any]:
    values = {field.name: getattr(entry, field.name) for field in fields(Entry)}
    state = "listed" if entry.reason is None else "rejected"
    return {**values, "source_id": source.id, "state": state, "seen_at": source.listed_at}


def _pieces(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    rest = iter(entries)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _rank(key: str, seed: int) -> bytes:
    return blake2b(f"{seed}\0{key}".encode(), digest_size=12).digest()


def _source(row: RowMapping) -> Source:
    return Source(**row)


def _source_entry(row: RowMapping) -> SourceEntry:
    return SourceEntry(**{field.name: row[field.name] for field in fields(SourceEntry)})
