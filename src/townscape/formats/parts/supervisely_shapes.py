"""Objects of Supervisely's annotations: from JSON to labels, filled with OpenCV as its SDK does."""

import zlib
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import InputError
from townscape.core.geometry.fill import Mask, Points, fill_box, fill_opencv
from townscape.formats.codecs import bit_png
from townscape.formats.codecs.json_stream import JsonFile, Span
from townscape.formats.image_size import declared_size
from townscape.formats.labels import Slot, SourceLabels
from townscape.formats.reading import Painter

CROWD = "crowd"
"""Our tag of a figure that stands for several objects which nobody has told apart."""
TRUTH = {"true": True, "false": False}
_MAX_COORDINATE = 1e6
_MAX_PNG_BYTES = 64 << 20
_AREAS = ("bitmap", "alpha_mask", "polygon", "multipolygon", "rectangle")

_Place = tuple[slice, slice]


def read_objects(path: Path, image: Path | None, yes_or_no: Set[str]) -> SourceLabels:
    """The labels of one annotation file; tags in `yes_or_no` are `true` or `false`.

    Raises `InputError` naming the file.
    """
    content = JsonFile(path).read(Span(0, path.stat().st_size))
    objects = content.get("objects") if isinstance(content, dict) else None
    if not isinstance(objects, list):
        raise InputError(f"{path.name} has no list of objects, so it is no annotation of Supervisely.")
    size = content.get("size")
    height, width = (size.get("height"), size.get("width")) if isinstance(size, dict) else (None, None)
    painter = Painter(*declared_size(height, width, image, path.name))
    for number, figure in enumerate(objects):
        title = figure.get("classTitle") if isinstance(figure, dict) else None
        if not isinstance(title, str):
            painter.repairs["objects without a class"] += 1
            continue
        attributes = _attributes(figure.get("tags"), yes_or_no)
        one = figure.get("instance")
        is_crowd = attributes.pop(CROWD, None) is not None
        slot = Slot(title, None if is_crowd else one if isinstance(one, str) else number, attributes)
        for place, mask in _areas(painter, figure):
            painter.paint(slot, mask, place)
    return painter.labels()


def _attributes(tags: Any, yes_or_no: Set[str]) -> dict[str, Any]:
    """Tags as attributes; one without a value says yes."""
    found: dict[str, Any] = {}
    for tag in tags if isinstance(tags, list) else []:
        name = tag.get("name") if isinstance(tag, dict) else None
        if isinstance(name, str):
            value = tag.get("value")
            found[name] = True if value is None else value
            if name in yes_or_no and isinstance(value, str) and value in TRUTH:
                found[name] = TRUTH[value]
    return found


def _areas(painter: Painter, figure: Mapping[str, Any]) -> list[tuple[_Place, Mask]]:
    """The parts of the plane that a figure covers; what cannot be used is counted as a repair."""
    kind = figure.get("geometryType") or figure.get("shape") or _guessed(figure)
    points = figure.get("points")
    if kind not in _AREAS:
        painter.repairs["points and lines, which have no area"] += 1
    elif kind in ("bitmap", "alpha_mask"):
        found = _bitmap(painter, figure.get(kind) or figure.get("bitmap"))
        return [] if found is None else [found]
    elif kind == "multipolygon":
        parts = figure.get("parts")
        polygons = [_polygon(painter, p) for p in parts] if isinstance(parts, list) else []
        return [found for found in polygons if found is not None]
    else:
        found = (_rectangle if kind == "rectangle" else _polygon)(painter, points)
        return [] if found is None else [found]
    return []


def _guessed(figure: Mapping[str, Any]) -> str:
    """The geometry of files from before there was a key for it."""
    return "bitmap" if figure.get("bitmap") else "polygon"


def _bitmap(painter: Painter, bitmap: Any) -> tuple[_Place, Mask] | None:
    """A mask with its first corner; what lies outside the image is cut off."""
    height, width = painter.plane_hw.shape
    corner = _points(bitmap.get("origin")) if isinstance(bitmap, dict) else None
    if corner is None or len(corner) != 1:
        painter.repairs["bitmaps without a first corner"] += 1
        return None
    try:
        mask = bit_png.decode(_png(bitmap.get("data")), 4 * height * width)
    except ValueError as error:
        painter.repairs[f"bitmaps that cannot be read, because {error}"] += 1
        return None
    left, top = corner[0].astype(int).tolist()
    return bit_png.cut_to_image(mask, left, top, height, width)


def _png(data: Any) -> bytes:
    """The PNG of a bitmap; its bytes are compressed once more, but not always."""
    content = bit_png.from_base64(data)
    if content.startswith(b"\x89PNG"):
        return content
    try:
        return zlib.decompressobj().decompress(content, _MAX_PNG_BYTES)
    except zlib.error as error:
        raise ValueError("they are no PNG, or a damaged one") from error


def _polygon(painter: Painter, points: Any) -> tuple[_Place, Mask] | None:
    height, width = painter.plane_hw.shape
    rings = _rings(points)
    if rings is None:
        painter.repairs["figures with coordinates that are no numbers"] += 1
    elif len(rings[0]) < 3:
        painter.repairs["polygons with fewer than 3 points"] += 1
    else:
        if (rings[0] < 0).any() or (rings[0] >= (width, height)).any():
            painter.repairs["polygons cut off at the image's edge"] += 1
        return fill_box(rings, height, width, _fill_with_holes)
    return None


def _rectangle(painter: Painter, points: Any) -> tuple[_Place, Mask] | None:
    height, width = painter.plane_hw.shape
    rings = _rings(points)
    if rings is None or len(rings[0]) != 2:
        painter.repairs["rectangles without two corners"] += 1
        return None
    (left, top), (right, bottom) = np.sort(rings[0], axis=0).astype(int).tolist()
    rows = slice(min(max(0, top), height), min(max(0, bottom + 1), height))
    columns = slice(min(max(0, left), width), min(max(0, right + 1), width))
    shape = rows.stop - rows.start, columns.stop - columns.start
    return (rows, columns), np.ones(shape, dtype=bool)


def _rings(points: Any) -> list[Points] | None:
    """The exterior and the interiors."""
    if not isinstance(points, dict):
        return None
    interior = points.get("interior")
    rings = [_points(r) for r in [points.get("exterior"), *(interior if isinstance(interior, list) else [])]]
    usable = [ring for ring in rings if ring is not None]
    return usable if len(usable) == len(rings) else None


def _points(listed: Any) -> Points | None:
    """Points in whole pixels, rounded down as the SDK does; None if they are no numbers."""
    try:
        points = np.floor(np.asarray(listed, dtype=np.float64).reshape(-1, 2))
    except (TypeError, ValueError, OverflowError):
        return None
    return points if np.isfinite(points).all() and np.abs(points).max(initial=0) <= _MAX_COORDINATE else None


def _fill_with_holes(rings: Sequence[Points], height: int, width: int) -> Mask:
    """The exterior without the interiors; outlines belong to what is filled, so to the holes last."""
    return fill_opencv(rings[:1], height, width) & ~fill_opencv(rings[1:], height, width)
