"""Segmentation masks: a folder of images and a folder of masks with the same names.

The commonest format of all. Masks are index PNGs, palette PNGs, RGB PNGs or GeoTIFFs, in any
mixture; a list of names (`classes.json`, `labelmap.txt` …) may lie beside them. Written are
`images`, `masks` and `classes.json`, and `objects` (16-bit PNGs that number them) where there are any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import InputError, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Window
from townscape.formats import mask_file
from townscape.formats.codecs import png
from townscape.formats.files import Files, Out, json_text, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Grid,
    Item,
    Loss,
    Picture,
    Plan,
    Scheme,
    Source,
    SourceClass,
    Writer,
)
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.names_file import find_names_file, means
from townscape.formats.pairs import find_pairs, objects_beside
from townscape.formats.reading import labels_of_values

TITLE = "Segmentation masks"
SPEC = "docs/reference/formats.md"
RULE = "one index or colour per pixel"
VARIANTS = ("index", "palette", "rgb")
PRIORITY = -10
IMAGE_SUFFIXES: Sequence[str] = ()
LOSSES = dict.fromkeys(
    VARIANTS,
    (
        Loss(
            "attributes",
            "Masks hold a number per pixel and nothing else.",
            "Objects have a number and no attributes.",
            SPEC,
        ),
    ),
)
_NAMES = "classes.json"
_MASKS = ("masks", "labels", "annotations", "gt", "mask", "label")
_IMAGES = ("images", "imgs", "image", "img")
_UNLABELLED_RGB, _IGNORE_RGB = (0, 0, 0), (255, 255, 255)


def detect(files: Files) -> str | None:
    """By two folders, of images and of masks, that share names."""
    if files.masks is not None:
        return "a folder of masks was given"
    folders = _folders(files)
    return (
        f"{folders[1].name} has masks with the names of the pictures in {folders[0].name}"
        if folders
        else None
    )


def _folders(files: Files) -> tuple[Path, Path] | None:
    if files.only is not None:
        return None
    for image_word in _IMAGES:
        for mask_word in _MASKS:
            for images in files.folders(image_word)[:1]:
                masks = f"{images.rpartition('/')[0]}/{mask_word}".lstrip("/")
                found = [f for f in files.folders(mask_word) if f.lower() == masks.lower()]
                if found and find_pairs(files.root / images, files.root / found[0]).complete:
                    return files.root / images, files.root / found[0]
    return None


def read(files: Files) -> Source:
    """Open the two folders. Raises `NothingToRead` or `MissingPair` if nothing belongs together."""
    root = files.root if files.only is None else files.root / files.only
    folders = (root, files.masks) if files.masks is not None else _folders(files)
    if folders is None:
        raise InputError(
            f"{root} holds no folder of images beside a folder of masks.",
            hint="give both: `townscape import mask-folder IMAGES MASKS`.",
        )
    images, masks = folders
    pairs = find_pairs(images, masks)
    pairs.require()
    pictures: list[Picture] = []
    problems: list[tuple[str, str]] = []
    for pair in pairs.complete:
        try:
            mask = mask_file.open_mask(pair.mask)
        except InputError as error:
            problems.append((str(pair.image), error.message))
            continue
        folder = pair.name.rpartition("/")[0]
        pictures.append(
            Picture(
                pair.name,
                pair.image,
                (mask, objects_beside(masks, pair.mask, suffix=".png")),
                part_of(folder.split("/")[0]),
                sequence=folder or images.resolve().name,
                grid=Grid(mask.width, mask.height, mask.transform),
                by_windows=mask.is_raster,
                is_lossy=mask.is_lossy,
            )
        )
    pictures += [Picture(name, path, None) for name, path in pairs.without_mask]
    pictures += [Picture(name, None, path) for name, path in pairs.without_image]
    names = find_names_file(masks, masks.parent, masks.parent.parent)
    classes = [] if names is None else [
        SourceClass(mask_file.code_text(code), name, means=means(name), kind=names.kind_by_code.get(code))
        for code, name in names.name_by_code.items()
    ]  # fmt: skip
    return _MaskSource(pictures, classes, (), problems, None if names is None else names.path.name)


@dataclass(frozen=True)
class _MaskSource:
    pictures: Sequence[Picture]
    classes: Sequence[SourceClass]
    notes: Sequence[str]
    problems: Sequence[tuple[str, str]]
    names_file: str | None
    """Name of the list of class names, if there is one."""

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        mask, objects = picture.labels
        codes = mask.read(window)
        if objects is None:
            return labels_of_values(codes, lambda code: Slot(mask_file.code_text(code)))
        numbers = png.decode(objects).values
        numbers = numbers if window is None else numbers[window.slices]
        if numbers.shape != codes.shape:
            repairs = {"object masks of another size than their mask": 1}
            return labels_of_values(codes, lambda code: Slot(mask_file.code_text(code)), repairs=repairs)
        return labels_of_values(
            numbers.astype(np.int64) << 32 | codes,
            lambda pair: Slot(mask_file.code_text(pair & 0xFFFFFFFF), (pair >> 32) or None),
        )


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Index 0 (black) is unlabelled, the highest index (white) ignore."""
    if variant == "index":
        _, top = _index_type(len(classes))
        values = [str(k) for k in range(1, len(classes) + 1)]
        return Scheme(values, unlabelled="0", ignore=str(top))
    colors = _colors(classes, variant)
    return Scheme(
        [_hex(colors[k]) for k in range(1, len(classes) + 1)], _hex(_UNLABELLED_RGB), _hex(_IGNORE_RGB)
    )


def _index_type(n_classes: int) -> tuple[type, int]:
    return (np.uint8, 255) if n_classes < 255 else (np.uint16, 65_535)


def _colors(classes: Sequence[ExportClass], variant: str) -> list[tuple[int, int, int]]:
    """The colour of every index: the classes' own, where they can be told apart."""
    own = [c.rgb for c in classes]
    if variant == "palette" and len(own) > 254:
        raise UsageError(
            f"A palette has room for 254 classes; these are {len(own)}.",
            hint="write them with `--variant index`.",
        )
    taken = {_UNLABELLED_RGB, _IGNORE_RGB}
    if len(set(own)) == len(own) and not set(own) & taken:
        return [_UNLABELLED_RGB, *own]
    free = (c for k in range(1, 1 << 24) if (c := _scattered(k)) not in taken)
    return [_UNLABELLED_RGB, *(next(free) for _ in own)]


def _scattered(k: int) -> tuple[int, int, int]:
    code = k * 2_654_435_761 >> 7 & 0xFFFFFF
    return code >> 16, code >> 8 & 255, code & 255


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the meaning of the values is written first."""
    planned = scheme(plan.classes, plan.variant)
    rows = [
        {"value": value, "name": c.name, "kind": c.kind, "color": c.color}
        for value, c in zip(planned.values, plan.classes, strict=True)
    ]
    listed = [
        {"value": planned.unlabelled, "name": "unlabelled"},
        *rows,
        {"value": planned.ignore, "name": "ignore"},
    ]
    out.put(_NAMES, json_text({"classes": listed}))
    colors = [] if plan.variant == "index" else _colors(plan.classes, plan.variant)
    return _MaskWriter(plan, tuple(colors))


@dataclass
class _MaskWriter:
    plan: Plan
    colors: Sequence[tuple[int, int, int]]

    def image_path(self, item: Item) -> str:
        return f"images/{self._stem(item)}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        files = {f"masks/{self._stem(item)}.png": self._mask(labels.classes_hw)}
        if labels.objects:
            if len(labels.objects) > 65_535:
                raise UsageError(
                    f"{item.name} has {len(labels.objects)} objects; masks can number 65,535.",
                    hint="write COCO or COCO panoptic.",
                )
            files[f"objects/{self._stem(item)}.png"] = png.encode_16bit(labels.objects_hw)
        return Encoded(files)

    def _mask(self, classes_hw: Any) -> bytes:
        _, top = _index_type(len(self.plan.classes))
        if self.plan.variant == "index":
            plane = np.where(classes_hw == IGNORE, top, classes_hw)
            return png.encode_index(plane) if top == 255 else png.encode_16bit(plane)
        if self.plan.variant == "palette":
            palette = [*self.colors, *[(0, 0, 0)] * (255 - len(self.colors)), _IGNORE_RGB]
            return png.encode_index(np.where(classes_hw == IGNORE, 255, classes_hw), palette)
        colors = np.array([*self.colors, _IGNORE_RGB], dtype=np.uint8)
        return png.encode_rgb(colors[np.where(classes_hw == IGNORE, len(self.colors), classes_hw)])

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Masks stand for themselves."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""

    def _stem(self, item: Item) -> str:
        return item.name if item.part == "default" else f"{item.part}/{item.name}"


def _hex(rgb: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*rgb)
