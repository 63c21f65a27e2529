"""KITTI semantics: `training/image_2`, `semantic` (ids of Cityscapes), `instance` and `semantic_rgb`.

`instance` is 16-bit: id · 256 + number, with number 0 where there is no object or it is not known
which. Classes that Cityscapes does not have get ids of their own, named by `label_colors.txt`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats import png
from townscape.formats.cityscapes_ids import Ids, plan_ids, read_classes
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
    SourceLabels,
    Writer,
)
from townscape.formats.two_planes import labels_of_planes

TITLE = "KITTI semantics"
SPEC = "http://www.cvlibs.net/datasets/kitti/eval_semseg.php"
RULE = "one id per pixel"
VARIANTS = ("semantics",)
IMAGE_SUFFIXES = (".png",)
LOSSES: Mapping[str, Sequence[Loss]] = {
    "semantics": (
        Loss(
            "attributes",
            "Objects have a number and a class, nothing else.",
            "The data format and metrics are conform with The Cityscapes Dataset.",
            SPEC,
        ),
    )
}
_FOLDER_OF_PART = {"train": "training", "val": "validation", "test": "testing"}
_PER_CLASS = 256


def detect(files: Files) -> str | None:
    """By a folder of images called image_2 beside one of ids called semantic."""
    found = _bases(files)
    return f"{found[0] or 'it'} has the folders image_2 and semantic" if found else None


def _bases(files: Files) -> list[str]:
    images = {f.rpartition("/")[0] for f in files.folders("image_2")}
    return [base for f in files.folders("semantic") if (base := f.rpartition("/")[0]) in images]


def read(files: Files) -> Source:
    """Open every part that has ids."""
    bases = _bases(files)
    if not bases:
        raise NothingToRead("There is no folder image_2 beside a folder semantic, which KITTI has.")
    pictures: list[Picture] = []
    for base in bases:
        here = f"{base}/" if base else ""
        for name in files.find(f"{here}semantic/*.png"):
            stem = PurePosixPath(name).stem
            numbers = f"{here}instance/{stem}.png"
            labels = files.path(name), files.path(numbers) if files.has(numbers) else None
            image = files.find_image(f"{here}image_2/{stem}")
            shown = f"{base}/{stem}.png".lstrip("/")
            pictures.append(Picture(shown, image, labels, part_of(base.rpartition("/")[2])))
    root = bases[0].rpartition("/")[0]
    return SimpleSource(pictures, read_classes(files, f"{root}/" if root else ""), _read_labels)


def _read_labels(picture: Picture) -> SourceLabels:
    semantic, instance = picture.labels
    ids = png.decode(semantic).values
    numbers = None if instance is None else png.decode(Path(instance)).values
    if numbers is not None and numbers.shape != ids.shape:
        numbers = None
    return labels_of_planes(ids, numbers, _slot)


def _slot(label_id: int, number: int) -> Slot:
    return Slot(str(label_id), number if number % _PER_CLASS else None)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Official ids where every class has one; otherwise ids of one's own."""
    return plan_ids(classes).scheme


def write(out: Out, plan: Plan) -> Writer:
    """A writer; ids of one's own are named first."""
    ids = plan_ids(plan.classes)
    if not ids.is_official:
        out.put("label_colors.txt", ids.label_colors())
    return _KittiWriter(ids)


@dataclass
class _KittiWriter:
    ids: Ids

    def image_path(self, item: Item) -> str:
        return self._path(item, "image_2", item.suffix)

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[1 : len(self.ids.ids) + 1] = self.ids.ids
        table[IGNORE] = self.ids.ignore
        ids = table[labels.classes_hw]
        colors = np.zeros((256, 3), dtype=np.uint8)
        for k, color in self.ids.colors.items():
            colors[k] = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        return Encoded(
            {
                self._path(item, "semantic"): png.encode_index(ids),
                self._path(item, "instance"): png.encode_16bit(self._instances(item, ids, labels)),
                self._path(item, "semantic_rgb"): png.encode_rgb(colors[ids]),
            }
        )

    def _instances(self, item: Item, ids: Any, labels: ExportLabels) -> Any:
        table = np.zeros(len(labels.objects) + 1, dtype=np.uint16)
        counts: dict[int, int] = {}
        for k, entry in enumerate(labels.objects, start=1):
            number = counts[entry.class_index] = counts.get(entry.class_index, 0) + 1
            if number >= _PER_CLASS:
                raise UsageError(
                    f"{item.name} has more than 255 objects of a class, which KITTI cannot number."
                )
            table[k] = number
        return ids.astype(np.uint16) * _PER_CLASS + table[labels.objects_hw]

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Every image has files of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""

    @staticmethod
    def _path(item: Item, folder: str, suffix: str = ".png") -> str:
        return f"{_FOLDER_OF_PART.get(item.part, item.part)}/{folder}/{item.name}{suffix}"
