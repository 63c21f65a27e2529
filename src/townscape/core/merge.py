"""Three-way merge of label tiles and object rows: two people may paint the same image.

For every pixel (and every object row) there are three versions: `base`, from which both
started; `theirs`, saved earlier; `ours`, saved now. What only one side changed is taken. What
both changed to the same is taken. What both changed differently is a conflict: ours, the later
save, wins, and the caller is told where. Nothing else is ever a conflict.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import FIRST_OBJECT, ObjectRow, Segments


class TileMerge(NamedTuple):
    """A merged plane and where both sides had changed it differently."""

    merged: Segments
    conflicts: NDArray[np.bool_]


def merge_tiles(base: Segments, theirs: Segments, ours: Segments) -> TileMerge:
    """Merge three planes of one shape, pixel by pixel."""
    ours_changed = ours != base
    conflicts = ours_changed & (theirs != base) & (ours != theirs)
    return TileMerge(np.where(ours_changed, ours, theirs), conflicts)


class RowMerge(NamedTuple):
    """Merged object rows and the ids on which the sides disagreed."""

    merged: dict[int, ObjectRow]
    conflicts: frozenset[int]


def merge_rows(
    base: Mapping[int, ObjectRow], theirs: Mapping[int, ObjectRow], ours: Mapping[int, ObjectRow]
) -> RowMerge:
    """Merge three tables of object rows by id. A row absent on one side counts as changed there
    only if `base` has it; rows are never removed by absence, only by a tombstone.
    """
    merged: dict[int, ObjectRow] = dict(theirs)
    conflicts: set[int] = set()
    for object_id, row in ours.items():
        before, other = base.get(object_id), theirs.get(object_id)
        if row == before:
            continue
        if other is not None and other not in (before, row):
            conflicts.add(object_id)
        merged[object_id] = row
    return RowMerge(merged, frozenset(conflicts))


def renumber(plane: Segments, new_by_old: Mapping[int, int]) -> Segments:
    """The plane with object ids replaced (a copy if anything changes)."""
    if not new_by_old or int(plane.max(initial=0)) < FIRST_OBJECT:
        return plane
    old = np.array(sorted(new_by_old), dtype=np.uint32)
    new = np.array([new_by_old[int(i)] for i in old], dtype=np.uint32)
    position = np.searchsorted(old, plane).clip(max=old.size - 1)
    return np.where(old[position] == plane, new[position], plane)
