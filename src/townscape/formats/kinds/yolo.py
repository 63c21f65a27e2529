"""YOLO segmentation: `labels/<part>/<name>.txt` with one line per object, `class x1 y1 x2 y2 …`.

Outlines are written through the pixels of the border, as the rasteriser fills them too, and holes
are reached by a cut over pixels of the object. An image without a label file is unlabelled; one
whose file is empty is labelled as having nothing.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError, NothingToRead
from townscape.core.geometry.pixel_outlines import trace_pixels
from townscape.core.labelmap import IGNORE
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
    SourceClass,
    Writer,
)
from townscape.formats.image_size import upright_size
from townscape.formats.labels import ExportLabels, SourceLabels
from townscape.formats.parts import data_yaml
from townscape.formats.parts.yolo_lines import (
    FEWEST_WORDS,
    labels_of_text,
    numbers_of_lines,
    text_of_outlines,
)

TITLE = "YOLO segmentation"
SPEC = "https://docs.ultralytics.com/datasets/segment/"
RULE = (
    "outlines cut to whole pixels (those that five decimals fall short of count as whole) and filled by "
    "OpenCV, outline included; small over large (Ultralytics)"
)
VARIANTS = ("polygon",)
IMAGE_SUFFIXES = data_yaml.IMAGE_SUFFIXES
_ONE_ROW = "One row per object: Each row in the text file corresponds to one object instance in the image."
LOSSES = {
    "polygon": (
        Loss(
            "disconnected objects",
            "A line is one outline, so an object in several pieces comes back as several objects.",
            "<x1> <y1> <x2> <y2> ... <xn> <yn> are the normalized polygon coordinates of the object's "
            "segmentation mask",
            SPEC,
        ),
        Loss(
            "attributes",
            "A line holds a class and an outline, nothing else.",
            "The format for a single row in the segmentation dataset file is as follows: "
            "<class-index> <x1> <y1> <x2> <y2> ... <xn> <yn>",
            SPEC,
        ),
        Loss("unknown objects", "Every outline is an object of its own.", _ONE_ROW, SPEC),
    )
}
_SAMPLES = 10
_NO_IMAGE = "there is no image of this name, and outlines are shares of its size"


def detect(files: Files) -> str | None:
    """By `data.yaml` beside label files, or by label files beside images."""
    files = data_yaml.whole_folder(files)
    found = data_yaml.find_data_yaml(files)
    if found is not None and found.masks_dir:
        return None
    labels = _label_files(files)
    if found is not None and labels:
        return f"{found.name} names classes, and there are label files as {labels[0]}"
    rows, has_words = _samples(files, labels)
    has_outlines = bool(rows) and all(len(r) >= FEWEST_WORDS and len(r) % 2 and r[0] % 1 == 0 for r in rows)
    return f"{labels[0]} has lines of a class and an outline" if has_outlines and not has_words else None


def read(files: Files) -> Source:
    """Open a dataset. Raises `InputError` if its labels are boxes or keypoints."""
    files = data_yaml.whole_folder(files)
    found = data_yaml.find_data_yaml(files)
    labels = _label_files(files)
    if not labels:
        raise NothingToRead("There is no folder labels with a .txt file per image, as YOLO datasets have.")
    if found is not None and found.has_keypoints:
        raise InputError(
            f"{found.name} has kpt_shape: these labels are keypoints, which say nothing of pixels."
        )
    _refuse_boxes(files, labels)
    paired = data_yaml.pair_labels(files, labels, "labels", (".txt",))
    label_of = paired.label_of
    problems = [(name, _NO_IMAGE) for name in paired.without_image]
    parts = data_yaml.parts_of_images(files, found)
    pictures = [
        Picture(name, path, (files.path(label_of[name]), path) if name in label_of else None, parts[name])
        for name, path in files.image_files.items()
        if name in label_of or files.images is not None or "/images/" in f"/{name.lower()}"
    ]
    names = found.name_by_id if found else _names_of_list(files)
    classes = [SourceClass(str(k), name) for k, name in sorted(names.items())]
    return SimpleSource(pictures, classes, _read_labels, problems=problems)


def _label_files(files: Files) -> list[str]:
    images = {data_yaml.beside(name, "labels", ".txt").lower() for name in files.image_files}
    return [
        name
        for name in files.find("*.txt")
        if ("/labels/" in f"/{name.lower()}" or name.lower() in images) and not _is_list(name)
    ]


def _is_list(name: str) -> bool:
    """Whether a file is the list of classes that labelling tools put among the labels."""
    return name.rpartition("/")[2].lower() == "classes.txt"


def _names_of_list(files: Files) -> dict[int, str]:
    lists = [name for name in files.find("*.txt") if _is_list(name)]
    lines = files.read_text(lists[0]).split("\n") if lists else []
    return {k: line.strip() for k, line in enumerate(lines) if line.strip()}


def _refuse_boxes(files: Files, labels: Sequence[str]) -> None:
    lengths = [len(row) for row in _samples(files, labels)[0]]
    if lengths and all(n in (5, 6) for n in lengths):
        raise InputError(
            f"{labels[0]} and its like hold boxes, which do not say which pixels belong to an object.",
            hint="YOLO segmentation has lines of a class and at least three points.",
        )


def _samples(files: Files, labels: Sequence[str]) -> tuple[list[NDArray[np.float64]], bool]:
    """The numbers of the first label files' lines, and whether there is anything else in them."""
    rows: list[NDArray[np.float64]] = []
    repairs: Counter[str] = Counter()
    for name in labels[:_SAMPLES]:
        with suppress(InputError):
            rows += numbers_of_lines(files.read_text(name), repairs)
    return rows, bool(repairs)


def _read_labels(picture: Picture) -> SourceLabels:
    label_path, image_path = picture.labels
    try:
        text = label_path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{label_path} cannot be read: {error}.") from error
    return labels_of_text(text, *upright_size(image_path))


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Ids count from 0; what is unlabelled is not written, and there is no void."""
    return Scheme([str(k) for k in range(len(classes))], unlabelled="", ignore=None)


def write(out: Out, plan: Plan) -> Writer:
    """A writer; `data.yaml` is written first."""
    out.put("data.yaml", data_yaml.data_yaml_text(plan.name, [c.name for c in plan.classes], plan.parts))
    return _YoloWriter(plan)


@dataclass
class _YoloWriter:
    plan: Plan

    def image_path(self, item: Item) -> str:
        return f"images/{item.part}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        plane, found = labels.segments()
        outlines = trace_pixels(plane, len(found), tolerance_px=self.plan.simplify_px)
        class_ids = [None if index == IGNORE else index - 1 for index, _ in found]
        text = text_of_outlines(outlines, class_ids, item.height, item.width)
        return Encoded({f"labels/{item.part}/{item.name}.txt": text.encode()})

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Every picture has files of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""
