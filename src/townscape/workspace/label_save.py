"""One save: what a client sends, what it is told, and how the two sides are merged.

Everything here happens inside the caller's transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, update

from townscape.core import tiles as grid
from townscape.core.errors import LabelError
from townscape.core.ids import new_id
from townscape.core.labelmap import FIRST_OBJECT, IGNORE, MAX_SEGMENT, ObjectRow, Segments
from townscape.core.merge import merge_rows, merge_tiles, renumber
from townscape.core.tiles import TILE_PX, TileKey
from townscape.workspace import label_counts, tables
from townscape.workspace import label_rows as rows
from townscape.workspace.records import Annotation, RevisionKind

_MAX_ID_GAP = 1_000_000


class StagedTile(NamedTuple):
    """A tile whose content is in the store already (None: the empty tile)."""

    sha256: bytes | None


@dataclass(frozen=True, slots=True)
class Save:
    """What a client sends: tiles (row, column) → plane, and object rows, changed since a revision.

    `created` lists the object ids that this client made up; those already taken are renumbered.
    """

    base_revision: int
    tiles: Mapping[tuple[int, int], Segments | StagedTile]
    objects: Mapping[int, ObjectRow] = field(default_factory=dict[int, ObjectRow])
    created: frozenset[int] = frozenset()
    save_id: str = field(default_factory=new_id)
    taxonomy_version: int | None = None
    author: str | None = None
    message: str = ""
    kind: RevisionKind = "edit"
    run_id: str | None = None
    active_s: float = 0.0
    """Seconds that the person worked on it since the last save."""
    overviews: Mapping[TileKey, bytes | None] = field(default_factory=dict[TileKey, "bytes | None"])
    """Overview tiles made beforehand (`Labels.stage`); used where nobody saved meanwhile."""


class TileConflict(NamedTuple):
    """Pixels of a tile that both sides had changed differently: the later save won there."""

    row: int
    column: int
    pixels: int
    box: tuple[int, int, int, int]
    """Around them, in the tile's pixels: left, top, past the right, past the bottom."""


@dataclass(frozen=True, slots=True)
class SaveAnswer:
    """What the client is told: the new revision, and everything that differs from what it sent."""

    revision: int
    renumbered: Mapping[int, int]
    """Old → new id of objects whose ids were taken."""
    conflicts: tuple[TileConflict, ...]
    object_conflicts: tuple[int, ...]
    merged: tuple[tuple[int, int], ...]
    """(row, column) of tiles that now also hold what others saved."""

    def to_json(self) -> dict[str, Any]:
        """Plain values; `of_json` reads them back."""
        return {
            "revision": self.revision,
            "renumbered": [[old, new] for old, new in sorted(self.renumbered.items())],
            "conflicts": [[*conflict[:3], list(conflict.box)] for conflict in self.conflicts],
            "object_conflicts": list(self.object_conflicts),
            "merged": [list(place) for place in self.merged],
        }

    @classmethod
    def of_json(cls, values: Mapping[str, Any]) -> Self:
        """The answer that `to_json` wrote."""
        return cls(
            revision=values["revision"],
            renumbered=dict(values["renumbered"]),
            conflicts=tuple(_conflict_of_json(conflict) for conflict in values["conflicts"]),
            object_conflicts=tuple(values["object_conflicts"]),
            merged=tuple((row, column) for row, column in values["merged"]),
        )


def _conflict_of_json(values: Sequence[Any]) -> TileConflict:
    row, column, pixels, *rest = values  # saves of the first formats named no box
    box = tuple(rest[0]) if rest else (0, 0, TILE_PX, TILE_PX)
    return TileConflict(row, column, pixels, box)


def apply_save(
    connection: Connection, annotation: Annotation, save: Save, *, class_numbers: Mapping[int, int]
) -> SaveAnswer:
    """Merge a save into the head, store the tiles and rows that change, and move the head on.

    `class_numbers` are those of the newest taxonomy version. Raises `LabelError` if the save
    breaks a rule; the caller's transaction is rolled back then.
    """
    if not 0 <= save.base_revision <= annotation.head:
        raise LabelError(f"The save starts from revision {save.base_revision}, which does not exist.")
    number = annotation.head + 1
    new_by_old, next_object = _renumbering(annotation, save)
    base_rows = rows.read_objects(connection, annotation.id, save.base_revision)
    head_rows = (
        base_rows
        if save.base_revision == annotation.head
        else rows.read_objects(connection, annotation.id, annotation.head)
    )
    sent = [_renumbered_row(row, new_by_old) for row in save.objects.values()]
    objects = merge_rows(base_rows, head_rows, base_rows | {row.id: row for row in sent})
    known = dict(objects.merged)

    tiles = _merge_tiles(connection, annotation, save, new_by_old)
    hashes, used = tiles.after, set[int]()
    for histogram in rows.read_histograms(connection, [h for h in hashes.values() if h]).values():
        used |= histogram.keys()
    revived = _check_segments(connection, annotation, used, known, class_numbers)
    changed_rows = {i: row for i, row in known.items() if head_rows.get(i) != row} | revived
    _check_rows(changed_rows.values(), class_numbers)

    rows.put_object_rows(connection, annotation.id, number, changed_rows.values())
    rows.put_tile_rows(connection, annotation.id, number, hashes)
    if save.overviews and save.base_revision == annotation.head:
        rows.put_tile_rows(connection, annotation.id, number, save.overviews)
    else:
        _update_overviews(connection, annotation, number, hashes)
    c = tables.annotations.c
    moved = update(tables.annotations).where(c.id == annotation.id)
    connection.execute(moved.values(head=number, next_object=next_object))
    if any(_changes_class(head_rows.get(i), row) for i, row in changed_rows.items()):
        label_counts.recount(connection, annotation.id, number)
    else:
        objects_now = known | changed_rows
        label_counts.move(connection, annotation.id, before=tiles.before, after=hashes, objects=objects_now)
    return SaveAnswer(
        revision=number,
        renumbered={old: new for old, new in new_by_old.items() if old != new},
        conflicts=tuple(tiles.conflicts),
        object_conflicts=tuple(sorted(objects.conflicts)),
        merged=tuple(tiles.merged),
    )


@dataclass(frozen=True, slots=True)
class _MergedTiles:
    """Tiles that a save changes: their hashes before and after, and how they were merged."""

    before: dict[TileKey, bytes | None]
    after: dict[TileKey, bytes | None]
    conflicts: list[TileConflict]
    merged: list[tuple[int, int]]


def _merge_tiles(
    connection: Connection, annotation: Annotation, save: Save, new_by_old: Mapping[int, int]
) -> _MergedTiles:
    """Merge each tile that was sent with the head's, and store what comes out."""
    found = _MergedTiles({}, {}, [], [])
    for (row, column), content in sorted(save.tiles.items(), key=lambda item: item[0]):
        key = TileKey(0, row, column)
        _check_place(annotation, key)
        base_hash = rows.tile_hash_at(connection, annotation.id, key, save.base_revision)
        head_hash = rows.tile_hash_at(connection, annotation.id, key, annotation.head)
        if isinstance(content, StagedTile) and base_hash == head_hash and not new_by_old:
            sha256 = content.sha256
        else:
            ours = renumber(_plane(connection, annotation, key, content), new_by_old)
            if base_hash != head_hash:
                result = merge_tiles(_read(connection, base_hash), _read(connection, head_hash), ours)
                if not np.array_equal(result.merged, ours):
                    found.merged.append((row, column))
                if result.conflicts.any():
                    found.conflicts.append(_conflict(row, column, result.conflicts))
                ours = result.merged
            sha256 = rows.put_tile(connection, ours)
        if sha256 != head_hash:
            found.after[key], found.before[key] = sha256, head_hash
    return found


def _conflict(row: int, column: int, where: NDArray[np.bool_]) -> TileConflict:
    ys, xs = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    box = (int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1)
    return TileConflict(row, column, int(np.count_nonzero(where)), box)


def _changes_class(before: ObjectRow | None, after: ObjectRow) -> bool:
    return before is not None and before.class_number != after.class_number


def _renumbering(annotation: Annotation, save: Save) -> tuple[dict[int, int], int]:
    """New ids for created objects whose ids are taken, and the annotation's next free id."""
    low, high = annotation.next_object, annotation.next_object + _MAX_ID_GAP
    kept = {i for i in save.created if low <= i < high}
    taken = sorted(save.created - kept)
    if any(i < FIRST_OBJECT for i in taken):
        raise LabelError("A created object has an id below 65,536, which is kept for classes.")
    next_object = max(kept, default=low - 1) + 1
    new_by_old = {old: next_object + offset for offset, old in enumerate(taken)}
    next_object += len(taken)
    if next_object > MAX_SEGMENT:
        raise LabelError("This annotation has used up all object ids.", hint="label in a new layer.")
    return new_by_old, next_object


def _renumbered_row(row: ObjectRow, new_by_old: Mapping[int, int]) -> ObjectRow:
    return ObjectRow(new_by_old.get(row.id, row.id), row.class_number, dict(row.attributes))


def _check_place(annotation: Annotation, key: TileKey) -> None:
    n_rows, n_columns = grid.grid_shape(annotation.height, annotation.width)
    if not (0 <= key.row < n_rows and 0 <= key.column < n_columns):
        raise LabelError(f"Tile ({key.row}, {key.column}) lies outside the image.")


def _plane(
    connection: Connection, annotation: Annotation, key: TileKey, content: Segments | StagedTile
) -> Segments:
    """The tile that was sent, with everything beyond the image's edge set to 0."""
    if isinstance(content, StagedTile):
        return _read(connection, content.sha256)
    if content.shape != (TILE_PX, TILE_PX) or content.dtype != np.uint32:
        raise LabelError(f"A tile must be {TILE_PX}×{TILE_PX} unsigned 32-bit, not {content.shape}.")
    height = annotation.height - key.row * TILE_PX
    width = annotation.width - key.column * TILE_PX
    if height >= TILE_PX and width >= TILE_PX:
        return content
    return grid.pad(content[:height, :width])


def _read(connection: Connection, sha256: bytes | None) -> Segments:
    if sha256 is None:
        return np.zeros((TILE_PX, TILE_PX), dtype=np.uint32)
    return rows.read_tile(connection, sha256)


def _check_segments(
    connection: Connection,
    annotation: Annotation,
    used: Iterable[int],
    known: Mapping[int, ObjectRow],
    class_numbers: Mapping[int, int],
) -> dict[int, ObjectRow]:
    """Rows of deleted objects that are painted again; raises `LabelError` for unknown segments."""
    revived: dict[int, ObjectRow] = {}
    for segment in sorted(used):
        if segment < FIRST_OBJECT:
            if segment != IGNORE and segment not in class_numbers:
                raise LabelError(f"The taxonomy {annotation.taxonomy} has no class number {segment}.")
            continue
        row = known.get(segment)
        if row is not None and row.class_number is None:
            row = rows.last_living_row(connection, annotation.id, segment)
            if row is not None:
                revived[segment] = row
        if row is None:
            raise LabelError(f"Object {segment} is painted, but no row says what it is.")
    return revived


def _check_rows(changed: Iterable[ObjectRow], class_numbers: Mapping[int, int]) -> None:
    for row in changed:
        if row.id < FIRST_OBJECT:
            raise LabelError(f"Object id {row.id} is below 65,536, which is kept for classes.")
        if row.class_number is not None and row.class_number not in class_numbers:
            raise LabelError(f"Object {row.id} has class number {row.class_number}, which does not exist.")


def _update_overviews(
    connection: Connection, annotation: Annotation, revision: int, changed: Mapping[TileKey, bytes | None]
) -> None:
    """Overview tiles above the changed ones, level by level."""
    dirty = {(key.row // 2, key.column // 2) for key in changed}
    for level in range(1, grid.level_count(annotation.height, annotation.width)):
        hashes: dict[TileKey, bytes | None] = {}
        for row, column in sorted(dirty):
            key = TileKey(level, row, column)
            hashes[key] = put_overview(
                connection, key, lambda child: rows.tile_hash_at(connection, annotation.id, child, revision)
            )
        rows.put_tile_rows(connection, annotation.id, revision, hashes)
        dirty = {(row // 2, column // 2) for row, column in dirty}


def put_overview(
    connection: Connection, key: TileKey, hash_of: Callable[[TileKey], bytes | None]
) -> bytes | None:
    """Store the overview tile at `key`, made from its four children; returns its hash."""
    children: dict[tuple[int, int], Segments] = {}
    for place in ((0, 0), (0, 1), (1, 0), (1, 1)):
        sha256 = hash_of(TileKey(key.level - 1, 2 * key.row + place[0], 2 * key.column + place[1]))
        if sha256 is not None:
            children[place] = rows.read_tile(connection, sha256)
    return rows.put_tile(connection, grid.overview_tile(children))
