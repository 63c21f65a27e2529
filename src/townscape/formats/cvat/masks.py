"""CVAT's masks: run lengths within a box, row by row, beginning with what is not the mask.

In XML they are `rle="3, 5, 7"` with left, top, width and height; in the REST interface and in
backups they are the points of a shape: the counts, then left, top, right and bottom, the last two
inclusive.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townscape.core.geometry.coco_rle import Runs, runs_of

_COUNTS = re.compile(r"\s*+\d{1,12}+(?:\s*+,\s*+\d{1,12}+)*+\s*+")
_MOST = 1 << 40


@dataclass(frozen=True, slots=True)
class CvatMask:
    """A mask: alternating counts, zeros first, that fill a box of the image."""

    counts: NDArray[np.int64]
    left: int
    top: int
    width: int
    height: int

    def rle(self) -> str:
        """The counts as XML has them."""
        return str(self.counts.tolist())[1:-1]

    def points(self) -> list[int]:
        """The mask as the points of a shape."""
        right, bottom = self.left + self.width - 1, self.top + self.height - 1
        return [*self.counts.tolist(), self.left, self.top, right, bottom]

    def runs(self, height: int, width: int) -> Runs:
        """The mask's runs in an image of `height` × `width`, row by row.

        Raises `ValueError` if the box does not lie in the image, or the counts do not fill it.
        """
        box_px = self.width
        if not (
            0 <= self.left < self.left + self.width <= width
            and 0 <= self.top < self.top + self.height <= height
        ):
            raise ValueError("its box does not lie in the image")
        inside = runs_of(self.counts, self.height * box_px)
        if box_px == width:
            return Runs(inside.starts + self.top * width, inside.lengths)
        first, last = inside.starts // box_px, (inside.starts + inside.lengths - 1) // box_px
        n_rows = last - first + 1
        before = np.cumsum(n_rows) - n_rows
        row = np.arange(int(n_rows.sum())) - np.repeat(before - first, n_rows)
        begin = np.maximum(np.repeat(inside.starts, n_rows), row * box_px)
        end = np.minimum(np.repeat(inside.starts + inside.lengths, n_rows), (row + 1) * box_px)
        return Runs((row + self.top) * width + self.left + begin - row * box_px, end - begin)


def masks_by_value(plane_hw: NDArray[np.integer], values: Sequence[int]) -> dict[int, CvatMask]:
    """The mask of each of `values` that occurs in a plane, each in its tight box."""
    height, width = plane_hw.shape
    changes = np.ones((height, width), dtype=bool)
    changes[:, 1:] = plane_hw[:, 1:] != plane_hw[:, :-1]
    start = np.flatnonzero(changes)
    row, begin = np.divmod(start, width)
    end = begin + np.diff(start, append=height * width)
    of_run = plane_hw.reshape(-1)[start]
    order = np.argsort(of_run, kind="stable")
    row, begin, end = row[order], begin[order], end[order]
    edges = np.searchsorted(of_run[order], [[v, v + 1] for v in values]).tolist() if values else []
    return {
        value: _mask_of_rows(row[first:last], begin[first:last], end[first:last])
        for value, (first, last) in zip(values, edges, strict=True)
        if first < last
    }


def mask_of(mask_hw: NDArray[np.bool_]) -> CvatMask:
    """A boolean mask in its tight box; an empty one is a single pixel that is not set, as CVAT has it."""
    found = masks_by_value(mask_hw.astype(np.uint8), [1])
    return found.get(1) or CvatMask(np.array([1]), 0, 0, 1, 1)


def _mask_of_rows(row: NDArray[np.int64], begin: NDArray[np.int64], end: NDArray[np.int64]) -> CvatMask:
    """From pieces of rows, in reading order."""
    left, right, top, bottom = int(begin.min()), int(end.max()), int(row[0]), int(row[-1]) + 1
    width = right - left
    offset = (row - top) * width - left
    start, stop = begin + offset, end + offset
    is_apart = start[1:] != stop[:-1]  # a run goes on in the next row where it fills the box's width
    start = np.concatenate([start[:1], start[1:][is_apart]])
    stop = np.concatenate([stop[:-1][is_apart], stop[-1:]])
    size = width * (bottom - top)
    return CvatMask(Runs(start, stop - start).counts(size), left, top, width, bottom - top)


def mask_of_rle(rle: str, *, left: int, top: int, width: int, height: int) -> CvatMask:
    """A mask of XML. Raises `ValueError` if `rle` is no list of counts."""
    if not _COUNTS.fullmatch(rle):
        raise ValueError("its run lengths are no whole numbers")
    return CvatMask(np.fromstring(rle, dtype=np.int64, sep=","), left, top, width, height)


def mask_of_points(points: Sequence[float]) -> CvatMask:
    """A mask of the REST interface or of a backup. Raises `ValueError` if the points are none."""
    try:
        plain = np.asarray(points, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("its run lengths are no whole numbers") from None
    if plain.size < 5:
        raise ValueError("it has fewer than five numbers")
    if not ((np.abs(plain) < _MOST) & (plain == np.trunc(plain))).all():
        raise ValueError("its run lengths are no whole numbers")
    left, top, right, bottom = plain[-4:].astype(np.int64).tolist()
    return CvatMask(plain[:-4].astype(np.int64), left, top, right - left + 1, bottom - top + 1)
