"""The images of CVAT's XML files, and where the shapes of each one lie."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.formats.codecs.json_stream import Span
from townscape.formats.cvat.frames import images_below, images_by_frame
from townscape.formats.cvat.xml import Frames, Index, Track
from townscape.formats.files import Files, part_of
from townscape.formats.format import Grid, Picture


@dataclass(frozen=True, slots=True)
class Place:
    """Where the shapes of one image lie (`Picture.labels`)."""

    file: str
    """The XML file."""
    width: int | None
    height: int | None
    spans: NDArray[np.int64]
    """Start and end in the file: of its `<image>`, or of each of its shapes in tracks."""
    tracks: NDArray[np.int64] | None = None
    """The number of the track of each of them."""
    n_missing: int = 0
    """Shapes between two frames of a track that the file leaves out."""

    def span_list(self) -> list[Span]:
        """The spans as the XML reader takes them."""
        return [Span(start, end) for start, end in self.spans.tolist()]


@dataclass
class Found:
    """The images of a dataset."""

    pictures: list[Picture] = field(default_factory=list[Picture])
    notes: list[str] = field(default_factory=list[str])
    problems: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    group: str
    """What is put before the name where several images have it: the subset, the file's folder."""
    image: Path | None
    place: Place
    part_name: str
    sequence: str | None = None


def find_pictures(files: Files, indices: Sequence[Index]) -> Found:
    """Every image that the XML files tell of, with its image file if there is one."""
    found = Found()
    candidates: list[_Candidate] = []
    for index in indices:
        folder = index.name.rpartition("/")[0]
        here = f"{folder}/" if folder else ""
        candidates += _from_images(files, index, here)
        if index.tracks:
            candidates += _from_tracks(files, index, here, found)
    uses = Counter(c.name for c in candidates)
    taken: set[str] = set()
    for c in candidates:
        name = c.name if uses[c.name] == 1 or not c.group else f"{c.group}/{c.name}"
        if name in taken or not c.name:
            what = "listed a second time" if c.name else "listed without a name"
            found.problems.append((name or c.place.file, f"an image is {what} in {c.place.file}"))
            continue
        taken.add(name)
        size = c.place.width, c.place.height
        grid = Grid(size[0], size[1]) if size[0] and size[1] else None
        part = part_of(c.part_name) if c.part_name else None
        found.pictures.append(Picture(name, c.image, c.place, part, c.sequence, grid=grid))
    used = {p.image for p in found.pictures}
    n_unlisted = sum(image not in used for image in files.image_files.values())
    if n_unlisted:
        found.notes.append(f"{n_unlisted} images are not listed in {', '.join(i.name for i in indices)}.")
    return found


def _from_images(files: Files, index: Index, here: str) -> list[_Candidate]:
    found: list[_Candidate] = []
    for entry in index.images:
        frames = index.frames_of(entry.task)
        subset = entry.subset or frames.subset
        inside = f"{subset}/{entry.name}" if subset else entry.name
        image = files.find_image(f"{here}images/{inside}") if entry.name else None
        spans = np.array([[entry.span.start, entry.span.end]], dtype=np.int64)
        place = Place(index.name, entry.width, entry.height, spans)
        group = "/".join(g for g in (here.rstrip("/"), subset or frames.name) if g)
        file = index.name[len(here) :].removesuffix(".xml")  # Datumaro has a file for each subset
        found.append(_Candidate(entry.name, group, image, place, subset or file))
    return found


def _from_tracks(files: Files, index: Index, here: str, found: Found) -> list[_Candidate]:
    tasks = {track.task: track for track in reversed(index.tracks)}
    number_by_task = {task: number for number, task in enumerate(tasks)}
    of_track = np.array([number_by_task[t.task] for t in index.tracks])
    candidates: list[_Candidate] = []
    for task, track in tasks.items():
        rows = index.shapes[of_track[index.shapes[:, 1]] == number_by_task[task]]
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        candidates += _frames_of_task(files, index, here, track, rows, found)
    return candidates


def _frames_of_task(
    files: Files, index: Index, here: str, track: Track, rows: NDArray[np.int64], found: Found
) -> list[_Candidate]:
    frames: Frames = index.frames_of(track.task)
    subset = track.subset or frames.subset
    folders = (f"{here}images/{subset}/", f"{here}images/", here, "" if files.images else here)
    images = next((inside for folder in folders if (inside := images_below(files, folder))), {})
    name_by_frame, note = images_by_frame(images, frames.size, frames.step)
    if note:
        found.notes.append(f"{index.name}: {note}.")
    missing = index.gaps.get(track.task, Counter[int]())
    candidates: list[_Candidate] = []
    numbers = sorted({*name_by_frame, *rows[:, 0].tolist()})
    first = np.searchsorted(rows[:, 0], numbers)
    last = np.searchsorted(rows[:, 0], numbers, side="right")
    for frame, a, b in zip(numbers, first.tolist(), last.tolist(), strict=True):
        name = name_by_frame.get(frame)
        image: Any = images[name] if name is not None else None
        place = Place(index.name, frames.width, frames.height, rows[a:b, 2:], rows[a:b, 1], missing[frame])
        group = "/".join(g for g in (here.rstrip("/"), subset or frames.name) if g)
        shown = name or f"frame_{frame:06d}"
        candidates.append(_Candidate(shown, group, image, place, subset, frames.name or None))
    return candidates
