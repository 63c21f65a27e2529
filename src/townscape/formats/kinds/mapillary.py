"""Mapillary Vistas: `training/images`, `labels` (palette PNGs), `instances`, `panoptic` and `config.json`.

`labels` hold the index of the class in the configuration's list, `instances` 16 bits: index · 256 +
number. Every pixel of a class that has instances belongs to one, number 0 being the first, but where
`panoptic` calls its segment a crowd: so pixels of a thing are written whose object is not known. Version
2.0 has a folder `v2.0` between part and labels, and `config_v2.0.json`. The last class of the list
is the unlabelled one; ignored pixels are a class of their own, `void--ignore`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.runs import look_up
from townscape.formats.codecs import id_image, png
from townscape.formats.codecs.grey_masks import read_numbers
from townscape.formats.codecs.two_planes import labels_of_planes
from townscape.formats.files import Files, Out, json_text, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Item,
    Loss,
    Meaning,
    Picture,
    Plan,
    Scheme,
    SimpleSource,
    Source,
    SourceClass,
    Writer,
    unique_values,
)
from townscape.formats.image_folders import ImageFolders, images_without_labels
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts.mapillary_panoptic import PanopticFiles, Segments, find_segments, segments_info

TITLE = "Mapillary Vistas"
SPEC = "https://www.mapillary.com/dataset/vistas"
RULE = "one index per pixel"
VARIANTS = ("v1.2", "v2.0")
IMAGE_SUFFIXES = (".jpg",)
PRIORITY = 5
LOSSES: Mapping[str, Sequence[Loss]] = {}
_FOLDER_OF_PART = {"train": "training", "val": "validation", "test": "testing"}
_PER_CLASS = 256
_UNLABELLED, _IGNORE = "void--unlabeled", "void--ignore"
_VERSION = re.compile(r"v\d+(\.\d+)*", re.IGNORECASE)
_MAX_CLASSES = 254


def detect(files: Files) -> str | None:
    """By folders of labels and of instances, with Mapillary's configuration beside them."""
    names = _configs(files)
    return f"{names[0]} lists the classes of its labels" if names and _label_files(files) else None


def _configs(files: Files) -> list[str]:
    """The configuration files, the newest version first."""
    found = files.find("config*.json", "*/config*.json")
    return [name for name in reversed(found) if _listed(files, name)]


def _listed(files: Files, name: str) -> list[dict[str, Any]]:
    try:
        content = files.read_json(name)
    except InputError:
        return []
    labels = content.get("labels") if isinstance(content, dict) else None
    is_ours = isinstance(labels, list) and all(isinstance(e, dict) and "readable" in e for e in labels)
    return labels if is_ours and labels else []


def _label_files(files: Files) -> list[str]:
    lower = ((name, f"/{name.lower()}") for name in files.names)
    return [
        name for name, low in lower if low.endswith(".png") and low.rpartition("/")[0].endswith("/labels")
    ]


class _Where(NamedTuple):
    """Where the labels of a picture are (`Picture.labels`)."""

    labels: Path
    instances: Path | None
    segments: Segments | None


def read(files: Files) -> Source:
    """Open every part; the newest version of the labels, where there are several."""
    by_folder: dict[str, list[str]] = {}
    for name in _label_files(files):
        by_folder.setdefault(name[: name.lower().rindex("labels/")], []).append(name)
    if not by_folder:
        raise NothingToRead("There is no folder labels with PNGs, as Mapillary Vistas has it.")
    versions = sorted({_version(folder) for folder in by_folder}, key=_number)
    version = versions[-1]
    pictures: list[Picture] = []
    for folder, names in by_folder.items():
        if _version(folder) == version:
            pictures += _pictures(files, folder, names)
    pictures += images_without_labels(files, pictures, lambda _: True)
    configs = _configs(files)
    entries = (
        _listed(files, next((c for c in configs if version and version in c), configs[0])) if configs else []
    )
    notes = [f"Versions {' and '.join(versions)} are here; {version} is read."] if len(versions) > 1 else []
    if not entries:
        notes.append("There is no config.json that names the classes: say what the indices mean.")
    things = frozenset(k for k, e in enumerate(entries) if e.get("instances")) if entries else None
    classes = [_class(k, e) for k, e in enumerate(entries)]
    return SimpleSource(pictures, classes, partial(_read_labels, things), notes)


def _version(folder: str) -> str:
    last = folder.rstrip("/").rpartition("/")[2]
    return last if _VERSION.fullmatch(last) else ""


def _number(version: str) -> list[int]:
    return [int(n) for n in version[1:].split(".")] if version else []


def _pictures(files: Files, folder: str, names: Sequence[str]) -> list[Picture]:
    part_folder = folder[: -len(_version(folder)) - 1] if _version(folder) else folder
    part = part_of(part_folder.rstrip("/").rpartition("/")[2])
    segments = find_segments(files, folder)
    kinds = ("labels", "instances", "panoptic")
    images = ImageFolders(files, (n for n in files.names if f"/{n.lower()}".split("/")[-2] in kinds))
    found: list[Picture] = []
    for name in names:
        stem = PurePosixPath(name).stem
        image = images.find(f"{part_folder}images", stem)
        instances = f"{folder}instances/{stem}.png"
        numbers = files.path(instances) if files.has(instances) else None
        where = _Where(files.path(name), numbers, segments.get(stem))
        found.append(Picture(f"{part_folder}{stem}.jpg", image, where, part))
    return found


def _class(index: int, entry: Mapping[str, Any]) -> SourceClass:
    name, color = str(entry.get("name", index)), entry.get("color")
    is_color = isinstance(color, list) and len(color) == 3 and all(type(c) is int for c in color)
    means: Mapping[str, Meaning] = {_UNLABELLED: "unlabelled", _IGNORE: "ignore"}
    return SourceClass(
        str(index),
        str(entry.get("readable") or name),
        "#{:02x}{:02x}{:02x}".format(*(c & 255 for c in color)) if is_color else None,  # pyright: ignore[reportOptionalIterable]
        "thing" if entry.get("instances") else "stuff",
        means.get(name),
        "ignore" if name.startswith("void--") and name not in means else None,
    )


def _read_labels(things: frozenset[int] | None, picture: Picture) -> SourceLabels:
    where: _Where = picture.labels
    values = read_numbers(where.labels)
    numbers = None if where.instances is None else read_numbers(where.instances).astype(np.int64)
    segments: Mapping[int, Mapping[str, Any]] = {}
    strays, repairs = 0, {}
    if numbers is not None and numbers.shape != values.shape:
        numbers, repairs = None, {"object masks of another size than their class mask": 1}
    if numbers is not None and where.segments is not None:
        ids, segments = where.segments.read()
        if ids.shape == values.shape:
            numbers |= ids.astype(np.int64) << 16
        else:
            segments, repairs = {}, {"panoptic masks of another size than their class mask": 1}

    def slot_of(value: int, number: int) -> Slot:
        nonlocal strays
        segment, instance = segments.get(number >> 16, {}), number & 0xFFFF
        is_thing = value in things if things is not None else bool(instance % _PER_CLASS)
        if numbers is None or not is_thing or segment.get("iscrowd"):
            return Slot(str(value))
        if instance // _PER_CLASS != value:
            strays += 1
            return Slot(str(value))
        attributes = segment.get("attributes")
        return Slot(str(value), instance, attributes if isinstance(attributes, dict) else {})

    labels = labels_of_planes(values, numbers, slot_of)
    if strays:
        repairs = {**repairs, "objects that reach into another class": strays}
    return labels.with_repairs(repairs)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """The classes in their order, then ignore, then unlabelled as the last."""
    del variant
    n = len(classes)
    if n > _MAX_CLASSES:
        raise UsageError(f"Mapillary Vistas has room for {_MAX_CLASSES} classes; these are {n}.")
    return Scheme([str(k) for k in range(n)], unlabelled=str(n + 1), ignore=str(n))


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the configuration is written first."""
    is_newer = plan.variant == "v2.0"
    names = unique_values(f"{c.kind}--{'-'.join(c.name.lower().split())}" for c in plan.classes)
    labels: list[dict[str, Any]] = [
        {"name": name, "readable": c.name, "color": c.rgb, "instances": c.kind == "thing", "evaluate": True}
        for name, c in zip(names, plan.classes, strict=True)
    ]
    for name, readable, grey in ((_IGNORE, "Ignore", 64), (_UNLABELLED, "Unlabeled", 0)):
        labels.append(
            {"name": name, "readable": readable, "color": [grey] * 3, "instances": False, "evaluate": False}
        )
    layout = "{split}/v2.0/{content}/{image_id}.{ext}" if is_newer else "{split}/{content}/{image_id}.{ext}"
    config: dict[str, Any] = {"version": 2.0 if is_newer else 1.2, "mapping": "public"}
    config |= {"folder_structure": layout, "labels": labels}
    out.put("config_v2.0.json" if is_newer else "config.json", json_text(config))
    version, year = ("v2.0/", 2020) if is_newer else ("", 2018)
    folders = {part: _FOLDER_OF_PART.get(part, part) for part in plan.parts}
    paths = {part: f"{folder}/{version}panoptic/panoptic_{year}.json" for part, folder in folders.items()}
    return _MapillaryWriter(plan, tuple(names), version, PanopticFiles(paths))


@dataclass
class _MapillaryWriter:
    plan: Plan
    names: Sequence[str]
    version: str
    panoptic: PanopticFiles

    def image_path(self, item: Item) -> str:
        return f"{_FOLDER_OF_PART.get(item.part, item.part)}/images/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        n = len(self.plan.classes)
        plane, found = labels.segments()
        indices = np.array(
            [n + 1, *(n if index == IGNORE else index - 1 for index, _ in found)], dtype=np.uint8
        )
        numbers, crowds = self._numbers(item, found)
        instances = indices.astype(np.uint16) * _PER_CLASS + numbers
        ids = np.where(indices < n, instances.astype(np.uint32) + 1, 0)
        palette = [*(c.rgb for c in self.plan.classes), (64, 64, 64), (0, 0, 0)]
        base = f"{_FOLDER_OF_PART.get(item.part, item.part)}/{self.version}"
        return Encoded(
            {
                f"{base}labels/{item.name}.png": png.encode_index(look_up(indices, plane), palette),
                f"{base}instances/{item.name}.png": png.encode_16bit(look_up(instances, plane)),
                f"{base}panoptic/{item.name}.png": id_image.encode(look_up(ids, plane)),
            },
            segments_info(labels, plane, found, ids.tolist(), crowds),
        )

    def _numbers(self, item: Item, found: Sequence[tuple[int, int]]) -> tuple[Any, set[int]]:
        """The number of every segment in its class, crowds last; and which segments are crowds."""
        numbers = np.zeros(len(found) + 1, dtype=np.uint16)
        counts: dict[int, int] = {}
        crowds: set[int] = set()
        for number, (index, object_number) in enumerate(found, start=1):
            if object_number:
                numbers[number] = counts[index] = counts.get(index, -1) + 1
            elif index != IGNORE and self.plan.classes[index - 1].kind == "thing":
                crowds.add(number)
        for number in crowds:
            index = found[number - 1][0]
            numbers[number] = counts[index] = counts.get(index, -1) + 1
        if max(counts.values(), default=0) >= _PER_CLASS:
            raise UsageError(
                f"{item.name} has more objects of a class than the 256 that Mapillary Vistas can number."
            )
        return numbers, crowds

    def add(self, out: Out, item: Item, entry: Any) -> None:
        self.panoptic.add(out, item, entry)

    def close(self, out: Out) -> None:
        self.panoptic.close(out, self.plan.classes, self.names)
