"""CVAT backups, unpacked: `task.json`, `annotations.json` and `data/`, or several such tasks in one.

Only read. Of tracks the frames are read that were drawn; what CVAT works out between them is not.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.formats.codecs.json_stream import JsonFile
from townscape.formats.cvat import shapes as cvat_shapes
from townscape.formats.cvat.backup_files import (
    Frame,
    Shapes,
    find_frames,
    find_shapes,
    named_attributes,
    whole,
)
from townscape.formats.cvat.pictures import Place
from townscape.formats.cvat.shapes import CROWD, Shape, paint
from townscape.formats.cvat.xml import color_of, typed_value
from townscape.formats.files import Files, Out, part_of
from townscape.formats.format import (
    ExportClass,
    Grid,
    Loss,
    Picture,
    Plan,
    Scheme,
    SimpleSource,
    Source,
    SourceClass,
    Writer,
)
from townscape.formats.image_size import declared_size
from townscape.formats.labels import SourceLabels

TITLE = "CVAT backup"
SPEC = "https://docs.cvat.ai/docs/manual/advanced/backup/"
RULE = cvat_shapes.RULE
VARIANTS: Sequence[str] = ()
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
PRIORITY = 1
_TASK, _PROJECT, _ANNOTATIONS = "task.json", "project.json", "annotations.json"
_VERSIONS = ("1.0",)
_MISSING = "shapes of tracks between or after the frames that were drawn"
_DOUBLED = "shapes of a second annotation of the same frame"


def detect(files: Files) -> str | None:
    """By `task.json` beside `annotations.json`."""
    folders = _folders(files)
    return f"it has {folders[0]}{_TASK} and {_ANNOTATIONS} of a CVAT backup" if folders else None


def _folders(files: Files) -> list[str]:
    """The folders of tasks, each "" or ending in `/`."""
    found = [name[: -len(_TASK)] for name in files.find(_TASK, f"*/{_TASK}")]
    return [folder for folder in found if files.has(f"{folder}{_ANNOTATIONS}")]


@dataclass(frozen=True)
class _Annotations:
    """What reading the shapes of one task needs."""

    tracks: list[tuple[str, dict[str, Any]]]
    kinds: Mapping[tuple[str, str], str]
    """(label, attribute) → how its value is typed in."""
    doubled: Mapping[int, int]


def read(files: Files) -> Source:
    """Open every task of a backup."""
    folders = _folders(files)
    if not folders:
        raise NothingToRead(f"There is no {_TASK} beside an {_ANNOTATIONS}, as in a backup of CVAT.")
    classes: dict[str, SourceClass] = {}
    kinds: dict[tuple[str, str], str] = {}
    for name in files.find(_PROJECT, f"*/{_PROJECT}"):
        _read_labels_of(_document(files, name), classes, kinds)
    pictures: dict[str, Picture] = {}
    tasks: dict[str, _Annotations] = {}
    notes: list[str] = []
    problems: list[tuple[str, str]] = []
    for folder in folders:
        task = _document(files, folder + _TASK)
        own = dict(kinds)
        _read_labels_of(task, classes, own)
        name = folder + _ANNOTATIONS
        data = task.get("data")
        data = data if isinstance(data, dict) else {}
        frames = find_frames(files, folder, data)
        shapes = find_shapes(
            files.path(name), name, _kinds_of_jobs(task, folder, notes), max(frames, default=None)
        )
        tasks[name] = _Annotations(shapes.tracks, own, shapes.doubled)
        for picture in _pictures(folder if len(folders) > 1 else "", name, task, frames, shapes):
            if picture.name in pictures:
                problems.append((picture.name, f"{folder}{_TASK} lists a second image of this name"))
            else:
                pictures[picture.name] = picture
    if not pictures:
        raise NothingToRead("The backup has no image.", hint="videos have to be unpacked to images first.")
    read_labels = partial(_read_labels, files.root, tasks)
    return SimpleSource(list(pictures.values()), list(classes.values()), read_labels, notes, problems)


def _document(files: Files, name: str) -> dict[str, Any]:
    found = files.read_json(name)
    if not isinstance(found, dict):
        raise InputError(f"{name} is not of a CVAT backup: it is no object.")
    version = found.get("version", _VERSIONS[0])
    if version not in _VERSIONS:
        raise InputError(
            f"{name} is of version {version!s:.20} of CVAT's backups; {_VERSIONS[0]} is known.",
            hint='export it as "CVAT for images 1.1".',
        )
    return found


def _read_labels_of(
    document: Mapping[str, Any], classes: dict[str, SourceClass], kinds: dict[tuple[str, str], str]
) -> None:
    listed = document.get("labels")
    for label in listed if isinstance(listed, list) else ():
        if not isinstance(label, dict) or label.get("type") == "skeleton" or "name" not in label:
            continue
        value = str(label["name"])
        kind = None
        attributes = label.get("attributes")
        for a in attributes if isinstance(attributes, list) else ():
            if isinstance(a, dict):
                kinds[value, str(a.get("name"))] = str(a.get("input_type"))
                if a.get("name") == CROWD:
                    kind = "stuff" if a.get("default_value") == "true" else "thing"
        color = color_of(str(label.get("color") or ""))
        classes.setdefault(value, SourceClass(value, value, color, kind))


def _kinds_of_jobs(task: Mapping[str, Any], folder: str, notes: list[str]) -> list[str]:
    """Ordinary ones are called `annotation`; others repeat frames of them, to check their quality."""
    listed = task.get("jobs")
    jobs = [job if isinstance(job, dict) else {} for job in listed] if isinstance(listed, list) else []
    kinds = [str(job.get("type") or "annotation") for job in jobs]
    others = Counter(kind for kind in kinds if kind != "annotation")
    notes += [f"{n} annotations of {folder}{_TASK} are left out: {kind}." for kind, n in others.items()]
    return kinds


def _pictures(
    here: str, name: str, task: Mapping[str, Any], frames: Mapping[int, Frame], shapes: Shapes
) -> list[Picture]:
    """The images of a task, and frames of which there are only shapes."""
    rows = shapes.rows
    numbers = sorted({*frames, *rows[:, 0].tolist()})
    first = np.searchsorted(rows[:, 0], numbers)
    last = np.searchsorted(rows[:, 0], numbers, side="right")
    part = part_of(str(task["subset"])) if task.get("subset") else None
    found: list[Picture] = []
    for number, a, b in zip(numbers, first.tolist(), last.tolist(), strict=True):
        frame = frames.get(number) or Frame(f"frame_{number:06d}", None)
        size = frame.width, frame.height
        place = _NumberedPlace(
            name, *size, rows[a:b, 2:], rows[a:b, 1], shapes.missing[number], number=number
        )
        grid = Grid(size[0], size[1]) if size[0] and size[1] else None
        found.append(Picture(here + frame.name, frame.image, place, part, grid=grid))
    return found


@dataclass(frozen=True, slots=True)
class _NumberedPlace(Place):
    number: int = 0
    """The frame."""


def _read_labels(root: Path, tasks: Mapping[str, _Annotations], picture: Picture) -> SourceLabels:
    place: _NumberedPlace = picture.labels
    task = tasks[place.file]
    shown = f"{place.file} ({picture.name})"
    height, width = declared_size(place.height, place.width, picture.image, shown)
    repairs = Counter({_MISSING: place.n_missing, _DOUBLED: task.doubled.get(place.number, 0)})
    tracks = [] if place.tracks is None else place.tracks.tolist()
    entries = JsonFile(root / place.file, place.file).read_many(place.span_list())
    shapes = [_shape(task, entry, track) for entry, track in zip(entries, tracks, strict=True)]
    return paint(shapes, height, width, repairs=+repairs)


def _shape(task: _Annotations, entry: Mapping[str, Any], track: int) -> Shape:
    if track < 0:
        label, attributes = str(entry.get("label", "")), named_attributes(entry)
        group = whole(entry.get("group"))
        known = group or None
    else:
        label, of_track = task.tracks[track]
        attributes, known = {**of_track, **named_attributes(entry)}, ("track", track)
    typed = {k: typed_value(str(v), task.kinds.get((label, k))) for k, v in attributes.items()}
    rotation = entry.get("rotation")
    return Shape(
        str(entry.get("type")),
        label,
        entry.get("points") or [],
        whole(entry.get("z_order")),
        float(rotation) if isinstance(rotation, int | float) else 0.0,
        known,
        typed,
    )


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Backups are not written."""
    raise UsageError("CVAT backups are only read.", hint="export as `cvat`, which CVAT imports.")


def write(out: Out, plan: Plan) -> Writer:
    """Backups are not written."""
    raise UsageError("CVAT backups are only read.", hint="export as `cvat`, which CVAT imports.")
