"""The full ADE20K of 2017 and 2021: `x.jpg`, and beside it `x_seg.png` with class and object of every pixel.

The class is red / 10 · 256 + green, the object blue. What a class is called is said by `x.json` (2021: the
number and its name) or `x_atr.txt` (2017: a line `object # part level # cropped # class # … # attributes` for
each object, numbered in the order of the blue values). Parts of objects are not read.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from townscape.core.errors import InputError
from townscape.formats.codecs.grey_masks import read_colors
from townscape.formats.codecs.two_planes import labels_of_planes
from townscape.formats.files import Files, part_of
from townscape.formats.format import Picture, SimpleSource, Source, SourceClass
from townscape.formats.image_folders import images_without_labels
from townscape.formats.labels import Slot, SourceLabels

MASK = "_seg.png"
_NAMED = re.compile(rb'"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"name_ndx"\s*:\s*(\d{1,5})\b')
_NO_IMAGE = re.compile(r".*_(seg|parts_\d+)\.png|instance_\d+_.*\.png")


class _Where(NamedTuple):
    """Where the labels of a picture are (`Picture.labels`)."""

    mask: Path
    attributes: Path | None
    """Its `_atr.txt`."""


class _Named(NamedTuple):
    """An object as a line of `_atr.txt` has it."""

    name: str
    attributes: Mapping[str, Any]


def masks_of(files: Files) -> list[str]:
    """The class masks."""
    return [name for name in files.names if name.lower().endswith(MASK)]


def read(files: Files, masks: Sequence[str]) -> Source:
    """Open a dataset; the side files of all pictures are looked at for the classes' names."""
    pictures: list[Picture] = []
    names: dict[int, str] = {}
    without_number: dict[str, None] = {}
    for mask in masks:
        stem = mask[: -len(MASK)]
        attributes = files.path(f"{stem}_atr.txt") if files.has(f"{stem}_atr.txt") else None
        part = part_of(stem.rpartition("/")[0]) or part_of(PurePosixPath(stem).name)
        where = _Where(files.path(mask), attributes)
        pictures.append(Picture(f"{stem}.jpg", files.find_image(stem), where, part))
        if files.has(f"{stem}.json"):
            names.update(_names_in_json(files.path(f"{stem}.json")))
        elif attributes is not None:
            without_number.update(dict.fromkeys(named.name for named in _read_objects(attributes).values()))
    pictures += images_without_labels(files, pictures, lambda name: _NO_IMAGE.fullmatch(name) is None)
    classes = [
        SourceClass("0", "other", means="unlabelled"),
        *(SourceClass(str(k), names[k]) for k in sorted(names) if k),
        *(SourceClass(name, name) for name in without_number),
    ]
    notes = ["Parts of objects are not read."]
    if len(classes) == 1:
        notes.append("Classes are numbers of ADE20K's full index, which is not here: say what they mean.")
    return SimpleSource(pictures, classes, _read_labels, notes)


def _names_in_json(path: Path) -> Iterable[tuple[int, str]]:
    """Number and name of every class that an image's file names, without reading its polygons."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    for name, number in set(_NAMED.findall(content)):
        try:
            yield int(number), first_name(json.loads(name))
        except ValueError:
            continue


def _read_objects(path: Path) -> dict[int, _Named]:
    """Number → whole object (no part) of an `_atr.txt`; lines of another form are left out."""
    try:
        lines = path.read_text("utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    found: dict[int, _Named] = {}
    for line in lines:
        columns = [column.strip() for column in line.split("#")]
        if len(columns) >= 6 and columns[0].isdecimal() and columns[1] == "0" and columns[3]:
            listed = (word.strip() for word in columns[5].strip('"').split(","))
            attributes: dict[str, Any] = {word: True for word in listed if word}
            if columns[2] == "1":
                attributes["cropped"] = True
            found[int(columns[0])] = _Named(first_name(columns[3]), attributes)
    return found


def first_name(names: str) -> str:
    """The first of synonyms that are parted by commas."""
    return names.partition(", ")[0].strip()


def _read_labels(picture: Picture) -> SourceLabels:
    where: _Where = picture.labels
    colors = read_colors(where.mask)
    values, blue = (colors >> 16) // 10 * 256 + (colors >> 8 & 255), colors & 255
    listed = _read_objects(where.attributes) if where.attributes else {}
    numbers = [k for k in np.flatnonzero(np.bincount(blue.reshape(-1))).tolist() if k]
    # Hidden objects are listed and have no pixel: then it is not known which line is which object.
    fits = len(listed) == len(numbers)
    named = dict(zip(numbers, (listed[k] for k in sorted(listed)), strict=False)) if fits else {}

    def slot_of(value: int, number: int) -> Slot:
        if not (value and number):
            return Slot(str(value))
        entry = named.get(number)
        return Slot(entry.name if entry else str(value), number, entry.attributes if entry else {})

    repairs = {"lists of objects that are not those of the mask": 1} if listed and not fits else {}
    return labels_of_planes(values, blue, slot_of).with_repairs(repairs)
