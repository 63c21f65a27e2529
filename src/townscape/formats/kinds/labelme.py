"""LabelMe: one JSON file per image, beside it, with a list of shapes.

Shapes are masks (a cut-out PNG between two corners), polygons, rectangles or circles; later ones lie
on top. A `group_id` makes one object of several shapes. Attributes are LabelMe's flags if they are
yes or no, and a key `attributes` of the shape otherwise, which LabelMe keeps. `labels.txt` lists the
labels; `__ignore__` is void, and what no shape covers is unlabelled.
"""

import base64
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from scipy.ndimage import find_objects

from townscape.core.errors import InputError, NothingToRead
from townscape.core.geometry.pixel_outlines import trace_pixels
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import bit_png
from townscape.formats.codecs.json_stream import JsonFile
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
    unique_values,
)
from townscape.formats.labels import ExportLabels, SourceLabels
from townscape.formats.parts.labelme_shapes import CROWD, read_shapes

TITLE = "LabelMe"
SPEC = "https://github.com/wkentaro/labelme/blob/main/examples/semantic_segmentation/README.md"
RULE = "shapes filled by Pillow, outline included (LabelMe); later shapes lie on top"
VARIANTS = ("mask", "polygon")
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
VOID, BACKGROUND = "__ignore__", "_background_"
_LABELS = "labels.txt"
_VERSION = "5.3.0"
_INSET = ".25"
"""Outlines turn a quarter of a pixel in: cut or rounded, a corner means the same pixel."""
_JSON = json.JSONEncoder(ensure_ascii=False, default=str)
_HEAD_BYTES = 4096
_SAMPLES = 10


def detect(files: Files) -> str | None:
    """By a JSON file with shapes of an image."""
    for name in files.find("*.json")[:_SAMPLES]:
        try:
            if _has_shapes(files, name):
                return f"{name} has LabelMe's shapes of an image"
        except InputError:
            continue
    return None


def _has_shapes(files: Files, name: str) -> bool:
    """Whether a JSON file is LabelMe's; usually its first bytes tell."""
    with files.path(name).open("rb") as stream:
        head = stream.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"{"):
        return False
    before, found, _ = head.partition(b'"shapes"')
    if found and b'"flags"' in before:
        return True
    keys = set(JsonFile(files.path(name), name).keys())
    return "shapes" in keys and not keys.isdisjoint(("imagePath", "imageData", "imageHeight"))


def read(files: Files) -> Source:
    """Open all JSON files of a folder, and images beside theirs that have none.

    Raises `NothingToRead` if none has shapes.
    """
    problems: list[tuple[str, str]] = []
    names: list[str] = []
    n_others = 0
    for name in files.find("*.json"):
        try:
            if _has_shapes(files, name):
                names.append(name)
            else:
                n_others += 1
        except InputError as error:
            problems.append((name, error.message))
    if not names and not problems:
        raise NothingToRead("There is no JSON file with LabelMe's shapes.")
    pictures = _pictures(files, names, problems)
    notes = [f"{n_others} JSON files have no shapes and were left out."] if n_others else []
    return SimpleSource(pictures, _classes(files), _read_labels, notes, problems)


def _pictures(files: Files, names: Sequence[str], problems: list[tuple[str, str]]) -> list[Picture]:
    """A picture per file, and per image without one; first those whose image lies beside the file."""
    stems = Counter(_stem(name) for name in files.image_files)
    beside = {_stem(name): name for name in files.image_files if stems[_stem(name)] == 1}
    name_of = {path: image for image, path in files.image_files.items()}
    found: dict[str, Picture] = {}
    for name in sorted(names, key=lambda n: _stem(n) not in beside):
        try:
            image = beside.get(_stem(name)) or _image_it_names(files, name, name_of, found)
        except InputError as error:
            problems.append((name, error.message))
            continue
        if image is not None and image in found:
            problems.append((name, f"the labels of {image} are in another file as well"))
            continue
        path = files.image_files[image] if image is not None else None
        found[image or name] = Picture(
            image or name, path, files.path(name), part_of(name.rpartition("/")[0])
        )
    folders = {image.rpartition("/")[0] for image in found if image in files.image_files}
    for image, path in files.image_files.items():
        folder = image.rpartition("/")[0]
        if image not in found and folder in folders:
            found[image] = Picture(image, path, None, part_of(folder))
    return list(found.values())


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix("")).lower()


def _image_it_names(
    files: Files, name: str, name_of: Mapping[Path, str], taken: Mapping[str, Any]
) -> str | None:
    """The image that a JSON file names, relative to itself; else one of that name that is not taken."""
    content = files.read_json(name)
    given = content.get("imagePath") if isinstance(content, dict) else None
    if not isinstance(given, str) or not given:
        given = name.rpartition("/")[2]
    parts: list[str] = name.split("/")[:-1]
    for part in given.replace("\\", "/").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    exact = "/".join(parts)
    if exact in files.image_files:
        return exact
    for wanted in (exact, _stem(name)):
        path = files.find_image(wanted)
        image = name_of.get(path) if path is not None else None
        if image is not None and image not in taken:
            return image
    return None


def _classes(files: Files) -> list[SourceClass]:
    lists = [name for name in files.find(_LABELS, f"*/{_LABELS}") if name.lower().endswith(_LABELS)]
    lines = files.read_text(lists[0]).splitlines() if lists else []
    names = dict.fromkeys(line for line in lines if line.strip() and line not in (VOID, BACKGROUND))
    return [*(SourceClass(name) for name in names), SourceClass(VOID, "ignore", means="ignore")]


def _read_labels(picture: Picture) -> SourceLabels:
    return read_shapes(picture.labels, picture.image)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Classes go by their names."""
    return Scheme(_labels(classes), unlabelled="", ignore=VOID)


def _labels(classes: Sequence[ExportClass]) -> list[str]:
    return unique_values([VOID, *(c.name for c in classes)])[1:]


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the list of labels is written first."""
    labels = _labels(plan.classes)
    out.put(_LABELS, "".join(f"{label}\n" for label in dict.fromkeys((VOID, BACKGROUND, *labels))))
    return _LabelMeWriter(plan, labels)


@dataclass
class _LabelMeWriter:
    plan: Plan
    labels: Sequence[str]

    def image_path(self, item: Item) -> str:
        return f"{self._folder(item)}{item.name}{item.suffix}"

    @staticmethod
    def _folder(item: Item) -> str:
        return "" if item.part == "default" else f"{item.part}/"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        shapes = self._masks(labels) if self.plan.variant == "mask" else self._polygons(labels)
        head = json.dumps({"version": _VERSION, "flags": {}})[1:-1]
        foot = json.dumps(
            {
                "imagePath": f"{item.name}{item.suffix}",
                "imageData": None,
                "imageHeight": item.height,
                "imageWidth": item.width,
            },
            ensure_ascii=False,
        )[1:-1]
        rows = ",\n".join(shapes)
        content = f'{{{head}, "shapes": [\n{rows}\n],\n{foot}}}\n'
        return Encoded({f"{self._folder(item)}{item.name}.json": content.encode()})

    def _masks(self, labels: ExportLabels) -> list[str]:
        plane, found = labels.segments()
        boxes = find_objects(plane.astype("int32"), max_label=len(found))
        shapes: list[str] = []
        for value, (box, segment) in enumerate(zip(boxes, found, strict=True), start=1):
            if box is not None:
                (top, bottom), (left, right) = ((s.start, s.stop - 1) for s in box)
                png = bit_png.encode_grey(plane[box] == value)
                mask = base64.b64encode(png).decode("ascii")
                corners = f'[[{left}, {top}], [{right}, {bottom}]], "mask": "{mask}"'
                shapes.append(self._shape("mask", corners, segment, labels))
        return shapes

    def _polygons(self, labels: ExportLabels) -> list[str]:
        plane, found = labels.segments()
        outlines = trace_pixels(plane, len(found), tolerance_px=self.plan.simplify_px)
        shapes: list[str] = []
        for value, ring in outlines.rings():
            points = ", ".join([f"[{x}{_INSET}, {y}{_INSET}]" for x, y in ring.tolist()])
            shapes.append(self._shape("polygon", f"[{points}]", found[value - 1], labels))
        return shapes

    def _shape(self, kind: str, points: str, segment: tuple[int, int], labels: ExportLabels) -> str:
        """A shape as JSON, its points (and what follows them) given as text."""
        index, number = segment
        is_crowd = index != IGNORE and number == 0 and self.plan.classes[index - 1].kind == "thing"
        attributes = dict(labels.objects[number - 1].attributes) if number else {}
        flags = {k: v for k, v in attributes.items() if isinstance(v, bool) and k != CROWD}
        others = {k: v for k, v in attributes.items() if k not in flags}
        shape: dict[str, Any] = {
            "label": VOID if index == IGNORE else self.labels[index - 1],
            "group_id": number or None,
            "description": "",
            "shape_type": kind,
            "flags": {**flags, CROWD: True} if is_crowd else flags,
        }
        if others:
            shape["attributes"] = others
        return f'{_JSON.encode(shape)[:-1]}, "points": {points}}}'

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Every picture has a file of its own."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""
