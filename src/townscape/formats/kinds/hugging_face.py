"""Hugging Face: parquet files with a column of images and one of label images, and their ids' names.

`data/<split>-00000-of-00001.parquet` has the columns `image` and `label` (PNG: 0 is unlabelled, 1…n
the classes, 255 ignore; 16 bits and 65,535 beyond 254 classes), `instance` (PNG that numbers the
objects, where there are any) and `objects` (number, class and attributes of each); `id2label.json`
names the classes and `README.md` is the dataset card, from which `load_dataset` knows the features.
"""

import atexit
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Window
from townscape.formats import names_file
from townscape.formats.codecs import png
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
    Source,
    SourceClass,
    Writer,
)
from townscape.formats.labels import ExportLabels, Slot, SourceLabels
from townscape.formats.parts.parquet_pictures import (
    IMAGE,
    INSTANCE,
    LABEL,
    OBJECTS,
    ParquetFileWriter,
    Row,
    require_parquet,
    rows_of,
)

TITLE = "Hugging Face (parquet)"
SPEC = "https://huggingface.co/docs/datasets/semantic_segmentation"
RULE = "one id per pixel"
VARIANTS = ("parquet",)
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
HOLDS_IMAGES = True
"""Images lie inside the files: `Source.fetch_image` puts one where `Picture.image` says."""
_ID2LABEL = "id2label.json"
_LABEL2ID = "label2id.json"
_SPLITS = {"val": "validation"}
_LOSSY = (".jpg", ".jpeg")
_MAX_CLASSES = IGNORE - 1
_COLOR_BIT = 1 << 24


def detect(files: Files) -> str | None:
    """By parquet files."""
    names = files.find("*.parquet")
    return f"{names[0]} is a parquet file" if names else None


def read(files: Files) -> Source:
    """Index the rows; images and labels stay in the files. Raises `MissingExtra` without `parquet`."""
    require_parquet("Reading parquet files")
    names = files.find("*.parquet")
    if not names:
        raise NothingToRead("There is no parquet file.")
    folder = _scratch_folder() / uuid4().hex
    pictures: list[Picture] = []
    problems: list[tuple[str, str]] = []
    taken: set[str] = set()
    for name in names:
        part = part_of(PurePosixPath(name).stem) or part_of(name.rpartition("/")[0])
        split = PurePosixPath(name).stem.partition("-")[0]
        try:
            for row, image, label in rows_of(files.path(name)):
                shown = f"{split}/{image or label}"
                while shown in taken:
                    shown = f"{split}/{len(pictures):06d}-{image or label}"
                taken.add(shown)
                file = folder / f"{len(pictures):08d}{PurePosixPath(image).suffix.lower()}"
                is_lossy = label.lower().endswith(_LOSSY)
                pictures.append(Picture(shown, file if image else None, row, part, is_lossy=is_lossy))
        except InputError as error:
            problems.append((name, error.message))
    if not pictures and problems:
        raise InputError(f"{problems[0][0]}: {problems[0][1]}")
    return _HuggingFaceSource(pictures, _classes(files), (), problems)


@cache
def _scratch_folder() -> Path:
    """Where images are put that are asked for; gone when the process that opened the files ends."""
    folder = Path(tempfile.mkdtemp(prefix="townscape-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _classes(files: Files) -> list[SourceClass]:
    """The names of the ids; 255 is what Hugging Face's losses leave out, unless it has a name."""
    named: dict[str, str] = {}
    for name in files.find(_ID2LABEL, f"*/{_ID2LABEL}")[:1]:
        content = files.read_json(name)
        named = {str(k): str(v) for k, v in content.items()} if isinstance(content, dict) else {}
    for name in files.find(_LABEL2ID, f"*/{_LABEL2ID}")[:1] if not named else ():
        content = files.read_json(name)
        named = {str(v): str(k) for k, v in content.items()} if isinstance(content, dict) else {}
    found = [SourceClass(value, name, means=names_file.means(name)) for value, name in named.items()]
    ignore = next(value for value in ("255", str(IGNORE), "") if value not in named)
    return [*found, SourceClass(ignore, "ignore", means="ignore")] if ignore else found


@dataclass(frozen=True)
class _HuggingFaceSource:
    pictures: Sequence[Picture]
    classes: Sequence[SourceClass]
    notes: Sequence[str]
    problems: Sequence[tuple[str, str]]

    def fetch_image(self, picture: Picture) -> Path:
        """Write the picture's image to `picture.image`, if it is not there yet, for as long as we run."""
        row: Row = picture.labels
        assert picture.image is not None, "pictures without an image have no place for one"
        if not picture.image.exists():
            content = row.image_of(row.columns.image)
            if content is None:
                raise InputError(f"{picture.name} has no image in {row.file.name}.")
            picture.image.parent.mkdir(parents=True, exist_ok=True)
            half = picture.image.with_suffix(".part")
            half.write_bytes(content)
            half.replace(picture.image)
        return picture.image

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        row: Row = picture.labels
        content = row.image_of(row.columns.label)
        if content is None:
            raise InputError(f"{picture.name} has no labels in {row.file.name}.")
        values = _values(content, picture.name)
        numbers, repairs = None, dict[str, int]()
        content = row.image_of(row.columns.instance)
        if content is not None:
            numbers = _numbers(content, picture.name)
            if numbers.shape != values.shape:
                numbers, repairs = None, {"object masks of another size than their labels": 1}
        attributes = {entry.get("id"): _attributes(entry) for entry in row.objects()} if content else {}

        def slot(value: int, number: int) -> Slot:
            text = f"#{value & 0xFFFFFF:06x}" if value & _COLOR_BIT else str(value)
            return Slot(text, number, attributes.get(number, {})) if number else Slot(text)

        found = labels_of_planes(values, numbers, slot)
        plane = found.plane_hw if window is None else found.plane_hw[window.slices]
        return SourceLabels(plane, found.slots, repairs=repairs)


def _values(content: bytes, name: str) -> NDArray[np.integer]:
    """The ids of a label image; colours as 0x1rrggbb, unless all of them are grey."""
    values = np.asarray(png.decode(content, name=f"of {name}").values)
    if values.ndim == 2:
        return values.astype(np.uint8) if values.dtype == np.bool_ else values.astype(np.int64, copy=False)
    bands = values[..., :3].astype(np.int64)
    if bands.shape[2] < 3 or (np.ptp(bands, axis=2) == 0).all():
        return bands[..., 0]
    return bands @ (65536, 256, 1) | _COLOR_BIT


def _numbers(content: bytes, name: str) -> NDArray[np.integer]:
    """The object numbers of an instance image; in colours, red is the lowest byte."""
    values = np.asarray(png.decode(content, name=f"of {name}").values)
    return values if values.ndim == 2 else values[..., :3].astype(np.int64) @ (1, 256, 65536)


def _attributes(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = json.loads(entry.get("attributes") or "{}")
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """1…n in their order; 0 is unlabelled, the highest id ignore."""
    if len(classes) > _MAX_CLASSES:
        raise UsageError(f"A label image of 16 bits has ids for {_MAX_CLASSES:,} classes.")
    return Scheme([str(k) for k in range(1, len(classes) + 1)], unlabelled="0", ignore=str(_top(classes)))


def _top(classes: Sequence[ExportClass]) -> int:
    return 255 if len(classes) < 255 else IGNORE


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the ids' names are written first. Raises `MissingExtra` without the `parquet` extra."""
    require_parquet("Writing parquet files")
    names = {str(k): c.name for k, c in enumerate(plan.classes, start=1)}
    out.put(_ID2LABEL, json_text({"0": "unlabelled", **names}))
    return _HuggingFaceWriter(plan)


@dataclass
class _HuggingFaceWriter:
    plan: Plan
    _files: dict[str, ParquetFileWriter] = field(default_factory=dict[str, ParquetFileWriter])
    """Split → its file."""

    def __getstate__(self) -> dict[str, Any]:
        return {"plan": self.plan, "_files": {}}

    def image_path(self, item: Item) -> None:
        """Images lie inside the parquet files."""

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        top, stem = _top(self.plan.classes), item.name
        if top == 255:
            content = png.encode_index(labels.classes_hw.astype(np.uint8))  # 65,535 becomes 255
        else:
            content = png.encode_16bit(labels.classes_hw)
        row: dict[str, Any] = {
            IMAGE: {"bytes": item.image(), "path": f"{stem}{item.suffix}"} if self.plan.has_images else None,
            LABEL: {"bytes": content, "path": f"{stem}.png"},
            INSTANCE: {"bytes": _encode_numbers(labels), "path": f"{stem}.png"} if labels.objects else None,
            OBJECTS: [
                {
                    "id": k,
                    "label": o.class_index,
                    "attributes": json.dumps(dict(o.attributes), ensure_ascii=False),
                }
                for k, o in enumerate(labels.objects, start=1)
            ],
        }
        return Encoded(entry=row)

    def add(self, out: Out, item: Item, entry: Any) -> None:
        split = _SPLITS.get(item.part, item.part)
        if split not in self._files:
            path = out.root / "data" / f"{split}-00000-of-00001.parquet"
            self._files[split] = ParquetFileWriter(path)
        self._files[split].add(entry)

    def close(self, out: Out) -> None:
        for file in self._files.values():
            file.close()
        out.put("README.md", _card(self.plan, {split: f.n_rows for split, f in self._files.items()}))


def _encode_numbers(labels: ExportLabels) -> bytes:
    numbers = labels.objects_hw
    if len(labels.objects) <= IGNORE:
        return png.encode_16bit(numbers)
    return png.encode_rgb(np.stack([numbers & 255, numbers >> 8 & 255, numbers >> 16 & 255], axis=-1))


_FEATURES = """\
dataset_info:
  features:
  - name: image
    dtype: image
  - name: label
    dtype: image
  - name: instance
    dtype: image
  - name: objects
    list:
    - name: id
      dtype: int32
    - name: label
      dtype: int32
    - name: attributes
      dtype: string
"""


def _card(plan: Plan, n_by_split: Mapping[str, int]) -> str:
    """The dataset card: YAML for Hugging Face's reader and its pages, a table of classes for people."""
    lines = ["---", f"pretty_name: {json.dumps(plan.name, ensure_ascii=False)}"]
    lines += ["task_categories:", "- image-segmentation"]
    lines += ["license: other", f"license_name: {json.dumps(plan.licence, ensure_ascii=False)}"] * bool(
        plan.licence
    )
    lines += [_FEATURES + "configs:", "- config_name: default", "  data_files:"]
    for split in n_by_split:
        lines += [f"  - split: {split}", f"    path: data/{split}-*"]
    lines += ["---", "", f"# {plan.name}", ""]
    lines += [f"- {split}: {n:,} pictures" for split, n in n_by_split.items()]
    lines += [
        "",
        f"In `label`, 0 is unlabelled and {_top(plan.classes)} is to be ignored; neither is a class.",
        "`instance` numbers the objects of a picture; `objects` has the class and the attributes of each.",
        "",
        "| id | class | kind | colour |",
        "|---|---|---|---|",
    ]
    for k, c in enumerate(plan.classes, start=1):
        lines.append(f"| {k} | {c.name.replace('|', chr(92) + '|')} | {c.kind} | {c.color} |")
    return "\n".join(lines) + "\n"
