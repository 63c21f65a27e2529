"""The polygons of Cityscapes: drawn over one another in order, by Pillow's rule, holes by what lies in them.

Outlines run through the centres of border pixels, since Pillow fills the edge as well. A region that
contains others is drawn before them.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from townscape.core.errors import InputError
from townscape.core.labelmap import IGNORE
from townscape.formats.cityscapes_ids import UNLABELED, Ids
from townscape.formats.format import ExportClass, ExportLabels, Slot, SourceLabels

_GROUP = "group"
_MAX_SIDE = 1 << 16


def polygons_of(labels: ExportLabels, classes: Sequence[ExportClass], ids: Ids) -> list[dict[str, Any]]:
    """The objects of `polygons.json` that give the labels back when they are drawn in order."""
    plane, found = labels.segments()
    names = ["", *(_name(index, number, classes, ids) for index, number in found)]
    names[0] = ids.names[UNLABELED]
    outlines: list[tuple[float, int, NDArray[np.int32]]] = []
    for value in np.flatnonzero(np.bincount(plane.reshape(-1))).tolist():
        mask = (plane == value).astype(np.uint8)
        contours, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
        outlines += [
            (cv2.contourArea(ring) + cv2.arcLength(ring, True) / 2, value, ring.reshape(-1, 2))
            for ring, links in zip(contours, tree[0], strict=True)
            if links[3] < 0
        ]
    outlines.sort(key=lambda o: -o[0])
    objects = [(value, ring) for _, value, ring in outlines if value or len(outlines) > 1]
    drawn = _draw(objects, plane.shape)
    objects += _mended(plane, drawn)
    return [{"label": names[value], "polygon": _closed(ring)} for value, ring in objects]


def _name(index: int, number: int, classes: Sequence[ExportClass], ids: Ids) -> str:
    if index == IGNORE:
        return ids.names[ids.ignore]
    name = ids.names[ids.ids[index - 1]]
    is_group = not number and classes[index - 1].kind == "thing"
    return name + _GROUP if is_group else name


def _closed(ring: NDArray[np.int32]) -> list[list[int]]:
    """At least three points, as every polygon has."""
    points: list[list[int]] = ring.tolist()
    return points + points[-1:] * (3 - len(points))


def _draw(objects: Sequence[tuple[int, NDArray[np.int32]]], shape: tuple[int, ...]) -> NDArray[np.int64]:
    image = Pillow.new("I", (shape[1], shape[0]), 0)
    draw = ImageDraw.Draw(image)
    for value, ring in objects:
        draw.polygon([tuple(p) for p in _closed(ring)], fill=value)
    return np.asarray(image).astype(np.int64)


def _mended(plane: NDArray[np.uint32], drawn: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int32]]]:
    """A flat polygon for every run of pixels that drawing got wrong."""
    found: list[tuple[int, NDArray[np.int32]]] = []
    for row in np.flatnonzero((plane != drawn).any(axis=1)).tolist():
        wrong = np.flatnonzero(plane[row] != drawn[row])
        breaks = np.flatnonzero((np.diff(wrong) > 1) | (np.diff(plane[row, wrong].astype(np.int64)) != 0)) + 1
        for run in np.split(wrong, breaks):
            left, right = int(run[0]), int(run[-1])
            ring = np.array([[left, row], [right, row], [left, row]], dtype=np.int32)
            found.append((int(plane[row, left]), ring))
    return found


def read_polygons(path: Path, value_by_name: Mapping[str, str]) -> SourceLabels:
    """The labels of a `polygons.json`. Raises `InputError` naming a file that is none."""
    try:
        content = json.loads(path.read_text("utf-8"))
        height, width = int(content["imgHeight"]), int(content["imgWidth"])
        objects = list(content["objects"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path.name} is no polygons file of Cityscapes: {error}.") from error
    if not (0 < height <= _MAX_SIDE and 0 < width <= _MAX_SIDE):
        raise InputError(f"{path.name} says that its image is {width}×{height}, which cannot be.")
    repairs: Counter[str] = Counter()
    slots: list[Slot] = []
    image = Pillow.new("I", (width, height), 0)
    draw = ImageDraw.Draw(image)
    for number, entry in enumerate(objects):
        if not isinstance(entry, dict) or entry.get("deleted"):
            continue
        name = str(entry.get("label", "")).casefold()
        is_group = name not in value_by_name and name.endswith(_GROUP)
        value = value_by_name.get(name.removesuffix(_GROUP) if is_group else name)
        if name == "license plate":  # the official script does not draw it
            continue
        if value is None:
            repairs["polygons of a label that is not listed"] += 1
            continue
        ring = _ring(entry.get("polygon"), height, width)
        if ring is None:
            repairs["polygons with fewer than 3 points or with points that are no numbers"] += 1
            continue
        slots.append(Slot(value, None if is_group else number))
        draw.polygon([(x, y) for x, y in ring.tolist()], fill=len(slots))
    return SourceLabels(np.asarray(image).astype(np.uint32), slots, 0, dict(repairs))


def _ring(points: Any, height: int, width: int) -> NDArray[np.float64] | None:
    try:
        ring = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError):
        return None
    if len(ring) < 3 or not np.isfinite(ring).all():
        return None
    return ring.clip((-width, -height), (2 * width, 2 * height))
