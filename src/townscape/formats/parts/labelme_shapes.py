"""Shapes of LabelMe: from its JSON to labels, filled with Pillow as LabelMe itself does."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, UnidentifiedImageError

from townscape.core.errors import InputError
from townscape.core.geometry.fill import Mask, Points
from townscape.formats.codecs import bit_png
from townscape.formats.codecs.json_stream import JsonFile, Span
from townscape.formats.image_size import declared_size
from townscape.formats.labels import Slot, SourceLabels
from townscape.formats.reading import Painter

CROWD = "crowd"
"""Our flag of a shape that stands for several objects which nobody has told apart."""
_MAX_COORDINATE = 1e6
_MAX_RADIUS = 4
"""In sides of the image: Pillow walks along the whole circle, also outside."""
_Place = tuple[slice, slice]
_WITHOUT_AREA = ("point", "points", "line", "linestrip")


def read_shapes(path: Path, image: Path | None) -> SourceLabels:
    """The labels of one JSON file. Raises `InputError` naming it."""
    content = JsonFile(path).read(Span(0, path.stat().st_size))
    shapes = content.get("shapes") if isinstance(content, dict) else None
    if not isinstance(shapes, list):
        raise InputError(f"{path.name} has no list of shapes, so it is no LabelMe file.")
    size = content.get("imageHeight"), content.get("imageWidth")
    if image is None and None in size and isinstance(content.get("imageData"), str):
        size = _inlined_size(content["imageData"], path.name)
    painter = Painter(*declared_size(*size, image, path.name))
    canvas = _Canvas(*painter.plane_hw.shape)
    for number, shape in enumerate(shapes):
        label = shape.get("label") if isinstance(shape, dict) else None
        if isinstance(label, str):
            found = _area(painter, canvas, shape)
            if found is not None:
                painter.paint(_slot(shape, label, number), found[1], found[0])
        else:
            painter.repairs["shapes without a label"] += 1
    return painter.labels()


class _Canvas:
    """An image to draw on with Pillow, clean again after every shape.

    It is as large as the labels: a shape drawn on a piece of its own would round differently.
    """

    def __init__(self, height: int, width: int) -> None:
        self._image = Pillow.new("L", (width, height), 0)
        self.draw = ImageDraw.Draw(self._image)

    def take(self, corners: Points) -> tuple[_Place, Mask]:
        """What was drawn between the corners, as a mask and its place."""
        width, height = self._image.size
        first, last = np.floor(corners.min(axis=0)) - 1, np.ceil(corners.max(axis=0)) + 2
        left, top = (int(v) for v in first.clip(0, (width, height)))
        right, bottom = (int(v) for v in last.clip((left, top), (width, height)))
        box = (left, top, right, bottom)
        mask = np.asarray(self._image.crop(box)) > 0
        self._image.paste(0, box)
        return (slice(top, bottom), slice(left, right)), mask


def _inlined_size(data: str, name: str) -> tuple[int, int]:
    try:
        with Pillow.open(io.BytesIO(bit_png.from_base64(data))) as image:
            return image.height, image.width
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise InputError(f"The image inside {name} cannot be read: {error}.") from error


def _slot(shape: Mapping[str, Any], label: str, number: int) -> Slot:
    given, others = shape.get("flags"), shape.get("attributes")
    flags: dict[str, Any] = given if isinstance(given, dict) else {}
    attributes = {name: value for name, value in flags.items() if name != CROWD}
    if isinstance(shape.get("description"), str) and shape["description"]:
        attributes["description"] = shape["description"]
    if isinstance(others, dict):
        attributes.update(others)
    group = shape.get("group_id")
    one = (label, group) if isinstance(group, int | str) else number
    return Slot(label, None if flags.get(CROWD) is True else one, attributes)


def _area(painter: Painter, canvas: _Canvas, shape: Mapping[str, Any]) -> tuple[_Place, Mask] | None:
    """The part of the plane that a shape lies in, and its mask there; None if it cannot be used."""
    kind = shape.get("shape_type") or "polygon"
    points = _points(shape.get("points"))
    if kind in _WITHOUT_AREA:
        painter.repairs["points and lines, which have no area"] += 1
    elif points is None:
        painter.repairs["shapes with coordinates that are no numbers"] += 1
    elif kind == "mask":
        return _mask(painter, points, shape.get("mask"))
    elif kind == "rectangle" and len(points) == 2:
        corners = np.sort(points, axis=0)
        canvas.draw.rectangle(corners.reshape(-1).tolist(), fill=1, outline=1)
        return canvas.take(corners)
    elif kind == "circle" and len(points) == 2:
        radius = float(np.hypot(*(points[1] - points[0])))
        if radius > _MAX_RADIUS * sum(painter.plane_hw.shape):
            painter.repairs["circles far larger than their image"] += 1
            return None
        corners = np.stack([points[0] - radius, points[0] + radius])
        canvas.draw.ellipse(corners.reshape(-1).tolist(), fill=1, outline=1)
        return canvas.take(corners)
    elif kind not in ("polygon", "oriented_rectangle", "rectangle"):
        painter.repairs[f"shapes of the kind {kind}"] += 1
    elif len(points) < 3:
        painter.repairs["polygons with fewer than 3 points"] += 1
    else:
        canvas.draw.polygon(points.reshape(-1).tolist(), fill=1, outline=1)
        return canvas.take(points)
    return None


def _points(listed: Any) -> Points | None:
    try:
        points = np.asarray(listed, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError):
        return None
    return points if np.isfinite(points).all() and np.abs(points).max(initial=0) <= _MAX_COORDINATE else None


def _mask(painter: Painter, points: Points, data: Any) -> tuple[_Place, Mask] | None:
    """A mask between two corners, both included; what lies outside the image is cut off."""
    height, width = painter.plane_hw.shape
    try:
        mask = bit_png.decode(bit_png.from_base64(data), 4 * height * width)
    except ValueError as error:
        painter.repairs[f"masks that cannot be read, because {error}"] += 1
        return None
    if len(points) != 2:
        painter.repairs["masks without two corners"] += 1
        return None
    left, top = points[0].astype(int).tolist()
    right, bottom = points[1].astype(int).tolist()
    if mask.shape != (bottom - top + 1, right - left + 1):
        painter.repairs["masks of another size than their corners say"] += 1
        return None
    return bit_png.cut_to_image(mask, left, top, height, width)
