"""COCO instances: `annotations/instances_<part>.json` with polygons or run lengths per object.

An annotation with `iscrowd` 1 is a group whose objects are not told apart; that is also how pixels
of a thing are written whose object is not known. A category's `isthing` says whether its
annotations are objects; where it is missing, all that are no crowd are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from townscape.core.errors import NothingToRead
from townscape.core.geometry import coco_rle
from townscape.core.geometry.fill import fill_box, fill_coco
from townscape.core.geometry.outlines import simplify, trace, with_keyholes
from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Window
from townscape.formats import coco_frame as frame
from townscape.formats.files import Files, Out
from townscape.formats.format import (
    Encoded,
    ExportClass,
    ExportLabels,
    Item,
    Loss,
    Painter,
    Picture,
    Plan,
    Scheme,
    Slot,
    Source,
    SourceClass,
    SourceLabels,
    Writer,
)

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
        painter = Painter(entry.height, entry.width)
        known = {c.value for c in self.classes}
        by_columns = np.zeros(entry.height * entry.width, dtype=np.uint32)
        annotations = frame.read_annotations(entry, self.spans[entry.json_name])
        for number, annotation in enumerate(annotations):
            value = str(annotation.get("category_id"))
            if value not in known:
                painter.repairs["annotations of a category that is not listed"] += 1
                continue
            is_object = not annotation.get("iscrowd") and value not in self.stuff
            attributes = annotation.get("attributes")
            slot = Slot(
                value, number if is_object else None, attributes if isinstance(attributes, dict) else {}
            )
            self._paint(painter, by_columns, slot, annotation.get("segmentation"))
        plane = np.ascontiguousarray(by_columns.reshape(entry.width, entry.height).T)
        found = SourceLabels(plane, painter.slots, painter.overlap_px, dict(painter.repairs))
        if window is None:
            return found
        return SourceLabels(plane[window.slices], found.slots, found.overlap_px, found.repairs)

    @staticmethod
    def _paint(painter: Painter, by_columns: NDArray[np.uint32], slot: Slot, segmentation: Any) -> None:
        height, width = painter.plane_hw.shape
        if isinstance(segmentation, dict):
            try:
                where = coco_rle.read_segmentation(segmentation, height, width).indices()
            except ValueError as error:
                painter.repairs[f"run lengths left out: {error}"] += 1
                return
        else:
            rings = usable_rings(segmentation, painter)
            if not rings:
                return
            place, mask = fill_box(rings, height, width, fill_coco)
            rows, columns = np.nonzero(mask)
            where = (columns + place[1].start) * height + rows + place[0].start
        painter.overlap_px += int(np.count_nonzero(by_columns[where]))
        painter.slots.append(slot)
        by_columns[where] = len(painter.slots)


def usable_rings(segmentation: Any, painter: Painter) -> list[NDArray[np.float64]]:
    """The rings of a list of flat coordinate lists; what cannot be used is counted as a repair."""
    rings: list[NDArray[np.float64]] = []
    if not isinstance(segmentation, list) or not segmentation:
        painter.repairs["annotations without a segmentation"] += 1
        return rings
    for flat in segmentation:
        try:
            points = np.asarray(flat, dtype=np.float64).reshape(-1, 2)
        except (TypeError, ValueError):
            painter.repairs["polygons that are no list of coordinates"] += 1
            continue
        if len(points) < 3:
            painter.repairs["polygons with fewer than 3 points"] += 1
        elif not np.isfinite(points).all():
            painter.repairs["polygons with coordinates that are no numbers"] += 1
        else:
            height, width = painter.plane_hw.shape
            inside = points.clip((0, 0), (width, height))
            painter.repairs.update(
                {"polygons cut off at the image's edge": 1} if (inside != points).any() else {}
            )
            rings.append(inside)
    return rings


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
        plane, found = labels.segments()
        size = [item.height, item.width]
        by_columns = np.ascontiguousarray(plane.T).reshape(-1)
        runs = coco_rle.runs_by_value(by_columns, range(1, len(found) + 1))
        boxes = find_objects(plane.astype(np.int32), max_label=len(found))
        polygons = self._polygons(plane, found)
        entries: list[str] = []
        for number, (index, object_number) in enumerate(found, start=1):
            box = boxes[number - 1]
            if index == IGNORE or box is None:
                continue
            is_crowd = object_number == 0 and self.plan.classes[index - 1].kind == "thing"
            if number in polygons:
                segmentation: Any = polygons[number]
            else:
                counts = coco_rle.encode(runs[number].counts(plane.size))
                segmentation = {"size": size, "counts": counts}
            annotation: dict[str, Any] = {
                "category_id": index,
                "segmentation": segmentation,
                "area": runs[number].area,
                "bbox": [
                    box[1].start, box[0].start, box[1].stop - box[1].start, box[0].stop - box[0].start,
                ],
                "iscrowd": int(is_crowd),
            }  # fmt: skip
            if object_number and labels.objects[object_number - 1].attributes:
                annotation["attributes"] = dict(labels.objects[object_number - 1].attributes)
            entries.append(json.dumps(annotation, ensure_ascii=False)[1:])
        return Encoded(entry=entries)

    def _polygons(
        self, plane: NDArray[np.uint32], found: Sequence[tuple[int, int]]
    ) -> dict[int, list[list[int]]]:
        """Number → rings; crowds stay run lengths, as COCO has them."""
        if self.plan.variant != "polygons":
            return {}
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
        file_name = self.image_path(item).removeprefix("images/")
        self.files.add(out, item, file_name, entry)

    def close(self, out: Out) -> None:
        categories = [frame.category(k, c) for k, c in enumerate(self.plan.classes, start=1)]
        self.files.close(out, categories)
