"""Whole numbers for records, for programs that call things by numbers and not by our ids.

A number is never used again, not even after its record was removed. `about` holds what such a
program said and we have no other place for.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from townscape.core.errors import NotFound
from townscape.workspace import tables
from townscape.workspace.database import Database

_n = tables.numbered.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedRecord:
    """A number and what it stands for."""

    kind: str
    number: int
    key: str | None
    """What it is here: an id or a name. None: it is not made yet."""
    about: dict[str, Any]
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class NumberedRecords:
    """The numbers of a workspace, counted from 1 for each kind of thing."""

    database: Database

    def put(
        self, kind: str, key: str | None = None, about: Mapping[str, Any] | None = None
    ) -> NumberedRecord:
        """A new number."""
        with self.database.write() as connection:
            return _put(connection, kind, key, about or {})

    def numbers_of(self, kind: str, keys: Sequence[str]) -> dict[str, int]:
        """The number of each key; those that have none get one."""
        known = self._known(kind)
        if any(key not in known for key in keys):
            with self.database.write() as connection:
                known = _known(connection, kind)
                for key in keys:
                    if key not in known:
                        known[key] = _put(connection, kind, key, {}).number
        return {key: known[key] for key in keys}

    def get(self, kind: str, number: int) -> NumberedRecord:
        """The record of a number; raises `NotFound`."""
        query = select(tables.numbered).where(_n.kind == kind, _n.number == number, _n.removed_at.is_(None))
        with self.database.read() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no {kind} {number}.")
        return _record(row)

    def find_key(self, kind: str, key: str) -> NumberedRecord | None:
        """The record of a key, if it has a number."""
        query = select(tables.numbered).where(_n.kind == kind, _n.key == key, _n.removed_at.is_(None))
        with self.database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _record(row)

    def find(self, kind: str, *, unchanged_since: float | None = None) -> list[NumberedRecord]:
        """Every record of a kind (or those that were not changed since a time), by number."""
        query = select(tables.numbered).where(_n.kind == kind, _n.removed_at.is_(None)).order_by(_n.number)
        if unchanged_since is not None:
            query = query.where(_n.changed_at < unchanged_since)
        with self.database.read() as connection:
            return [_record(row) for row in connection.execute(query).mappings()]

    def change(
        self, kind: str, number: int, *, key: str | None = None, about: Mapping[str, Any] | None = None
    ) -> NumberedRecord:
        """Say what a number stands for (if `key` is given), and change some of what it is about."""
        with self.database.exclusive():
            known = self.get(kind, number)
            values = {
                "key": key or known.key,
                "about": known.about | dict(about or {}),
                "changed_at": time.time(),
            }
            with self.database.write() as connection:
                changed = update(tables.numbered).where(_n.kind == kind, _n.number == number)
                connection.execute(changed.values(values))
            return self.get(kind, number)

    def remove(self, kind: str, number: int) -> None:
        """Forget what a number stands for; the number is not used again."""
        is_it = and_(_n.kind == kind, _n.number == number)
        with self.database.write() as connection:
            if number < _last(connection, kind):
                connection.execute(delete(tables.numbered).where(is_it))
            else:  # the highest row stays, so that counting goes on from it
                gone = {"key": None, "about": {}, "removed_at": time.time()}
                connection.execute(update(tables.numbered).where(is_it).values(gone))

    def _known(self, kind: str) -> dict[str, int]:
        with self.database.read() as connection:
            return _known(connection, kind)


def _known(connection: Connection, kind: str) -> dict[str, int]:
    query = select(_n.key, _n.number).where(_n.kind == kind, _n.key.is_not(None), _n.removed_at.is_(None))
    return {key: number for key, number in connection.execute(query)}  # noqa: C416 - rows are no pairs to typing


def _last(connection: Connection, kind: str) -> int:
    return connection.execute(select(func.max(_n.number)).where(_n.kind == kind)).scalar_one() or 0


def _put(connection: Connection, kind: str, key: str | None, about: Mapping[str, Any]) -> NumberedRecord:
    number, now = _last(connection, kind) + 1, time.time()
    record = NumberedRecord(
        kind=kind, number=number, key=key, about=dict(about), created_at=now, changed_at=now
    )
    values = {name: getattr(record, name) for name in NumberedRecord.__dataclass_fields__}
    connection.execute(insert(tables.numbered).values(values))
    return record


def _record(row: Mapping[Any, Any]) -> NumberedRecord:
    return NumberedRecord(**{name: row[name] for name in NumberedRecord.__dataclass_fields__})
