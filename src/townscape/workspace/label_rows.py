"""The label store's SQL: rows of tiles, objects and revisions. No rules here, only rows.

Every function takes an open connection, so that a save is one transaction.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select, update
from sqlalchemy.dialects.sqlite import insert

from townscape.core import tiles as tile_codec
from townscape.core.errors import NotFound
from townscape.core.labelmap import ObjectRow, Segments
from townscape.core.tiles import TileKey
from townscape.workspace import tables
from townscape.workspace.database import in_pieces
from townscape.workspace.records import Annotation, Revision

_t = tables.revision_tiles.c
_o = tables.objects.c

_REFRESH_AFTER_S = 3600.0


class TileSpan(NamedTuple):
    """Tile rows and columns of one level, ends excluded."""

    level: int
    first_row: int
    last_row: int
    first_column: int
    last_column: int


def get_annotation(connection: Connection, annotation_id: str) -> Annotation | None:
    """The annotation of that id."""
    query = select(tables.annotations).where(tables.annotations.c.id == annotation_id)
    row = connection.execute(query).mappings().one_or_none()
    return Annotation(**row) if row else None


def require_annotation(connection: Connection, annotation_id: str) -> Annotation:
    """The annotation of that id; raises `NotFound`."""
    annotation = get_annotation(connection, annotation_id)
    if annotation is None:
        raise NotFound(f"There is no annotation {annotation_id}.")
    return annotation


def require_revision(annotation: Annotation, revision: int | None) -> int:
    """The number of a revision that exists, the newest for None; raises `NotFound`."""
    if revision is None:
        return annotation.head
    if not 0 <= revision <= annotation.head:
        raise NotFound(f"There is no revision {revision}.", hint=f"they go from 0 to {annotation.head}.")
    return revision


def put_revision(connection: Connection, revision: Revision) -> None:
    """Store the row of a revision."""
    values: dict[str, Any] = {name: getattr(revision, name) for name in Revision.__dataclass_fields__}
    connection.execute(insert(tables.revisions).values(values))


def tile_hashes(
    connection: Connection, annotation_id: str, revision: int, *, span: TileSpan | None = None
) -> dict[TileKey, bytes]:
    """Hash of every stored tile as of `revision` (all levels, or those in `span`)."""
    newest = (
        select(_t.level, _t.tile_row, _t.tile_column, func.max(_t.revision).label("revision"))
        .where(_t.annotation_id == annotation_id, _t.revision <= revision)
        .group_by(_t.level, _t.tile_row, _t.tile_column)
    )
    if span is not None:
        newest = newest.where(
            _t.level == span.level,
            _t.tile_row >= span.first_row,
            _t.tile_row < span.last_row,
            _t.tile_column >= span.first_column,
            _t.tile_column < span.last_column,
        )
    n = newest.subquery()
    query = (
        select(_t.level, _t.tile_row, _t.tile_column, _t.sha256)
        .join(
            n,
            and_(
                _t.level == n.c.level,
                _t.tile_row == n.c.tile_row,
                _t.tile_column == n.c.tile_column,
                _t.revision == n.c.revision,
            ),
        )
        .where(_t.annotation_id == annotation_id, _t.sha256.is_not(None))
    )
    return {TileKey(*key): sha256 for *key, sha256 in connection.execute(query)}


def tile_hash_at(connection: Connection, annotation_id: str, key: TileKey, revision: int) -> bytes | None:
    """Hash of one tile as of `revision`; None where it is empty."""
    query = (
        select(_t.sha256)
        .where(
            _t.annotation_id == annotation_id,
            _t.level == key.level,
            _t.tile_row == key.row,
            _t.tile_column == key.column,
            _t.revision <= revision,
        )
        .order_by(_t.revision.desc())
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def keys_changed_after(
    connection: Connection, annotation_id: str, revision: int, *, up_to: int | None = None
) -> list[TileKey]:
    """Places of tiles (all levels) that some later revision (up to one) changed."""
    query = (
        select(_t.level, _t.tile_row, _t.tile_column)
        .where(_t.annotation_id == annotation_id, _t.revision > revision)
        .distinct()
    )
    if up_to is not None:
        query = query.where(_t.revision <= up_to)
    return [TileKey(*row) for row in connection.execute(query)]


def read_tile(connection: Connection, sha256: bytes) -> Segments:
    """The plane of a stored tile."""
    return tile_codec.unpack(read_packed_tile(connection, sha256))


def read_packed_tile(connection: Connection, sha256: bytes) -> bytes:
    """A stored tile as it was packed."""
    query = select(tables.tiles.c.packed).where(tables.tiles.c.sha256 == sha256)
    return connection.execute(query).scalar_one()


def read_histograms(connection: Connection, hashes: Iterable[bytes]) -> dict[bytes, dict[int, int]]:
    """Segment histogram of each tile named."""
    wanted = sorted(set(hashes))
    found: dict[bytes, dict[int, int]] = {}
    for some in in_pieces(wanted):
        query = select(tables.tiles.c.sha256, tables.tiles.c.histogram).where(tables.tiles.c.sha256.in_(some))
        for sha256, packed in connection.execute(query):
            found[sha256] = tile_codec.unpack_histogram(packed)
    return found


def put_tile(connection: Connection, tile: Segments) -> bytes | None:
    """Store a tile's content; returns its hash, or None for the empty tile."""
    counts = tile_codec.histogram(tile)
    if not counts:
        return None
    sha256 = tile_codec.tile_hash(tile)
    c = tables.tiles.c
    added_at = connection.execute(select(c.added_at).where(c.sha256 == sha256)).scalar_one_or_none()
    now = time.time()
    if added_at is None:
        values = {
            "sha256": sha256,
            "packed": tile_codec.pack(tile),
            "histogram": tile_codec.pack_histogram(counts),
            "effort": 1,
            "added_at": now,
        }
        connection.execute(insert(tables.tiles).values(values))
    elif now - added_at > _REFRESH_AFTER_S:  # so that compaction keeps what is about to be used
        connection.execute(update(tables.tiles).where(c.sha256 == sha256).values(added_at=now))
    return sha256


def put_tile_rows(
    connection: Connection, annotation_id: str, revision: int, hashes: Mapping[TileKey, bytes | None]
) -> None:
    """Say that from `revision` on these tiles hold those contents."""
    rows = [
        {
            "annotation_id": annotation_id,
            "level": key.level,
            "tile_row": key.row,
            "tile_column": key.column,
            "revision": revision,
            "sha256": sha256,
        }
        for key, sha256 in hashes.items()
    ]
    if rows:
        connection.execute(insert(tables.revision_tiles), rows)


def read_objects(connection: Connection, annotation_id: str, revision: int) -> dict[int, ObjectRow]:
    """Every object row as of `revision`, tombstones included."""
    newest = (
        select(_o.object_id, func.max(_o.revision).label("revision"))
        .where(_o.annotation_id == annotation_id, _o.revision <= revision)
        .group_by(_o.object_id)
        .subquery()
    )
    query = (
        select(_o.object_id, _o.class_number, _o.attributes)
        .join(newest, and_(_o.object_id == newest.c.object_id, _o.revision == newest.c.revision))
        .where(_o.annotation_id == annotation_id)
    )
    return {row.object_id: ObjectRow(*row) for row in connection.execute(query)}


def last_living_row(connection: Connection, annotation_id: str, object_id: int) -> ObjectRow | None:
    """The newest row of an object that is no tombstone."""
    query = (
        select(_o.object_id, _o.class_number, _o.attributes)
        .where(_o.annotation_id == annotation_id, _o.object_id == object_id, _o.class_number.is_not(None))
        .order_by(_o.revision.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return ObjectRow(*row) if row else None


def put_object_rows(
    connection: Connection, annotation_id: str, revision: int, rows: Iterable[ObjectRow]
) -> None:
    """Say that from `revision` on these objects are as given."""
    values = [
        {
            "annotation_id": annotation_id,
            "object_id": row.id,
            "revision": revision,
            "class_number": row.class_number,
            "attributes": dict(row.attributes),
        }
        for row in rows
    ]
    if values:
        connection.execute(insert(tables.objects), values)
