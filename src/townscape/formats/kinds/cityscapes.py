"""Cityscapes: `leftImg8bit/<part>/<city>/…` and `gtFine/<part>/<city>/…` with four files per image.

`labelIds` (8-bit ids), `instanceIds` (16-bit: id · 1000 + number for objects, the plain id for the
rest, which includes things whose objects are not told apart), `color` and `polygons.json`, whose polygons
are drawn over one another in order. Classes that Cityscapes does not have get ids of their own, named
by `label_colors.txt`. Ignored pixels are *out of roi* (id 3), which the official evaluation leaves out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats import png
from townscape.formats.cityscapes_ids import LABELS, Ids, plan_ids, read_classes
from townscape.formats.cityscapes_polygons import polygons_of, read_polygons
from townscape.formats.files import Files, Out, json_text, part_of
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

TITLE = "Cityscapes"
SPEC = "https://github.com/mcordts/cityscapesScripts#dataset-structure"
RULE = "one id per pixel; polygons, where there are no ids, drawn in order by Pillow's rule"
VARIANTS = ("fine",)
IMAGE_SUFFIXES = (".png",)
_NO_ATTRIBUTES = Loss(
    "attributes",
    "Objects have a number and a class, nothing else.",
    "Annotations are encoded using `json` files containing the individual polygons. Additionally, we "
    "provide `png` images, where pixel values encode labels.",
    SPEC,
)
LOSSES: Mapping[str, Sequence[Loss]] = {"fine": (_NO_ATTRIBUTES,)}

_GROUND_TRUTH = ("gtFine", "gtCoarse")
_KINDS = ("labelIds", "polygons", "color", "labelTrainIds")
_FRAME = re.compile(r"[^_]+_(?P<sequence>\d{6})_(?P<frame>\d{6})")
_FRAMES_PER_SECOND = 17.0
_PER_CLASS = 1000


def detect(files: Files) -> str | None:
    """By ground truth with the endings of Cityscapes."""
    for folder in _GROUND_TRUTH:
        found = _annotated(files, folder)
        if found:
            return f"{folder} has files such as {next(iter(found.values()))[0]}"
    return None


def _annotated(files: Files, folder: str) -> dict[str, list[str]]:
    """Path without the ending → its files."""
    found: dict[str, list[str]] = {}
    for kind in (*_KINDS, "instanceIds"):
        ending = ".json" if kind == "polygons" else ".png"
        for name in files.find(f"*{folder}_{kind}{ending}"):
            stem = name[: -len(f"_{folder}_{kind}{ending}")]
            found.setdefault(stem, []).append(name)
    return {stem: names for stem, names in sorted(found.items()) if not _is_only(names, "instanceIds")}


def _is_only(names: Sequence[str], kind: str) -> bool:
    return all(f"_{kind}." in name for name in names)


def read(files: Files) -> Source:
    """Open a dataset: fine ground truth if there is some, else the coarse one."""
    for folder in _GROUND_TRUTH:
        found = _annotated(files, folder)
        if found:
            break
    else:
        raise NothingToRead(
            "There is no ground truth of Cityscapes: no files that end in gtFine_labelIds.png or the like."
        )
    base = _base(files, folder)
    classes = read_classes(files, base)
    pictures = [_picture(files, folder, stem, names) for stem, names in found.items()]
    known = {c.name.casefold(): c.value for c in classes}
    return _CityscapesSource(pictures, classes, (), (), known)


def _base(files: Files, folder: str) -> str:
    places = files.folders(folder)
    here = places[0].rpartition("/")[0] if places else ""
    return f"{here}/" if here else ""


def _picture(files: Files, folder: str, stem: str, names: Sequence[str]) -> Picture:
    parts = stem.split("/")
    short = parts[-1]
    place = "/".join(parts[-3:-1])
    image = files.find_image(f"leftImg8bit/{place}/{short}_leftImg8bit" if place else f"{short}_leftImg8bit")
    image = image or files.find_image(f"{short}_leftImg8bit") or files.find_image(short)
    found = _FRAME.fullmatch(short)
    return Picture(
        f"{place}/{short}_leftImg8bit.png".lstrip("/"),
        image,
        {_kind_of(folder, name): files.path(name) for name in names},
        part_of(parts[-3]) if len(parts) >= 3 else None,
        sequence=short.rpartition("_")[0] if found else None,
        sequence_s=int(found["frame"]) / _FRAMES_PER_SECOND if found else None,
    )


def _kind_of(folder: str, name: str) -> str:
    return name.rpartition(f"_{folder}_")[2].partition(".")[0]


@dataclass(frozen=True)
class _CityscapesSource(SimpleSource):
    """Needs the classes' names only where there are polygons and no ids."""

    def __init__(
        self,
        pictures: Sequence[Picture],
        classes: Sequence[SourceClass],
        notes: Sequence[str],
        problems: Sequence[tuple[str, str]],
        value_by_name: Mapping[str, str],
    ) -> None:
        super().__init__(pictures, classes, _Reader(value_by_name), notes, problems)


@dataclass(frozen=True)
class _Reader:
    value_by_name: Mapping[str, str]

    def __call__(self, picture: Picture) -> SourceLabels:
        paths: Mapping[str, Path] = picture.labels
        if "labelIds" in paths:
            numbers = png.decode(paths["instanceIds"]).values if "instanceIds" in paths else None
            ids = png.decode(paths["labelIds"]).values
            if numbers is not None and numbers.shape != ids.shape:
                numbers = None
            return labels_of_planes(ids, numbers, _slot)
        if "polygons" in paths:
            return read_polygons(paths["polygons"], self.value_by_name)
        if "color" in paths:
            colors = png.decode(paths["color"]).values[..., :3].astype(np.int64) @ (65536, 256, 1)
            return labels_of_planes(colors, None, _slot_of_color)
        return labels_of_planes(png.decode(paths["labelTrainIds"]).values, None, _slot_of_train_id)


def _slot(label_id: int, number: int) -> Slot:
    return Slot(str(label_id), number if number >= _PER_CLASS else None)


def _slot_of_color(code: int, _: int) -> Slot:
    for label in LABELS:
        if label.color == f"#{code:06x}":
            return Slot(str(label.id))
    return Slot(f"#{code:06x}")


def _slot_of_train_id(train_id: int, _: int) -> Slot:
    for label in LABELS:
        if label.is_evaluated and label.train_id == train_id:
            return Slot(str(label.id))
    return Slot("3" if train_id == 255 else f"train id {train_id}")


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Official ids where every class has one; otherwise ids of one's own."""
    return plan_ids(classes).scheme


def write(out: Out, plan: Plan) -> Writer:
    """A writer; ids of one's own are named first."""
    ids = plan_ids(plan.classes)
    if not ids.is_official:
        out.put("label_colors.txt", ids.label_colors())
    return _CityscapesWriter(plan, ids)


@dataclass
class _CityscapesWriter:
    plan: Plan
    ids: Ids

    def image_path(self, item: Item) -> str:
        return f"leftImg8bit/{_place(item)}_leftImg8bit{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[1 : len(self.ids.ids) + 1] = self.ids.ids
        table[IGNORE] = self.ids.ignore
        ids = table[labels.classes_hw]
        colors = np.zeros((256, 4), dtype=np.uint8)
        colors[:, 3] = 255
        for k, color in self.ids.colors.items():
            colors[k, :3] = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        stem = f"gtFine/{_place(item)}_gtFine"
        content: dict[str, Any] = {
            "imgHeight": item.height,
            "imgWidth": item.width,
            "objects": polygons_of(labels, self.plan.classes, self.ids),
        }
        return Encoded(
            {
                f"{stem}_labelIds.png": png.encode_index(ids),
                f"{stem}_instanceIds.png": png.encode_16bit(self._instances(item, ids, labels)),
                f"{stem}_color.png": png.encode_rgb(colors[ids]),
                f"{stem}_polygons.json": json_text(content, indent=None).encode(),
            }
        )

    def _instances(self, item: Item, ids: Any, labels: ExportLabels) -> Any:
        table = np.zeros(len(labels.objects) + 1, dtype=np.uint32)
        counts: dict[int, int] = {}
        for k, entry in enumerate(labels.objects, start=1):
            label_id = self.ids.ids[entry.class_index - 1]
            number = counts[label_id] = counts.get(label_id, -1) + 1
            table[k] = label_id * _PER_CLASS + number
            if number >= _PER_CLASS or table[k] > 65_535:
                raise UsageError(
                    f"{item.name} has more objects than Cityscapes can number: 1,000 of each of the first "
                    "64 classes."
                )
        return np.where(labels.objects_hw > 0, table[labels.objects_hw], ids)

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Every image has files of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""


def _place(item: Item) -> str:
    """`<part>/<city>/<city>_<sequence>_<frame>`: the name, with zeros for what it does not have."""
    parts = item.name.split("_")
    if len(parts) > 3:
        parts = ["-".join(parts[:-2]), *parts[-2:]]
    parts += ["000000"] * (3 - len(parts))
    return f"{item.part}/{parts[0]}/{'_'.join(parts)}"
