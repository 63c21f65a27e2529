"""Label Studio: a JSON list of tasks, each an image with an annotation made of regions.

Written are `tasks.json` with one brush region per object, and one per class for the pixels whose
object is not known (`meta.crowd`), `config.xml` with the labels, and `images/`. To open them in
Label Studio, let its local files begin at the export's folder. Read are also polygons, bit masks
and the shorter JSON-MIN; what is unlabelled is no region, and there is no void.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.geometry.coco_rle import runs_by_value
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs.json_stream import JsonFile, Span
from townscape.formats.codecs.xml_stream import XmlFile, quoted
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
from townscape.formats.image_size import declared_size
from townscape.formats.labels import ExportLabels, SourceLabels
from townscape.formats.parts.label_studio_regions import brush_region, paint

TITLE = "Label Studio"
SPEC = "https://labelstud.io/guide/task_format"
RULE = "brush masks as they are; polygons by COCO's rule (pycocotools); later regions lie on top"
VARIANTS = ("brush",)
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
_JSON, _CONFIG = "tasks.json", "config.xml"
_LABELS = ("BrushLabels", "PolygonLabels", "BitmaskLabels", "Labels")
_UPLOAD = re.compile(r"^[0-9a-f]{8}-")
_MOST_PER_FOLDER = 12
_MOST_PX = (1 << 30) - 1


def detect(files: Files) -> str | None:
    """By a JSON list whose first entry has an image and annotations."""
    found = next(iter(_names(files)), None)
    return f"{found} is a list of images with Label Studio's annotations" if found else None


def _names(files: Files) -> Iterator[str]:
    by_folder: dict[str, list[str]] = {}
    for name in files.find("*.json"):
        by_folder.setdefault(name.rpartition("/")[0], []).append(name)
    for names in by_folder.values():
        yield from (n for n in names[:_MOST_PER_FOLDER] if _is_list_of_tasks(files, n))


def _is_list_of_tasks(files: Files, name: str) -> bool:
    try:
        first = next((value for _, _, value in JsonFile(files.path(name), name).parsed("")), None)
    except InputError:
        return False
    return isinstance(first, dict) and (_is_full(first) or {"annotation_id", "annotator"} <= first.keys())


def _is_full(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is of the full JSON, not of JSON-MIN."""
    return isinstance(entry.get("data"), dict) and bool({"annotations", "completions"} & entry.keys())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the entry of an image lies (`Picture.labels`)."""

    file: str
    span: Span


def read(files: Files) -> Source:
    """Open every list of a folder, with the labels of its labelling configuration."""
    names = list(_names(files))
    if not names:
        raise NothingToRead("There is no JSON list of images with Label Studio's annotations.")
    problems: list[tuple[str, str]] = []
    config = _config(files, problems)
    classes = {c.value: c for c in config.classes}
    pictures: dict[str, Picture] = {}
    for name in names:
        for _, span, entry in JsonFile(files.path(name), name).parsed(""):
            picture = _picture(files, name, span, entry, config.image_key)
            if picture is None:
                problems.append((name, f"the entry at byte {span.start:,} names no image"))
            elif picture.name in pictures:
                problems.append((picture.name, f"{name} has a second entry for it"))
            else:
                pictures[picture.name] = picture
            for label in _label_names(entry):
                classes.setdefault(label, SourceClass(label, label))
    if not pictures:
        raise NothingToRead(f"{', '.join(names)} names no image.")
    labels = partial(_read_labels, files.root)
    return SimpleSource(list(pictures.values()), list(classes.values()), labels, (), problems)


@dataclass(frozen=True, slots=True)
class _Config:
    classes: Sequence[SourceClass] = ()
    image_key: str = "image"
    """What entries call their image."""


def _config(files: Files, problems: list[tuple[str, str]]) -> _Config:
    """The labels of the first XML file that is a labelling configuration."""
    for name in files.find("*.xml")[:_MOST_PER_FOLDER]:
        if b"<View" not in files.path(name).read_bytes()[: 1 << 14]:
            continue
        classes: dict[str, SourceClass] = {}
        image_key = "image"
        try:
            wanted = [("View", "Image"), *((labels, "Label") for labels in _LABELS)]
            for found in XmlFile(files.path(name), name).elements(*wanted):
                shown = found.attributes.get("value", "")
                if found.tag == "Image":
                    image_key = shown.removeprefix("$")
                else:
                    value = found.attributes.get("alias") or shown
                    color = found.attributes.get("background", "").lower()
                    is_color = re.fullmatch(r"#[0-9a-f]{6}", color)
                    classes.setdefault(value, SourceClass(value, shown, color if is_color else None))
        except InputError as error:
            problems.append((name, error.message))
        return _Config(tuple(classes.values()), image_key)
    return _Config()


def _picture(files: Files, name: str, span: Span, entry: Any, image_key: str) -> Picture | None:
    if not isinstance(entry, dict):
        return None
    data: dict[str, Any] = entry["data"] if isinstance(entry.get("data"), dict) else entry
    url = data.get(image_key) or data.get("image")
    if not isinstance(url, str) or not url:
        return None
    path = _path_of(url)
    image = files.find_image(path)
    if image is None:
        folder, slash, last = path.rpartition("/")
        image = files.find_image(folder + slash + _UPLOAD.sub("", last))
    if image is not None and image.is_relative_to(files.root):
        path = image.relative_to(files.root).as_posix()
    part = part_of(data["part"]) if isinstance(data.get("part"), str) else None
    return Picture(path, image, _Place(name, span), part)


def _path_of(url: str) -> str:
    """The path that an address of an image ends with, as `images/a.png`."""
    address, _, query = url.partition("?")
    if query.startswith("d="):
        address = query[2:].partition("&")[0]
    path = unquote(address).replace("\\", "/").partition("://")
    return re.sub(r"^/?data/upload/(\d+/)?", "", path[2] or path[0]).strip("/")


def _annotation(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The annotation that counts: one of the ground truth, otherwise the newest that was not skipped."""
    listed = entry.get("annotations", entry.get("completions"))
    found = [a for a in listed if isinstance(a, dict)] if isinstance(listed, list) else []
    kept = [a for a in found if not a.get("was_cancelled") and not a.get("skipped")]
    kept.sort(key=lambda a: str(a.get("updated_at") or a.get("created_at") or ""))
    kept.sort(key=lambda a: bool(a.get("ground_truth")))
    return kept[-1] if kept else {}


def _regions(entry: Mapping[str, Any]) -> list[Any]:
    """The regions of an entry, those of JSON-MIN as they are in the full JSON."""
    if _is_full(entry):
        found = _annotation(entry).get("result")
        return found if isinstance(found, list) else []
    regions: list[Any] = []
    for key, listed in entry.items():
        for value in listed if isinstance(listed, list) else []:
            kinds = [k for k in value if str(k).endswith("labels")] if isinstance(value, dict) else []
            if kinds:
                size = {k: value.get(k) for k in ("original_width", "original_height")}
                regions.append({"type": kinds[0], "from_name": key, "value": value, **size})
    return regions


def _label_names(entry: Any) -> Iterator[str]:
    for region in _regions(entry) if isinstance(entry, dict) else ():
        value = region.get("value") if isinstance(region, dict) else None
        kind = str(region.get("type")) if isinstance(region, dict) else ""
        if isinstance(value, dict) and isinstance(value.get(kind), list):
            yield from (str(name) for name in value[kind])


def _read_labels(root: Path, picture: Picture) -> SourceLabels:
    place: _Place = picture.labels
    entry = JsonFile(root / place.file, place.file).read(place.span)
    regions = _regions(entry)
    sizes = [(r.get("original_height"), r.get("original_width")) for r in regions if isinstance(r, dict)]
    data = entry.get("data")
    if isinstance(data, dict):
        sizes.append((data.get("height"), data.get("width")))
    height, width = next((s for s in sizes if type(s[0]) is type(s[1]) is int), (None, None))
    height, width = declared_size(height, width, picture.image, f"{place.file} ({picture.name})")
    return paint(regions, height, width)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Labels are called by their names; what is unlabelled is no region, and there is no void."""
    return Scheme(unique_values(c.name for c in classes), unlabelled="", ignore=None)


def write(out: Out, plan: Plan) -> Writer:
    """A writer of one `tasks.json`; the labelling configuration is written first."""
    values = unique_values(c.name for c in plan.classes)
    labels = "".join(
        f"    <Label value={quoted(value)} background={quoted(c.color)}/>\n"
        for value, c in zip(values, plan.classes, strict=True)
    )
    out.put(
        _CONFIG,
        '<View>\n  <Image name="image" value="$image" zoom="true" zoomControl="true" smoothing="false"/>\n'
        f'  <BrushLabels name="label" toName="image">\n{labels}  </BrushLabels>\n</View>\n',
    )
    return _LabelStudioWriter(plan, values)


@dataclass
class _LabelStudioWriter:
    plan: Plan
    values: list[str]
    n_images: int = 0

    def image_path(self, item: Item) -> str:
        folder = "images" if item.part == "default" else f"images/{item.part}"
        return f"{folder}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        if item.width * item.height > _MOST_PX:
            raise UsageError(f"{item.name} has more pixels than a brush mask of Label Studio can have.")
        stretches, found = labels.segment_stretches()
        runs = runs_by_value(stretches, range(1, len(found) + 1))
        regions = [
            brush_region(
                runs[number],
                number,
                self.values[index - 1],
                height=item.height,
                width=item.width,
                attributes=labels.objects[object_number - 1].attributes if object_number else None,
            )
            for number, (index, object_number) in enumerate(found, start=1)
            if index != IGNORE
        ]
        return Encoded(entry=",\n".join(regions))

    def add(self, out: Out, item: Item, entry: Any) -> None:
        self.n_images += 1
        data: dict[str, Any] = {"image": f"/data/local-files/?d={quote(self.image_path(item))}"}
        if item.part != "default":
            data["part"] = item.part
        data |= {"width": item.width, "height": item.height}
        head = f'{{"id": {self.n_images}, "data": {json.dumps(data, ensure_ascii=False)}, "annotations": ['
        annotation = f'{{"id": {self.n_images}, "was_cancelled": false, "ground_truth": false, "result": [\n'
        begin = ",\n" if out.is_begun(_JSON) else "[\n"
        out.append(_JSON, f"{begin}{head}{annotation}{entry}\n]}}]}}")

    def close(self, out: Out) -> None:
        out.append(_JSON, "\n]\n" if out.is_begun(_JSON) else "[]\n")
