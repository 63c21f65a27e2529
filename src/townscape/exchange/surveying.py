"""Looking at every picture of a dataset once, before anything is written."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from townscape.core.errors import InputError, MissingPair, SizeMismatch, SmearedMask
from townscape.core.events import Report
from townscape.core.geometry.outlines import number_regions
from townscape.core.pool import map_in_order
from townscape.core.spaces import Window
from townscape.exchange.opening import Opened
from townscape.exchange.options import ImportOptions
from townscape.exchange.spool import Spool
from townscape.formats.format import Grid, Picture, Source
from townscape.formats.labels import SourceLabels
from townscape.formats.pairs import named
from townscape.formats.placing import place_in_image
from townscape.formats.reading import count_values, image_at_hand
from townscape.workspace import Workspace
from townscape.workspace.inspecting import inspect_image

MAX_SHOWN = 12
"""Pictures that a finding names."""
SPECK_PX = 4
MANY_SPECKS = 50
NEARLY_EMPTY = 0.01
_MAX_VALUES = 20_000
_WINDOW_PX = 2048
_MAX_REGIONS_PX = 16 << 20
"""Label maps larger than this are not searched for specks."""


@dataclass(frozen=True, slots=True)
class Usable:
    """A picture that can be imported: its image's facts, and where its labels begin in it."""

    picture: Picture
    facts: dict[str, Any]
    offset: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the image."""
        return self.facts["width"], self.facts["height"]


@dataclass
class Where:
    """Pictures in which something shows: how many, and the first few."""

    n: int = 0
    names: list[str] = field(default_factory=list[str])

    def add(self, name: str) -> None:
        """Add a picture."""
        self.n += 1
        if len(self.names) < MAX_SHOWN:
            self.names.append(name)


@dataclass
class Survey:
    """What was found in all pictures."""

    usable: Spool[Usable] = field(default_factory=Spool[Usable])
    rejected: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    values: Counter[str] = field(default_factory=Counter[str])
    """Pixels by value; without what is unlabelled."""
    by_value: dict[str, Where] = field(default_factory=dict[str, Where])
    example: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """For each value the picture that shows most of it: pixels, place in `usable`."""
    repairs: Counter[str] = field(default_factory=Counter[str])
    total_px: int = 0
    overlap_px: int = 0
    specks: int = 0
    lossy: Where = field(default_factory=Where)
    nearly_empty: Where = field(default_factory=Where)
    specked: Where = field(default_factory=Where)
    """Pictures with many specks."""

    def add(self, seen: "Seen") -> None:
        """Add what was seen of one picture."""
        name = seen.usable.picture.name
        self.values.update(seen.pixels)
        for value, pixels in seen.pixels.items():
            self.by_value.setdefault(value, Where()).add(name)
            if pixels > self.example.get(value, (0, 0))[0]:
                self.example[value] = pixels, len(self.usable)
        if len(self.values) > _MAX_VALUES:
            raise InputError(
                f"The masks hold more than {_MAX_VALUES:,} different values, as photographs do.",
                hint="check that the folder of masks is not the folder of images.",
            )
        self.total_px += seen.total_px
        self.overlap_px += seen.overlap_px
        self.repairs.update(seen.repairs)
        self.specks += seen.specks
        if seen.usable.picture.is_lossy:
            self.lossy.add(name)
        if sum(seen.pixels.values()) < NEARLY_EMPTY * seen.total_px:
            self.nearly_empty.add(name)
        if seen.specks >= MANY_SPECKS:
            self.specked.add(name)
        self.usable.append(seen.usable)


@dataclass
class Seen:
    """What was seen of one picture."""

    usable: Usable
    pixels: Counter[str] = field(default_factory=Counter[str])
    total_px: int = 0
    overlap_px: int = 0
    specks: int = 0
    """Regions of at most 4 pixels."""
    repairs: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True)
class _Looking:
    """What looking at a picture needs."""

    source: Source
    max_megapixels: float
    resize_labels: bool
    allow_lossy: bool


def survey(workspace: Workspace, opened: Opened, options: ImportOptions, report: Report) -> Survey:
    """Read every picture and image once; the first that cannot be used stops, unless it may be left out.

    Raises `MissingPair`, `SizeMismatch`, `SmearedMask` or `InputError`, naming the file.
    """
    found = Survey()
    tolerant = options.skip_broken or options.look
    for file, reason in (*opened.source.problems, *opened.left_out):
        if not tolerant:
            raise InputError(f"{file}: {reason}", hint="To import the rest, add `--skip-broken`.")
        found.rejected.append((file, reason))
    pictures = _complete(opened.source.pictures, found, skip_missing=options.skip_missing or options.look)
    limit = workspace.settings.photo_megapixels
    looking = _Looking(opened.source, limit, options.resize_labels, options.snap > 0)
    seen_of = map_in_order(_look_at, looking, pictures, n_items=len(pictures))
    for picture, seen in zip(report.track(pictures, "checking"), seen_of, strict=True):
        if isinstance(seen, Seen):
            found.add(seen)
            continue
        if not tolerant:
            hint = " ".join(filter(None, (seen.hint, "To import the rest, add `--skip-broken`.")))
            raise type(seen)(seen.message, hint=hint)
        if picture.is_lossy:
            found.lossy.add(picture.name)
        found.rejected.append((picture.name, seen.message))
    if not found.usable and not options.look:
        first = found.rejected[0] if found.rejected else ("", "there are no pictures")
        raise InputError("None of the pictures can be used.", hint=f"{first[0]}: {first[1]}")
    return found


def _complete(pictures: Sequence[Picture], found: Survey, *, skip_missing: bool) -> list[Picture]:
    """Pictures that have an image and labels."""
    without_labels = [p.name for p in pictures if p.labels is None]
    without_image = [p.name for p in pictures if p.image is None and p.labels is not None]
    if (without_labels or without_image) and not skip_missing:
        raise MissingPair(
            "; ".join(
                f"{len(names)} {what}: {named(names)}"
                for names, what in (
                    (without_labels, "images have no labels"),
                    (without_image, "labels have no image"),
                )
                if names
            )
            + ".",
            hint="add the missing files (`--images FOLDER` says where the images lie), or import the rest "
            "with `--skip-missing`.",
        )
    found.rejected += [(name, "it has no labels") for name in without_labels]
    found.rejected += [(name, "its image was not found") for name in without_image]
    return [p for p in pictures if p.labels is not None and p.image is not None]


def _look_at(looking: _Looking, picture: Picture) -> Seen | InputError:
    """Look at one picture; what is wrong with it is returned, so that it passes between processes."""
    try:
        return _look(looking, picture)
    except InputError as error:
        return error


def _look(looking: _Looking, picture: Picture) -> Seen:
    with image_at_hand(looking.source, picture) as path:
        facts = inspect_image(path, max_megapixels=looking.max_megapixels)
    if picture.is_lossy and not looking.allow_lossy:
        raise SmearedMask(
            f"The mask of {picture.name} is a JPEG: its colours are smeared along every border, "
            "so pixels there belong to no class.",
            hint="export the masks as PNG; if there is no better copy, `--snap 60` takes the nearest "
            "known colour within that distance.",
        )
    offset = (0, 0) if picture.grid is None else _place(looking, picture, picture.grid, facts)
    seen = Seen(Usable(picture, facts, offset))
    for labels in _parts(looking.source, picture):
        if picture.grid is None:
            height, width = labels.shape
            _place(looking, picture, Grid(width, height), facts)
        seen.pixels.update(count_values(labels))
        seen.total_px += labels.shape[0] * labels.shape[1]
        seen.specks += count_specks(labels)
        seen.overlap_px += labels.overlap_px
        seen.repairs.update(labels.repairs)
    return seen


def _place(looking: _Looking, picture: Picture, grid: Grid, facts: dict[str, Any]) -> tuple[int, int]:
    try:
        return place_in_image(
            picture.name,
            grid,
            width=facts["width"],
            height=facts["height"],
            transform=facts.get("transform"),
        )
    except SizeMismatch:
        if looking.resize_labels and not picture.by_windows:
            return 0, 0
        raise


def _parts(source: Source, picture: Picture) -> Iterator[SourceLabels]:
    if not picture.by_windows or picture.grid is None:
        yield source.labels(picture)
        return
    width, height = picture.grid.width, picture.grid.height
    for y in range(0, height, _WINDOW_PX):
        for x in range(0, width, _WINDOW_PX):
            yield source.labels(picture, Window(x, y, _WINDOW_PX, _WINDOW_PX).clip(width, height))


def count_specks(labels: SourceLabels) -> int:
    """Connected regions of at most 4 pixels."""
    if labels.plane_hw.size > _MAX_REGIONS_PX:
        return 0
    sizes = np.bincount(number_regions(labels.plane_hw).reshape(-1))[1:]
    return int(np.count_nonzero(sizes <= SPECK_PX))
