"""Ultralytics semantic segmentation: `masks/<part>/<name>.png` with a class id per pixel, 255 ignored.

Ids count from 0 and there is none for unlabelled pixels. `data.yaml` names the classes and the
folder of masks (`masks_dir`), and may translate mask values to ids (`label_mapping`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import InputError, NothingToRead, UnreadableImage, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import png
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
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts import data_yaml
from townscape.formats.parts.data_yaml import DataYaml
from townscape.formats.reading import labels_of_values

TITLE = "Ultralytics semantic segmentation"
SPEC = "https://docs.ultralytics.com/datasets/semantic"
RULE = "one class id per pixel, through label_mapping; 255 ignored"
VARIANTS = ("png",)
PRIORITY = 1
IMAGE_SUFFIXES = data_yaml.IMAGE_SUFFIXES
LOSSES = {
    "png": (
        Loss(
            "objects",
            "Masks hold classes only; objects of one class become one.",
            "Unlike instance segmentation, semantic segmentation does not separate individual objects of the "
            "same class.",
            SPEC,
        ),
        Loss(
            "attributes",
            "Masks hold a number per pixel and nothing else.",
            "The mask is a single-channel image, usually PNG, where each pixel value is the class index "
            "for the corresponding image pixel.",
            SPEC,
        ),
    )
}
VOID = 255
_MASKS = "masks"
_MASK_SUFFIXES = (".png", ".bmp", ".tif", ".tiff")


def detect(files: Files) -> str | None:
    """By `data.yaml` and masks where it says."""
    files = data_yaml.whole_folder(files)
    found = data_yaml.find_data_yaml(files)
    if found is None:
        return None
    masks = next(iter(_masks(files, found).label_of.values()), None)
    return f"{found.name} names classes, and there are masks as {masks}" if masks else None


def read(files: Files) -> Source:
    """Open a dataset. Raises `NothingToRead` if there is no `data.yaml` or no mask."""
    files = data_yaml.whole_folder(files)
    found = data_yaml.find_data_yaml(files)
    if found is None:
        raise NothingToRead(
            "There is no data.yaml that names classes and parts, as Ultralytics datasets have."
        )
    paired = _masks(files, found)
    mask_of = paired.label_of
    if not mask_of and not paired.without_image:
        raise NothingToRead(f"There is no folder {found.masks_dir or _MASKS} with masks beside the images.")
    masks = {*mask_of.values(), *paired.without_image}
    parts = data_yaml.parts_of_images(files, found)
    pictures = [
        Picture(name, path, files.path(mask_of[name]) if name in mask_of else None, parts[name])
        for name, path in files.image_files.items()
        if name in mask_of or (name not in masks and "/images/" in f"/{name.lower()}")
    ]
    pictures += [
        Picture(name, None, files.path(name), part_of(name.rpartition("/")[0]))
        for name in paired.without_image
    ]
    classes = [SourceClass(str(k), name) for k, name in sorted(found.name_by_id.items())]
    classes.append(SourceClass(str(VOID), "ignore", means="ignore"))
    is_single = len(found.name_by_id) == 1
    note = f"With one class, Ultralytics takes 1 for {found.name_by_id.get(0)} and 0 for all else."
    read_labels = partial(_read_labels, dict(found.id_by_mask_value))
    return SimpleSource(pictures, classes, read_labels, notes=[note] if is_single else [])


def _masks(files: Files, data: DataYaml) -> data_yaml.Paired:
    folder = (data.masks_dir or _MASKS).strip("/")
    inside = f"/{folder.lower()}/"
    names = [
        name for name in files.names if name.lower().endswith(_MASK_SUFFIXES) and inside in f"/{name.lower()}"
    ]
    return data_yaml.pair_labels(files, names, folder, _MASK_SUFFIXES)


def _read_labels(id_by_mask_value: Mapping[int, int | None], picture: Picture) -> SourceLabels:
    def slot(value: int) -> Slot:
        class_id = id_by_mask_value.get(value, value)
        return Slot(str(VOID if class_id is None else class_id))

    return labels_of_values(_values(picture.labels), slot)


def _values(path: Path) -> Any:
    """The ids of a mask: indices of a coloured palette, grey values otherwise, 0 and 1 of a bit each."""
    mask = png.decode(path)
    values = np.asarray(mask.values)
    if values.ndim != 2 or values.dtype.kind not in "iu":
        raise UnreadableImage(f"The mask {path} has more than one channel, not a class id per pixel.")
    if mask.palette is not None and (mask.palette == mask.palette[:, :1]).all():
        return mask.palette[:, 0][values]
    return values // 255 if _has_bits(path) else values


def _has_bits(path: Path) -> bool:
    """Whether a PNG has one bit per pixel and no palette."""
    with path.open("rb") as stream:
        return stream.read(26)[24:26] == b"\x01\x00"


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Ids count from 0; 255 is ignored, and nothing stands for unlabelled."""
    if len(classes) > VOID:
        raise UsageError(f"Ultralytics masks have ids for {VOID} classes; these are {len(classes)}.")
    return Scheme([str(k) for k in range(len(classes))], unlabelled=None, ignore=str(VOID))


def write(out: Out, plan: Plan) -> Writer:
    """A writer; `data.yaml` is written first."""
    names = [c.name for c in plan.classes]
    out.put("data.yaml", data_yaml.data_yaml_text(plan.name, names, plan.parts, masks_dir=_MASKS))
    return _SemanticWriter()


@dataclass
class _SemanticWriter:
    def image_path(self, item: Item) -> str:
        return f"images/{item.part}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        if not labels.classes_hw.all():
            raise InputError(f"{item.name} has unlabelled pixels, which Ultralytics masks have no id for.")
        ids = np.where(labels.classes_hw == IGNORE, VOID, labels.classes_hw - 1)
        return Encoded({f"{_MASKS}/{item.part}/{item.name}.png": png.encode_index(ids.astype(np.uint8))})

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Every picture has files of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""
