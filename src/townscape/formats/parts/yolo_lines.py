"""Lines of YOLO segmentation, `class x1 y1 x2 y2 …`: from text to labels and back.

Coordinates are shares of the image's width and height. Ultralytics cuts them to whole pixels and
fills them with OpenCV, outline included, small outlines over large ones; `supervision` rounds
instead. Written outlines turn a quarter of a pixel into each pixel, so that both hit the same one.
A share read that falls short of a whole pixel by no more than five decimals lose counts as whole:
tools that write whole pixels with five decimals meant that one, not the one before.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.geometry.fill import fill_box, fill_opencv
from townscape.core.geometry.pixel_outlines import PixelOutlines
from townscape.core.labelmap import IGNORE
from townscape.formats.labels import Slot, SourceLabels

FEWEST_WORDS = 7
"""Words of a line that is an outline: a class and three points."""
_INSET = 0.25
_MAX_SHARE = 2.0
_EDGE_TOLERANCE = 0.01
_LOST_DECIMALS = 6e-6
"""More than rounding to five decimals takes off a share, and less than means anything."""
_NUMERIC = dict.fromkeys(map(ord, "0123456789.eE+- \t\r\n"))


def labels_of_text(text: str, height: int, width: int) -> SourceLabels:
    """The labels of one image; every line is an object. What cannot be used is counted as a repair."""
    repairs: Counter[str] = Counter()
    slots: list[Slot] = []
    outlines: list[NDArray[np.int32]] = []
    size = np.array([width, height], dtype=np.float32)
    for row in numbers_of_lines(text, repairs):
        value = _class_of(row[0])
        shares = row[1 : 1 + (len(row) - 1) // 2 * 2].astype(np.float32)
        if value is None:
            repairs["lines that do not begin with a class number"] += 1
        elif _is_outline(len(row), shares, repairs):
            slots.append(Slot(value, len(slots) + 1))
            outlines.append(((shares.reshape(-1, 2) + _LOST_DECIMALS) * size).astype(np.int32))
    plane, overlap = _paint(outlines, height, width)
    return SourceLabels(plane, slots, overlap, dict(repairs))


def text_of_outlines(
    outlines: PixelOutlines, class_ids: Sequence[int | None], height: int, width: int
) -> str:
    """A line for each outline; `class_ids[v - 1]` is the class of value v (None: not written)."""
    words = np.empty(outlines.points.shape, dtype=object)
    words[:, 0] = _shares(width)[outlines.points[:, 0]]
    words[:, 1] = _shares(height)[outlines.points[:, 1]]
    flat: list[str] = words.reshape(-1).tolist()
    lines: list[str] = []
    start = 0
    for value, end in zip(outlines.values, outlines.ends, strict=True):
        class_id = class_ids[value - 1]
        if class_id is not None:
            lines.append(f"{class_id} {' '.join(flat[2 * start : 2 * end])}\n")
        start = end
    return "".join(lines)


def numbers_of_lines(text: str, repairs: Counter[str]) -> list[NDArray[np.float64]]:
    """The numbers of each line that holds some."""
    lines = text.splitlines()
    ends = np.cumsum([len(line.split()) for line in lines], dtype=np.intp)
    if text.isascii() and not text.translate(_NUMERIC):
        with suppress(DeprecationWarning, ValueError):  # of numbers like 1.2.3
            numbers = np.fromstring(text, dtype=np.float64, sep=" ")
            if numbers.size == (ends[-1] if lines else 0):
                return [row for row in np.split(numbers, ends) if row.size]
    found: list[NDArray[np.float64]] = []
    for line in lines:
        try:
            row = np.array([float(word) for word in line.split()])
        except ValueError:
            repairs["lines with words that are no numbers"] += 1
            continue
        if row.size:
            found.append(row)
    return found


def _class_of(number: float) -> str | None:
    return str(int(number)) if 0 <= number < IGNORE and number == int(number) else None


def _is_outline(n_numbers: int, shares: NDArray[np.float32], repairs: Counter[str]) -> bool:
    """Whether a line can be filled; what is wrong with it is counted."""
    if n_numbers in (5, 6):
        repairs["boxes, which do not say which pixels are meant"] += 1
    elif n_numbers < FEWEST_WORDS:
        repairs["outlines with fewer than 3 points"] += 1
    elif not np.isfinite(shares).all():
        repairs["outlines with coordinates that are no numbers"] += 1
    elif (least := shares.min()) < -_MAX_SHARE or (most := shares.max()) > _MAX_SHARE:
        repairs["outlines that are no shares of the image's size"] += 1
    else:
        if n_numbers % 2 == 0:
            repairs["numbers after an outline"] += 1
        if least < -_EDGE_TOLERANCE or most > 1 + _EDGE_TOLERANCE:
            repairs["outlines cut off at the image's edge"] += 1
        return True
    return False


def _paint(outlines: Sequence[NDArray[np.int32]], height: int, width: int) -> tuple[NDArray[np.uint32], int]:
    """The plane of line numbers, small outlines over large ones, and how many pixels two lines claimed."""
    forward = _filled(outlines, range(len(outlines)), height, width)
    if np.array_equal(forward, _filled(outlines, range(len(outlines) - 1, -1, -1), height, width)):
        return forward.view(np.uint32), 0
    areas = [
        int(np.count_nonzero(fill_box([o.astype(np.float64)], height, width, fill_opencv)[1]))
        for o in outlines
    ]
    by_size = sorted(range(len(outlines)), key=lambda k: -areas[k])
    plane = _filled(outlines, by_size, height, width)
    return plane.view(np.uint32), sum(areas) - int(np.count_nonzero(plane))


def _filled(
    outlines: Sequence[NDArray[np.int32]], order: Iterable[int], height: int, width: int
) -> NDArray[np.int32]:
    plane = np.zeros((height, width), dtype=np.int32)
    for k in order:
        cv2.fillPoly(plane, [outlines[k]], (k + 1,))
    return plane


@lru_cache(maxsize=64)
def _shares(side_px: int) -> NDArray[np.object_]:
    """Where each pixel of a side lies, as it is written: to a hundredth of a pixel."""
    digits = len(str(side_px)) + 2
    return np.array([f"{(k + _INSET) / side_px:.{digits}f}" for k in range(side_px)], dtype=object)
