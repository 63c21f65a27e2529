"""Supervisely: `meta.json`, and for each dataset of the project `img/<name>` and `ann/<name>.json`.

Figures are bitmaps (a compressed PNG with its first corner), polygons with holes or rectangles;
later ones lie on top, and those with one `instance` key are one object. Attributes are tags. There
is no void; what no figure covers is unlabelled.
"""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from scipy.ndimage import find_objects

from townscape.core.errors import InputError, NothingToRead
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import bit_png
from townscape.formats.files import Files, Out, json_text, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Item,
    Loss,
    Meaning,
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
from townscape.formats.parts.supervisely_shapes import CROWD, TRUTH, read_objects

TITLE = "Supervisely"
SPEC = "https://developer.supervisely.com/getting-started/supervisely-annotation-format"
RULE = "bitmaps as they are, polygons filled by OpenCV, outline included; later figures lie on top"
VARIANTS = ("bitmap",)
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
_META = "meta.json"
_MEANINGS: Mapping[str, Meaning] = {"ignore": "ignore", "unlabelled": "unlabelled"}
_JSON = json.JSONEncoder(ensure_ascii=False, default=str)


def detect(files: Files) -> str | None:
    """By `meta.json` with classes, and annotations in a folder `ann`."""
    annotations = _annotations(files)
    meta = _meta(files) if annotations else None
    return f"{meta[0]} lists classes of a project, and {annotations[0]} is an annotation" if meta else None


def _annotations(files: Files) -> list[str]:
    return [n for n in files.find("*.json") if PurePosixPath(n).parent.name.lower() == "ann"]


def _meta(files: Files) -> tuple[str, dict[str, Any]] | None:
    for name in sorted(files.find(_META, f"*/{_META}"), key=lambda n: (n.count("/"), n)):
        try:
            content = files.read_json(name)
        except InputError:
            continue
        if isinstance(content, dict) and isinstance(content.get("classes"), list):
            return name, content
    return None


def read(files: Files) -> Source:
    """Open a project. Raises `NothingToRead` if there is no `meta.json` or no annotation."""
    annotations = _annotations(files)
    meta = _meta(files)
    if meta is None or not annotations:
        raise NothingToRead("There is no meta.json with classes beside folders of annotations, named ann.")
    images = {name.lower(): name for name in files.image_files}
    stems = {name.rpartition(".")[0]: images[name] for name in sorted(images, reverse=True)}
    pictures: dict[str, Picture] = {}
    problems: list[tuple[str, str]] = []
    for name in annotations:
        folder = PurePosixPath(name).parent.parent.as_posix()
        wanted = f"{folder}/img/{PurePosixPath(name).name.removesuffix('.json')}".removeprefix("./").lower()
        image = images.get(wanted) or stems.get(wanted)
        path = files.image_files[image] if image else _image_elsewhere(files, wanted)
        shown = image or name
        if shown in pictures:
            problems.append((name, f"the labels of {shown} are in another file as well"))
        else:
            pictures[shown] = Picture(shown, path, files.path(name), part_of(folder))
    for name in files.image_files:
        if name not in pictures and PurePosixPath(name).parent.name.lower() == "img":
            folder = PurePosixPath(name).parent.parent.as_posix()
            pictures[name] = Picture(name, files.image_files[name], None, part_of(folder))
    read_labels = partial(_read_labels, _yes_or_no(meta[1].get("tags")))
    return SimpleSource(list(pictures.values()), _classes(meta[1]["classes"]), read_labels, problems=problems)


def _image_elsewhere(files: Files, wanted: str) -> Path | None:
    return files.find_image(wanted) if files.images is not None else None


def _classes(listed: Sequence[Any]) -> list[SourceClass]:
    found: dict[str, SourceClass] = {}
    for entry in listed:
        title = entry.get("title") if isinstance(entry, dict) else None
        if isinstance(title, str):
            color = str(entry.get("color")).lower()
            is_color = len(color) == 7 and color.startswith("#")
            means = _MEANINGS.get(str(entry.get("description")))
            found.setdefault(title, SourceClass(title, title, color if is_color else None, means=means))
    return list(found.values())


def _yes_or_no(tags: Any) -> frozenset[str]:
    """Names of the tags that are `true` or `false`."""
    return frozenset(
        tag["name"]
        for tag in (tags if isinstance(tags, list) else [])
        if isinstance(tag, dict) and isinstance(tag.get("name"), str) and tag.get("values") == list(TRUTH)
    )


def _read_labels(yes_or_no: frozenset[str], picture: Picture) -> SourceLabels:
    return read_objects(picture.labels, picture.image, yes_or_no)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Classes go by their names; what is unlabelled is not written, and there is no void."""
    return Scheme(unique_values(c.name for c in classes), unlabelled="", ignore=None)


def write(out: Out, plan: Plan) -> Writer:
    """A writer; `meta.json` is written last, when the tags are known."""
    return _SuperviselyWriter(plan, unique_values(c.name for c in plan.classes))


@dataclass
class _SuperviselyWriter:
    plan: Plan
    titles: Sequence[str]
    tag_types: dict[str, str] = field(default_factory=dict[str, str])

    def image_path(self, item: Item) -> str:
        return f"{item.part}/img/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        plane, found = labels.segments()
        boxes = find_objects(plane.astype("int32"), max_label=len(found))
        figures: list[str] = []
        types: dict[str, str] = {}
        for value, (box, (index, number)) in enumerate(zip(boxes, found, strict=True), start=1):
            if box is None or index == IGNORE:
                continue
            attributes = dict(labels.objects[number - 1].attributes) if number else {}
            if number == 0 and self.plan.classes[index - 1].kind == "thing":
                attributes[CROWD] = None
            tags = [(name, *_tag(content)) for name, content in attributes.items()]
            types.update({name: kind for name, kind, _ in tags})
            png = bit_png.encode_transparent(plane[box] == value)
            data = base64.b64encode(zlib.compress(png)).decode("ascii")
            figure = {
                "classTitle": self.titles[index - 1],
                "description": "",
                "tags": [{"name": name, "value": content} for name, _, content in tags],
                "bitmap": {"data": data, "origin": [box[1].start, box[0].start]},
                "geometryType": "bitmap",
                "shape": "bitmap",
                "nnCreated": False,
                "nnUpdated": False,
            }
            figures.append(_JSON.encode(figure))
        size = f'{{"height": {item.height}, "width": {item.width}}}'
        objects = ",\n".join(figures)
        content = f'{{"description": "", "tags": [], "size": {size}, "objects": [\n{objects}\n]}}\n'
        return Encoded({f"{item.part}/ann/{item.name}{item.suffix}.json": content.encode()}, types)

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Learn the types of the tags; one that is a number here and a text there is a text."""
        for name, kind in entry.items():
            known = self.tag_types.setdefault(name, kind)
            self.tag_types[name] = kind if kind == known else "any_string"

    def close(self, out: Out) -> None:
        classes = [
            {
                "title": title,
                "description": label_class.means or "",
                "shape": "bitmap",
                "color": label_class.color.upper(),
                "geometry_config": {},
                "hotkey": "",
            }
            for title, label_class in zip(self.titles, self.plan.classes, strict=True)
        ]
        tags: list[dict[str, Any]] = []
        for name, kind in self.tag_types.items():
            tag = {"name": name, "value_type": kind, "color": "#808080", "applicable_type": "objectsOnly"}
            tags.append({**tag, "values": list(TRUTH)} if kind == "oneof_string" else tag)
        out.put(_META, json_text({"classes": classes, "tags": tags, "projectType": "images"}))


def _tag(value: Any) -> tuple[str, Any]:
    """The type of a tag and its value."""
    if value is None:
        return "none", None
    if isinstance(value, bool):
        return "oneof_string", "true" if value else "false"
    if isinstance(value, int | float):
        return "any_number", value
    return "any_string", value if isinstance(value, str) else _JSON.encode(value)
