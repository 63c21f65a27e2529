"""Outlines along pixel edges: every region of a label map as rings of corners, without loss.

A corner (x, y) is a corner of pixels: pixel (column 0, row 0) has the corners (0, 0) and (1, 1).
Outer rings run clockwise on the screen, holes counter-clockwise; rings are not closed (the first
corner is not repeated). Regions are 4-connected, so no ring touches itself along an edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.int32]
"""Corners (n × 2) as x, y."""

_FORWARD = ((0, 1), (1, 0), (0, -1), (-1, 0))
"""Step (row, column) along the top, right, bottom and left edge of a pixel, clockwise."""
_OUTWARD = ((-1, 0), (0, 1), (1, 0), (0, -1))
_START = ((0, 0), (0, 1), (1, 1), (1, 0))
"""Where each edge begins, from the pixel's first corner (row, column)."""


@dataclass(frozen=True, slots=True)
class Region:
    """A connected region of one value: its outer ring and its holes."""

    value: int
    outer: Ring
    holes: tuple[Ring, ...]

    @property
    def rings(self) -> tuple[Ring, ...]:
        """The outer ring first, then the holes."""
        return self.outer, *self.holes


def trace(plane_hw: NDArray[np.integer[Any]]) -> list[Region]:
    """All 4-connected regions of equal value in a plane; 0 is not traced.

    Regions come in reading order of their first pixel; holes likewise. Filling the rings by the
    even-odd rule at pixel centres gives the plane back exactly.
    """
    rings, values, outside = _rings(plane_hw)
    order: dict[int, int] = {}
    found: list[tuple[int, Ring, list[Ring]]] = []
    for ring, value, region in zip(rings, values, outside, strict=True):
        if region not in order:  # the first edge of a region in reading order is on its outer ring
            order[region] = len(found)
            found.append((value, ring, []))
        else:
            found[order[region]][2].append(ring)
    return [Region(value, outer, tuple(holes)) for value, outer, holes in found]


def _rings(plane_hw: NDArray[np.integer[Any]]) -> tuple[list[Ring], list[int], list[int]]:
    """Every ring in reading order of its first edge, with its value and the region it bounds."""
    height, width = plane_hw.shape
    padded = np.zeros((height + 2, width + 2), dtype=np.int64)
    padded[1:-1, 1:-1] = plane_hw
    flat, stride = padded.reshape(-1), width + 2
    pixels: list[NDArray[np.int64]] = []
    sides: list[NDArray[np.int64]] = []
    inside = padded[1:-1, 1:-1]
    for side, (down, right) in enumerate(_OUTWARD):
        beyond = padded[1 + down : height + 1 + down, 1 + right : width + 1 + right]
        rows, columns = np.nonzero((inside != beyond) & (inside != 0))
        pixels.append((rows + 1) * stride + columns + 1)
        sides.append(np.full(rows.size, side))
    pixel, side = np.concatenate(pixels), np.concatenate(sides)
    if not pixel.size:
        return [], [], []
    place = np.argsort(pixel * 4 + side, kind="stable")
    pixel, side = pixel[place], side[place]
    key = pixel * 4 + side

    ahead_step = np.array([r * stride + c for r, c in _FORWARD])[side]
    out_step = np.array([r * stride + c for r, c in _OUTWARD])[side]
    value = flat[pixel]
    turns_right = flat[pixel + ahead_step] != value
    goes_straight = ~turns_right & (flat[pixel + ahead_step + out_step] != value)
    next_pixel = np.where(
        turns_right, pixel, np.where(goes_straight, pixel + ahead_step, pixel + ahead_step + out_step)
    )
    next_side = np.where(turns_right, (side + 1) % 4, np.where(goes_straight, side, (side + 3) % 4))
    following = np.searchsorted(key, next_pixel * 4 + next_side)

    # Only edges that begin at a corner are kept: runs of straight edges become one step.
    begins = np.ones(key.size, dtype=bool)
    begins[following[goes_straight]] = False
    corner = np.flatnonzero(begins)
    after = _next_corner(following, goes_straight, pixel, side, stride)[corner]
    number = np.cumsum(begins) - 1
    successor: list[int] = number[after].tolist()

    starts = np.array(_START)[side[corner]]
    at = pixel[corner]
    xy = np.stack([at % stride - 1 + starts[:, 1], at // stride - 1 + starts[:, 0]], axis=1).astype(np.int32)
    regions = number_regions(padded).reshape(-1)[at].tolist()
    ring_values = value[corner].tolist()

    seen = bytearray(len(successor))
    rings: list[Ring] = []
    first: list[int] = []
    for start in range(len(successor)):
        if seen[start]:
            continue
        walk: list[int] = []
        edge = start
        while not seen[edge]:
            seen[edge] = 1
            walk.append(edge)
            edge = successor[edge]
        rings.append(xy[walk])
        first.append(start)
    return rings, [ring_values[k] for k in first], [regions[k] for k in first]


def _next_corner(
    following: NDArray[np.intp],
    goes_straight: NDArray[np.bool_],
    pixel: NDArray[np.int64],
    side: NDArray[np.int64],
    stride: int,
) -> NDArray[np.intp]:
    """For each edge the edge that begins at the end of its straight run."""
    row, column = pixel // stride, pixel % stride
    is_across = side % 2 == 0
    line, along = np.where(is_across, row, column), np.where(is_across, column, row)
    along = np.where(side >= 2, -along, along)
    order = np.lexsort((along, line, side))
    stops = np.where(~goes_straight[order], np.arange(order.size), order.size)
    last = np.minimum.accumulate(stops[::-1])[::-1]
    after = np.empty_like(following)
    after[order] = following[order[last]]
    return after


def number_regions(plane_hw: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """Each 4-connected region of equal value with a number of its own (from 1); 0 stays 0."""
    from skimage.measure import label

    numbered: Any = label(plane_hw.astype(np.int64), background=0, connectivity=1)
    return numbered


def with_keyholes(region: Region) -> Ring:
    """One ring for a region with holes: each hole is joined by a cut of no width.

    The cut runs left from the hole's leftmost corner to the nearest edge. For formats whose
    polygons cannot have holes; the even-odd and the non-zero rule fill it the same.
    """
    ring = region.outer
    for hole in sorted(region.holes, key=lambda h: (int(h[:, 0].min()), int(h[:, 1].min()))):
        start = np.lexsort((hole[:, 1], hole[:, 0]))[0]
        x, y = hole[start]
        begin, end = ring, np.roll(ring, -1, axis=0)
        is_upright = begin[:, 0] == end[:, 0]
        low, high = np.minimum(begin[:, 1], end[:, 1]), np.maximum(begin[:, 1], end[:, 1])
        meets = np.flatnonzero(is_upright & (begin[:, 0] <= x) & (low <= y) & (y <= high))
        k = meets[np.argmax(begin[meets, 0])]
        gate = np.array([[begin[k, 0], y]], dtype=np.int32)
        loop = np.roll(hole, -start, axis=0)
        ring = np.concatenate([ring[: k + 1], gate, loop, loop[:1], gate, ring[k + 1 :]])
    return ring


def simplify(regions: Sequence[Region], tolerance_px: float) -> list[Region]:
    """The regions with fewer corners (Douglas & Peucker 1973, topology of each region kept).

    Neighbouring regions are simplified apart, so gaps and overlaps of up to `tolerance_px` appear
    along common borders. Corners stay whole pixels.
    """
    import shapely

    found: list[Region] = []
    for region in regions:
        polygon = shapely.Polygon(region.outer, region.holes).simplify(tolerance_px, preserve_topology=True)
        if isinstance(polygon, shapely.Polygon) and polygon.area > 0:
            outer = np.array(polygon.exterior.coords[:-1], dtype=np.int32)
            holes = tuple(np.array(h.coords[:-1], dtype=np.int32) for h in polygon.interiors)
            found.append(Region(region.value, outer, holes))
    return found
