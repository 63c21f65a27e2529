"""COCO instances: `annotations/instances_<part>.json` with polygons or run lengths per object.

An annotation with `iscrowd` 1 is a group whose objects are not told apart; that is also how pixels
of a thing are written whose object is not known. A category's `isthing` says whether its
annotations are objects; where it is missing, all that are no crowd are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from townscape.core.errors import NothingToRead
from townscape.core.geometry import coco_rle
from townscape.core.geometry.outlines import simplify, trace, with_keyholes
from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Window
from townscape.formats.codecs.column_painter import ColumnPainter
from townscape.formats.files import Files, Out
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Item,
    Loss,
    Picture,
    Plan,
    Scheme,
    Source,
    SourceClass,
    Writer,
)
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts import coco_frame as frame

TITLE = "COCO instances"
SPEC = "https://cocodataset.org/#format-data"
RULE = "COCO polygons (pycocotools, rings united) and run lengths; later annotations lie on top"
VARIANTS = ("rle", "polygons")
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
_JSON = "annotations/instances_{}.json"


def detect(files: Files) -> str | None:
    """By a JSON file with images and annotations that have a segmentation."""
    names = _names(files)
    return f"{names[0]} has images and annotations with segmentations" if names else None


def _names(files: Files) -> list[str]:
    return [
        name
        for name, first in frame.samples(files)
        if "images" in first
        and "categories" in first
        and ("annotations" not in first or "category_id" in first["annotations"])
    ]


def read(files: Files) -> Source:
    """Open the JSON files of a folder, each its part."""
    names = _names(files)
    if not names:
        raise NothingToRead("There is no JSON file with COCO's images, annotations and categories.")
    opened = frame.open_files(files, names)
    kinds = {c.value: c.kind for c in frame.source_classes(opened.categories)}
    return _CocoSource(
        opened.pictures,
        frame.source_classes(opened.categories),
        opened.notes,
        opened.problems,
        opened.spans,
        frozenset(v for v, kind in kinds.items() if kind == "stuff"),
    )


@dataclass(frozen=True)
class _CocoSource:
    pictures: Sequence[Picture]
    classes: Sequence[SourceClass]
    notes: Sequence[str]
    problems: Sequence[tuple[str, str]]
    spans: Mapping[str, frame.Spans]
    stuff: frozenset[str]

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        entry: frame.Entry = picture.labels
        painter = ColumnPainter(entry.height, entry.width)
        known = {c.value for c in self.classes}
        annotations = frame.read_annotations(entry, self.spans[entry.json_name])
        for number, annotation in enumerate(annotations):
            value, segmentation = str(annotation.get("category_id")), annotation.get("segmentation")
            if value not in known:
                painter.repairs["annotations of a category that is not listed"] += 1
                continue
            is_object = not annotation.get("iscrowd") and value not in self.stuff
            attributes = annotation.get("attributes")
            slot = Slot(
                value, number if is_object else None, attributes if isinstance(attributes, dict) else {}
            )
            if isinstance(segmentation, dict):
                painter.paint_rle(slot, segmentation)
            elif isinstance(segmentation, list) and segmentation:
                painter.paint_polygons(slot, segmentation)
            else:
                painter.repairs["annotations without a segmentation"] += 1
        found = painter.labels()
        if window is None:
            return found
        return SourceLabels(found.plane_hw[window.slices], found.slots, found.overlap_px, found.repairs)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Categories count from 1; what is unlabelled is not written, and there is no void."""
    del variant
    return Scheme([str(k) for k in range(1, len(classes) + 1)], unlabelled="", ignore=None)


def write(out: Out, plan: Plan) -> Writer:
    """A writer of one JSON file per part."""
    del out
    return _CocoWriter(plan, frame.PartFiles(_JSON, plan.parts, licence=plan.licence, name=plan.name))


@dataclass
class _CocoWriter:
    plan: Plan
    files: frame.PartFiles

    def image_path(self, item: Item) -> str:
        return f"images/{item.part}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        stretches, found = labels.segment_stretches(by_columns=True)
        masks = coco_rle.runs_by_value(stretches, range(1, len(found) + 1))
        polygons = self._polygons(labels) if self.plan.variant == "polygons" else {}
        written = [
            number
            for number, (index, _) in enumerate(found, start=1)
            if index != IGNORE and masks[number].starts.size
        ]
        boxes = coco_rle.boxes_of([masks[number] for number in written], item.height)
        in_runs = [number for number in written if number not in polygons]
        texts = coco_rle.encode_runs([masks[number] for number in in_runs], stretches.size)
        segmentations: dict[int, Any] = {
            number: {"size": [item.height, item.width], "counts": text}
            for number, text in zip(in_runs, texts, strict=True)
        }
        entries: list[str] = []
        for number, box in zip(written, boxes, strict=True):
            index, object_number = found[number - 1]
            annotation: dict[str, Any] = {
                "category_id": index,
                "segmentation": polygons[number] if number in polygons else segmentations[number],
                "area": masks[number].area,
                "bbox": box,
                "iscrowd": int(object_number == 0 and self.plan.classes[index - 1].kind == "thing"),
            }
            if object_number and labels.objects[object_number - 1].attributes:
                annotation["attributes"] = dict(labels.objects[object_number - 1].attributes)
            entries.append(json.dumps(annotation, ensure_ascii=False)[1:])
        return Encoded(entry=entries)

    def _polygons(self, labels: ExportLabels) -> dict[int, list[list[int]]]:
        """Number → rings; crowds stay run lengths, as COCO has them."""
        plane, found = labels.segments()
        regions = trace(plane)
        if self.plan.simplify_px:
            regions = simplify(regions, self.plan.simplify_px)
        rings: dict[int, list[list[int]]] = {}
        for region in regions:
            index, object_number = found[region.value - 1]
            if index != IGNORE and (object_number or self.plan.classes[index - 1].kind == "stuff"):
                rings.setdefault(region.value, []).append(with_keyholes(region).reshape(-1).tolist())
        return rings

    def add(self, out: Out, item: Item, entry: Any) -> None:
        self.files.add(out, item, f"{item.name}{item.suffix}", entry)

    def close(self, out: Out) -> None:
        categories = [frame.category(k, c) for k, c in enumerate(self.plan.classes, start=1)]
        self.files.close(out, categories)
