"""Painting shapes that are runs of pixels: in one step where none of them overlap."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from townscape.core.geometry.coco_polygons import runs_of_polygons
from townscape.core.geometry.coco_rle import Masks, Runs
from townscape.core.runs import Stretches, run_lengths
from townscape.formats.labels import Slot, SourceLabels, StretchLabels


@dataclass(frozen=True, slots=True)
class _ByColumns:
    """Runs of the plane read column by column."""

    runs: Runs
    height: int
    width: int

    def indices(self) -> NDArray[np.int64]:
        column, row = np.divmod(self.runs.indices(), self.height)
        return row * self.width + column


class RunPainter:
    """Like `Painter`, for shapes given as runs of the plane read row by row, or as polygons of COCO.

    Shapes of which nothing is to be seen are left out and counted.
    """

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.repairs: Counter[str] = Counter()
        self.slots: list[Slot] = []
        """What was painted, in order."""
        self._shapes: list[Runs | NDArray[np.float64]] = []

    def paint(self, slot: Slot, runs: Runs) -> None:
        """Paint runs over what is there."""
        self.slots.append(slot)
        self._shapes.append(runs)

    def paint_polygon(self, slot: Slot, points: ArrayLike, what: str = "polygons") -> None:
        """Paint the inside of a ring of points (x, y in turn), over what is there.

        One that cannot be used is left out and counted as one of `what`.
        """
        try:
            ring = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        except (TypeError, ValueError, OverflowError):
            self.repairs[f"{what} that are no list of coordinates"] += 1
            return
        if len(ring) < 3:
            self.repairs[f"{what} with fewer than 3 points"] += 1
            return
        if not np.isfinite(ring).all():
            self.repairs[f"{what} with coordinates that are no numbers"] += 1
            return
        size = np.array([self.width, self.height])
        if ((ring < 0) | (ring > size)).any():
            # Nothing inside changes, but for edges that come from more than an image's size away.
            self.repairs[f"{what} cut off at the image's edge"] += 1
            ring = ring.clip(-size, 2 * size)
        self.slots.append(slot)
        self._shapes.append(ring)

    def labels(self) -> SourceLabels:
        """What was painted."""
        runs = [shape for shape in self._shapes if isinstance(shape, Runs)]
        if len(runs) == len(self._shapes):
            found = stretches_of(runs, self.height * self.width)
            if found is not None:
                return StretchLabels(found, (self.height, self.width), self.slots, repairs=dict(self.repairs))
        return self.in_turn()

    def in_turn(self) -> SourceLabels:
        """What was painted, one shape after the other: for shapes that overlap."""
        rings = [shape for shape in self._shapes if not isinstance(shape, Runs)]
        polygons = iter(runs_of_polygons(rings, self.height, self.width))
        plane, painted = np.zeros(self.height * self.width, dtype=np.uint32), 0
        for number, shape in enumerate(self._shapes, start=1):
            runs = shape if isinstance(shape, Runs) else _ByColumns(next(polygons), self.height, self.width)
            where = runs.indices()
            plane[where] = number
            painted += where.size
        counts = np.bincount(plane, minlength=len(self.slots) + 1)
        overlap = painted - int(counts[1:].sum())
        seen = np.flatnonzero(counts[1:]) + 1
        if seen.size < len(self.slots):
            self.repairs["shapes of which no pixel is to be seen"] += len(self.slots) - seen.size
            table = np.zeros(len(self.slots) + 1, dtype=np.uint32)
            table[seen] = np.arange(1, seen.size + 1)
            plane = table[plane]
        slots = [self.slots[k - 1] for k in seen.tolist()]
        return SourceLabels(plane.reshape(self.height, self.width), slots, overlap, dict(self.repairs))


def stretches_of(masks: Masks | Sequence[Runs], size: int) -> Stretches[np.uint32] | None:
    """Masks of a flattened plane of `size` pixels as stretches of their numbers (1 is the first), 0 between.

    None if any of them overlap, if nothing is to be seen of one, and if there are none.
    """
    if not masks:
        return None
    known = Masks.of(masks)
    order = np.argsort(known.starts, kind="stable")
    starts = known.starts[order]
    ends = starts + known.lengths[order]
    if (starts[1:] < ends[:-1]).any() or not known.n_runs.all():
        return None
    values = np.repeat(np.arange(1, len(known) + 1, dtype=np.uint32), known.n_runs)[order]
    if starts[0] == 0 and ends[-1] == size and np.array_equal(starts[1:], ends[:-1]):
        return Stretches(starts, values, size)
    begins = np.zeros(2 * starts.size + 1, dtype=np.int64)
    begins[1::2], begins[2::2] = starts, ends
    filled = np.zeros(begins.size, dtype=np.uint32)
    filled[1::2] = values
    has_pixels = run_lengths(begins, size) > 0
    return Stretches(begins[has_pixels], filled[has_pixels], size)


def runs_of_mask(mask: NDArray[np.bool_], *, top: int, left: int, width: int) -> Runs:
    """The runs of a mask that begins at (`left`, `top`) of a plane of `width`, row by row."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = mask
    rows, columns = np.nonzero(np.diff(padded, axis=1))
    places = (rows + top) * width + columns + left
    return Runs(places[::2], places[1::2] - places[::2])
