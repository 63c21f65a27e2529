"""ADE20K, as the scene parsing challenge lays it out: `images` and `annotations`, 150 classes.

A pixel of `annotations` is 0 for what has no class, 1…150 for the classes, and 255 for what is to be left
out, as readers that "reduce the zero label" leave it. `annotations_instance` holds class and number of
objects in red and green. Other classes are named by `objectInfo150.txt`. The full data sets of 2017 and
2021 (`*_seg.png`, see `ade20k_full`) are read as well.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.runs import look_up
from townscape.formats.codecs import png
from townscape.formats.codecs.grey_masks import read_colors, read_numbers
from townscape.formats.codecs.two_planes import labels_of_planes
from townscape.formats.files import Files, Out, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Item,
    Kind,
    Loss,
    Picture,
    Plan,
    Scheme,
    SimpleSource,
    Source,
    SourceClass,
    Writer,
)
from townscape.formats.image_folders import ImageFolders, images_without_labels
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts import ade20k_full
from townscape.formats.parts.ade20k_names import NAMES

TITLE = "ADE20K"
SPEC = "https://github.com/CSAILVision/sceneparsing"
RULE = "one index per pixel"
VARIANTS = ("challenge",)
IMAGE_SUFFIXES = (".jpg", ".png")
LOSSES: Mapping[str, Sequence[Loss]] = {
    "challenge": (
        Loss(
            "attributes",
            "Objects have a number and a class, nothing else.",
            "In the instance annotation masks, the R(ed) channel encodes category ID, and the G(reen) "
            "channel encodes instance ID.",
            "https://github.com/CSAILVision/placeschallenge/tree/master/instancesegmentation",
        ),
    )
}
_INFO = "objectInfo150.txt"
_INFOS = (_INFO.lower(), "objectinfo150.csv")
_ANNOTATIONS, _OBJECTS = "annotations", "annotations_instance"
_FOLDER_OF_PART = {"train": "training", "val": "validation", "test": "testing"}
_VOID = 255


def detect(files: Files) -> str | None:
    """By its list of classes, or by names such as `ADE_train_00000001_seg.png`."""
    names = _annotations(files)
    if names and _infos(files):
        return f"{_infos(files)[0]} lists the classes of its annotations"
    full = [n for n in ade20k_full.masks_of(files) if _is_ade(n)]
    if full:
        return f"it has files such as {full[0]}"
    named = [n for n in names if _is_ade(n)]
    return f"it has annotations such as {named[0]}" if named else None


def _is_ade(name: str) -> bool:
    return PurePosixPath(name).name.lower().startswith("ade_")


def _infos(files: Files) -> list[str]:
    return [name for name in files.names if PurePosixPath(name).name.lower() in _INFOS]


def _annotations(files: Files) -> list[str]:
    lower = ((name, f"/{name.lower()}") for name in files.names)
    return [name for name, low in lower if f"/{_ANNOTATIONS}/" in low and low.endswith(".png")]


def read(files: Files) -> Source:
    """Open the challenge's layout, or the full data set."""
    names = _annotations(files)
    if names:
        return _read_challenge(files, names)
    full = ade20k_full.masks_of(files)
    if not full:
        raise NothingToRead("There are neither annotations/…/*.png nor *_seg.png, as ADE20K has them.")
    return ade20k_full.read(files, full)


def _read_challenge(files: Files, names: Sequence[str]) -> Source:
    objects = (n for n in files.names if f"/{_OBJECTS}/" in f"/{n.lower()}")
    images = ImageFolders(files, [*names, *objects])
    pictures: list[Picture] = []
    for name in names:
        at = f"/{name.lower()}".rindex(f"/{_ANNOTATIONS}/")
        base, stem = name[:at], name[at + len(_ANNOTATIONS) + 1 : -len(".png")]
        numbers = f"{base}{_OBJECTS}/{stem}.png"
        labels = files.path(name), files.path(numbers) if files.has(numbers) else None
        folder, _, short = stem.rpartition("/")
        image = images.find(f"{base}images/{folder}".rstrip("/"), short)
        pictures.append(Picture(f"{base}{stem}.jpg", image, labels, part_of(folder)))
    pictures += images_without_labels(files, pictures, lambda _: True)
    return SimpleSource(pictures, _classes(files), _read_labels)


def _classes(files: Files) -> list[SourceClass]:
    listed = _infos(files)
    named = _read_info(files.read_text(listed[0])) if listed else []
    return [
        SourceClass("0", "other", means="unlabelled"),
        *(named or [SourceClass(str(k), name) for k, name in enumerate(NAMES, start=1)]),
        SourceClass(str(_VOID), "void", means="ignore"),
    ]


def _read_info(text: str) -> list[SourceClass]:
    """The classes of a table with the columns Idx and Name, of which the first synonym is taken.

    Columns are parted by tabs and synonyms by ", " (`.txt`), or by commas and semicolons (`.csv`).
    """
    is_text = "\t" in text.partition("\n")[0]
    rows = csv.DictReader(
        text.splitlines(),
        delimiter="\t" if is_text else ",",
        quoting=csv.QUOTE_NONE if is_text else csv.QUOTE_MINIMAL,
    )
    kinds: Mapping[str | None, Kind] = {"0": "thing", "1": "stuff"}
    found: list[SourceClass] = []
    for row in rows:
        index, name = (row.get("Idx") or "").strip(), row.get("Name") or ""
        if index.isascii() and index.isdecimal() and 0 < int(index) < _VOID:
            first = ade20k_full.first_name(name if is_text else name.replace(";", ", "))
            found.append(SourceClass(str(int(index)), first, kind=kinds.get(row.get("Stuff"))))
    return found


def _read_labels(picture: Picture) -> SourceLabels:
    class_path: Path
    instance_path: Path | None
    class_path, instance_path = picture.labels
    values = read_numbers(class_path)
    numbers = None if instance_path is None else read_colors(instance_path) >> 8 & 255
    repairs: dict[str, int] = {}
    if numbers is not None and numbers.shape != values.shape:
        numbers, repairs = None, {"object masks of another size than their class mask": 1}

    def slot_of(value: int, number: int) -> Slot:
        is_object = number and value not in (0, _VOID)
        return Slot(str(value), number if is_object else None)

    return labels_of_planes(values, numbers, slot_of).with_repairs(repairs)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """The challenge's own indices if every class is one of its 150, else 1, 2, 3 …"""
    del variant
    return Scheme([str(k) for k in _indices(classes)], unlabelled="0", ignore=str(_VOID))


def _indices(classes: Sequence[ExportClass]) -> list[int]:
    names = [c.name.strip().casefold() for c in classes]
    if set(names) <= set(NAMES) and len(set(names)) == len(names):
        return [NAMES.index(name) + 1 for name in names]
    if len(names) >= _VOID:
        raise UsageError(f"ADE20K has indices for {_VOID - 1} classes; these are {len(names)}.")
    return list(range(1, len(names) + 1))


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the list of classes is written first."""
    lines = ["Idx\tRatio\tTrain\tVal\tStuff\tName"]
    indices = _indices(plan.classes)
    for index, label_class in sorted(zip(indices, plan.classes, strict=True), key=lambda pair: pair[0]):
        name = label_class.name.replace("\t", " ").replace(", ", ",")  # ", " parts synonyms
        lines.append(f"{index}\t0\t0\t0\t{int(label_class.kind == 'stuff')}\t{name}")
    out.put(_INFO, "\n".join(lines) + "\n")
    return _Ade20kWriter(tuple(indices))


@dataclass
class _Ade20kWriter:
    indices: Sequence[int]

    def image_path(self, item: Item) -> str:
        return f"images/{self._stem(item)}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[1 : len(self.indices) + 1] = self.indices
        table[IGNORE] = _VOID
        values = look_up(table, labels.classes_hw)
        files = {f"{_ANNOTATIONS}/{self._stem(item)}.png": png.encode_index(values)}
        if labels.objects:
            if len(labels.objects) > 255:
                raise UsageError(
                    f"{item.name} has {len(labels.objects)} objects; ADE20K has numbers for 255 in an image."
                )
            colors = np.zeros((*values.shape, 3), dtype=np.uint8)
            colors[..., 0] = np.where(labels.objects_hw > 0, values, 0)
            colors[..., 1] = labels.objects_hw
            files[f"{_OBJECTS}/{self._stem(item)}.png"] = png.encode_rgb(colors)
        return Encoded(files)

    def add(self, out: Out, item: Item, entry: object) -> None:
        """Every image has files of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""

    @staticmethod
    def _stem(item: Item) -> str:
        return f"{_FOLDER_OF_PART.get(item.part, item.part)}/{item.name}"
