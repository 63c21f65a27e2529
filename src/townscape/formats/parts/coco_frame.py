"""What the formats of the COCO family share: one JSON file per part with images, annotations and
categories, read by places in the file and written without holding it in memory.
"""

import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError
from townscape.formats.codecs.json_stream import JsonFile, Span
from townscape.formats.codecs.png import MAX_PIXELS
from townscape.formats.files import Files, Out, json_text, part_of
from townscape.formats.format import ExportClass, Item, Picture, SourceClass

VOID = "void"
"""Our supercategory of a class that stands in for ignore or unlabelled."""
_IMAGE_ID = re.compile(rb'"image_id"\s*:\s*(\d+)\s*[,}]')


@dataclass(frozen=True)
class Entry:
    """An image of a COCO file (`Picture.labels`)."""

    file: Path
    json_name: str
    width: int
    height: int
    first: int
    last: int
    """Its annotations are `spans[first:last]` of that file."""


@dataclass(frozen=True)
class Spans:
    """Where the annotations of one file lie, ordered by image, in the file's order for each."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


@dataclass
class Opened:
    """What the JSON files of a dataset say, annotations left where they are."""

    pictures: list[Picture] = field(default_factory=list[Picture])
    spans: dict[str, Spans] = field(default_factory=dict[str, Spans])
    """JSON file's name → its annotations."""
    categories: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Category id, as text → the category."""
    notes: list[str] = field(default_factory=list[str])
    problems: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def samples(files: Files) -> Iterator[tuple[str, dict[str, Any]]]:
    """JSON files that may be COCO's, with the first element of each array at their top level."""
    for name in _candidates(files):
        first: dict[str, Any] = {}
        document = JsonFile(files.path(name), name)
        try:
            for key, _, value in document.parsed("images", "annotations", "categories"):
                first.setdefault(key, value)
                if len(first) == 3:
                    break
        except InputError:
            continue
        yield name, first


def _candidates(files: Files, most_per_folder: int = 12) -> list[str]:
    """A folder of many JSON files holds one for each image: no COCO."""
    by_folder: dict[str, list[str]] = {}
    for name in files.find("*.json"):
        by_folder.setdefault(name.rpartition("/")[0], []).append(name)
    return [name for names in by_folder.values() if len(names) <= most_per_folder for name in names]


def open_files(files: Files, names: Sequence[str], image_id_of: Callable[[Any], Any] | None = None) -> Opened:
    """Index the JSON files; `image_id_of` gives the image id of a parsed annotation.

    Without it the key `image_id` is looked for, and most annotations need not be parsed.
    Raises `InputError` for a file that is cut off or has no images.
    """
    opened = Opened()
    taken: set[str] = set()
    for name in names:
        images: list[dict[str, Any]] = []
        ids: list[Any] = []
        places = array("q")
        document = JsonFile(files.path(name), name)
        for key, span, content in document.raw("images", "annotations", "categories"):
            if key == "annotations" and image_id_of is None and content.count(b'"image_id"') == 1:
                found = _IMAGE_ID.search(content)
                if found is not None and content[:1] == b"{":
                    ids.append(int(found[1]))
                    places.extend(span)
                    continue
            value = document.parse(content)
            if not isinstance(value, dict):
                opened.problems.append((name, f"there is an entry of {key} that is no object"))
            elif key == "images":
                images.append(value)
            elif key == "categories":
                opened.categories.setdefault(str(value.get("id")), value)
            else:
                ids.append(value.get("image_id") if image_id_of is None else image_id_of(value))
                places.extend(span)
        _add_pictures(opened, files, name, images, ids, places, taken)
    if not opened.pictures and opened.problems:
        raise InputError(f"{opened.problems[0][0]}: {opened.problems[0][1]}.")
    if not opened.pictures:
        raise InputError(f"{', '.join(names) or 'The folder'} names no image.")
    return opened


def _add_pictures(
    opened: Opened,
    files: Files,
    name: str,
    images: list[dict[str, Any]],
    ids: list[Any],
    places: "array[int]",
    taken: set[str],
) -> None:
    row_of = {i: row for row, image in enumerate(images) if isinstance(i := image.get("id"), int | str)}
    rows = np.array([row_of.get(i, -1) if isinstance(i, int | str) else -1 for i in ids], dtype=np.int64)
    order = np.argsort(rows, kind="stable")
    ordered = np.frombuffer(places, dtype=np.int64).reshape(-1, 2)[order]
    opened.spans[name] = Spans(ordered[:, 0].copy(), ordered[:, 1].copy())
    edges = np.searchsorted(rows[order], np.arange(len(images) + 1)).tolist()
    stray = int(np.count_nonzero(rows < 0))
    if stray:
        opened.notes.append(
            f"{stray} annotations of {name} belong to no image that it lists; they are left out."
        )
    part = part_of(name.rpartition("/")[2])
    for row, image in enumerate(images):
        shown = str(image.get("file_name") or image.get("id"))
        size = image.get("width"), image.get("height")
        if shown in taken:
            opened.problems.append((shown, f"{name} lists a second image of this name"))
        elif not all(isinstance(s, int) and s > 0 for s in size) or size[0] * size[1] > MAX_PIXELS:  # pyright: ignore[reportOptionalOperand]
            opened.problems.append((shown, f"{name} gives it no size, or one that cannot be"))
        else:
            taken.add(shown)
            entry = Entry(files.path(name), name, *size, edges[row], edges[row + 1])  # pyright: ignore[reportArgumentType]
            found = files.find_image(f"{part}/{shown}") if part else None
            picture = Picture(shown.replace("\\", "/"), found or files.find_image(shown), entry, part)
            opened.pictures.append(picture)


def read_annotations(entry: Entry, spans: Spans) -> list[Any]:
    """The parsed annotations of one image, in the order of the file."""
    places = zip(spans.starts[entry.first : entry.last], spans.ends[entry.first : entry.last], strict=True)
    return JsonFile(entry.file, entry.json_name).read_many([Span(int(a), int(b)) for a, b in places])


def source_classes(categories: Mapping[str, Mapping[str, Any]]) -> list[SourceClass]:
    """The categories as classes; `isthing` and `color` are read where they are given."""
    found: list[SourceClass] = []
    for value, category in categories.items():
        name = str(category.get("name") or value)
        is_thing = category.get("isthing")
        is_void = category.get("supercategory") == VOID
        found.append(
            SourceClass(
                value,
                name,
                _color(category.get("color")),
                None if is_thing is None else "thing" if is_thing else "stuff",
                means=("unlabelled" if name == "unlabelled" else "ignore") if is_void else None,
            )
        )
    return found


def _color(value: Any) -> str | None:
    if (
        isinstance(value, list)
        and len(value) == 3
        and all(isinstance(v, int) and 0 <= v < 256 for v in value)
    ):
        return "#{:02x}{:02x}{:02x}".format(*value)
    return value.lower() if isinstance(value, str) and len(value) == 7 and value.startswith("#") else None


def category(number: int, label_class: ExportClass) -> dict[str, Any]:
    """A class as a category."""
    return {
        "id": number,
        "name": label_class.name,
        "supercategory": VOID if label_class.means else label_class.kind,
        "isthing": int(label_class.kind == "thing"),
        "color": list(label_class.rgb),
    }


class PartFiles:
    """One JSON file per part, whose arrays of images and annotations grow side by side."""

    def __init__(self, pattern: str, parts: Sequence[str], *, licence: str, name: str) -> None:
        self._pattern, self._parts = pattern, tuple(parts)
        self._licence, self._name = licence, name
        self._n_images = 0
        self._n_annotations = 0

    def add(self, out: Out, item: Item, file_name: str, annotations: Sequence[str]) -> None:
        """Add an image and its annotations: each a JSON object without `{"id": …, "image_id": …, `."""
        self._n_images += 1
        image = {"id": self._n_images, "file_name": file_name, "width": item.width, "height": item.height}
        if self._licence:
            image["license"] = 1
        path = self._pattern.format(item.part)
        self._append(out, path, "images", json_text(image, indent=None).strip())
        for text in annotations:
            self._n_annotations += 1
            ids = f'{{"id": {self._n_annotations}, "image_id": {self._n_images}, '
            self._append(out, path, "annotations", ids + text)

    def add_raw(self, out: Out, item: Item, file_name: str, annotation: str) -> None:
        """Add an image and its one annotation: a JSON object without `{"image_id": …, `."""
        self._n_images += 1
        image = {"id": self._n_images, "file_name": file_name, "width": item.width, "height": item.height}
        path = self._pattern.format(item.part)
        self._append(out, path, "images", json_text(image, indent=None).strip())
        self._append(out, path, "annotations", f'{{"image_id": {self._n_images}, {annotation}')

    def close(self, out: Out, categories: Sequence[Mapping[str, Any]]) -> None:
        """Join the pieces of every part's file, with the categories at the end."""
        licences = [{"id": 1, "name": self._licence, "url": ""}] if self._licence else []
        for part in self._parts:
            path = self._pattern.format(part)
            head = json_text({"info": {"description": self._name}, "licenses": licences}, indent=None)
            out.append(path, head.rstrip().removesuffix("}"))
            for key in ("images", "annotations"):
                out.append(path, f',\n"{key}": [')
                out.take(path, f"{path}.{key}")
                out.append(path, "\n]")
            out.append(path, f',\n"categories": {json_text(list(categories), indent=None).rstrip()}}}\n')

    @staticmethod
    def _append(out: Out, path: str, key: str, text: str) -> None:
        piece = f"{path}.{key}"
        out.append(piece, (",\n" if out.is_begun(piece) else "\n") + text)
