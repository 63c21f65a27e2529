"""Boxes in pixels of a picture: overlap, growing, and leaving out those that say the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle (left, top, right, bottom in pixels, right and bottom outside) and how sure, 0…1."""

    left: float
    top: float
    right: float
    bottom: float
    score: float = 1.0

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    def moved(self, x: float, y: float) -> "Box":
        """The box so many pixels to the right and down."""
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y, self.score)

    def scaled(self, factor: float) -> "Box":
        """The box in a picture that is so many times as large."""
        return Box(
            self.left * factor, self.top * factor, self.right * factor, self.bottom * factor, self.score
        )

    def grown(self, factor: float) -> "Box":
        """The box so many times as wide and as high, about its middle."""
        x, y = self.width * (factor - 1) / 2, self.height * (factor - 1) / 2
        return Box(self.left - x, self.top - y, self.right + x, self.bottom + y, self.score)

    def whole_pixels(self, width: int, height: int) -> "Box | None":
        """The smallest box of whole pixels that holds it, inside a picture; None if it lies outside."""
        left, top = max(0, int(np.floor(self.left))), max(0, int(np.floor(self.top)))
        right, bottom = min(width, int(np.ceil(self.right))), min(height, int(np.ceil(self.bottom)))
        if right <= left or bottom <= top:
            return None
        return replace(self, left=left, top=top, right=right, bottom=bottom)


def overlaps(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of n boxes (n × 4: left, top, right, bottom) with one."""
    inside = _intersections(boxes, box)
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    union = areas + (box[2] - box[0]) * (box[3] - box[1]) - inside
    return inside / np.maximum(union, 1e-9)


def covered_shares(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Which share of one box each of n boxes covers."""
    return _intersections(boxes, box) / max(1e-9, (box[2] - box[0]) * (box[3] - box[1]))


def without_doubles(boxes: Sequence[Box], *, most_overlap: float = 0.3) -> list[Box]:
    """The surest boxes, without those that overlap a surer one by more (greedy suppression).

    A box that mostly lies inside a surer one goes as well, which is what tiles that cut a face leave.
    """
    ordered = sorted(boxes, key=lambda b: (-b.score, b.left, b.top))
    kept: list[Box] = []
    corners = np.empty((0, 4))
    for box in ordered:
        row = corners_of([box])[0]
        doubles = overlaps(corners, row) > most_overlap
        inside = covered_shares(corners, row) > 0.8
        if not (doubles | inside).any():
            kept.append(box)
            corners = np.vstack([corners, row])
    return kept


def corners_of(boxes: Sequence[Box]) -> NDArray[np.float64]:
    """Left, top, right and bottom of each: n × 4."""
    return np.array([[b.left, b.top, b.right, b.bottom] for b in boxes], dtype=np.float64).reshape(-1, 4)


def _intersections(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    width = np.minimum(boxes[:, 2], box[2]) - np.maximum(boxes[:, 0], box[0])
    height = np.minimum(boxes[:, 3], box[3]) - np.maximum(boxes[:, 1], box[1])
    return np.maximum(width, 0) * np.maximum(height, 0)
