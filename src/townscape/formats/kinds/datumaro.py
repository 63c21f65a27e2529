"""Datumaro JSON: `annotations/<part>.json` with a list of items, images in `images/<part>`.

Shapes are masks (COCO's run lengths) and polygons, painted by `z_order`, then in the order of the
file. Pieces with the same `group` or `object_id` are one object; an attribute `is_crowd` says that
the objects are not told apart, which is also how pixels of a thing are written whose object is not
known. Which classes are things, and which stand in for what has no place, is said in `infos`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError, NothingToRead
from townscape.core.geometry import coco_rle
from townscape.core.geometry.outlines import simplify, trace, with_keyholes
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs.json_stream import JsonFile, Span
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
from townscape.formats.labels import ExportLabels
from townscape.formats.parts.datumaro_items import CROWD, Place, read_labels

TITLE = "Datumaro"
SPEC = "https://open-edge-platform.github.io/datumaro/latest/docs/data-formats/datumaro_format.html"
RULE = "run lengths and polygons of COCO (pycocotools); by z_order, later annotations on top"
VARIANTS = ("masks", "polygons")
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
PRIORITY = 1
_JSON = "annotations/{}.json"
_CATEGORIES = re.compile(rb'"categories"\s*:\s*\{')
_HEAD_BYTES = 1 << 16
_IMAGE = 2
"""Datumaro's number of the media type image."""


def detect(files: Files) -> str | None:
    """By a JSON file in `annotations` whose categories are an object, with items."""
    names = _names(files)
    return f"{names[0]} has Datumaro's categories and items" if names else None


def _names(files: Files) -> list[str]:
    names = [files.only] if files.only else files.find("annotations/*.json", "*/annotations/*.json")
    return [n for n in names if n.lower().endswith(".json") and _is_datumaro(files, n)]


def _is_datumaro(files: Files, name: str) -> bool:
    with files.path(name).open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return b'"dm_format_version"' in head or (
        _CATEGORIES.search(head) is not None and (len(head) == _HEAD_BYTES or b'"items"' in head)
    )


def read(files: Files) -> Source:
    """Open the JSON files of a folder, each its part."""
    names = _names(files)
    if not names:
        raise NothingToRead("There is no JSON file with Datumaro's categories and items.")
    opened = _Opened(files)
    for name in names:
        opened.add(name)
    if not opened.pictures:
        raise InputError(f"{', '.join(names)} names no image.")
    return SimpleSource(
        opened.pictures,
        list(opened.classes.values()),
        partial(read_labels, opened.names_by_file, opened.things),
        problems=opened.problems,
    )


class _Opened:
    """What the JSON files say, annotations left where they are."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.pictures: list[Picture] = []
        self.classes: dict[str, SourceClass] = {}
        self.names_by_file: dict[str, list[str]] = {}
        self.things: frozenset[str] | None = None
        """Names of the classes that have objects, if the files say so."""
        self.problems: list[tuple[str, str]] = []
        self._taken: set[str] = set()

    def add(self, name: str) -> None:
        """Open one file. Raises `InputError` if it is cut off."""
        document = JsonFile(self._files.path(name), name)
        subset = name.rpartition("/")[2].rpartition(".")[0]
        infos: Any = {}
        categories: Any = None
        for key, span, value in document.parsed("infos", "categories", "items"):
            if key == "infos":
                infos = value
            elif key == "categories":
                categories = value
            elif isinstance(value, dict):
                self.pictures.append(self._picture(name, subset, span, value))
            else:
                self.problems.append((name, "there is an item that is no object"))
        self._add_classes(name, categories, infos if isinstance(infos, dict) else {})

    def _picture(self, name: str, subset: str, span: Span, item: Mapping[str, Any]) -> Picture:
        media = next((m for k in ("image", "media") if isinstance(m := item.get(k), dict)), {})
        given, number = str(media.get("path") or ""), str(item.get("id"))
        wanted = [f"images/{subset}/{given}", given] if given else []
        wanted += [f"images/{subset}/{number}", number]
        image = next((f for w in wanted if (f := self._files.find_image(w)) is not None), None)
        shown = number + (image.suffix if image and not number.endswith(image.suffix) else "")
        if shown in self._taken:
            shown = next(n for k in count() if (n := f"{subset}/{shown}{k or ''}") not in self._taken)
        self._taken.add(shown)
        labels = Place(self._files.path(name), name, span)
        return Picture(shown.replace("\\", "/"), image, labels, part_of(subset))

    def _add_classes(self, name: str, categories: Any, infos: Mapping[str, Any]) -> None:
        try:
            labels = [str(label["name"]) for label in categories["label"]["labels"]]
            listed = categories.get("mask", {}).get("colormap", [])
            rgb = {c["label_id"]: (int(c["r"]), int(c["g"]), int(c["b"])) for c in listed}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{name} does not list its labels as Datumaro does: {error}.") from error
        things, void = infos.get("things"), infos.get("void")
        if isinstance(things, list):
            self.things = (self.things or frozenset()) | {str(thing) for thing in things}
        self.names_by_file[name] = labels
        for k, label in enumerate(labels):
            color = "#{:02x}{:02x}{:02x}".format(*(v & 255 for v in rgb[k])) if k in rgb else None
            means = void.get(label) if isinstance(void, dict) else None
            self.classes.setdefault(
                label,
                SourceClass(
                    label,
                    label,
                    color,
                    None if self.things is None else "thing" if label in self.things else "stuff",
                    means if means in ("ignore", "unlabelled") else None,
                ),
            )


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Labels are called by their names; what is unlabelled is not written, and there is no void."""
    del variant
    return Scheme([c.name for c in classes], unlabelled="", ignore=None)


def write(out: Out, plan: Plan) -> Writer:
    """A writer of one JSON file per part."""
    del out
    return _DatumaroWriter(plan)


@dataclass
class _DatumaroWriter:
    plan: Plan

    def image_path(self, item: Item) -> str:
        return f"images/{item.part}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        annotations: list[dict[str, Any]] = []
        found, shapes = self._shapes(labels)
        for number, shape in shapes:
            index, object_number = found[number - 1]
            if index == IGNORE:
                continue
            annotation: dict[str, Any] = {"id": len(annotations) + 1, **shape, "attributes": {}, "group": 0}
            if object_number:
                attributes = dict(labels.objects[object_number - 1].attributes)
                annotation |= {"attributes": attributes, "group": object_number, "object_id": object_number}
            elif self.plan.classes[index - 1].kind == "thing":
                annotation["attributes"] = {CROWD: True}
            annotations.append({**annotation, "label_id": index - 1, "z_order": 0})
        image = {"path": f"{item.name}{item.suffix}", "size": [item.height, item.width]}
        content = {"id": item.name, "annotations": annotations, "attr": {}, "image": image}
        return Encoded(entry=json.dumps(content, ensure_ascii=False))

    def _shapes(
        self, labels: ExportLabels
    ) -> tuple[list[tuple[int, int]], Iterator[tuple[int, dict[str, Any]]]]:
        """What is found, as `ExportLabels.segments` has it; number and shape of what is to be written."""
        if self.plan.variant == "polygons":
            plane, found = labels.segments()
            return found, self._polygons(plane)
        stretches, found = labels.segment_stretches(by_columns=True)
        size = list(labels.classes_hw.shape)
        runs = coco_rle.masks_of(stretches, len(found) + 1).after_first()
        texts = coco_rle.encode_runs(runs, stretches.size)
        masks = ({"type": "mask", "rle": {"counts": text, "size": size}} for text in texts)
        return found, enumerate(masks, start=1)

    def _polygons(self, plane: NDArray[np.uint32]) -> Iterator[tuple[int, dict[str, Any]]]:
        regions = trace(plane)
        for region in simplify(regions, self.plan.simplify_px) if self.plan.simplify_px else regions:
            points = with_keyholes(region).astype(float).reshape(-1).tolist()
            yield region.value, {"type": "polygon", "points": points}

    def add(self, out: Out, item: Item, entry: Any) -> None:
        path = _JSON.format(item.part)
        out.append(path, (",\n" if out.is_begun(path) else self._head()) + entry)

    def close(self, out: Out) -> None:
        for part in self.plan.parts:
            path = _JSON.format(part)
            out.append(path, "\n]}\n" if out.is_begun(path) else self._head() + "]}\n")

    def _head(self) -> str:
        """Everything before the first item."""
        classes = self.plan.classes
        colors = [dict(zip(("r", "g", "b"), c.rgb, strict=True)) for c in classes]
        head = {
            "dm_format_version": "1.0",
            "media_type": _IMAGE,
            "infos": {
                "name": self.plan.name,
                "licence": self.plan.licence,
                "things": [c.name for c in classes if c.kind == "thing"],
                "void": {c.name: c.means for c in classes if c.means},
            },
            "categories": {
                "label": {
                    "labels": [{"name": c.name, "parent": "", "attributes": []} for c in classes],
                    "label_groups": [],
                    "attributes": [],
                },
                "mask": {"colormap": [{"label_id": k, **color} for k, color in enumerate(colors)]},
            },
        }
        return json.dumps(head, ensure_ascii=False).removesuffix("}") + ', "items": [\n'
