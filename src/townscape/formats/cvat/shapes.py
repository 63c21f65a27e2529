"""CVAT's shapes as pixels: the same in its XML files, its backups and its REST interface."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.geometry.coco_rle import Runs
from townscape.formats.codecs.run_painter import RunPainter, runs_of_mask
from townscape.formats.cvat.masks import CvatMask, mask_of_points
from townscape.formats.labels import Slot, SourceLabels

CROWD = "is_crowd"
"""Attribute of shapes that are no single object; what CVAT's own COCO export reads."""
RULE = (
    "masks as they are; polygons and boxes by COCO's rule (pycocotools), ellipses by OpenCV's; "
    "higher z_order on top, then later in the file"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of one image. `kind` and `points` are those of the REST interface."""

    kind: str
    label: str
    points: Sequence[float] | CvatMask
    z_order: int = 0
    rotation: float = 0.0
    """Degrees, clockwise, of rectangles and ellipses."""
    object: Hashable = None
    """Shapes of one label with the same object are one object; None: the shape is one by itself."""
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])


class _UnusableError(Exception):
    """Why a shape is left out, as the name of a repair."""


def paint(
    shapes: Sequence[Shape], height: int, width: int, *, repairs: Mapping[str, int] | None = None
) -> SourceLabels:
    """The labels of one image. What cannot be used is left out and counted in `repairs`."""
    painter = RunPainter(height, width)
    painter.repairs.update(repairs or {})
    for number, shape in sorted(enumerate(shapes), key=lambda s: s[1].z_order):
        attributes = {k: v for k, v in shape.attributes.items() if k != CROWD}
        known = (shape.object, shape.label) if shape.object is not None else number
        is_crowd = str(shape.attributes.get(CROWD, "")).lower() in ("true", "1")
        slot = Slot(shape.label, None if is_crowd else known, attributes)
        try:
            _paint(painter, slot, shape)
        except _UnusableError as reason:
            painter.repairs[str(reason)] += 1
    return painter.labels()


def _paint(painter: RunPainter, slot: Slot, shape: Shape) -> None:
    if shape.kind == "polygon":
        painter.paint_polygon(slot, shape.points)  # pyright: ignore[reportArgumentType] - checked there
    elif shape.kind == "rectangle":
        painter.paint_polygon(slot, _corners(_two_points(shape), shape.rotation), "rectangles")
    elif shape.kind == "mask":
        painter.paint(slot, _runs_of_mask(shape, painter.height, painter.width))
    elif shape.kind == "ellipse":
        painter.paint(slot, _runs_of_ellipse(_two_points(shape), shape.rotation, painter))
    else:
        raise _UnusableError(f"{shape.kind} shapes, which have no area")


def _runs_of_mask(shape: Shape, height: int, width: int) -> Runs:
    try:
        mask = shape.points if isinstance(shape.points, CvatMask) else mask_of_points(shape.points)
        return mask.runs(height, width)
    except ValueError as error:
        raise _UnusableError(f"masks left out: {error}") from error


def _two_points(shape: Shape) -> NDArray[np.float64]:
    """The points of a rectangle or an ellipse (2 × 2)."""
    try:
        points = np.asarray(shape.points, dtype=np.float64).reshape(2, 2)
    except (TypeError, ValueError, OverflowError):
        raise _UnusableError(f"{shape.kind}s without two points") from None
    if not np.isfinite(points).all() or not math.isfinite(shape.rotation):
        raise _UnusableError(f"{shape.kind}s with coordinates that are no numbers")
    return points


def _corners(points: NDArray[np.float64], rotation: float) -> NDArray[np.float64]:
    """The corners of a rectangle, turned around its centre."""
    (left, top), (right, bottom) = points.tolist()
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    if not rotation:
        return corners
    center = points.mean(axis=0)
    cos, sin = math.cos(math.radians(rotation)), math.sin(math.radians(rotation))
    return (corners - center) @ np.array([[cos, sin], [-sin, cos]]) + center


def _runs_of_ellipse(points: NDArray[np.float64], rotation: float, painter: RunPainter) -> Runs:
    """Points are the centre, then the ellipse's right and top, before it is turned."""
    import cv2

    (x, y), (right, top) = points.tolist()
    reach = max(abs(right - x), abs(y - top))
    if reach > 2 * (painter.width + painter.height):
        raise _UnusableError("ellipses much larger than their image")
    first = max(0, math.floor(x - reach) - 2), max(0, math.floor(y - reach) - 2)
    last = min(painter.width, math.ceil(x + reach) + 3), min(painter.height, math.ceil(y + reach) + 3)
    if first[0] >= last[0] or first[1] >= last[1]:
        raise _UnusableError("ellipses outside of their image")
    mask = np.zeros((last[1] - first[1], last[0] - first[0]), dtype=np.uint8)
    center, axes = (round(x) - first[0], round(y) - first[1]), (round(abs(right - x)), round(abs(y - top)))
    cv2.ellipse(mask, center, axes, rotation, 0, 360, 1, thickness=-1)
    return runs_of_mask(mask.astype(bool), top=first[1], left=first[0], width=painter.width)
