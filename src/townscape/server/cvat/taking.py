"""The images of a task: sorted, looked at in the decoding processes, and taken into the workspace.

All of them are looked at before the first is taken in, so that a task never gets some of its images.
"""

import hashlib
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import InputError, UnreadableImage, UsageError
from townscape.core.spaces import Transform
from townscape.formats import archive
from townscape.formats.cvat.frames import natural_key
from townscape.formats.files import IMAGE_SUFFIXES
from townscape.server.cvat.errands import Outcome, Progressing
from townscape.server.cvat.frames import usual_chunk_size
from townscape.server.cvat.inbox import Parcel, base_name, unpack
from townscape.server.cvat.parts import Parts
from townscape.server.cvat.tasks import Task
from townscape.workspace.records import Image, SelectionWindow

_AT_ONCE = 2
"""Images looked at together: as many as there are decoding processes."""


class DataIn(BaseModel):
    """What a client says when it has sent all images of a task."""

    model_config = ConfigDict(frozen=True)

    chunk_size: int | None = Field(default=None, ge=1, le=1000)
    image_quality: int = Field(default=70, ge=0, le=100)
    start_frame: int = Field(default=0, ge=0)
    stop_frame: int | None = Field(default=None, ge=0)
    frame_filter: str = Field(default="", max_length=40)
    sorting_method: Literal["lexicographical", "natural", "predefined", "random"] = "lexicographical"
    upload_file_order: tuple[str, ...] = ()
    server_files: tuple[str, ...] = ()
    remote_files: tuple[str, ...] = ()
    cloud_storage_id: int | None = None
    job_file_mapping: list[Any] | None = None
    validation_params: dict[str, Any] | None = None

    @property
    def step(self) -> int:
        """Take every so-manieth image. Raises `UsageError` for a filter that is none."""
        text = self.frame_filter.replace(" ", "").removeprefix("step=") or "1"
        if not text.isdecimal() or not 0 < int(text) < 10**9:
            raise UsageError(f"The frame filter {self.frame_filter!r} is none.", hint="write step=N.")
        return int(text)


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that is to become a frame."""

    name: str
    path: Path


def check_data(wanted: DataIn) -> None:
    """Raise `UsageError` for what is not done here."""
    if wanted.server_files or wanted.remote_files or wanted.cloud_storage_id is not None:
        raise UsageError(
            "Townscape takes files that are sent, not ones from a share, a cloud or the web.",
            hint="name files on your own computer; `townscape collect` takes in folders by reference.",
        )
    if wanted.job_file_mapping or wanted.validation_params:
        raise UsageError(
            "A task has one job here, and no ground truth beside it.",
            hint="leave job_file_mapping and validation_params out.",
        )
    _ = wanted.step


def check_names(parcels: Sequence[Parcel]) -> None:
    """Raise `UsageError` or `UnreadableImage` where the names alone tell that it cannot be."""
    if not parcels:
        raise UsageError("No file was sent.", hint="send images, then say that they are all there.")
    for parcel in parcels:
        if parcel.path.suffix not in IMAGE_SUFFIXES and not parcel.path.name.endswith(archive.SUFFIXES):
            raise UnreadableImage(
                f"{parcel.name} is neither an image nor an archive of images.",
                hint="videos have to be unpacked to images first.",
            )


def take_images(
    parts: Parts,
    task: Task,
    wanted: DataIn,
    parcels: Sequence[Parcel],
    progressing: Progressing,
    *,
    user: str,
) -> Outcome:
    """Take the images in and freeze them as the task's selection. Raises `InputError` naming the file."""
    try:
        sources = _ordered(_sources(parcels), wanted, seed=task.number)
        facts: list[dict[str, Any]] = []
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for found in pool.map(partial(_inspect, parts), sources):
                facts.append(found)
                progressing.tell("Looking at the images", len(facts) / len(sources) / 2)
        images: list[Image] = []
        try:
            for k, (source, found) in enumerate(zip(sources, facts, strict=True)):
                progressing.tell("Taking in the images", 0.5 + k / len(sources) / 2)
                images.append(_take_in(parts, task, source, found))
            windows = [SelectionWindow(image_id=i.id, window=i.whole) for i in images]
            chunk = wanted.chunk_size or usual_chunk_size(images[0])
            parts.tasks.fill(
                task.number,
                windows,
                author=user,
                chunk_size=chunk,
                image_quality=wanted.image_quality,
                sorting_method=wanted.sorting_method,
            )
        except BaseException:
            parts.workspace.images.set_removed([i.id for i in images], is_removed=True)
            raise
    finally:
        for parcel in parcels:
            shutil.rmtree(parcel.folder, ignore_errors=True)
    return Outcome(number=task.number)


def _sources(parcels: Sequence[Parcel]) -> list[_Source]:
    """The images that were sent; archives are unpacked."""
    found: list[_Source] = []
    for parcel in parcels:
        if parcel.path.suffix in IMAGE_SUFFIXES:
            found.append(_Source(parcel.name, parcel.path))
            continue
        inside = unpack(parcel)
        unpacked = [p for p in inside.rglob("*") if p.is_file() and p.suffix.lower() in IMAGE_SUFFIXES]
        found += [_Source(p.relative_to(inside).as_posix(), p) for p in sorted(unpacked)]
    if not found:
        raise InputError("There is no image in what was sent.")
    name, count = Counter(s.name for s in found).most_common(1)[0]
    if count > 1:
        raise InputError(f"{count} files are called {name}.", hint="give each a name of its own.")
    return found


def _ordered(sources: list[_Source], wanted: DataIn, *, seed: int) -> list[_Source]:
    if wanted.sorting_method == "lexicographical":
        sources.sort(key=lambda s: s.name)
    elif wanted.sorting_method == "natural":
        sources.sort(key=lambda s: natural_key(s.name))
    elif wanted.sorting_method == "random":
        sources.sort(key=lambda s: s.name)
        random.Random(seed).shuffle(sources)
    elif wanted.upload_file_order:
        place = {base_name(name): k for k, name in enumerate(wanted.upload_file_order)}
        sources.sort(key=lambda s: place.get(s.name, len(place)))
    stop = None if wanted.stop_frame is None else wanted.stop_frame + 1
    chosen = sources[wanted.start_frame : stop : wanted.step]
    if not chosen:
        raise InputError(f"None of the {len(sources)} images is within the frames that were asked for.")
    return chosen


def _inspect(parts: Parts, source: _Source) -> dict[str, Any]:
    arguments = {"path": str(source.path), "max_megapixels": parts.workspace.settings.photo_megapixels}
    try:
        facts = parts.context.pixels.run("inspect", arguments, key=str(source.path)).facts["facts"]
    except InputError as error:
        shown = error.message.replace(str(source.path), source.name)
        raise type(error)(shown, hint=error.hint) from error
    facts["bands"] = tuple(facts["bands"])
    if facts.get("transform") is not None:
        facts["transform"] = Transform(*facts["transform"])
    return facts


def _take_in(parts: Parts, task: Task, source: _Source, facts: dict[str, Any]) -> Image:
    """Every task has images of its own, also of files that another has: their labels are its own too."""
    key = hashlib.sha256(f"{task.number}\0{task.created_at}\0{source.name}".encode()).hexdigest()
    folder = PurePosixPath(source.name).parent.as_posix()
    image, _ = parts.workspace.images.take_in_upload(
        source.path,
        name=source.name,
        key=f"cvat:{key}",
        sequence=None if folder == "." else folder,
        place=None,
        facts=facts,
    )
    return image
