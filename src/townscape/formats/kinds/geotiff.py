"""GeoTIFF: a raster of classes for each image, on the image's grid, with names and colours for GIS.

`labels/x.tif` holds 0 (no data) where nothing is labelled, 1…n for the classes and 255 for ignore
(16 bits and 65,535 beyond 254 classes); `labels/x.tif.aux.xml` names them; `objects/x.tif` numbers
the objects of pictures that have any. Read are also single bands and colours that others wrote,
by windows, so that a raster may be larger than memory.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import InputError, MissingExtra, NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Window
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
    Source,
    SourceClass,
    Writer,
)
from townscape.formats.gis import geotiff_file, raster_attributes
from townscape.formats.gis.raster_attributes import SIDE_FILE, ValueRow
from townscape.formats.gis.raster_set import RasterSet
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.pairs import find_pairs, objects_beside
from townscape.workspace import rasters

TITLE = "GeoTIFF"
SPEC = "https://docs.ogc.org/is/19-008r4/19-008r4.html"
RULE = "one number or colour per pixel; no data is unlabelled"
VARIANTS = ("classes",)
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
_MASKS = ("labels", "masks", "label", "mask", "annotations", "ground_truth", "gt")
_IMAGES = ("images", "imgs", "image", "img")


def detect(files: Files) -> str | None:
    """By a folder of masks that are all GeoTIFFs."""
    folders = _folders(files)
    return None if folders is None else f"the masks in {folders[1].name} are GeoTIFFs"


def _folders(files: Files) -> tuple[Path, Path] | None:
    """Where the images and where the masks are."""
    if files.masks is not None:
        masks = Files.of(files.masks)
        return (files.images or files.root, files.masks) if _are_rasters(masks.names) else None
    if files.only is not None:
        given = files.root / files.only
        return (files.images, given) if files.images is not None and _are_rasters((files.only,)) else None
    for word in _MASKS:
        for folder in files.folders(word):
            if _are_rasters([name for name in files.names if name.startswith(f"{folder}/")]):
                beside = [f for w in _IMAGES for f in files.folders(w) if _parent(f) == _parent(folder)]
                images = files.root / (beside[0] if beside else _parent(folder))
                return files.images or images, files.root / folder
    return None


def _are_rasters(names: Sequence[str]) -> bool:
    """Whether there are GeoTIFFs among them, and no other images."""
    is_tiff = [name.lower().endswith(geotiff_file.SUFFIXES) for name in names]
    others = (n for n, tiff in zip(names, is_tiff, strict=True) if not tiff)
    return any(is_tiff) and not any(
        n.lower().endswith((".png", ".jpg", ".jpeg", ".bmp", ".gif")) for n in others
    )


def _parent(folder: str) -> str:
    return folder.rpartition("/")[0]


def read(files: Files) -> Source:
    """Open the rasters' headers. Raises `NothingToRead`, `MissingPair`, or `MissingExtra` without `geo`."""
    if not rasters.has_raster_support():
        raise MissingExtra("Reading GeoTIFFs", extra="geo")
    folders = _folders(files)
    if folders is None:
        raise NothingToRead(
            "There is no folder of masks that are GeoTIFFs.",
            hint="call it `labels`, beside a folder `images`; or name both with `--images` and `--masks`.",
        )
    images, masks = folders
    pairs = find_pairs(images, masks)
    known = RasterSet()
    pictures: list[Picture] = []
    for name, image, mask in [(p.name, p.image, p.mask) for p in pairs.complete] + [
        (name, None, mask) for name, mask in pairs.without_image
    ]:
        try:
            grid = known.open(mask)
        except InputError as error:
            known.problems.append((name, error.message))
            continue
        found = Rasters(mask, objects_beside(masks, mask))
        pictures.append(Picture(name, image, found, part_of(_parent(name)), grid=grid, by_windows=True))
    apart = [masks] if masks.is_dir() and masks.is_relative_to(images) else []
    pictures += [
        Picture(name, path, None)
        for name, path in pairs.without_mask
        if not any(path.is_relative_to(f) for f in (*apart, *(f.parent / "objects" for f in apart)))
    ]
    return GeotiffSource(pictures, known.classes(), known.notes(), known.problems)


@dataclass(frozen=True, slots=True)
class Rasters:
    """The labels of one picture."""

    mask: Path
    objects: Path | None


@dataclass(frozen=True)
class GeotiffSource:
    """Rasters of labels, read by windows."""

    pictures: Sequence[Picture]
    classes: Sequence[SourceClass]
    notes: Sequence[str]
    problems: Sequence[tuple[str, str]]

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        """The labels of a picture or of a window of it."""
        found: Rasters = picture.labels
        values = geotiff_file.read_values(found.mask, window)
        numbers = None
        attributes: Mapping[int, Mapping[str, Any]] = {}
        repairs: dict[str, int] = {}
        if found.objects is not None:
            numbers = geotiff_file.read_values(found.objects, window).values_hw
            attributes = _attributes(found.objects, found.objects.stat().st_mtime_ns)
            if numbers.shape != values.values_hw.shape:
                numbers, repairs = None, {"rasters of objects of another size than their classes": 1}

        def slot(value: int, number: int) -> Slot | None:
            if value == geotiff_file.NOTHING:
                return None
            text = values.text(value)
            return Slot(text, number, attributes.get(number, {})) if number > 0 else Slot(text)

        labels = labels_of_planes(values.values_hw, numbers, slot)
        return SourceLabels(labels.plane_hw, labels.slots, repairs=repairs)


@lru_cache(maxsize=8)
def _attributes(objects: Path, modified_ns: int) -> Mapping[int, Mapping[str, Any]]:
    """Object number → attributes, from the side file of a raster of objects."""
    side_file = objects.with_name(objects.name + SIDE_FILE)
    if not side_file.is_file():
        return {}
    found: dict[int, Mapping[str, Any]] = {}
    for row in raster_attributes.read(side_file):
        try:
            attributes = json.loads(row.attributes) if row.attributes else {}
        except ValueError:
            continue
        if isinstance(attributes, dict):
            found[row.value] = attributes
    return found


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """1…n in their order; 0 is unlabelled, the highest number ignore."""
    if len(classes) >= IGNORE:
        raise UsageError(
            f"A GeoTIFF of 16 bits has numbers for {IGNORE - 1:,} classes; these are {len(classes):,}."
        )
    return Scheme([str(k) for k in range(1, len(classes) + 1)], unlabelled="0", ignore=str(_top(classes)))


def _top(classes: Sequence[ExportClass]) -> int:
    return 255 if len(classes) < 255 else IGNORE


def value_rows(classes: Sequence[ExportClass]) -> list[ValueRow]:
    """What every number of a written raster means."""
    return [
        ValueRow(0, "unlabelled", "#000000", "unlabelled"),
        *(ValueRow(k, c.name, c.color, c.means or c.kind) for k, c in enumerate(classes, start=1)),
        ValueRow(_top(classes), "ignore", "#282828", "ignore"),
    ]


def write(out: Out, plan: Plan) -> Writer:
    """A writer. Raises `MissingExtra` without the `geo` extra."""
    return GeotiffWriter.of(plan)


@dataclass
class GeotiffWriter:
    """Writes rasters of classes and of objects, each with its side file."""

    plan: Plan
    rows: Sequence[ValueRow]
    names: bytes

    @classmethod
    def of(cls, plan: Plan) -> "GeotiffWriter":
        """A writer. Raises `MissingExtra` without the `geo` extra."""
        if not rasters.has_raster_support():
            raise MissingExtra("Writing GeoTIFFs", extra="geo")
        rows = value_rows(plan.classes)
        n_categories = 256 if _top(plan.classes) == 255 else len(rows) - 1
        return cls(plan, rows, raster_attributes.encode(rows, n_categories=n_categories))

    def image_path(self, item: Item) -> str:
        return f"images/{_stem(item)}{item.suffix}"

    def label_path(self, item: Item) -> str:
        """Where the raster of classes goes."""
        return f"labels/{_stem(item)}.tif"

    def object_path(self, item: Item) -> str:
        """Where the raster of objects goes, if there are any."""
        return f"objects/{_stem(item)}.tif"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        is_short = _top(self.plan.classes) == 255
        dtype = np.uint8 if is_short else np.uint16  # ignore, 65,535, becomes 255
        colors = {row.value: _rgba(row) for row in self.rows} if is_short else {}
        path = self.label_path(item)
        files = {
            path: geotiff_file.encode(labels.classes_hw, item, dtype=dtype, colors=colors),
            path + SIDE_FILE: self.names,
        }
        if labels.objects:
            path = self.object_path(item)
            dtype = np.uint16 if len(labels.objects) <= IGNORE else np.uint32
            files[path] = geotiff_file.encode(labels.objects_hw, item, dtype=dtype)
            files[path + SIDE_FILE] = raster_attributes.encode(
                [
                    ValueRow(
                        k,
                        self.plan.classes[o.class_index - 1].name,
                        self.plan.classes[o.class_index - 1].color,
                        "thing",
                        json.dumps(dict(o.attributes), ensure_ascii=False) if o.attributes else "",
                    )
                    for k, o in enumerate(labels.objects, start=1)
                ]
            )
        return Encoded(files)

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Rasters stand for themselves."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""


def _stem(item: Item) -> str:
    return item.name if item.part == "default" else f"{item.part}/{item.name}"


def _rgba(row: ValueRow) -> tuple[int, int, int, int]:
    code = int((row.color or "#000000")[1:], 16)
    return code >> 16, code >> 8 & 255, code & 255, 0 if row.value == 0 else 255
