"""Cityscapes: `leftImg8bit/<part>/<city>/…` and `gtFine/<part>/<city>/…` with four files per image.

`labelIds` (8-bit ids), `instanceIds` (16-bit: id · 1000 + number for objects, the plain id for the
rest, which includes things whose objects are not told apart), `color` and `polygons.json`, whose polygons
are drawn over one another in order. Classes that Cityscapes does not have get ids of their own, named
by `label_colors.txt`. Ignored pixels are *out of roi* (id 3), which the official evaluation leaves out.
Pictures that are not called `<city>_<sequence>_<frame>` get such a name; `frame_names.txt` says which.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.runs import Stretches
from townscape.formats.codecs import png
from townscape.formats.codecs.grey_masks import read_colors, read_numbered, read_numbers
from townscape.formats.codecs.two_planes import labels_of_planes
from townscape.formats.files import Files, Out, json_text, part_of
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
from townscape.formats.image_folders import images_without_labels
from townscape.formats.label_colors import NAME as LABEL_COLORS
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts.cityscapes_ids import LABELS, OUT_OF_ROI, Ids, plan_ids, read_classes
from townscape.formats.parts.cityscapes_names import FRAME_NAMES, frame_name, read_names
from townscape.formats.parts.cityscapes_polygons import polygons_of, read_polygons
from townscape.formats.reading import labels_of_values

TITLE = "Cityscapes"
SPEC = "https://github.com/mcordts/cityscapesScripts#dataset-structure"
RULE = "one id per pixel; polygons, where there are no ids, drawn in order by Pillow's rule"
VARIANTS = ("fine", "masks")
"""`masks` is all but the polygons, which take most of the time and which only drawing tools read."""
IMAGE_SUFFIXES = (".png",)
_NO_ATTRIBUTES = Loss(
    "attributes",
    "Objects have a number and a class, nothing else.",
    "The pixel values encode both, class and the individual instance.",
    "https://github.com/mcordts/cityscapesScripts/blob/master/cityscapesscripts/preparation/json2instanceImg.py",
)
LOSSES: Mapping[str, Sequence[Loss]] = {"fine": (_NO_ATTRIBUTES,), "masks": (_NO_ATTRIBUTES,)}

_TRUTHS = ("gtFine", "gtCoarse")
_KINDS = ("labelIds", "instanceIds", "polygons", "color", "labelTrainIds")
_KIND_OF = {kind.lower(): kind for kind in _KINDS}
_FILE = re.compile(
    rf"(?P<stem>.+)_(?P<truth>{'|'.join(_TRUTHS)})_(?P<kind>{'|'.join(_KINDS)})\.(png|json)", re.IGNORECASE
)
_FRAME = re.compile(r"[^_]+_(?P<sequence>\d{6})_(?P<frame>\d{6})")
_FRAMES_PER_SECOND = 17.0
_PER_CLASS = 1000


def detect(files: Files) -> str | None:
    """By ground truth with the endings of Cityscapes."""
    found = next((name for name in files.names if _FILE.fullmatch(name)), None)
    return f"it has files such as {found}" if found else None


def read(files: Files) -> Source:
    """Open a dataset: of an image's ground truths the fine one, the coarse one where there is no other."""
    truths = _truths(files)
    if not any(truths.values()):
        raise NothingToRead(
            "There is no ground truth of Cityscapes: no files that end in gtFine_labelIds.png or the like."
        )
    base = _base(files)
    names = read_names(files, base)
    pictures: dict[str, Picture] = {}
    problems: list[tuple[str, str]] = []
    n_coarse = 0
    for truth, stems in truths.items():
        for stem, kinds in sorted(stems.items()):
            picture = _picture(files, stem, kinds, names)
            if picture.name not in pictures:
                pictures[picture.name] = picture
                n_coarse += truth == "gtCoarse"
            elif truth == "gtFine":
                problems.append((stem, f"there is another ground truth of {picture.name}"))
    notes = (
        [f"{n_coarse} images have coarse ground truth only; it is read."]
        if truths["gtFine"] and n_coarse
        else []
    )
    found = list(pictures.values())
    found += images_without_labels(files, found, lambda name: "_leftimg8bit." in name)
    classes = read_classes(files, base)
    return SimpleSource(
        found, classes, partial(_read_labels, files.root, _Meaning.of(classes)), notes, problems
    )


def _truths(files: Files) -> dict[str, dict[str, dict[str, str]]]:
    """For each kind of ground truth: path without the ending → kind of file → its name."""
    found: dict[str, dict[str, dict[str, str]]] = {truth: {} for truth in _TRUTHS}
    for name in files.names:
        match = _FILE.fullmatch(name)
        if match is not None:
            truth = _TRUTHS[match["truth"].lower() == "gtcoarse"]
            found[truth].setdefault(match["stem"], {})[_KIND_OF[match["kind"].lower()]] = name
    return found


def _base(files: Files) -> str:
    places = next((places for truth in _TRUTHS if (places := files.folders(truth))), [""])
    here = places[0].rpartition("/")[0]
    return f"{here}/" if here else ""


def _picture(files: Files, stem: str, kinds: Mapping[str, str], names: Mapping[str, str]) -> Picture:
    *folders, short = stem.split("/")
    place = "".join(f"{folder}/" for folder in folders[-2:])
    image = files.find_image(f"leftImg8bit/{place}{short}_leftImg8bit")
    found = _FRAME.fullmatch(short) if short not in names else None
    return Picture(
        f"{place}{names[short]}.png" if short in names else f"{place}{short}_leftImg8bit.png",
        image or files.find_image(short),
        tuple(kinds[kind] for kind in _needed(kinds)),
        next((part for folder in folders[-2:] if (part := part_of(folder))), None),
        sequence=short.rpartition("_")[0] if found else None,
        sequence_s=int(found["frame"]) / _FRAMES_PER_SECOND if found else None,
    )


def _needed(kinds: Mapping[str, str]) -> Sequence[str]:
    """The kinds of files that are read, of those that there are."""
    if "labelIds" in kinds:
        return [kind for kind in ("labelIds", "instanceIds") if kind in kinds]
    return [next(kind for kind in ("instanceIds", "polygons", "color", "labelTrainIds") if kind in kinds)]


@dataclass(frozen=True)
class _Meaning:
    """What names and colours stand for, where there are no ids."""

    value_by_name: Mapping[str, str]
    value_by_color: Mapping[int, str]

    @classmethod
    def of(cls, classes: Sequence[SourceClass]) -> "_Meaning":
        names = {c.name.casefold(): c.value for c in reversed(classes)} | {c.name: c.value for c in classes}
        colors = {int(c.color[1:], 16): c.value for c in reversed(classes) if c.color}
        return cls(names, colors)


def _read_labels(root: Path, meaning: _Meaning, picture: Picture) -> SourceLabels:
    names: Sequence[str] = picture.labels
    paths = {_KIND_OF[n.rpartition("_")[2].rpartition(".")[0].lower()]: f"{root}/{n}" for n in names}
    if "labelIds" in paths:
        return read_numbered(paths["labelIds"], paths.get("instanceIds"), _class_of)
    if "instanceIds" in paths:
        numbers = read_numbers(paths["instanceIds"])
        return labels_of_planes(numbers, None, lambda n, _: Slot(str(_class_of(n) or n), _object(n)))
    if "polygons" in paths:
        return read_polygons(Path(paths["polygons"]), picture.image, meaning.value_by_name)
    if "color" in paths:
        colors = read_colors(paths["color"])
        return labels_of_values(colors, lambda c: Slot(meaning.value_by_color.get(c) or f"#{c:06x}"))
    return labels_of_values(read_numbers(paths["labelTrainIds"]), _slot_of_train_id)


def _class_of(number: int) -> int | None:
    return number // _PER_CLASS if number >= _PER_CLASS else None


def _object(number: int) -> int | None:
    return number if number >= _PER_CLASS else None


def _slot_of_train_id(train_id: int) -> Slot:
    for label in LABELS:
        if label.is_evaluated and label.train_id == train_id:
            return Slot(str(label.id))
    return Slot(str(OUT_OF_ROI) if train_id == 255 else f"train id {train_id}")


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Official ids where every class has one; otherwise ids of one's own."""
    del variant
    return plan_ids(classes).scheme


def write(out: Out, plan: Plan) -> Writer:
    """A writer; ids of one's own are named first."""
    ids = plan_ids(plan.classes)
    if not ids.is_official:
        out.put(LABEL_COLORS, ids.label_colors())
    return _CityscapesWriter(plan, ids)


@dataclass
class _CityscapesWriter:
    plan: Plan
    ids: Ids

    def image_path(self, item: Item) -> str:
        return f"leftImg8bit/{_place(item)}_leftImg8bit{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        known = labels.stretches(by_columns=False)
        ids = self.ids.table[known.classes]
        numbers = np.where(known.objects > 0, self._numbers(item, labels)[known.objects], ids)
        stretches, shape = Stretches(known.starts, ids, known.size), known.shape
        plane = stretches.filled()
        stem = f"gtFine/{_place(item)}_gtFine"
        files = {
            f"{stem}_labelIds.png": png.encode_index(plane.reshape(shape)),
            f"{stem}_instanceIds.png": png.encode_16bit(
                replace(stretches, values=numbers.astype(">u2")).filled().reshape(shape)
            ),
            f"{stem}_color.png": png.encode_painted(stretches, self.ids.palette, shape),
        }
        if self.plan.variant == "fine":
            content: dict[str, Any] = {
                "imgHeight": item.height,
                "imgWidth": item.width,
                "objects": polygons_of(labels, self.plan.classes, self.ids),
            }
            files[f"{stem}_polygons.json"] = json_text(content, indent=None).encode()
        return Encoded(files)

    def _numbers(self, item: Item, labels: ExportLabels) -> NDArray[np.uint32]:
        """The number of each object, from object 1."""
        table = np.zeros(len(labels.objects) + 1, dtype=np.uint32)
        counts: dict[int, int] = {}
        for k, entry in enumerate(labels.objects, start=1):
            label_id = self.ids.ids[entry.class_index - 1]
            number = counts[label_id] = counts.get(label_id, -1) + 1
            table[k] = label_id * _PER_CLASS + number
            if number >= _PER_CLASS or table[k] > IGNORE:
                raise UsageError(
                    f"{item.name} has more objects than Cityscapes can number: 1,000 of each of the first "
                    "64 classes."
                )
        return table

    def add(self, out: Out, item: Item, entry: Any) -> None:
        made_up = frame_name(item.name)
        if made_up != item.name:
            out.append(FRAME_NAMES, f"{made_up}\t{item.name}\n")

    def close(self, out: Out) -> None:
        """Nothing is left to write."""


def _place(item: Item) -> str:
    name = frame_name(item.name)
    return f"{item.part}/{name.partition('_')[0]}/{name}"
