"""COCO-Stuff: a category per pixel, in grey PNGs (`stuffthingmaps`) or as run lengths in COCO's JSON.

In the PNGs a pixel holds its category's id less one, 255 if it is unlabelled (`stuff_maps` says more,
also of the stuff challenge's maps). `labels.txt` names the ids; without one COCO-Stuff's own 182
categories are meant. A value is the category's id in all variants; 0 stands for unlabelled.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.geometry import coco_rle
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import png
from townscape.formats.codecs.column_painter import ColumnPainter
from townscape.formats.files import Files, Out, part_of
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
    SourceClass,
    Writer,
)
from townscape.formats.image_size import declared_size
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts import coco_frame as frame
from townscape.formats.parts import stuff_maps
from townscape.formats.parts.stuff_maps import NAMES, VOID
from townscape.formats.reading import labels_of_values

TITLE = "COCO-Stuff"
SPEC = "https://github.com/nightrome/cocostuff"
RULE = "each pixel holds its category; run lengths and polygons of COCO, later annotations on top"
VARIANTS = ("pixelmaps", "json")
IMAGE_SUFFIXES: Sequence[str] = ()
PRIORITY = 1
_LABELS_ONLY = (
    "Note that the .png files are indexed images, which means they store only the label indices and are "
    "typically displayed as grayscale images."
)
_ONE_RLE = "In the JSON format, each category present in an image is encoded with a single RLE annotation"
_COCO = "https://cocodataset.org/#format-data"
LOSSES: Mapping[str, Sequence[Loss]] = {
    "pixelmaps": (
        Loss("objects", "A pixel holds its category, not its object.", _LABELS_ONLY, SPEC),
        Loss("attributes", "There are no objects that could have attributes.", _LABELS_ONLY, SPEC),
    ),
    "json": (
        Loss("objects", "All of a category's pixels are one annotation.", _ONE_RLE, _COCO),
        Loss("attributes", "There are no objects that could have attributes.", _ONE_RLE, _COCO),
    ),
}
_MAPS, _JSON, _LABELS = "stuffthingmaps", "annotations/stuff_{}.json", "labels.txt"
_UNLABELLED = "0"
_ID_BY_NAME = {name: k for k, name in enumerate(NAMES, start=1)}
_MAX_CLASSES = VOID
_DERIVED = "_labeltrainids.png"
"""Ending of masks that others make of the maps, with numbers of their own."""


def detect(files: Files) -> str | None:
    """By folders of pixel maps, by COCO-Stuff's list of names, or by a JSON file of stuff."""
    maps = _map_names(files)
    if maps:
        return f"it has pixel maps as {maps[0]}"
    names = _json_names(files)
    return f"{names[0]} has COCO's annotations of stuff" if names else None


def read(files: Files) -> Source:
    """Open pixel maps, or the JSON files if there are none."""
    maps = _map_names(files)
    if maps:
        return _read_maps(files, maps)
    names = _json_names(files) or files.find("*stuff_*.json")
    if not names:
        raise NothingToRead("There are no pixel maps of COCO-Stuff and no JSON file of stuff.")
    opened = frame.open_files(files, names)
    classes = frame.source_classes(opened.categories)
    notes = list(opened.notes)
    if any(c.value == str(stuff_maps.OTHER) and c.name == "other" for c in classes):
        notes.append(f"Category {stuff_maps.OTHER} (other) covers everything that is not stuff: all things.")
    read_labels = partial(_read_annotations, opened.spans, frozenset(opened.categories))
    return SimpleSource(opened.pictures, classes, read_labels, notes, opened.problems)


# Pixel maps


def _map_names(files: Files) -> list[str]:
    """PNGs below a folder of maps; or those of `annotations`, if the list of names is COCO-Stuff's."""
    pngs = [n for n in files.find("*.png") if not n.lower().endswith(_DERIVED)]
    for word in ("stuffthingmap", "pixelmap"):
        found = [n for n in pngs if word in _folder(n)]
        if found:
            return found
    return [n for n in pngs if "annotations" in _folder(n).split("/")] if _listed_labels(files) else []


def _folder(name: str) -> str:
    return name.rpartition("/")[0].lower()


def _listed_labels(files: Files) -> dict[int, str]:
    """Id → name of the topmost `labels.txt` whose id 0 is unlabelled; nothing if there is none."""
    for name in sorted(files.find(_LABELS, f"*/{_LABELS}"), key=lambda n: n.count("/")):
        labels = stuff_maps.parse_labels(files.read_text(name))
        if labels.get(0) == "unlabeled":
            return labels
    return {}


def _read_maps(files: Files, names: Sequence[str]) -> Source:
    official = {0: "unlabeled", **dict(enumerate(NAMES, start=1))}
    labels = _listed_labels(files) or official
    is_official = labels.items() <= official.items()
    paths = [files.path(n) for n in names]
    convention = stuff_maps.find_convention(paths, folder=_folder(names[0]), is_official=is_official)
    classes = [
        SourceClass(
            str(k),
            name,
            kind=("thing" if k <= stuff_maps.N_THINGS else "stuff") if is_official and k else None,
            means=None if k else "unlabelled",
        )
        for k, name in labels.items()
    ]
    if is_official and not convention.less_one:
        classes.append(SourceClass(str(stuff_maps.OTHER), "other"))
    pictures = [_picture(files, name) for name in names]
    return SimpleSource(pictures, classes, partial(_read_map, convention.less_one), [convention.note])


def _picture(files: Files, name: str) -> Picture:
    path = PurePosixPath(name)
    folder, stem = path.parent.name, path.stem
    candidates = [f"images/{folder}/{stem}", f"images/{stem}"]
    candidates += [f"{f}{stem}{s}" for f in (f"{folder}/", "") for s in (".jpg", ".jpeg")] + [stem]
    found = (files.find_image(c) for c in candidates)
    image = next((f for f in found if f is not None and f != files.path(name)), None)
    shown = f"{folder}/{image.name if image else stem}"
    return Picture(shown, image, files.path(name), part_of(folder))


def _read_map(less_one: bool, picture: Picture) -> SourceLabels:
    values = stuff_maps.read_map(picture.labels)
    if less_one:
        return labels_of_values(values, lambda v: Slot(_UNLABELLED if v == VOID else str(v + 1)))
    return labels_of_values(values, lambda v: Slot(str(v)))


# JSON


def _json_names(files: Files) -> list[str]:
    """COCO's JSON files that are called stuff, or whose categories begin with COCO-Stuff's first of stuff."""
    first_stuff = stuff_maps.N_THINGS + 1, NAMES[stuff_maps.N_THINGS]
    return [
        name
        for name, first in frame.samples(files)
        if "images" in first
        and isinstance(first.get("categories"), dict)
        and "segments_info" not in (first.get("annotations") or ())
        and (
            name.rpartition("/")[2].lower().startswith("stuff_")
            or (first["categories"].get("id"), first["categories"].get("name")) == first_stuff
        )
    ]


def _read_annotations(
    spans: Mapping[str, frame.Spans], known: frozenset[str], picture: Picture
) -> SourceLabels:
    entry: frame.Entry = picture.labels
    painter = ColumnPainter(*declared_size(entry.height, entry.width, picture.image, picture.name))
    for annotation in frame.read_annotations(entry, spans[entry.json_name]):
        value, segmentation = str(annotation.get("category_id")), annotation.get("segmentation")
        if value not in known:
            painter.repairs["annotations of a category that is not listed"] += 1
        elif isinstance(segmentation, dict):
            painter.paint_rle(Slot(value), segmentation)
        elif isinstance(segmentation, list) and segmentation:
            for ring in segmentation:
                painter.paint_polygon(Slot(value), ring)
        else:
            painter.repairs["annotations without a segmentation"] += 1
    return painter.labels()


# Writing


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """COCO-Stuff's own ids if all classes are its own, else ids from 1."""
    if variant == "pixelmaps" and len(classes) > _MAX_CLASSES:
        raise UsageError(
            f"COCO-Stuff has numbers for {_MAX_CLASSES} classes; these are {len(classes)}.",
            hint="its variant json has no limit.",
        )
    unlabelled = _UNLABELLED if variant == "pixelmaps" else ""
    return Scheme([str(k) for k in _ids(classes)], unlabelled=unlabelled, ignore=None)


def _ids(classes: Sequence[ExportClass]) -> list[int]:
    ids = [_ID_BY_NAME.get(c.name, 0) for c in classes]
    return ids if all(ids) and len(set(ids)) == len(ids) else list(range(1, len(classes) + 1))


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the names of the ids are written first."""
    ids = _ids(plan.classes)
    if plan.variant == "json":
        files = frame.PartFiles(_JSON, plan.parts, licence=plan.licence, name=plan.name)
        return _JsonWriter(plan, ids, files)
    names = {number: c.name for number, c in sorted(zip(ids, plan.classes, strict=True), key=lambda p: p[0])}
    out.put(_LABELS, stuff_maps.format_labels(names))
    return _MapWriter(ids)


@dataclass
class _MapWriter:
    ids: Sequence[int]

    def image_path(self, item: Item) -> str:
        return f"images/{item.part}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        table = np.full(IGNORE + 1, VOID, dtype=np.uint8)
        table[1 : len(self.ids) + 1] = np.array(self.ids) - 1
        content = png.encode_index(table[labels.classes_hw])
        return Encoded({f"{_MAPS}/{item.part}/{item.name}.png": content})

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """The dataset has no other files."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""


@dataclass
class _JsonWriter:
    plan: Plan
    ids: Sequence[int]
    files: frame.PartFiles

    def image_path(self, item: Item) -> str:
        return f"images/{item.part}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        stretches = labels.class_stretches(by_columns=True)
        found = coco_rle.runs_by_value(stretches, range(1, len(self.ids) + 1))
        masks = {number: mask for number, mask in found.items() if mask.starts.size}
        texts = coco_rle.encode_runs(list(masks.values()), stretches.size)
        boxes = coco_rle.boxes_of(list(masks.values()), item.height)
        entries: list[str] = []
        for (number, mask), text, box in zip(masks.items(), texts, boxes, strict=True):
            annotation = {
                "category_id": self.ids[number - 1],
                "segmentation": {"size": [item.height, item.width], "counts": text},
                "area": mask.area,
                "bbox": box,
                "iscrowd": 0,
            }
            entries.append(json.dumps(annotation)[1:])
        return Encoded(entry=entries)

    def add(self, out: Out, item: Item, entry: Any) -> None:
        self.files.add(out, item, f"{item.name}{item.suffix}", entry)

    def close(self, out: Out) -> None:
        pairs = sorted(zip(self.ids, self.plan.classes, strict=True), key=lambda p: p[0])
        self.files.close(out, [frame.category(number, c) for number, c in pairs])
