"""Outlines through the centres of border pixels, for formats whose rasteriser fills the outline too.

OpenCV's `fillPoly` and Pillow's `polygon` colour the pixels under the outline and inside it. A walk
over a region's own border pixels, in steps to one of the 8 neighbours, therefore fills the region
and nothing else: between pixel centres it can be pushed onto the pixel edges of the border without
crossing the centre of a pixel that is not on it. Holes are walked too, and joined to the rest by a
cut that runs over pixels of the region, forth and back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from townscape.core.geometry.outlines import Ring


@dataclass(frozen=True, slots=True)
class PixelOutlines:
    """One ring for each 8-connected region; ring k is `points[ends[k - 1]:ends[k]]`."""

    points: Ring
    """Pixels (column, row) where the outlines turn, all rings one after the other."""
    ends: Sequence[int]
    values: Sequence[int]
    """What the plane holds in each region."""

    def rings(self) -> Iterator[tuple[int, Ring]]:
        """Value and ring of each region. Rings have at least 3 points; a lone pixel is named thrice."""
        start = 0
        for value, end in zip(self.values, self.ends, strict=True):
            yield value, self.points[start:end]
            start = end


def trace_pixels(plane_hw: NDArray[np.integer], n_values: int, *, tolerance_px: float = 0.0) -> PixelOutlines:
    """The outlines of all regions of the values 1…`n_values`, in the order of the values.

    With `tolerance_px` outlines may leave the border by so much (Douglas & Peucker 1973); without it,
    filling a ring gives its region back exactly.
    """
    values: list[int] = []
    walks: list[Ring] = []
    for value, box in enumerate(find_objects(plane_hw.astype(np.int32), max_label=n_values), start=1):
        if box is None:
            continue
        corner = (box[1].start, box[0].start)
        found = _walks((plane_hw[box] == value).view(np.uint8))
        walks += [walk + corner for walk in found]
        values += [value] * len(found)
    if tolerance_px:
        walks = [cv2.approxPolyDP(w, tolerance_px, closed=True)[:, 0].astype(np.int32) for w in walks]
    return _turns_only(walks, values)


def _walks(mask: NDArray[np.uint8]) -> list[Ring]:
    """The border pixels of every region of a mask, step by step, holes joined in."""
    contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    parents: list[int] = tree[0, :, 3].tolist()
    outer: dict[int, Ring] = {}
    holes: dict[int, list[Ring]] = {}
    for k, (contour, parent) in enumerate(zip(contours, parents, strict=True)):
        walk: Ring = contour[:, 0].astype(np.int32, copy=False)
        if parent < 0:
            outer[k] = walk
        else:
            holes.setdefault(parent, []).append(walk)
    return [_with_holes(mask, walk, holes[k]) if k in holes else walk for k, walk in outer.items()]


def _with_holes(mask: NDArray[np.uint8], outer: Ring, holes: Sequence[Ring]) -> Ring:
    """Join holes from left to right: the cut runs left from a hole's leftmost pixel over pixels of the
    region to the first that is on the walk, which the outer border or a hole further left has put there.
    """
    height, width = mask.shape
    pixels = mask.tobytes()
    walk = outer[:, 1] * width + outer[:, 0]
    starts = [int((hole[:, 0] * height + hole[:, 1]).argmin()) for hole in holes]
    in_order = sorted(zip(holes, starts, strict=True), key=lambda f: tuple(f[0][f[1]].tolist()))
    for hole, start in in_order:
        x, y = hole[start].tolist()
        gate = max(y * width, pixels.rfind(b"\0", y * width, y * width + x) + 1)
        at = int((walk == gate).argmax())
        loop = hole[:, 1] * width + hole[:, 0]
        walk = np.concatenate([walk[: at + 1], loop[start:], loop[: start + 1], walk[at:]])
    return np.stack([walk % width, walk // width], axis=1).astype(np.int32)


def _turns_only(walks: Sequence[Ring], values: Sequence[int]) -> PixelOutlines:
    """Drop the points of straight runs, and repeat the last one where fewer than 3 remain."""
    if not walks:
        return PixelOutlines(np.zeros((0, 2), dtype=np.int32), (), ())
    lengths = np.array([len(walk) for walk in walks])
    ends = np.cumsum(lengths)
    points = np.concatenate(walks)
    after = np.arange(1, len(points) + 1)
    after[ends - 1] = ends - lengths
    before = np.empty_like(after)
    before[after] = np.arange(len(points))
    step = points[after] - points
    came = step[before]
    goes_straight = (step[:, 0] * came[:, 1] == step[:, 1] * came[:, 0]) & ((step * came).sum(axis=1) > 0)
    turns = np.flatnonzero(~goes_straight)
    kept = np.diff(np.searchsorted(turns, ends), prepend=0)
    times = np.ones(turns.size, dtype=np.intp)
    times[np.cumsum(kept) - 1] += np.maximum(0, 3 - kept)
    return PixelOutlines(
        points[np.repeat(turns, times)], np.cumsum(np.maximum(kept, 3)).tolist(), tuple(values)
    )
