"""Measures of images: sharpness, light and the like, kept so that each is made once."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from townscape.workspace import tables
from townscape.workspace.database import Database, in_pieces
from townscape.workspace.images import is_current
from townscape.workspace.records import Image

_m, _i = tables.measures.c, tables.images.c


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one image; None where a measure cannot be told."""

    image_id: str
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a workspace. Those of an older algorithm do not count."""

    database: Database

    def missing(self, images: Sequence[Image], measures: Sequence[str], *, algorithm: int) -> list[Image]:
        """Those that lack one of the measures by this algorithm."""
        known: dict[str, set[str]] = {}
        with self.database.read() as connection:
            for some in in_pieces([image.id for image in images]):
                query = select(_m.image_id, _m.measure).where(
                    _m.image_id.in_(some), _m.measure.in_(measures), _m.algorithm == algorithm
                )
                for image_id, measure in connection.execute(query):
                    known.setdefault(image_id, set()).add(measure)
        return [image for image in images if len(known.get(image.id, ())) < len(set(measures))]

    def put(self, measured: Iterable[Measured], *, algorithm: int) -> int:
        """Store measures in the place of older ones, in short transactions; returns how many images."""

        def put_one(connection: Connection, one: Measured) -> None:
            now = time.time()
            for measure, value in one.values.items():
                values = {"algorithm": algorithm, "value": value, "created_at": now}
                row = insert(tables.measures).values(image_id=one.image_id, measure=measure, **values)
                known = row.on_conflict_do_update(index_elements=[_m.image_id, _m.measure], set_=values)
                connection.execute(known)

        return self.database.write_in_batches(measured, put_one)

    def values(
        self, measure: str, *, algorithm: int, image_ids: Sequence[str] | None = None
    ) -> dict[str, float]:
        """Image id → value, the lowest first, of images in the lists (of these only, if given).

        Images of which it cannot be told are left out.
        """
        query = (
            select(_m.image_id, _m.value)
            .join(tables.images, _i.id == _m.image_id)
            .where(_m.measure == measure, _m.algorithm == algorithm, _m.value.is_not(None), is_current())
            .order_by(_m.value, _m.image_id)
        )
        with self.database.read() as connection:
            found = {row.image_id: row.value for row in connection.execute(query)}
        if image_ids is None:
            return found
        wanted = set(image_ids)
        return {image_id: value for image_id, value in found.items() if image_id in wanted}

    def of_image(self, image_id: str) -> dict[str, float | None]:
        """Everything that was measured of one image."""
        query = select(_m.measure, _m.value).where(_m.image_id == image_id).order_by(_m.measure)
        with self.database.read() as connection:
            return {row.measure: row.value for row in connection.execute(query)}

    def forget(self, image_ids: Sequence[str]) -> None:
        """Drop the measures of images, as when their pixels have changed."""
        for some in in_pieces(image_ids):
            with self.database.write() as connection:
                connection.execute(delete(tables.measures).where(_m.image_id.in_(some)))
