"""KITTI semantics: `training/image_2`, `semantic` (ids of Cityscapes), `instance` and `semantic_rgb`.

`instance` is 16-bit: id · 256 + number, with number 0 where there is no object or it is not known
which. Classes that Cityscapes does not have get ids of their own, named by `label_colors.txt`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.runs import Stretches
from townscape.formats.codecs import png
from townscape.formats.codecs.grey_masks import read_numbered
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
    Writer,
)
from townscape.formats.image_folders import ImageFolders, images_without_labels
from townscape.formats.label_colors import NAME as LABEL_COLORS
from townscape.formats.labels import ExportLabels, SourceLabels
from townscape.formats.parts.cityscapes_ids import Ids, plan_ids, read_classes

TITLE = "KITTI semantics"
SPEC = "https://www.cvlibs.net/datasets/kitti/eval_instance_seg.php?benchmark=instanceSeg2015"
RULE = "one id per pixel"
VARIANTS = ("semantics",)
IMAGE_SUFFIXES = (".png",)
LOSSES: Mapping[str, Sequence[Loss]] = {
    "semantics": (
        Loss(
            "attributes",
            "Objects have a number and a class, nothing else, as those of Cityscapes.",
            "The data format and metrics are conform with The Cityscapes Dataset.",
            "http://www.cvlibs.net/datasets/kitti/eval_semseg.php",
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
    bases = _bases(files) or [f.rpartition("/")[0] for f in files.folders("semantic")]
    if not bases:
        raise NothingToRead("There is no folder semantic, which KITTI has.")
    folders = ("semantic", "instance", "semantic_rgb")
    images = ImageFolders(files, (n for n in files.names if f"/{n.lower()}".split("/")[-2] in folders))
    pictures: list[Picture] = []
    for base in bases:
        here = f"{base}/" if base else ""
        for name in files.names:
            folder, _, file = name.rpartition("/")
            if folder.lower() == f"{here}semantic".lower() and file.lower().endswith(".png"):
                stem = PurePosixPath(file).stem
                numbers = f"{here}instance/{stem}.png"
                labels = files.path(name), files.path(numbers) if files.has(numbers) else None
                image = images.find(f"{here}image_2", stem)
                pictures.append(Picture(f"{here}{stem}.png", image, labels, part_of(base.rpartition("/")[2])))
    pictures += images_without_labels(files, pictures, lambda _: True)
    root = bases[0].rpartition("/")[0]
    return SimpleSource(pictures, read_classes(files, f"{root}/" if root else ""), _read_labels)


def _read_labels(picture: Picture) -> SourceLabels:
    semantic, instance = picture.labels
    return read_numbered(semantic, instance, _class_of)


def _class_of(number: int) -> int | None:
    return number // _PER_CLASS if number % _PER_CLASS else None


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Official ids where every class has one; otherwise ids of one's own."""
    del variant
    return plan_ids(classes).scheme


def write(out: Out, plan: Plan) -> Writer:
    """A writer; ids of one's own are named first."""
    ids = plan_ids(plan.classes)
    if not ids.is_official:
        out.put(LABEL_COLORS, ids.label_colors())
    return _KittiWriter(ids)


@dataclass
class _KittiWriter:
    ids: Ids

    def image_path(self, item: Item) -> str:
        return self._path(item, "image_2", item.suffix)

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        known = labels.stretches(by_columns=False)
        ids = self.ids.table[known.classes]
        numbers = ids.astype(np.uint16) * _PER_CLASS + self._numbers(item, labels)[known.objects]
        stretches, shape = Stretches(known.starts, ids, known.size), known.shape
        instances = replace(stretches, values=numbers.astype(">u2")).filled()
        return Encoded(
            {
                self._path(item, "semantic"): png.encode_index(stretches.filled().reshape(shape)),
                self._path(item, "instance"): png.encode_16bit(instances.reshape(shape)),
                self._path(item, "semantic_rgb"): png.encode_painted(stretches, self.ids.palette, shape),
            }
        )

    def _numbers(self, item: Item, labels: ExportLabels) -> NDArray[np.uint16]:
        """The number of each object within its class, from object 1."""
        table = np.zeros(len(labels.objects) + 1, dtype=np.uint16)
        counts: dict[int, int] = {}
        for k, entry in enumerate(labels.objects, start=1):
            number = counts[entry.class_index] = counts.get(entry.class_index, 0) + 1
            if number >= _PER_CLASS:
                raise UsageError(
                    f"{item.name} has more than 255 objects of a class, which KITTI cannot number."
                )
            table[k] = number
        return table

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Every image has files of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""

    @staticmethod
    def _path(item: Item, folder: str, suffix: str = ".png") -> str:
        return f"{_FOLDER_OF_PART.get(item.part, item.part)}/{folder}/{item.name}{suffix}"
