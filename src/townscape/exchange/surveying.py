"""Looking at every picture of a dataset once, before anything is written."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from townscape.core.errors import InputError, MissingPair, SizeMismatch, SmearedMask
from townscape.core.events import Report
from townscape.core.geometry.outlines import number_regions
from townscape.core.spaces import Window
from townscape.exchange.opening import Opened
from townscape.exchange.options import ImportOptions
from townscape.formats.format import Grid, Picture, Source, SourceLabels, count_values
from townscape.formats.pairs import named
from townscape.formats.placing import place_in_image
from townscape.workspace import Workspace

_WINDOW_PX = 2048
_SPECK_PX = 4
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


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one picture's labels."""

    name: str
    pixels: Counter[str]
    """By value; without what is unlabelled."""
    total_px: int
    specks: int
    """Regions of at most 4 pixels."""


@dataclass
class Survey:
    """What was found in all pictures."""

    usable: list[Usable] = field(default_factory=list[Usable])
    seen: list[Seen] = field(default_factory=list[Seen])
    rejected: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    values: Counter[str] = field(default_factory=Counter[str])
    repairs: Counter[str] = field(default_factory=Counter[str])
    total_px: int = 0
    overlap_px: int = 0
    lossy: list[str] = field(default_factory=list[str])


def survey(workspace: Workspace, opened: Opened, options: ImportOptions, report: Report) -> Survey:
    """Read every picture and image once; the first that cannot be used stops, unless it may be left out.

    Raises `MissingPair`, `SizeMismatch`, `SmearedMask` or `InputError`, naming the file.
    """
    found = Survey()
    source = opened.source
    tolerant = options.skip_broken or options.look
    for file, reason in (*source.problems, *opened.left_out):
        if not tolerant:
            raise InputError(f"{file}: {reason}", hint="To import the rest, add `--skip-broken`.")
        found.rejected.append((file, reason))
    pictures = _complete(source.pictures, found, skip_missing=options.skip_missing or options.look)
    for picture in report.track(pictures, "checking"):
        try:
            _look_at(workspace, source, picture, options, found)
        except InputError as error:
            if not tolerant:
                hint = " ".join(filter(None, (error.hint, "To import the rest, add `--skip-broken`.")))
                raise type(error)(error.message, hint=hint) from error
            found.rejected.append((picture.name, error.message))
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


def _look_at(
    workspace: Workspace, source: Source, picture: Picture, options: ImportOptions, found: Survey
) -> None:
    assert picture.image is not None
    facts = workspace.images.inspect(picture.image)
    if picture.is_lossy:
        found.lossy.append(picture.name)
        if options.snap <= 0:
            raise SmearedMask(
                f"The mask of {picture.name} is a JPEG: its colours are smeared along every border, "
                "so pixels there belong to no class.",
                hint="export the masks as PNG; if there is no better copy, `--snap 60` takes the nearest "
                "known colour within that distance.",
            )
    offset = (0, 0) if picture.grid is None else _place(picture, picture.grid, facts, options)
    pixels: Counter[str] = Counter()
    total = specks = 0
    for labels in _parts(source, picture):
        if picture.grid is None:
            height, width = labels.plane_hw.shape
            _place(picture, Grid(width, height), facts, options)
        pixels.update(count_values(labels))
        total += labels.plane_hw.size
        specks += count_specks(labels)
        found.overlap_px += labels.overlap_px
        found.repairs.update(labels.repairs)
    found.values.update(pixels)
    found.total_px += total
    found.seen.append(Seen(picture.name, pixels, total, specks))
    found.usable.append(Usable(picture, facts, offset))


def _place(picture: Picture, grid: Grid, facts: dict[str, Any], options: ImportOptions) -> tuple[int, int]:
    try:
        return place_in_image(
            picture.name,
            grid,
            width=facts["width"],
            height=facts["height"],
            transform=facts.get("transform"),
        )
    except SizeMismatch:
        if options.resize_labels and not picture.by_windows:
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
    return int(np.count_nonzero(sizes <= _SPECK_PX))
