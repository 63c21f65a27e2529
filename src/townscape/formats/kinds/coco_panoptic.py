"""COCO panoptic: `annotations/panoptic_<part>.json` and beside it a folder of PNGs of that name.

The colour of a pixel is the id of its segment (`id_image`); `segments_info` says what each segment
of an image is. Id 0 is unlabelled. A segment with `iscrowd` 1 is a group of things; that is also how
pixels of a thing are written whose object is not known. A category's `isthing` says whether its
segments are objects.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import NothingToRead
from townscape.core.geometry import coco_rle
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import id_image
from townscape.formats.files import Files, Out
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Item,
    Loss,
    Picture,
    Plan,
    Scheme,
    SimpleSource,
    Source,
    Writer,
)
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts import coco_frame as frame

TITLE = "COCO panoptic"
SPEC = "https://cocodataset.org/#format-data"
RULE = "each pixel's colour is the id of its segment"
VARIANTS = ("png",)
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
PRIORITY = 1
_FOLDER = "annotations/panoptic_{}"
_ID_STEP = 13 + (7 << 8) + (3 << 16)
"""From one object's id to the next of its class: odd, so that every id is reached."""


def detect(files: Files) -> str | None:
    """By a JSON file with images and annotations that list segments."""
    names = _names(files)
    return f"{names[0]} lists the segments of images" if names else None


def _names(files: Files) -> list[str]:
    return [
        name
        for name, first in frame.samples(files)
        if "images" in first
        and "categories" in first
        and isinstance(first.get("annotations"), dict)
        and "segments_info" in first["annotations"]
    ]


def read(files: Files) -> Source:
    """Open the JSON files of a folder, each its part, and find their PNGs."""
    names = _names(files) or files.find("*panoptic*.json")
    if not names:
        raise NothingToRead("There is no JSON file with COCO's images, categories and segments_info.")
    seen = _Seen()
    opened = frame.open_files(files, names, seen.image_id)
    classes = frame.source_classes(opened.categories)
    notes = list(opened.notes)
    if seen.repeated and all(c.kind != "thing" for c in classes):
        classes = [replace(c, kind=None) for c in classes]
        notes.append(
            "No category is called a thing (isthing), yet some have several segments in one image: every "
            "segment is read as an object."
        )
    stuff = frozenset(c.value for c in classes if c.kind == "stuff")
    known = frozenset(c.value for c in classes)
    pictures, problems = _with_pngs(files, names, opened, seen)
    read_labels = partial(_read_labels, opened.spans, known, stuff)
    return SimpleSource(pictures, classes, read_labels, notes, [*opened.problems, *problems])


@dataclass
class _Seen:
    """What was seen of the annotations while the files were opened."""

    png_names: list[str] = field(default_factory=list[str])
    """The PNG of every annotation, in the order of the files."""
    repeated: bool = False
    """A category that is said to have no objects has several segments in one image."""

    def image_id(self, annotation: Mapping[str, Any]) -> Any:
        self.png_names.append(str(annotation.get("file_name") or ""))
        if not self.repeated:
            counts = Counter(str(s.get("category_id")) for s in _segments(annotation) if not s.get("iscrowd"))
            self.repeated = any(n > 1 for n in counts.values())
        return annotation.get("image_id")


@dataclass(frozen=True)
class _Labels:
    """Where the labels of an image are (`Picture.labels`)."""

    entry: frame.Entry
    png: Path


def _with_pngs(
    files: Files, names: Sequence[str], opened: frame.Opened, seen: _Seen
) -> tuple[list[Picture], list[tuple[str, str]]]:
    """The pictures with their PNGs, and the PNGs that are missing."""
    pngs = id_image.NamedPngs(Files(files.masks or files.root))
    png_names: dict[str, list[str]] = {}
    first = 0
    for name in names:
        by_place = np.argsort(opened.spans[name].starts).tolist()
        ordered = dict(zip(by_place, seen.png_names[first:], strict=False))
        png_names[name] = [ordered[k] for k in range(len(by_place))]
        first += len(by_place)
    pictures: list[Picture] = []
    problems: list[tuple[str, str]] = []
    for picture in opened.pictures:
        entry: frame.Entry = picture.labels
        if entry.first == entry.last:
            pictures.append(replace(picture, labels=None))
            continue
        wanted = png_names[entry.json_name][entry.first]
        base, _, stem = entry.json_name.removesuffix(".json").rpartition("/")
        png = pngs.find(*(f"{f}/{wanted}" for f in (f"{base}/{stem}", base, stem, "") if wanted))
        if png is None:
            problems.append((wanted or picture.name, f"{entry.json_name} names this PNG, and it is missing"))
            continue
        image = picture.image
        if image is None or image == png:  # images and PNGs may have the same names in other folders
            image = files.find_image(f"{stem.removeprefix('panoptic_')}/{picture.name}")
        pictures.append(replace(picture, image=None if image == png else image, labels=_Labels(entry, png)))
    return pictures, problems


def _segments(annotation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = annotation.get("segments_info")
    return [s for s in listed if isinstance(s, dict)] if isinstance(listed, list) else []


def _read_labels(
    spans: Mapping[str, frame.Spans], known: frozenset[str], stuff: frozenset[str], picture: Picture
) -> SourceLabels:
    where: _Labels = picture.labels
    ids_hw = id_image.decode(where.png)
    annotations = frame.read_annotations(where.entry, spans[where.entry.json_name])
    repairs: Counter[str] = Counter()
    if len(annotations) > 1:
        repairs["further annotations of an image that has one"] += len(annotations) - 1
    if ids_hw.shape != (where.entry.height, where.entry.width):
        repairs["PNGs of another size than the JSON says"] += 1
    slots: dict[int, Slot] = {}
    areas: dict[int, Any] = {}
    for segment in _segments(annotations[0]):
        number, value = segment.get("id"), str(segment.get("category_id"))
        if not isinstance(number, int) or not 0 < number < id_image.N_IDS:
            repairs["segments without a usable id"] += 1
        elif number in slots:
            repairs["segments with the id of another one"] += 1
        else:
            is_object = not segment.get("iscrowd") and value not in stuff
            attributes = segment.get("attributes")
            slots[number] = Slot(
                value, number if is_object else None, attributes if isinstance(attributes, dict) else {}
            )
            areas[number] = segment.get("area")
    present = id_image.Present.of(ids_hw)
    found = dict(zip(present.ids.tolist(), present.areas.tolist(), strict=True))
    repairs["segments in a PNG that the JSON does not name"] += len(found.keys() - slots.keys() - {0})
    repairs["segments in the JSON of which the PNG has no pixel"] += len(slots.keys() - found.keys())
    repairs["segments of a category that is not listed"] += sum(s.value not in known for s in slots.values())
    repairs["segments whose area in the JSON is not that in the PNG"] += sum(
        areas[k] is not None and areas[k] != found[k] for k in slots.keys() & found.keys()
    )

    def slot_of(number: int) -> Slot | None:
        slot = slots.get(number)
        return slot if slot is not None and slot.value in known else None

    return present.labels(slot_of).with_repairs({what: n for what, n in repairs.items() if n})


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Categories count from 1; unlabelled pixels have id 0, and nothing else is void."""
    del variant
    return Scheme([str(k) for k in range(1, len(classes) + 1)], unlabelled="", ignore=None)


def write(out: Out, plan: Plan) -> Writer:
    """A writer of one JSON file and one folder of PNGs per part."""
    del out
    files = frame.PartFiles(f"{_FOLDER}.json", plan.parts, licence=plan.licence, name=plan.name)
    return _PanopticWriter(plan, files)


@dataclass
class _PanopticWriter:
    plan: Plan
    files: frame.PartFiles

    def image_path(self, item: Item) -> str:
        return f"images/{item.part}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        stretches, found = labels.segment_stretches()
        ids = self._ids(found)
        masks = coco_rle.runs_by_value(stretches, range(1, len(found) + 1))
        seen = [number for number, mask in masks.items() if mask.starts.size]
        boxes = dict(zip(seen, coco_rle.boxes_of([masks[k] for k in seen], item.width), strict=True))
        segments: list[dict[str, Any]] = []
        for number, (index, object_number) in enumerate(found, start=1):
            if number not in boxes or index == IGNORE:
                continue
            top, left, height, width = boxes[number]
            segment: dict[str, Any] = {
                "id": ids[number],
                "category_id": index,
                "area": masks[number].area,
                "bbox": [left, top, width, height],
                "iscrowd": int(not object_number and self.plan.classes[index - 1].kind == "thing"),
            }
            if object_number and labels.objects[object_number - 1].attributes:
                segment["attributes"] = dict(labels.objects[object_number - 1].attributes)
            segments.append(segment)
        annotation = {"file_name": f"{item.name}.png", "segments_info": segments}
        painted = replace(stretches, values=np.array(ids, dtype=np.uint32)[stretches.values])
        content = id_image.encode(painted.filled().reshape(item.height, item.width))
        path = f"{_FOLDER.format(item.part)}/{item.name}.png"
        return Encoded({path: content}, json.dumps(annotation, ensure_ascii=False)[1:])

    def _ids(self, found: Sequence[tuple[int, int]]) -> list[int]:
        """The id of every number: the class's colour, and colours beside it for further objects."""
        ids, taken = [0], {0}
        following: dict[int, int] = {}
        for index, _ in found:
            if index == IGNORE:
                ids.append(0)
                continue
            red, green, blue = self.plan.classes[index - 1].rgb
            number = following.get(index, red + (green << 8) + (blue << 16))
            while number in taken:
                number = (number + _ID_STEP) % id_image.N_IDS
            taken.add(number)
            ids.append(number)
            following[index] = (number + _ID_STEP) % id_image.N_IDS
        return ids

    def add(self, out: Out, item: Item, entry: Any) -> None:
        self.files.add_raw(out, item, f"{item.name}{item.suffix}", entry)

    def close(self, out: Out) -> None:
        categories = [frame.category(k, c) for k, c in enumerate(self.plan.classes, start=1)]
        self.files.close(out, categories)
