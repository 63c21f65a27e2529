"""Painting the annotations of one item of Datumaro's JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from townscape.formats.codecs.column_painter import ColumnPainter
from townscape.formats.codecs.json_stream import JsonFile, Span
from townscape.formats.format import Picture
from townscape.formats.image_size import declared_size
from townscape.formats.labels import Slot, SourceLabels

CROWD = "is_crowd"
"""The attribute of shapes whose objects are not told apart."""


@dataclass(frozen=True)
class Place:
    """Where an item lies (`Picture.labels`)."""

    file: Path
    json_name: str
    span: Span


def read_labels(
    names_by_file: Mapping[str, Sequence[str]], things: frozenset[str] | None, picture: Picture
) -> SourceLabels:
    """The labels of one item; `things` are the classes that have objects (None: all may have).

    Raises `InputError` for a size that cannot be.
    """
    where: Place = picture.labels
    item = JsonFile(where.file, where.json_name).read(where.span)
    listed = item.get("annotations")
    annotations = [a for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
    painter = ColumnPainter(*_size(item, annotations, picture))
    names = names_by_file[where.json_name]
    for number, annotation in sorted(enumerate(annotations), key=lambda a: _whole(a[1].get("z_order"))):
        kind, label, rle = annotation.get("type"), annotation.get("label_id"), annotation.get("rle")
        if kind not in ("mask", "polygon"):
            painter.repairs[f"annotations that are no area: {kind}"] += 1
            continue
        if not isinstance(label, int) or not 0 <= label < len(names):
            painter.repairs["annotations of a label that is not listed"] += 1
            continue
        slot = _slot(annotation, number, names[label], things)
        if kind == "polygon":
            painter.paint_polygon(slot, annotation.get("points"))
        else:
            painter.paint_rle(slot, rle if isinstance(rle, dict) else {})
    return painter.labels()


def _size(item: Any, annotations: Sequence[Mapping[str, Any]], picture: Picture) -> tuple[int, int]:
    """As the item says; else as its first mask says; else as the image is."""
    image = item.get("image")
    sizes = [image.get("size")] if isinstance(image, dict) else []
    sizes += [a["rle"].get("size") for a in annotations if isinstance(a.get("rle"), dict)][:1]
    found = next((s for s in sizes if isinstance(s, list) and len(s) == 2), [None, None])
    return declared_size(found[0], found[1], picture.image, picture.name)


def _slot(annotation: Mapping[str, Any], number: int, name: str, things: frozenset[str] | None) -> Slot:
    given = annotation.get("attributes")
    attributes: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
    object_id, group = _whole(annotation.get("object_id"), -1), _whole(annotation.get("group"))
    key = ("object", object_id) if object_id >= 0 else ("group", group) if group else ("annotation", number)
    is_crowd = object_id < 0 and bool(attributes.pop(CROWD, False))
    is_object = not is_crowd and (things is None or name in things)
    return Slot(name, key if is_object else None, attributes)


def _whole(value: Any, default: int = 0) -> int:
    return value if isinstance(value, int) else default
