"""The polygons of Cityscapes: drawn over one another in order, by Pillow's rule, holes by what lies in them.

Outlines run through the centres of border pixels, since Pillow fills the edge as well. A region that
contains others is drawn before them.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from townscape.core.errors import InputError
from townscape.core.geometry import coco_rle
from townscape.core.labelmap import IGNORE
from townscape.core.runs import Stretches
from townscape.formats.format import ExportClass
from townscape.formats.image_size import declared_size
from townscape.formats.labels import ExportLabels, Plane, Slot, SourceLabels
from townscape.formats.parts.cityscapes_ids import UNLABELED, Ids

_GROUP = "group"
_Points = list[list[int]]


def polygons_of(labels: ExportLabels, classes: Sequence[ExportClass], ids: Ids) -> list[dict[str, Any]]:
    """The objects of `polygons.json` that give the labels back when they are drawn in order."""
    plane, found = labels.segments()
    names = [ids.names[UNLABELED], *(_name(index, number, classes, ids) for index, number in found)]
    objects = _outlines(plane, len(found))
    objects += _mended(plane, _draw(objects, plane.shape))
    return [{"label": names[value], "polygon": points} for value, points in objects]


def _outlines(plane: Plane, last: int) -> list[tuple[int, _Points]]:
    """Outer rings of all 8-connected regions; what lies inside another one comes behind it.

    A region inside another has a smaller bounding box, since the ring of the other one goes around it.
    """
    found: list[tuple[int, int, _Points]] = []
    for value, (rows, columns) in _boxes(plane, last).items():
        mask = (plane[rows, columns] == value).view(np.uint8)
        corner = columns.start, rows.start
        rings, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE, offset=corner)
        for ring, links in zip(rings, tree[0].tolist(), strict=True):
            if links[3] < 0:
                _, _, width, height = cv2.boundingRect(ring)
                found.append((width * height, value, _closed(ring.reshape(-1, 2))))
    found.sort(key=lambda outline: -outline[0])
    first = next((k for k, outline in enumerate(found) if outline[1]), len(found))
    return [(value, points) for _, value, points in found[first:]]


def _boxes(plane: Plane, last: int) -> dict[int, tuple[slice, slice]]:
    """Where each of the values 0…`last` is, those that occur."""
    masks = coco_rle.runs_by_value(Stretches.of(plane.reshape(-1)), range(last + 1))
    seen = [value for value, mask in masks.items() if mask.starts.size]
    boxes = coco_rle.boxes_of([masks[value] for value in seen], plane.shape[1])
    return {
        value: (slice(top, top + height), slice(left, left + width))
        for value, (top, left, height, width) in zip(seen, boxes, strict=True)
    }


def _name(index: int, number: int, classes: Sequence[ExportClass], ids: Ids) -> str:
    if index == IGNORE:
        return ids.names[ids.ignore]
    name = ids.names[ids.ids[index - 1]]
    is_group = not number and classes[index - 1].kind == "thing"
    # A group of poles is called "polegroup", which is a class of its own: such a group stays plain.
    return name + _GROUP if is_group and name + _GROUP not in ids.names.values() else name


def _closed(ring: NDArray[np.int32]) -> _Points:
    """At least three points, as every polygon has."""
    points: _Points = ring.tolist()
    return points + points[-1:] * (3 - len(points))


def _draw(objects: Sequence[tuple[int, _Points]], shape: tuple[int, ...]) -> NDArray[np.int32]:
    image = Pillow.new("I", (shape[1], shape[0]), 0)
    draw = ImageDraw.Draw(image)
    for value, points in objects:
        draw.polygon(list(chain.from_iterable(points)), fill=value)
    return np.asarray(image)


def _mended(plane: Plane, drawn: NDArray[np.int32]) -> list[tuple[int, _Points]]:
    """A flat polygon for every run of pixels that drawing got wrong."""
    found: list[tuple[int, _Points]] = []
    for row in np.flatnonzero((plane != drawn).any(axis=1)).tolist():
        wrong = np.flatnonzero(plane[row] != drawn[row])
        breaks = np.flatnonzero((np.diff(wrong) > 1) | (np.diff(plane[row, wrong].astype(np.int64)) != 0)) + 1
        for run in np.split(wrong, breaks):
            left, right = int(run[0]), int(run[-1])
            found.append((int(plane[row, left]), [[left, row], [right, row], [left, row]]))
    return found


def read_polygons(path: Path, image: Path | None, value_by_name: Mapping[str, str]) -> SourceLabels:
    """The labels of a `polygons.json`. Raises `InputError` naming a file that is none."""
    try:
        content = json.loads(path.read_text("utf-8-sig"))
        height, width, objects = content["imgHeight"], content["imgWidth"], list(content["objects"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path} is no polygons file of Cityscapes: {error}.") from error
    height, width = declared_size(height, width, image, str(path))
    repairs: Counter[str] = Counter()
    slots: list[Slot] = []
    drawn = Pillow.new("I", (width, height), 0)
    draw = ImageDraw.Draw(drawn)
    for number, entry in enumerate(objects):
        if not isinstance(entry, dict) or entry.get("deleted"):
            continue
        name = str(entry.get("label", ""))
        if name.casefold() == "license plate":  # the official script does not draw it
            continue
        value = _find(name, value_by_name)
        is_group = value is None and name.casefold().endswith(_GROUP)
        if is_group:
            value = _find(name[: -len(_GROUP)], value_by_name)
        if value is None:
            repairs["polygons of a label that is not listed"] += 1
            continue
        ring = _ring(entry.get("polygon"), height, width)
        if ring is None:
            repairs["polygons with fewer than 3 points or with points that are no numbers"] += 1
            continue
        slots.append(Slot(value, None if is_group else number))
        draw.polygon([(x, y) for x, y in ring.tolist()], fill=len(slots))
    return SourceLabels(np.asarray(drawn).astype(np.uint32), slots, 0, dict(repairs))


def _find(name: str, value_by_name: Mapping[str, str]) -> str | None:
    return value_by_name.get(name) or value_by_name.get(name.casefold())


def _ring(points: Any, height: int, width: int) -> NDArray[np.float64] | None:
    try:
        ring = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError, OverflowError):
        return None
    if len(ring) < 3 or not np.isfinite(ring).all():
        return None
    return ring.clip((-width, -height), (2 * width, 2 * height))
