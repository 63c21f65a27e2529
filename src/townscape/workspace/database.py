"""The one database file: who may write it, and when.

SQLite before 3.51.3 can corrupt a WAL database when two connections checkpoint or write at once,
and Python often carries an older one. So every write transaction and every checkpoint, in any
process or thread, holds the exclusive lock on `workspace.lock`, and SQLite never checkpoints on
its own (`wal_autocheckpoint=0`). Readers need no lock and never wait.
"""

import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from townscape.core.errors import WorkspaceBusy
from townscape.workspace.folder import Folder, storage_full

Item = TypeVar("Item")
_ASKED_AT_ONCE = 400

LOCK_TIMEOUT_S = 60.0
CHECKPOINT_BYTES = 8 << 20
BATCH_ROWS = 200
BATCH_SECONDS = 0.1
_COURTESY_S = 0.01


class Database:
    """Connections to `catalogue.db`. One per process is enough; it may be used by many threads."""

    def __init__(self, folder: Folder) -> None:
        self._wal = Path(f"{folder.database}-wal")
        self._lock = FileLock(folder.lock, poll_interval=0.005, is_singleton=True)
        self.engine = _engine(folder.database, self.exclusive)
        self._owner = os.getpid()

    @contextmanager
    def read(self) -> Generator[Connection]:
        """A connection that sees one moment of the database, without waiting for anyone."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One transaction: all of it is stored, or none. Raises `WorkspaceBusy` or `StorageFull`."""
        with self.exclusive():
            try:
                writer = self.engine.connect().execution_options(townscape_write=True)
                with writer as connection, connection.begin():
                    yield connection
            except OperationalError as error:
                if "full" in str(error.orig):
                    raise storage_full() from error
                raise
            self._checkpoint_if_large()

    @contextmanager
    def exclusive(self) -> Generator[None]:
        """Hold the writer lock (it may be taken again by the same thread)."""
        try:
            with self._lock.acquire(timeout=LOCK_TIMEOUT_S):
                yield
        except Timeout as error:
            raise WorkspaceBusy(
                f"Another process has been writing to this workspace for {LOCK_TIMEOUT_S:.0f} seconds.",
                hint="see `townscape runs`; if nothing runs, the lock goes with the process that holds it.",
            ) from error

    def write_in_batches(self, items: Iterable[Item], write_one: Callable[[Connection, Item], None]) -> int:
        """Write many items in short transactions, so that an autosave never waits long.

        A transaction ends after 200 items or 0.1 s, and others get a moment in between; items
        are fetched while no lock is held. Returns the number written. Finished batches stay if
        a later one fails.
        """
        written = 0
        for batch in _batches(items):
            pending = deque(batch)
            while pending:
                if written:
                    time.sleep(_COURTESY_S)
                with self.write() as connection:
                    ends_at = time.monotonic() + BATCH_SECONDS
                    while pending and time.monotonic() < ends_at:
                        write_one(connection, pending.popleft())
                        written += 1
        return written

    def fold_wal(self) -> None:
        """Move what the write-ahead log holds into the database file."""
        with self.exclusive(), self.engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def close(self) -> None:
        """Close every connection. The last one to close checkpoints, so this holds the lock."""
        if os.getpid() == self._owner:
            with self.exclusive():
                self.engine.dispose()

    def abandon(self) -> None:
        """Let go of every connection without a checkpoint, as a killed process does."""
        self.engine.dispose(close=False)

    def _checkpoint_if_large(self) -> None:
        try:
            is_large = self._wal.stat().st_size > CHECKPOINT_BYTES
        except FileNotFoundError:
            return
        if is_large:
            with self.engine.connect() as connection:
                connection.execute(text("PRAGMA wal_checkpoint(PASSIVE)"))


def in_pieces(items: Sequence[Item]) -> list[Sequence[Item]]:
    """As many items at a time as one query may well ask for."""
    return [items[start : start + _ASKED_AT_ONCE] for start in range(0, len(items), _ASKED_AT_ONCE)]


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    ends_at = time.monotonic() + BATCH_SECONDS
    for item in items:
        batch.append(item)
        if len(batch) >= BATCH_ROWS or time.monotonic() > ends_at:
            yield batch
            batch = []
            ends_at = time.monotonic() + BATCH_SECONDS
    if batch:
        yield batch


def _engine(path: Path, exclusive: Callable[[], Any]) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = None
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            with exclusive():  # switching to WAL writes to the file
                connection.execute("PRAGMA journal_mode=WAL")
        for pragma in (
            "synchronous=FULL",
            "wal_autocheckpoint=0",
            "foreign_keys=ON",
            "mmap_size=0",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        is_write = connection.get_execution_options().get("townscape_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")

    return engine
