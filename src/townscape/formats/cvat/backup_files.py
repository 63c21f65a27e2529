"""The files of a CVAT backup: which frames a task has, and where their shapes lie."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError
from townscape.formats.codecs.json_stream import JsonFile, Span
from townscape.formats.cvat.frames import images_below, natural_key
from townscape.formats.files import Files

_LONGEST_GAP = 1 << 16
_MOST_FRAMES = 1 << 40
_NO_TRACK = -1


@dataclass(frozen=True, slots=True)
class Frame:
    """An image of a task, as its list of files has it."""

    name: str
    image: Path | None
    width: int | None = None
    height: int | None = None


@dataclass
class Shapes:
    """Where the shapes of a task lie in its `annotations.json`."""

    rows: NDArray[np.int64]
    """Frame, track (or -1), start and end in the file; ordered by frame, then as in the file."""
    tracks: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    """Label and attributes of each track."""
    missing: Counter[int] = field(default_factory=Counter[int])
    """Frame → shapes of tracks that CVAT works out there, and the backup does not hold."""
    doubled: Counter[int] = field(default_factory=Counter[int])
    """Frame → shapes of a second annotation of it, which are left out."""


def find_frames(files: Files, here: str, data: Mapping[str, Any]) -> dict[int, Frame]:
    """Number of the frame within its task → image: by `manifest.jsonl`, otherwise in order of the names."""
    start, step = whole(data.get("start_frame")), _step(data.get("frame_filter"))
    deleted = data.get("deleted_frames")
    left_out = {f for f in deleted if isinstance(f, int)} if isinstance(deleted, list) else set[int]()
    manifest = f"{here}data/manifest.jsonl"
    if files.has(manifest):
        listed = _frames_of_manifest(files, here, manifest)
    else:
        images = images_below(files, f"{here}data/") or (images_below(files, "") if files.images else {})
        is_natural = data.get("sorting_method") == "natural"
        names = sorted(images, key=natural_key if is_natural else None)
        listed = dict(enumerate(Frame(name, images[name]) for name in names))
    stop = data.get("stop_frame")
    last = stop if isinstance(stop, int) and stop >= start else None
    return {
        (raw - start) // step: frame
        for raw, frame in listed.items()
        if raw >= start and (raw - start) % step == 0 and (last is None or raw <= last)
        if (raw - start) // step not in left_out
    }


def _frames_of_manifest(files: Files, here: str, manifest: str) -> dict[int, Frame]:
    found: dict[int, Frame] = {}
    size: tuple[int | None, int | None] = None, None
    images = images_below(files, f"{here}data/")
    for number, line in enumerate(files.read_text(manifest).splitlines(), start=1):
        try:
            entry = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            raise InputError(f"{manifest} is no list of files: line {number:,} cannot be read.") from None
        if not isinstance(entry, dict):
            continue
        properties = entry.get("properties")
        if isinstance(properties, dict) and isinstance(properties.get("resolution"), list):
            size = _pair(properties["resolution"])
        elif isinstance(entry.get("number"), int):
            name = f"frame_{entry['number']:06d}"
            path = next((p for n, p in images.items() if n.rpartition(".")[0] == name), None)
            found[entry["number"]] = Frame(name, path, *size)
        elif isinstance(entry.get("name"), str):
            name = f"{entry['name']}{entry.get('extension') or ''}".replace("\\", "/")
            width, height = _size(entry.get("width")), _size(entry.get("height"))
            found[len(found)] = Frame(name, files.find_image(f"{here}data/{name}"), width, height)
    return found


def find_shapes(path: Path, name: str, kinds_of_jobs: list[str], stop_frame: int | None) -> Shapes:
    """Where the shapes of each frame lie. Jobs that are no ordinary ones are left out.

    Raises `InputError` if the file is damaged.
    """
    document = JsonFile(path, name)
    rows: list[tuple[int, int, int, int]] = []
    shapes = Shapes(np.zeros((0, 4), dtype=np.int64))
    job_by_frame: dict[int, int] = {}
    for job, (_, span) in enumerate(document.spans("")):
        if job < len(kinds_of_jobs) and kinds_of_jobs[job] != "annotation":
            continue
        found = [
            *_shapes_of_job(document, span),
            *_tracked_shapes_of_job(document, span, shapes, stop_frame),
        ]
        for row in found:
            if job_by_frame.setdefault(row[0], job) == job:
                rows.append(row)
            else:
                shapes.doubled[row[0]] += 1
    ordered = np.array(rows, dtype=np.int64).reshape(-1, 4)
    shapes.rows = ordered[np.argsort(ordered[:, 0], kind="stable")]
    return shapes


def _shapes_of_job(document: JsonFile, job: Span) -> Iterator[tuple[int, int, int, int]]:
    for _, span in document.spans_within(job, "shapes"):
        frame = _frame_of(document.read(span))
        if frame is not None:
            yield frame, _NO_TRACK, span.start, span.end


def _tracked_shapes_of_job(
    document: JsonFile, job: Span, shapes: Shapes, stop_frame: int | None
) -> Iterator[tuple[int, int, int, int]]:
    for _, span in document.spans_within(job, "tracks"):
        track: Any = document.read(span)
        if not isinstance(track, dict):
            continue
        listed: Any = track.get("shapes")
        if not isinstance(listed, list):
            continue
        number = len(shapes.tracks)
        shapes.tracks.append((str(track.get("label", "")), named_attributes(track)))
        frames: list[tuple[int, bool]] = []
        for (_, inside), shape in zip(document.spans_within(span, "shapes"), listed, strict=False):
            frame = _frame_of(shape)
            if frame is None:
                continue
            is_mask = shape.get("type") == "mask"
            frames.append((frame, bool(shape.get("outside")) or is_mask))
            if not shape.get("outside"):
                yield frame, number, inside.start, inside.end
        if stop_frame is not None:
            frames.append((stop_frame + 1, True))
        for (frame, is_over), (following, _) in pairwise(sorted(frames)):
            if not is_over:
                shapes.missing.update(range(frame + 1, min(following, frame + _LONGEST_GAP)))


def _frame_of(shape: Any) -> int | None:
    frame = shape.get("frame") if isinstance(shape, dict) else None
    return frame if isinstance(frame, int) and 0 <= frame < _MOST_FRAMES else None


def named_attributes(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Name → value, as text."""
    listed = shape.get("attributes")
    return {
        str(a["name"]): a.get("value", "")
        for a in (listed if isinstance(listed, list) else ())
        if isinstance(a, dict) and "name" in a
    }


def whole(value: Any, default: int = 0) -> int:
    """A whole number, or `default` for anything else."""
    return value if type(value) is int else default


def _pair(values: list[Any]) -> tuple[int | None, int | None]:
    return (_size(values[0]), _size(values[1])) if len(values) == 2 else (None, None)


def _size(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def _step(value: Any) -> int:
    text = str(value or "").replace(" ", "").removeprefix("step=")
    return max(1, int(text)) if text.isdecimal() and len(text) < 10 else 1
