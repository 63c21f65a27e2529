"""The record of every run: what was asked, by which code, how it ended."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from townscape.core.errors import NotFound, UsageError
from townscape.core.ids import new_id
from townscape.workspace import tables
from townscape.workspace.database import Database
from townscape.workspace.records import Run, RunState


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a workspace."""

    database: Database

    def create(self, stage: str, options: Mapping[str, Any], *, code_version: str) -> Run:
        """A new run in state `queued`."""
        run = Run(
            id=new_id(),
            stage=stage,
            options=dict(options),
            state="queued",
            process_id=None,
            process_started_at=None,
            code_version=code_version,
            result=None,
            error=None,
            created_at=time.time(),
            started_at=None,
            finished_at=None,
        )
        with self.database.write() as connection:
            connection.execute(insert(tables.runs).values(dataclasses.asdict(run)))
        return run

    def get(self, run_id: str | None = None, *, stage: str | None = None) -> Run:
        """A run by id or the beginning of one; the newest (of a stage) by default."""
        found = [r for r in self.find() if r.id.startswith(run_id or "") and stage in (None, r.stage)]
        if not found:
            raise NotFound(
                f"There is no run {run_id or stage or ''}".rstrip() + ".", hint="see `townscape runs`."
            )
        if run_id and len(found) > 1:
            raise UsageError(f"{run_id} may mean {len(found)} runs.", hint="give more of the id.")
        return found[-1]

    def find(self, *, states: tuple[RunState, ...] = ()) -> list[Run]:
        """Runs in those states (all by default), oldest first."""
        query = select(tables.runs).order_by(tables.runs.c.id)
        if states:
            query = query.where(tables.runs.c.state.in_(states))
        with self.database.read() as connection:
            return [Run(**row) for row in connection.execute(query).mappings()]

    def change(self, run_id: str, **values: Any) -> None:
        """Set some columns of a run."""
        with self.database.write() as connection:
            connection.execute(update(tables.runs).where(tables.runs.c.id == run_id).values(values))
