"""How a picture sits: tilted, framed, of an unusual size. Pure functions."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

_NEAR_VERTICAL_DEG = 20.0
_LONG = 1 / 16
"""Lines shorter than this share of the picture's longer side do not count."""
_ENOUGH = 1.0
"""Lines that count must be this many picture heights long together."""
_AGREE_DEG = 2.0
_LARGEST_SHARE = 0.45
_SAME_VALUE = 6
_WHITE = 240


def tilt_deg(gray: Gray) -> float | None:
    """Angle by which the picture is turned clockwise, in degrees; None where it cannot be told.

    Poles and edges of buildings are upright in a level picture; where the camera looks up or down
    they lean towards its middle. So a lean that changes evenly from left to right is taken for the
    view, and what is left in the middle for the tilt. Told only from enough long lines that agree:
    not in a park, and not of pictures from above, where nothing is upright.
    """
    lines = _upright_lines(gray)
    if lines is None:
        return None
    x, lean, weight = lines
    height, _ = gray.shape
    if weight.sum() < _ENOUGH * height:
        return None
    best: tuple[float, float, float] = (-1.0, 0.0, 0.0)
    for slope in np.linspace(-16, 16, 17):
        level = lean - slope * x
        centres = np.arange(-15.0, 15.01, 0.25)
        near = np.exp(-0.5 * ((level[None, :] - centres[:, None]) / 0.75) ** 2) @ weight
        k = int(np.argmax(near))
        score = float(near[k]) * (1 - 0.01 * abs(float(slope)))
        if score > best[0]:
            best = (score, float(centres[k]), float(slope))
    _, centre, slope = best
    agreeing = np.abs(lean - slope * x - centre) <= _AGREE_DEG
    if weight[agreeing].sum() < max(0.35 * weight.sum(), 0.6 * _ENOUGH * height):
        return None
    return float(np.average((lean - slope * x)[agreeing], weights=weight[agreeing]))


def border(gray: Gray) -> float:
    """Share of the picture that is a frame of one colour, 0 … 1.

    A side counts if its outermost rows (or columns) are of one value from end to end. White above
    alone does not: that is the sky.
    """
    height, width = gray.shape
    top, bottom = _even_rows(gray), _even_rows(gray[::-1])
    if top and not bottom and int(gray[0, 0]) >= _WHITE:
        top = 0
    middle = gray[top : height - bottom]
    if not len(middle):
        return 1.0
    left, right = _even_rows(middle.T), _even_rows(middle.T[::-1])
    inner = len(middle) * max(0, width - left - right)
    return 1 - inner / (height * width)


def usual_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The size that most have; the larger one where two are as usual."""
    counts = Counter(sizes)
    return max(counts, key=lambda size: (counts[size], size[0] * size[1]))


def size_difference(size: tuple[int, int], usual: tuple[int, int]) -> float:
    """How far a size is from the usual one: 0 the same, 1 half or twice as wide or high, 2 a quarter …"""
    return max(abs(math.log2(a / b)) for a, b in zip(size, usual, strict=True))


def _upright_lines(
    gray: Gray,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
    """Nearly upright lines: x of the middle (−1 left … 1 right), lean in degrees, length in pixels."""
    found: Any = cv2.createLineSegmentDetector().detect(gray)[0]
    if found is None:
        return None
    segments = np.asarray(found, np.float64).reshape(-1, 4)
    dx, dy = segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1]
    length = np.hypot(dx, dy)
    # The direction does not matter: a line leans by the angle between it and the vertical.
    lean = np.degrees(np.arctan2(np.where(dy < 0, -dx, dx), np.abs(dy)))
    is_long = length >= _LONG * max(gray.shape)
    kept = is_long & (np.abs(lean) <= _NEAR_VERTICAL_DEG)
    if not kept.any():
        return None
    x = (segments[:, 0] + segments[:, 2]) / gray.shape[1] - 1
    return x[kept], -lean[kept], length[kept]


def _even_rows(gray: Gray) -> int:
    """How many rows from the first on are of one and the same value, at most 45 % of them."""
    limit = int(_LARGEST_SHARE * len(gray))
    low, high = (
        gray[:limit].min(axis=1, initial=255).astype(int),
        gray[:limit].max(axis=1, initial=0).astype(int),
    )
    if not limit:
        return 0
    even = (high - low <= _SAME_VALUE) & (np.abs((high + low) // 2 - (high[0] + low[0]) // 2) <= _SAME_VALUE)
    return int(np.argmin(even)) if not even.all() else limit
