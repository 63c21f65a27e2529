"""Regions of a Label Studio annotation as pixels, and pixels as regions."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from townscape.core.errors import InputError
from townscape.core.geometry.coco_rle import Runs
from townscape.formats.codecs import brush_rle, png
from townscape.formats.codecs.run_painter import RunPainter, runs_of_mask
from townscape.formats.labels import Slot, SourceLabels

_BRUSH, _POLYGON, _BITMASK = "brush", "polygon", "bitmask"
_AREAS = (_BRUSH, _POLYGON, _BITMASK)
_ANSWERS = ("choices", "textarea", "number", "rating", "taxonomy", "datetime")
_SILENT = ("relation", "labels")
_DATA_URL = "data:image/png;base64,"


def paint(regions: Sequence[Any], height: int, width: int) -> SourceLabels:
    """The labels of one annotation; later regions lie on top. What cannot be used is counted."""
    painter = RunPainter(height, width)
    labels, answers = _by_region(regions)
    for number, region in enumerate(r for r in regions if isinstance(r, dict)):
        kind = str(region.get("type", "")).lower()
        geometry = kind.removesuffix("labels")
        if geometry not in _AREAS:
            if kind not in _SILENT and kind not in _ANSWERS:
                painter.repairs[f"regions of the type {kind or '?'}, which have no area"] += 1
            continue
        value = region.get("value")
        key = str(region.get("id"))
        names = _names(value, kind) or labels.get(key, [])
        if not isinstance(value, dict) or not names:
            painter.repairs["regions without a label"] += 1
        elif region.get("image_rotation"):
            painter.repairs["regions drawn on an image that was turned"] += 1
        else:
            if len(names) > 1:
                painter.repairs["regions of several labels, of which the first was taken"] += 1
            slot = _slot(region, names[0], number, answers.get(key, {}))
            _paint(painter, slot, geometry, value)
    return painter.labels()


def _by_region(regions: Sequence[Any]) -> tuple[dict[str, list[str]], dict[str, dict[str, Any]]]:
    """What other results of the same id say: labels, and answers to questions about a region."""
    labels: dict[str, list[str]] = {}
    answers: dict[str, dict[str, Any]] = {}
    for region in regions:
        if not isinstance(region, dict) or "id" not in region:
            continue
        key, kind, value = str(region["id"]), str(region.get("type", "")).lower(), region.get("value")
        if kind == "labels":
            labels[key] = _names(value, kind)
        elif kind in _ANSWERS and isinstance(value, dict):
            answer: Any = value.get("text" if kind == "textarea" else kind)
            if isinstance(answer, list) and len(answer) == 1:
                answer = answer[0]
            answers.setdefault(key, {})[str(region.get("from_name") or kind)] = answer
    return labels, answers


def _names(value: Any, kind: str) -> list[str]:
    found = value.get(kind) if isinstance(value, dict) else None
    return [str(name) for name in found] if isinstance(found, list) else []


def _slot(region: Mapping[str, Any], name: str, number: int, answers: Mapping[str, Any]) -> Slot:
    meta = region.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    own = meta.get("attributes")
    note = meta.get("text")
    attributes = {**answers, **(own if isinstance(own, dict) else {})}
    if note:
        attributes.setdefault("text", " ".join(map(str, note)) if isinstance(note, list) else str(note))
    return Slot(name, None if meta.get("crowd") is True else number, attributes)


def _paint(painter: RunPainter, slot: Slot, geometry: str, value: Mapping[str, Any]) -> None:
    if geometry == _POLYGON:
        try:
            percent = np.asarray(value.get("points"), dtype=np.float64).reshape(-1, 2)
        except (TypeError, ValueError, OverflowError):
            painter.repairs["polygons that are no list of coordinates"] += 1
            return
        painter.paint_polygon(slot, percent * (painter.width / 100, painter.height / 100))
        return
    try:
        if geometry == _BRUSH:
            runs = brush_rle.decode(value.get("rle", ()), painter.height, painter.width)
        else:
            runs = _bitmask(value, painter.height, painter.width)
    except ValueError as error:
        painter.repairs[f"{geometry} masks left out: {error}"] += 1
    else:
        painter.paint(slot, runs)


def _bitmask(value: Mapping[str, Any], height: int, width: int) -> Runs:
    """The opaque pixels of a PNG in the text of a region. Raises `ValueError`."""
    urls = [v for v in value.values() if isinstance(v, str) and v.startswith(_DATA_URL)]
    if not urls:
        raise ValueError("there is no image in it")
    try:
        content = base64.b64decode(urls[0][len(_DATA_URL) :], validate=True)
        image = png.decode(content).values
    except (binascii.Error, InputError):
        raise ValueError("its image cannot be read") from None
    if image.shape[:2] != (height, width) or image.ndim != 3 or image.shape[2] not in (2, 4):
        raise ValueError("it is of an image of another size or kind")
    return runs_of_mask(image[:, :, -1] != 0, top=0, left=0, width=width)


def brush_region(
    runs: Runs, number: int, label: str, *, height: int, width: int, attributes: Mapping[str, Any] | None
) -> str:
    """A brush region as JSON; `attributes` is None for pixels whose object is not known."""
    meta = {"crowd": True} if attributes is None else {"attributes": dict(attributes)} if attributes else {}
    region = {
        "id": f"region_{number}",
        "type": "brushlabels",
        "from_name": "label",
        "to_name": "image",
        "origin": "manual",
        "image_rotation": 0,
        "original_width": width,
        "original_height": height,
        **({"meta": meta} if meta else {}),
    }
    rle = str(list(brush_rle.encode(runs, height * width)))
    value = f'{{"format": "rle", "rle": {rle}, "brushlabels": [{json.dumps(label, ensure_ascii=False)}]}}'
    return f'{json.dumps(region, ensure_ascii=False)[:-1]}, "value": {value}}}'
