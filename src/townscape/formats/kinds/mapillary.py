"""Mapillary Vistas: `training/images`, `labels` (palette PNGs), `instances`, `panoptic` and `config.json`.

`labels` hold the index of the class in the configuration's list, `instances` 16 bits: index · 256 +
number, with number 0 where there is no object or it is not known which. Version 2.0 has a folder
`v2.0` between part and labels, and `config_v2.0.json`; both are read. The last class of the list
is the unlabelled one; ignored pixels are a class of their own, `void--ignore`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats import id_image, png
from townscape.formats.files import Files, Out, json_text, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    ExportLabels,
    Item,
    Kind,
    Loss,
    Meaning,
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

TITLE = "Mapillary Vistas"
SPEC = "https://www.mapillary.com/dataset/vistas"
RULE = "one index per pixel"
VARIANTS = ("v1.2",)
IMAGE_SUFFIXES = (".jpg",)
PRIORITY = 5
LOSSES: Mapping[str, Sequence[Loss]] = {
    "v1.2": (
        Loss(
            "attributes",
            "Objects have a number and a class, nothing else.",
            "individual instances are labeled separately",
            SPEC,
        ),
    )
}
_FOLDER_OF_PART = {"train": "training", "val": "validation", "test": "testing"}
_PER_CLASS = 256
_UNLABELLED, _IGNORE = "void--unlabeled", "void--ignore"


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
    return [n for n in files.find("*labels/*.png") if "/labels/" in f"/{n.lower()}"]


def read(files: Files) -> Source:
    """Open every part; the newest version of the labels, where there are several."""
    names = _label_files(files)
    configs = _configs(files)
    if not names or not configs:
        raise NothingToRead("There are no labels with Mapillary's config.json, which names their classes.")
    versions = sorted({_version(name) for name in names})
    version = versions[-1]
    named = [c for c in configs if version and version in c] or configs
    entries = _listed(files, named[0])
    pictures: list[Picture] = []
    for name in (n for n in names if _version(n) == version):
        stem = PurePosixPath(name).stem
        base = name[: name.lower().index("labels/")]
        numbers = f"{base}instances/{stem}.png"
        part_folder = base.removesuffix(f"{version}/") if version else base
        image = files.find_image(f"{part_folder}images/{stem}") or files.find_image(f"images/{stem}")
        labels = files.path(name), files.path(numbers) if files.has(numbers) else None
        pictures.append(Picture(f"{part_folder}{stem}.jpg", image, labels, part_of(part_folder.strip("/"))))
    notes = [f"Versions {' and '.join(versions)} are here; {version} is read."] if len(versions) > 1 else []
    return SimpleSource(pictures, [_class(k, e) for k, e in enumerate(entries)], _read_labels, notes)


def _version(name: str) -> str:
    return next((p for p in name.split("/")[:-1] if p[:1] == "v" and p[1:2].isdigit()), "")


def _class(index: int, entry: Mapping[str, Any]) -> SourceClass:
    name = str(entry.get("name", index))
    readable = str(entry.get("readable") or name)
    means: Meaning | None = {_UNLABELLED: "unlabelled", _IGNORE: "ignore"}.get(name)  # pyright: ignore[reportAssignmentType]
    color = entry.get("color")
    is_color = isinstance(color, list) and len(color) == 3 and all(isinstance(c, int) for c in color)
    kind: Kind = "thing" if entry.get("instances") else "stuff"
    shown = "#{:02x}{:02x}{:02x}".format(*(c & 255 for c in color)) if is_color else None  # pyright: ignore[reportOptionalIterable]
    otherwise: Meaning | None = "ignore" if name.startswith("void--") and means is None else None
    return SourceClass(str(index), readable, shown, kind, means, otherwise)


def _read_labels(picture: Picture) -> SourceLabels:
    label_path, instance_path = picture.labels
    indices = png.decode(label_path).values
    numbers = None if instance_path is None else png.decode(instance_path).values
    if numbers is not None and numbers.shape != indices.shape:
        numbers = None
    return labels_of_planes(indices, numbers, _slot)


def _slot(index: int, number: int) -> Slot:
    return Slot(str(index), number if number % _PER_CLASS else None)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """The classes in their order, then ignore, then unlabelled as the last."""
    n = len(classes)
    if n > 254:
        raise UsageError(f"Mapillary Vistas has room for 254 classes; these are {n}.")
    return Scheme([str(k) for k in range(n)], unlabelled=str(n + 1), ignore=str(n))


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the configuration is written first."""
    labels: list[dict[str, Any]] = [
        {
            "name": f"{c.kind}--{'-'.join(c.name.lower().split())}",
            "readable": c.name,
            "color": list(c.rgb),
            "instances": c.kind == "thing",
            "evaluate": True,
        }
        for c in plan.classes
    ]
    for name, readable, grey in ((_IGNORE, "Ignore", 64), (_UNLABELLED, "Unlabeled", 0)):
        labels.append(
            {"name": name, "readable": readable, "color": [grey] * 3, "instances": False, "evaluate": False}
        )
    content = {
        "version": 1.2,
        "mapping": "public",
        "folder_structure": "{split}/{content}/{image_id}.{ext}",
        "labels": labels,
    }
    out.put("config.json", json_text(content))
    return _MapillaryWriter(plan)


@dataclass
class _MapillaryWriter:
    plan: Plan

    def image_path(self, item: Item) -> str:
        return self._path(item, "images", item.suffix)

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        n = len(self.plan.classes)
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[0], table[IGNORE] = n + 1, n
        table[1 : n + 1] = np.arange(n)
        indices = table[labels.classes_hw]
        palette = [*(c.rgb for c in self.plan.classes), (64, 64, 64), (0, 0, 0)]
        segments, _ = labels.segments()
        return Encoded(
            {
                self._path(item, "labels"): png.encode_index(indices, palette),
                self._path(item, "instances"): png.encode_16bit(self._instances(item, indices, labels)),
                self._path(item, "panoptic"): id_image.encode(segments),
            }
        )

    def _instances(self, item: Item, indices: Any, labels: ExportLabels) -> Any:
        table = np.zeros(len(labels.objects) + 1, dtype=np.uint16)
        counts: dict[int, int] = {}
        for k, entry in enumerate(labels.objects, start=1):
            number = counts[entry.class_index] = counts.get(entry.class_index, 0) + 1
            if number >= _PER_CLASS:
                raise UsageError(
                    f"{item.name} has more than 255 objects of a class, which Mapillary Vistas cannot number."
                )
            table[k] = number
        return indices.astype(np.uint16) * _PER_CLASS + table[labels.objects_hw]

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Every image has files of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""

    @staticmethod
    def _path(item: Item, folder: str, suffix: str = ".png") -> str:
        return f"{_FOLDER_OF_PART.get(item.part, item.part)}/{folder}/{item.name}{suffix}"
