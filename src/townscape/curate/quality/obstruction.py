"""What sits on the lens: patches that stay blurred while everything else moves. Pure functions.

A drop of water, dirt or a thumb blurs the same part of every picture of a recording. Edges still
pass there, but softly; so for each cell of a grid the blur effect (see `light.blur`) is summed up
over many pictures. Plain sky and plain road are not blurred: what little they have is sharp.

What this cannot tell: anything from a single picture or of a camera that stands still before a
smooth wall, a film over the whole lens (`blur` shows that), and a patch where nothing passes, as
on plain road or in a white sky.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

GRID = (18, 24)
"""Rows and columns in which blur is measured."""
MIN_PICTURES = 12
"""Fewer pictures of a recording tell nothing."""
REACH = 12
"""A picture is judged with so many before and after it."""

Softness = NDArray[np.float32]
"""2 × 18 × 24: how much neighbouring pixels differ, and how much of that a blur takes away."""

_BLURRED = 0.55
_ABOVE_MEDIAN = 0.2
_LEAST_DIFFERENCE = 0.5
"""Grey values per pixel: a cell with less tells nothing."""
_LEAST_CELLS = 3
_TAPS = 9


def softness(gray: NDArray[np.uint8]) -> Softness:
    """What one picture (height × width) adds to the sums."""
    smooth = cv2.medianBlur(gray, 3).astype(np.float32)
    before, lost = np.zeros(gray.shape, np.float32), np.zeros(gray.shape, np.float32)
    for axis, size in ((0, (1, _TAPS)), (1, (_TAPS, 1))):
        own = np.abs(np.diff(smooth, axis=axis))
        blurred = cv2.blur(smooth, size, borderType=cv2.BORDER_REFLECT)
        after = np.abs(np.diff(blurred, axis=axis))
        inner = (slice(0, own.shape[0]), slice(0, own.shape[1]))
        before[inner] += own
        lost[inner] += np.maximum(own - after, 0)
    size = (GRID[1], GRID[0])
    cells = [cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (before, lost)]
    return np.asarray(np.stack(cells), np.float32)


def obstructed_shares(pictures: Sequence[Softness]) -> list[float | None]:
    """Share of each picture that is behind something on the lens, 0 … 1, for a recording in order.

    None for all of them if there are fewer than 12 pictures. Each is judged with the 12 pictures on
    either side, so that a drop that comes later does not count earlier.
    """
    if len(pictures) < MIN_PICTURES:
        return [None] * len(pictures)
    sums = np.concatenate([np.zeros((1, 2, *GRID)), np.cumsum(np.stack(pictures), axis=0, dtype=np.float64)])
    found: list[float | None] = []
    for k in range(len(pictures)):
        first = max(0, min(k - REACH, len(pictures) - 2 * REACH - 1))
        last = min(len(pictures), first + 2 * REACH + 1)
        found.append(_share((sums[last] - sums[first]) / (last - first)))
    return found


def _share(mean: NDArray[np.float64]) -> float:
    before, lost = mean
    blur = 1 - lost / np.maximum(before, 1e-6)
    tells = before >= _LEAST_DIFFERENCE
    if not tells.any():
        return 0.0
    is_soft = tells & (blur >= max(_BLURRED, float(np.median(blur[tells])) + _ABOVE_MEDIAN))
    count, areas, stats, _ = cv2.connectedComponentsWithStats(is_soft.astype(np.uint8), connectivity=4)
    large = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= _LEAST_CELLS]
    return float(np.isin(areas, large).mean())
