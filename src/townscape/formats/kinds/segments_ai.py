"""Segments.ai: a release file, and for each sample a PNG whose colours are the ids of its objects.

The PNG is RGBA: red, green and blue are an id (`id_image`), alpha is 255; id 0 is unlabelled. The
release says which category each id is. Its addresses are never followed: images and PNGs are looked
for among the files, by the address's last part or as the vendor's library calls them. Ids of a thing
whose object is not known have the attribute `is_crowd`.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import NAMESPACE_OID, uuid5

import numpy as np

from townscape.core.errors import InputError, NothingToRead
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import id_image
from townscape.formats.codecs.json_stream import Span
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
from townscape.formats.parts.segments_release import (
    CROWD,
    GROUND_TRUTH,
    Place,
    ReleaseFile,
    check_task,
    frames,
    member,
    read_labels,
)

TITLE = "Segments.ai"
SPEC = "https://docs.segments.ai/reference/label-types"
RULE = "each pixel's colour is the id of its object"
VARIANTS = ("bitmap",)
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
PRIORITY = 1
_RELEASE = "release.json"
_HEAD_BYTES = 1 << 16
_MOST_PER_FOLDER = 12
_PLAIN = ("LABELED", "REVIEWED", "VERIFIED")
"""States of labels that somebody has finished."""


def detect(files: Files) -> str | None:
    """By a JSON file with a dataset of a task type."""
    names = _names(files)
    return f"{names[0]} is a release with a task type" if names else None


def _names(files: Files) -> list[str]:
    by_folder: dict[str, list[str]] = {}
    for name in files.find("*.json"):
        by_folder.setdefault(name.rpartition("/")[0], []).append(name)
    return [
        name
        for names in by_folder.values()
        if len(names) <= _MOST_PER_FOLDER
        for name in names
        if _is_release(files.path(name))
    ]


def _is_release(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    return b'"dataset"' in head and b'"task_type"' in head


def read(files: Files) -> Source:
    """Open the release files; a folder usually has one."""
    names = _names(files)
    if not names:
        raise NothingToRead("There is no release file of Segments.ai.")
    opened = _Opened(files)
    for name in names:
        opened.add(name)
    if not opened.pictures and opened.problems:
        raise InputError(
            f"{', '.join(names)} names {len(opened.problems)} PNGs, and none of them is among the files.",
            hint="a release holds only their addresses: the segments-ai library's SegmentsDataset downloads "
            "them; put them into this folder.",
        )
    if not opened.pictures:
        raise NothingToRead(f"{', '.join(names)} names no sample.")
    classes = list(opened.classes.values())
    may_have_objects = {c.value: c.kind != "stuff" for c in classes}
    return SimpleSource(
        opened.pictures, classes, partial(read_labels, may_have_objects), opened.notes(), opened.problems
    )


@dataclass
class _Opened:
    """What the release files say."""

    files: Files
    pictures: list[Picture] = field(default_factory=list[Picture])
    classes: dict[str, SourceClass] = field(default_factory=dict[str, SourceClass])
    problems: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    states: Counter[str] = field(default_factory=Counter[str])
    labelsets: set[str] = field(default_factory=set[str])
    _taken: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self._pngs = id_image.NamedPngs(Files(self.files.masks or self.files.root))

    def add(self, name: str) -> None:
        """Open one release. Raises `InputError` if it is cut off, or has no bitmaps."""
        document = ReleaseFile(self.files.path(name), name)
        task: Any = None
        for key, span, value in document.dataset():
            if key == "task_type":
                task = value
            elif key == "task_attributes":
                self._add_categories(member(value, "categories"))
            elif key == "samples":
                self.pictures += self._pictures(document, span, value)
        check_task(name, task)

    def _add_categories(self, listed: Any) -> None:
        for category in listed if isinstance(listed, list) else ():
            value, color, is_thing = (member(category, k) for k in ("id", "color", "has_instances"))
            is_rgb = isinstance(color, list) and len(color) in (3, 4)
            is_rgb = is_rgb and all(isinstance(v, int) and 0 <= v < 256 for v in color)
            means = member(category, "means")
            found = SourceClass(
                str(value),
                str(member(category, "name") or value),
                "#{:02x}{:02x}{:02x}".format(*color[:3]) if is_rgb else None,
                ("thing" if is_thing else "stuff") if isinstance(is_thing, bool) else None,
                means if means in ("ignore", "unlabelled") else None,
            )
            self.classes.setdefault(found.value, found)

    def _pictures(self, document: ReleaseFile, span: Span, sample: Any) -> Iterator[Picture]:
        """The image of a sample, or each image of a sequence."""
        name = str(member(sample, "name") or member(sample, "uuid"))
        labels = member(sample, "labels")
        labelset = GROUND_TRUTH
        if isinstance(labels, Mapping) and not labels.get(GROUND_TRUTH):
            labelset = next((str(k) for k, v in labels.items() if v), GROUND_TRUTH)
        label = member(labels, labelset)
        images, bitmaps = frames(member(sample, "attributes")), frames(member(label, "attributes"))
        if label:
            self.labelsets.add(labelset)
            self.states[str(member(label, "label_status"))] += 1
        part = part_of(str(member(sample, "metadata", "split") or ""))
        is_sequence = len(images) > 1
        for k, attributes in enumerate(images):
            shown = f"{name}/{member(attributes, 'name') or f'{k:05d}'}" if is_sequence else name
            if shown in self._taken:
                self.problems.append((shown, f"{document.name} lists a second sample of this name"))
                continue
            self._taken.add(shown)
            address = _last_part(member(attributes, "image", "url"))
            image = next((f for w in (*address, shown) if (f := self.files.find_image(w)) is not None), None)
            picture = Picture(shown.replace("\\", "/"), image, None, part, name if is_sequence else None)
            bitmap = _last_part(member(bitmaps[k], "segmentation_bitmap", "url")) if k < len(bitmaps) else []
            if bitmap:
                stem = shown.rpartition(".")[0] or shown
                png = self._pngs.find(*bitmap, f"{stem}_label_{labelset}.png")
                if png is None:
                    self.problems.append((bitmap[-1], f"{document.name} names this PNG, and it is missing"))
                    continue
                where = Place(document.path, document.name, span, labelset, k, png)
                picture = replace(picture, labels=where, image=None if image == png else image)
            yield picture

    def notes(self) -> list[str]:
        """Which labels were taken, and in which state they are."""
        others = sorted(self.labelsets - {GROUND_TRUTH})
        notes = [f"Some labels are those of the labelset {labelset}." for labelset in others]
        unfinished = ", ".join(f"{n} {s}" for s, n in sorted(self.states.items()) if s not in _PLAIN)
        return [*notes, f"Some labels are not finished: {unfinished}."] if unfinished else notes


def _last_part(address: Any) -> list[str]:
    """A relative path as it is, and the last part of any address."""
    if not isinstance(address, str) or not address:
        return []
    try:
        parts = urlsplit(address)
    except ValueError:
        return [address]
    path = unquote(parts.path)
    return [path.rpartition("/")[2]] if parts.netloc else [path, path.rpartition("/")[2]]


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Categories count from 1; unlabelled pixels have id 0, and there is no void."""
    del variant
    return Scheme([str(k) for k in range(1, len(classes) + 1)], unlabelled="", ignore=None)


def write(out: Out, plan: Plan) -> Writer:
    """A writer; everything before the first sample is written first."""
    crowd = {"name": CROWD, "input_type": "checkbox", "default_value": False}
    categories = [
        {
            "id": k,
            "name": c.name,
            "color": list(c.rgb),
            "has_instances": c.kind == "thing",
            "attributes": [crowd] if c.kind == "thing" else [],
            **({"means": c.means} if c.means else {}),
        }
        for k, c in enumerate(plan.classes, start=1)
    ]
    dataset = {
        "name": plan.name,
        "owner": "townscape",
        "task_type": "segmentation-bitmap",
        "task_attributes": {"format_version": "0.1", "categories": categories},
        "labelsets": [{"name": GROUND_TRUTH, "description": ""}],
    }
    head = {"name": "v1", "description": plan.licence, "dataset": dataset}
    out.append(_RELEASE, json.dumps(head, ensure_ascii=False).removesuffix("}}") + ', "samples": [')
    return _SegmentsWriter(plan)


@dataclass
class _SegmentsWriter:
    plan: Plan
    _is_first: bool = True

    def image_path(self, item: Item) -> str:
        return f"images/{item.part}/{item.name}{item.suffix}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        plane, found = labels.segments()
        annotations: list[dict[str, Any]] = []
        for number, (index, object_number) in enumerate(found, start=1):
            if index == IGNORE:
                plane[plane == np.uint32(number)] = 0
                continue
            annotation: dict[str, Any] = {"id": number, "category_id": index}
            if object_number:
                annotation["attributes"] = dict(labels.objects[object_number - 1].attributes)
            elif self.plan.classes[index - 1].kind == "thing":
                annotation["attributes"] = {CROWD: True}
            annotations.append(annotation)
        path = f"labels/{item.part}/{item.name}_label_{GROUND_TRUTH}.png"
        attributes = {
            "format_version": "0.1",
            "annotations": annotations,
            "segmentation_bitmap": {"url": path},
        }
        sample = {
            "uuid": str(uuid5(NAMESPACE_OID, f"{self.plan.name}/{item.name}")),
            "name": f"{item.name}{item.suffix}",
            "metadata": {"split": item.part},
            "attributes": {"image": {"url": self.image_path(item)}},
            "labels": {GROUND_TRUTH: {"label_status": "LABELED", "attributes": attributes}},
        }
        return Encoded({path: id_image.encode(plane, has_alpha=True)}, json.dumps(sample, ensure_ascii=False))

    def add(self, out: Out, item: Item, entry: Any) -> None:
        out.append(_RELEASE, ("\n" if self._is_first else ",\n") + entry)
        self._is_first = False

    def close(self, out: Out) -> None:
        out.append(_RELEASE, "\n]}}\n")
