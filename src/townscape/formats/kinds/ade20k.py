"""ADE20K, as the scene parsing challenge lays it out: `images` and `annotations`, 150 classes.

A pixel of `annotations` is 0 for what has no class, 1…150 for the classes, and 255 for what is to be left
out, as readers that "reduce the zero label" leave it. `annotations_instance` holds class and number of
objects in red and green. Other classes are named by `objectInfo150.txt`. The full data sets of 2017 and
2021 (`*_seg.png`, class = red / 10 · 256 + green, object = blue) are read as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats import png
from townscape.formats.ade20k_names import NAMES
from townscape.formats.files import Files, Out, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    ExportLabels,
    Item,
    Loss,
    Picture,
    Plan,
    Scheme,
    SimpleSource,
    Slot,
    Source,
    SourceClass,
    SourceLabels,
    Writer,
)
from townscape.formats.two_planes import labels_of_planes

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
            "There are in total 150 semantic categories included in the benchmark for evaluation, which "
            "include stuffs like sky, road, grass, and discrete objects like person, car, bed.",
            SPEC,
        ),
    )
}
_INFO = "objectInfo150.txt"
_FOLDER_OF_PART = {"train": "training", "val": "validation", "test": "testing"}
_VOID = 255


def detect(files: Files) -> str | None:
    """By its list of classes, or by names such as `ADE_train_00000001_seg.png`."""
    if files.find(f"*{_INFO}") and _annotations(files):
        return f"{_INFO} lists the classes of its annotations"
    full = files.find("*ADE_*_seg.png")
    if full:
        return f"it has files such as {full[0]}"
    named = [n for n in _annotations(files) if PurePosixPath(n).name.lower().startswith("ade_")]
    return f"it has annotations such as {named[0]}" if named else None


def _annotations(files: Files) -> list[str]:
    return [n for n in files.find("*annotations/*.png") if "/annotations/" in f"/{n.lower()}"]


def read(files: Files) -> Source:
    """Open the challenge's layout, or the full data set."""
    names = _annotations(files)
    if names:
        return _read_challenge(files, names)
    full = files.find("*_seg.png")
    if not full:
        raise NothingToRead("There are neither annotations/…/*.png nor *_seg.png, as ADE20K has them.")
    return _read_full(files, full)


def _read_challenge(files: Files, names: Sequence[str]) -> Source:
    pictures: list[Picture] = []
    for name in names:
        at = name.lower().rindex("annotations/")
        base, rest = name[:at], name[at + len("annotations/") :]
        stem = rest[: -len(".png")]
        numbers = f"{base}annotations_instance/{stem}.png"
        image = files.find_image(f"{base}images/{stem}")
        labels = files.path(name), files.path(numbers) if files.has(numbers) else None
        pictures.append(Picture(f"{stem}.jpg", image, labels, part_of(rest.rpartition("/")[0])))
    return SimpleSource(pictures, _classes(files), _read_labels)


def _classes(files: Files) -> list[SourceClass]:
    listed = files.find(f"*{_INFO}")
    named = _read_info(files.read_text(listed[0])) if listed else dict(enumerate(NAMES, start=1))
    found = [SourceClass(str(k), name) for k, name in named.items()]
    return [
        SourceClass("0", "other", means="unlabelled"),
        *found,
        SourceClass(str(_VOID), "void", means="ignore"),
    ]


def _read_info(text: str) -> dict[int, str]:
    """Index → the first of a class's names, of lines `Idx Ratio Train Val Stuff Name` parted by tabs."""
    found: dict[int, str] = {}
    for line in text.splitlines():
        columns = line.split("\t")
        if len(columns) >= 6 and columns[0].strip().isdigit():
            found[int(columns[0])] = columns[5].split("; ")[0].split(", ")[0].strip()
    return found


def _read_full(files: Files, names: Sequence[str]) -> Source:
    pictures: list[Picture] = []
    for name in names:
        stem = name[: -len("_seg.png")]
        part = part_of(stem) or part_of(PurePosixPath(stem).name)
        pictures.append(Picture(f"{stem}.jpg", files.find_image(stem), (files.path(name), None), part))
    notes = [
        "Classes are numbers of ADE20K's full index, which is not part of the images: say what they mean."
    ]
    return SimpleSource(pictures, [SourceClass("0", "other", means="unlabelled")], _read_full_labels, notes)


def _read_labels(picture: Picture) -> SourceLabels:
    class_path, instance_path = picture.labels
    values = png.decode(class_path).values
    numbers = None
    if instance_path is not None:
        colors = png.decode(instance_path).values
        if colors.ndim == 3 and colors.shape[:2] == values.shape:
            numbers = colors[..., 1]
    return labels_of_planes(values, numbers, lambda value, number: Slot(str(value), number or None))


def _read_full_labels(picture: Picture) -> SourceLabels:
    colors = png.decode(picture.labels[0]).values.astype(np.int64)
    values = colors[..., 0] // 10 * 256 + colors[..., 1]
    return labels_of_planes(values, colors[..., 2], lambda value, number: Slot(str(value), number or None))


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """The challenge's own indices if every class is one of its 150, else 1, 2, 3 …"""
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
        lines.append(f"{index}\t0\t0\t0\t{int(label_class.kind == 'stuff')}\t{_plain(label_class.name)}")
    out.put(_INFO, "\n".join(lines) + "\n")
    return _Ade20kWriter(tuple(indices))


def _plain(name: str) -> str:
    """A name without the signs that part synonyms and columns."""
    return name.replace("\t", " ").replace(", ", " ").replace("; ", " ")


@dataclass
class _Ade20kWriter:
    indices: Sequence[int]

    def image_path(self, item: Item) -> str:
        return f"images/{self._stem(item)}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[1 : len(self.indices) + 1] = self.indices
        table[IGNORE] = _VOID
        values = table[labels.classes_hw]
        files = {f"annotations/{self._stem(item)}.png": png.encode_index(values)}
        if labels.objects:
            if len(labels.objects) > 255:
                raise UsageError(
                    f"{item.name} has {len(labels.objects)} objects; ADE20K has numbers for 255 in an image."
                )
            is_object = labels.objects_hw > 0
            colors: Any = np.zeros((*values.shape, 3), dtype=np.uint8)
            colors[..., 0] = np.where(is_object, values, 0)
            colors[..., 1] = labels.objects_hw
            files[f"annotations_instance/{self._stem(item)}.png"] = png.encode_rgb(colors)
        return Encoded(files)

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Every image has files of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""

    @staticmethod
    def _stem(item: Item) -> str:
        return f"{_FOLDER_OF_PART.get(item.part, item.part)}/{item.name}"
