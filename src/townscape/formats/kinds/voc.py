"""PASCAL VOC: one palette PNG of classes and one of objects per image, and lists of names.

`SegmentationClass` holds 0 for background, 1…n for the classes and 255 for void;
`SegmentationObject` numbers the objects of an image, if there are any. What an index means is said by
`labelmap.txt` (`name:r,g,b::`, as CVAT writes it); without one the 20 classes of VOC 2012 are meant.
The variant `rgb` writes colours instead of indices, which CVAT calls "Segmentation mask 1.1".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.runs import Stretches, look_up
from townscape.core.splits import Part
from townscape.formats.codecs import png
from townscape.formats.codecs.two_planes import labels_of_planes
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
from townscape.formats.image_folders import ImageFolders
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.names_file import IGNORE_WORDS

TITLE = "PASCAL VOC"
SPEC = "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/index.html"
RULE = "one index or colour per pixel"
VARIANTS = ("palette", "rgb")
IMAGE_SUFFIXES: Sequence[str] = ()
_NO_ATTRIBUTES = Loss(
    "attributes",
    "Objects have a number and a class, nothing else.",
    "index 0 corresponds to background and index 255 corresponds to 'void' or unlabelled",
    "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html",
)
LOSSES = dict.fromkeys(VARIANTS, (_NO_ATTRIBUTES,))

NAMES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train",
    "tvmonitor",
)  # fmt: skip
VOID = 255
_PALETTE = png.voc_palette()
_LABEL_MAP = "labelmap.txt"
_LISTS = "ImageSets/Segmentation"


def detect(files: Files) -> str | None:
    """By its folder of class masks."""
    folders = files.folders("SegmentationClass")
    return f"it has a folder {folders[0]} of class masks" if folders else None


def read(files: Files) -> Source:
    """Open a dataset; images and lists are found beside `SegmentationClass`."""
    folders = files.folders("SegmentationClass")
    if not folders:
        raise NothingToRead("There is no folder SegmentationClass, which every VOC dataset has.")
    base = folders[0].rpartition("/")[0]
    here = f"{base}/" if base else ""
    part_by_stem = _parts(files, here)
    pictures: list[Picture] = []
    images = ImageFolders(files, files.find(f"{here}Segmentation*/*.png"))
    for name in files.find(f"{here}SegmentationClass/*.png"):
        stem = name[len(here) + len("SegmentationClass/") : -len(".png")]
        objects = f"{here}SegmentationObject/{stem}.png"
        image = images.find(f"{here}JPEGImages", stem)
        masks = files.path(name), files.path(objects) if files.has(objects) else None
        pictures.append(Picture(image.name if image else stem, image, masks, part_by_stem.get(stem)))
    return SimpleSource(pictures, _classes(files, here), _read_labels)


def _classes(files: Files, here: str) -> list[SourceClass]:
    void = SourceClass(_color(_PALETTE[VOID]), "void", means="ignore")
    if not files.has(here + _LABEL_MAP):
        return [SourceClass(_color(_PALETTE[k]), name) for k, name in enumerate(NAMES)] + [void]
    found: list[SourceClass] = []
    for line in files.read_text(here + _LABEL_MAP).splitlines():
        name, _, rest = line.partition(":")
        numbers = rest.split(":")[0].split(",")
        if line.startswith("#") or len(numbers) != 3:
            continue
        color = "#{:02x}{:02x}{:02x}".format(*(int(n) & 255 for n in numbers))
        is_void = color == void.value and name.strip().lower() in IGNORE_WORDS
        found.append(void if is_void else SourceClass(color, name, color))
    if all(c.value != void.value for c in found):
        found.append(void)
    return found


def _parts(files: Files, here: str) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for name in files.find(f"{here}{_LISTS}/*.txt"):
        part = part_of(PurePosixPath(name).stem)
        if part is not None:
            found.update(dict.fromkeys(files.read_text(name).split("\n"), part))
    return {stem.strip(): part for stem, part in found.items()}


def _read_labels(picture: Picture) -> SourceLabels:
    class_path, object_path = picture.labels
    classes = _Colors.of(class_path)
    if object_path is None:
        return labels_of_planes(classes.values, None, lambda value, _: Slot(_color_of(classes.code(value))))
    objects = _Colors.of(object_path)
    none = {_code(_PALETTE[0]), _code(_PALETTE[VOID])}

    def slot(value: int, number: int) -> Slot:
        code, object_code = classes.code(value), objects.code(number)
        is_object = object_code not in none and code not in none
        return Slot(_color_of(code), object_code if is_object else None)

    if objects.values.shape == classes.values.shape:
        return labels_of_planes(classes.values, objects.values, slot)
    found = labels_of_planes(classes.values, None, lambda value, _: slot(value, 0))
    return found.with_repairs({"object masks of another size than their class mask": 1})


@dataclass(frozen=True, slots=True)
class _Colors:
    """A mask: a value per pixel, and the colour of each value (None: it is 0xrrggbb itself)."""

    values: NDArray[np.integer[Any]]
    palette: Sequence[Sequence[int]] | None

    @classmethod
    def of(cls, path: Path) -> "_Colors":
        """Grey masks without a palette are indices into VOC's own."""
        mask = png.decode(path)
        if mask.values.ndim == 2:
            return cls(mask.values, _PALETTE if mask.palette is None else mask.palette.tolist())
        return cls(png.color_codes(mask.values), None)

    def code(self, value: int) -> int:
        """0xrrggbb; black for an index that the palette does not have."""
        if self.palette is None:
            return value
        return _code(self.palette[value]) if value < len(self.palette) else 0


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """A class called background is index 0; otherwise that is what is unlabelled."""
    colors = _colors(classes, variant)
    has_background = any(_is_background(c) for c in classes)
    return Scheme(
        [_color(colors[i]) for i in _indices(classes)],
        unlabelled=None if has_background else _color(colors[0]),
        ignore=_color(colors[VOID]),
    )


def _indices(classes: Sequence[ExportClass]) -> list[int]:
    if len(classes) > VOID - 1:
        raise UsageError(f"PASCAL VOC has indices for {VOID - 1} classes; these are {len(classes)}.")
    others = iter(range(1, VOID))
    return [0 if _is_background(c) else next(others) for c in classes]


def _colors(classes: Sequence[ExportClass], variant: str) -> list[tuple[int, int, int]]:
    """The colour of every index; the classes' own in `rgb`, where they can be told apart."""
    own = [c.rgb for c in classes]
    taken = {_PALETTE[0], _PALETTE[VOID]}
    if variant != "rgb" or len(set(own)) < len(own) or set(own) & taken:
        return _PALETTE
    colors = list(_PALETTE)
    for index, color in zip(_indices(classes), own, strict=True):
        if index:
            colors[index] = color
    return colors


def _is_background(label_class: ExportClass) -> bool:
    return label_class.name.strip().lower() == "background"


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the meaning of the indices is written first."""
    colors = _colors(plan.classes, plan.variant)
    indices = _indices(plan.classes)
    named = {index: c.name for index, c in zip(indices, plan.classes, strict=True)}
    lines = ["# label:color_rgb:parts:actions"]
    for index in sorted({0, *named, VOID}):  # Datumaro and CVAT refuse colours that are not listed
        r, g, b = colors[index]
        name = named.get(index, "ignored" if index == VOID else "background")
        lines.append(f"{name}:{r},{g},{b}::")
    out.put(_LABEL_MAP, "\n".join(lines) + "\n")
    return _VocWriter(plan, tuple(indices), tuple(colors))


@dataclass
class _VocWriter:
    plan: Plan
    indices: Sequence[int]
    colors: Sequence[tuple[int, int, int]]

    def image_path(self, item: Item) -> str:
        return f"JPEGImages/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[1 : len(self.indices) + 1] = self.indices
        table[IGNORE] = VOID
        plane = look_up(table, labels.classes_hw)
        if len(labels.objects) >= VOID:
            raise UsageError(
                f"{item.name} has {len(labels.objects)} objects; PASCAL VOC has numbers for {VOID - 1}."
            )
        masks = {f"SegmentationClass/{item.name}.png": self._png(plane, self.colors)}
        if labels.objects:
            numbers = self._numbers(labels)
            masks[f"SegmentationObject/{item.name}.png"] = self._png(numbers, _PALETTE)
        return Encoded(masks)

    def _numbers(self, labels: ExportLabels) -> Any:
        """The number of every pixel's object. Stuff is numbered as well, down from 254, for Datumaro and
        CVAT, which leave out what has a class and no number.
        """
        table = np.zeros(IGNORE + 1, dtype=np.uint8)
        table[IGNORE] = VOID
        stuff = (
            k for k, c in enumerate(self.plan.classes, start=1) if c.kind == "stuff" and self.indices[k - 1]
        )
        for number, k in zip(range(VOID - 1, len(labels.objects), -1), stuff, strict=False):
            table[k] = number
        return np.where(labels.objects_hw > 0, labels.objects_hw, look_up(table, labels.classes_hw))

    def _png(self, plane: Any, colors: Sequence[tuple[int, int, int]]) -> bytes:
        if self.plan.variant == "rgb":
            stretches = Stretches.of(plane.reshape(-1))
            return png.encode_painted(stretches, np.array(colors, dtype=np.uint8), plane.shape)
        return png.encode_index(plane, colors)

    def add(self, out: Out, item: Item, entry: Any) -> None:
        out.append(f"{_LISTS}/{item.part}.txt", f"{item.name}\n")

    def close(self, out: Out) -> None:
        """Nothing is left to write."""


def _color(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def _code(rgb: Sequence[int]) -> int:
    return rgb[0] << 16 | rgb[1] << 8 | rgb[2]


def _color_of(code: int) -> str:
    return f"#{code:06x}"
