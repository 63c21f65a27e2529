"""What gestures must paint, worked out pixel by pixel and without the editor's code.

A pixel belongs to a shape if its centre (column + ½, row + ½) does.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Point = tuple[float, float]


def swept_disc(shape: tuple[int, int], points: Sequence[Point], radius: float) -> Mask:
    """Centres within `radius` of the line through the points: a round brush on its way."""
    x, y = _centres(shape)
    inside = np.hypot(x - points[0][0], y - points[0][1]) <= radius
    for (ax, ay), (bx, by) in pairwise(points):
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        if length == 0:
            continue
        along = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1)
        inside |= np.hypot(x - (ax + along * dx), y - (ay + along * dy)) <= radius
    return inside


def even_odd(shape: tuple[int, int], rings: Sequence[Sequence[Point]]) -> Mask:
    """Centres from which a ray to the left crosses the rings an odd number of times."""
    x, y = _centres(shape)
    odd = np.zeros(shape, dtype=bool)
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if ay == by:
                continue
            is_at_height = (ay <= y) != (by <= y)
            odd ^= is_at_height & (ax + (y - ay) / (by - ay) * (bx - ax) <= x)
    return odd


def pixels_on_the_way(points: Sequence[Point]) -> list[tuple[int, int]]:
    """(column, row) of the pixels that a pointer passes, stepping a pixel or less at a time."""
    found: list[tuple[int, int]] = [(int(np.floor(points[0][0])), int(np.floor(points[0][1])))]
    for (ax, ay), (bx, by) in pairwise(points):
        steps = max(1, int(np.ceil(max(abs(bx - ax), abs(by - ay)))))
        for k in range(1, steps + 1):
            t = k / steps
            found.append((int(np.floor(ax + t * (bx - ax))), int(np.floor(ay + t * (by - ay)))))
    return found


def _centres(shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = np.indices(shape, dtype=np.float64)
    return columns + 0.5, rows + 0.5
