"""Selections: frozen windows with the reason why they were chosen."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import delete, func, insert, select, update

from townscape.core.errors import NotFound
from townscape.core.ids import new_id
from townscape.core.spaces import Window
from townscape.workspace import tables
from townscape.workspace.database import Database
from townscape.workspace.records import Selection, SelectionWindow

_s, _w = tables.selections.c, tables.selection_windows.c


@dataclass(frozen=True, slots=True)
class Selections:
    """The selections of a workspace."""

    database: Database

    def put(
        self,
        name: str,
        windows: Sequence[SelectionWindow],
        *,
        reason: str,
        author: str | None = None,
        run_id: str | None = None,
    ) -> Selection:
        """Freeze windows under a name."""
        selection = Selection(
            id=new_id(), name=name, reason=reason, author=author, run_id=run_id,
            created_at=time.time(), n_windows=len(windows), windows=tuple(windows),
        )  # fmt: skip
        values = {
            key: getattr(selection, key) for key in ("id", "name", "reason", "author", "run_id", "created_at")
        }
        rows = [
            {"selection_id": selection.id, "position": k, "image_id": w.image_id, **asdict(w.window)}
            for k, w in enumerate(windows)
        ]
        with self.database.write() as connection:
            connection.execute(insert(tables.selections).values(values))
            if rows:
                connection.execute(insert(tables.selection_windows), rows)
        return selection

    def find(self) -> list[Selection]:
        """Every selection, newest first, without its windows."""
        counts = select(_w.selection_id, func.count().label("n_windows")).group_by(_w.selection_id).subquery()
        query = (
            select(tables.selections, func.coalesce(counts.c.n_windows, 0).label("n_windows"))
            .join(counts, counts.c.selection_id == _s.id, isouter=True)
            .order_by(_s.created_at.desc())
        )
        with self.database.read() as connection:
            return [Selection(**row) for row in connection.execute(query).mappings()]

    def get(self, selection_id: str) -> Selection:
        """A selection with its windows; raises `NotFound`."""
        found = [s for s in self.find() if s.id == selection_id]
        if not found:
            raise NotFound(f"There is no selection {selection_id}.")
        query = select(tables.selection_windows).where(_w.selection_id == selection_id).order_by(_w.position)
        with self.database.read() as connection:
            windows = tuple(
                SelectionWindow(
                    image_id=row["image_id"], window=Window(row["x"], row["y"], row["width"], row["height"])
                )
                for row in connection.execute(query).mappings()
            )
        return replace(found[0], windows=windows)

    def labelled_at(self, selection_id: str, taxonomy: str) -> float | None:
        """When a label of its images in a taxonomy was last saved."""
        a, r = tables.annotations.c, tables.revisions.c
        query = (
            select(func.max(r.created_at))
            .join(tables.annotations, a.id == r.annotation_id)
            .join(tables.selection_windows, _w.image_id == a.image_id)
            .where(_w.selection_id == selection_id, a.taxonomy == taxonomy, r.number == a.head)
        )
        with self.database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def rename(self, selection_id: str, name: str) -> None:
        """Give it another name."""
        with self.database.write() as connection:
            connection.execute(update(tables.selections).where(_s.id == selection_id).values(name=name))

    def remove(self, selection_id: str) -> None:
        """Forget a selection; its images stay."""
        with self.database.write() as connection:
            connection.execute(delete(tables.selection_windows).where(_w.selection_id == selection_id))
            connection.execute(delete(tables.selections).where(_s.id == selection_id))
