"""Pixels per class of each annotation, kept along with every save, so that lists of images can be
filtered and drawn without reading a tile.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from townscape.core.labelmap import FIRST_OBJECT, ObjectRow
from townscape.core.tiles import TileKey
from townscape.workspace import label_rows as rows
from townscape.workspace import tables

_c = tables.annotation_classes.c


def pixels_by_segment(connection: Connection, hashes: Mapping[TileKey, bytes | None]) -> Counter[int]:
    """Pixels per segment in the full-size tiles among `hashes`."""
    level_0 = [sha256 for key, sha256 in hashes.items() if key.level == 0 and sha256 is not None]
    histograms = rows.read_histograms(connection, level_0)
    counts: Counter[int] = Counter()
    for sha256 in level_0:
        counts.update(histograms[sha256])
    return counts


def pixels_by_class(by_segment: Mapping[int, int], objects: Mapping[int, ObjectRow]) -> Counter[int]:
    """The same per class number; objects count under their class."""
    counts: Counter[int] = Counter()
    for segment, pixels in by_segment.items():
        row = objects.get(segment)
        number = (row.class_number if row else None) if segment >= FIRST_OBJECT else segment
        if number:
            counts[number] += pixels
    return counts


def count(connection: Connection, annotation_id: str, revision: int) -> Counter[int]:
    """Pixels per class number as of a revision, from the tiles' histograms."""
    hashes: Mapping[TileKey, bytes | None] = rows.tile_hashes(connection, annotation_id, revision)
    objects = rows.read_objects(connection, annotation_id, revision)
    return pixels_by_class(pixels_by_segment(connection, hashes), objects)


def recount(connection: Connection, annotation_id: str, revision: int) -> None:
    """Count everything anew as of a revision."""
    counts = count(connection, annotation_id, revision)
    connection.execute(delete(tables.annotation_classes).where(_c.annotation_id == annotation_id))
    _add(connection, annotation_id, counts)


def move(
    connection: Connection,
    annotation_id: str,
    *,
    before: Mapping[TileKey, bytes | None],
    after: Mapping[TileKey, bytes | None],
    objects: Mapping[int, ObjectRow],
) -> None:
    """Take tiles out of the counts and put others in; no object may have changed its class."""
    change = pixels_by_class(pixels_by_segment(connection, after), objects)
    change.subtract(pixels_by_class(pixels_by_segment(connection, before), objects))
    _add(connection, annotation_id, {number: pixels for number, pixels in change.items() if pixels})


def _add(connection: Connection, annotation_id: str, change: Mapping[int, int]) -> None:
    if change:
        values = [
            {"annotation_id": annotation_id, "class_number": number, "pixels": pixels}
            for number, pixels in change.items()
        ]
        statement = insert(tables.annotation_classes).values(values)
        added = statement.on_conflict_do_update(
            index_elements=[_c.annotation_id, _c.class_number],
            set_={"pixels": _c.pixels + statement.excluded.pixels},
        )
        connection.execute(added)
        connection.execute(
            delete(tables.annotation_classes).where(_c.annotation_id == annotation_id, _c.pixels <= 0)
        )
    total = select(func.coalesce(func.sum(_c.pixels), 0)).where(_c.annotation_id == annotation_id)
    a = tables.annotations
    connection.execute(update(a).where(a.c.id == annotation_id).values(labelled_px=total.scalar_subquery()))
