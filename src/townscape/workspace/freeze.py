"""Freezing a dataset: which windows there are to learn from, and into which part each goes."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from townscape.core.blocks import Block, BlockGrid, piece_bounds, rectangles
from townscape.core.errors import DatasetError
from townscape.core.events import Report
from townscape.core.labelmap import channel_by_class_number
from townscape.core.spaces import Window, windows_over
from townscape.core.splits import RANK, Candidate, Part, assign_parts, capture_segments
from townscape.core.taxonomy import Taxonomy
from townscape.workspace.records import Annotation, Dataset, DatasetItem, Image
from townscape.workspace.workspace import Workspace

BLOCK_PX = 1024
"""Rasters are split in blocks of at least this side."""
STRETCH_IMAGES = 10
"""Images of a recording that tune takes at a time."""
MIN_SIDE_PX = 64
"""Windows trimmed below this are dropped."""


@dataclass(frozen=True, slots=True)
class _Source:
    image: Image
    annotation: Annotation
    window: Window
    candidate: Candidate


def freeze_dataset(
    workspace: Workspace,
    taxonomy: Taxonomy,
    report: Report,
    *,
    val_share: float = 0.2,
    tune_share: float = 0.1,
    seed: int = 0,
    gap_px: int = 512,
) -> Dataset:
    """Freeze every labelled window of a taxonomy's main layer, split as design section 5 says.

    Photos are whole windows; rasters are cut into blocks with a gap of `gap_px` between parts, so a
    block may give several windows.
    Raises `DatasetError` if there is nothing to learn from.
    """
    annotations = [a for a in workspace.labels.find(taxonomy=taxonomy.name, layer="main") if a.head > 0]
    images = {i.id: i for i in workspace.images.get_many([a.image_id for a in annotations])}
    groups = photo_groups(
        [i for i in images.values() if i.kind == "photo"], gap_s=workspace.settings.segment_gap_s
    )
    sources: list[_Source] = []
    for annotation in report.track(annotations, "reading labels"):
        image = images[annotation.image_id]
        if image.kind == "photo":
            sources += _photo_source(workspace, taxonomy, image, annotation, groups[image.id])
        else:
            sources += _raster_sources(workspace, taxonomy, image, annotation, gap_px)
    if not sources:
        raise DatasetError(
            f"Nothing is labelled in taxonomy {taxonomy.name}.",
            hint="bring labelled images in with `townscape import mask-folder IMAGES MASKS`.",
        )
    parts = assign_parts(
        [s.candidate for s in sources], val_share=val_share, tune_share=tune_share, seed=seed
    )
    items = _items(sources, parts)
    if not any(item.part == "train" for item in items):
        raise DatasetError(
            "No labelled window is left for training.",
            hint="label more, import with `--split train`, or lower --val-share.",
        )
    return workspace.datasets.freeze(
        items,
        taxonomy=taxonomy.name,
        taxonomy_version=taxonomy.version,
        options={"val_share": val_share, "tune_share": tune_share, "seed": seed, "gap_px": gap_px},
        warnings=_warnings(items, taxonomy, sources),
        run_id=report.run_id,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Which group a photo belongs to, which stretch of it, and where in it."""

    group: str
    stretch: str
    order: int | None


def photo_groups(images: Sequence[Image], *, gap_s: float) -> dict[str, Place]:
    """Group of each photo: capture segments, places and exact duplicates, joined."""
    links: dict[str, str] = {}
    order: dict[str, int] = {}
    stretch: dict[str, str] = {}
    by_sequence: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        if image.sequence is not None:
            by_sequence[image.sequence].append(image)
    for sequence, members in by_sequence.items():
        ordered = sorted(members, key=lambda i: (_moment(i) is None, _moment(i) or 0.0, i.name))
        segments = capture_segments([_moment(i) for i in ordered], gap_s=gap_s)
        position: dict[int, int] = defaultdict(int)
        for image, segment in zip(ordered, segments, strict=True):
            name = f"segment {sequence} {segment}"
            _link(links, image.id, name)
            order[image.id] = position[segment]
            stretch[image.id] = f"{name} stretch {position[segment] // STRETCH_IMAGES}"
            position[segment] += 1
    for image in images:
        if image.place is not None:
            _link(links, image.id, f"place {image.place}")
        if image.content_sha256 is not None:
            _link(links, image.id, f"content {image.content_sha256}")
    return {
        image.id: Place(
            group := _root(links, image.id),
            stretch.get(image.id, group),
            order.get(image.id),
        )
        for image in images
    }


def _moment(image: Image) -> float | None:
    """Seconds on the clock of the image's recording."""
    return image.captured_at if image.sequence_s is None else image.sequence_s


def _root(links: dict[str, str], name: str) -> str:
    while links.setdefault(name, name) != name:
        name = links[name]
    return name


def _link(links: dict[str, str], image_id: str, reason: str) -> None:
    links[_root(links, image_id)] = _root(links, reason)


def _photo_source(
    workspace: Workspace, taxonomy: Taxonomy, image: Image, annotation: Annotation, place: Place
) -> Iterable[_Source]:
    coverage = workspace.labels.coverage(annotation.id)
    channel = channel_by_class_number(taxonomy)
    pixels = np.zeros(len(taxonomy.channels), dtype=np.int64)
    for number, count in coverage.by_class.items():
        if channel[number] < pixels.size:
            pixels[channel[number]] += count
    if pixels.any():
        candidate = Candidate(place.group, place.stretch, place.order, annotation.official_part, pixels)
        yield _Source(image, annotation, image.whole, candidate)


def _raster_sources(
    workspace: Workspace, taxonomy: Taxonomy, image: Image, annotation: Annotation, gap_px: int
) -> Iterable[_Source]:
    grid = windows_over(image.width, image.height, BLOCK_PX)
    n_columns = sum(window.y == 0 for window in grid)
    for number, window in enumerate(grid):
        pieces = _class_pixels(workspace, taxonomy, annotation, window, gap_px)
        pixels = pieces.sum(axis=(0, 1))
        if pixels.any():
            group = f"raster {image.id} block {number}"
            block = Block(image.id, *divmod(number, n_columns), window, gap_px, pieces)
            candidate = Candidate(group, group, None, annotation.official_part, pixels, block)
            yield _Source(image, annotation, window, candidate)


def _class_pixels(
    workspace: Workspace, taxonomy: Taxonomy, annotation: Annotation, window: Window, gap_px: int
) -> NDArray[np.int64]:
    """Labelled pixels per class in the 3 × 3 pieces of a block."""
    channels = workspace.labels.read(annotation.id, window=window).channels(taxonomy)
    n_classes = len(taxonomy.channels)
    pieces = np.zeros((3, 3, n_classes), dtype=np.int64)
    ys, xs = piece_bounds(window.height, gap_px), piece_bounds(window.width, gap_px)
    for row, (top, bottom) in enumerate(pairwise(ys)):
        for column, (left, right) in enumerate(pairwise(xs)):
            found = np.bincount(channels[top:bottom, left:right].reshape(-1), minlength=256)
            pieces[row, column] = found[:n_classes]
    return pieces


def _items(sources: Sequence[_Source], parts: Sequence[Part | None]) -> list[DatasetItem]:
    return [
        DatasetItem(
            image_id=source.image.id,
            window=window,
            annotation_id=source.annotation.id,
            revision=source.annotation.head,
            part=part,
            is_official=source.candidate.official is not None,
            group=source.candidate.group,
        )
        for source, part, windows in zip(sources, parts, _windows(sources, parts), strict=True)
        for window in windows
        if part is not None and min(window.width, window.height) >= _min_side(source)
    ]


def _windows(sources: Sequence[_Source], parts: Sequence[Part | None]) -> list[list[Window]]:
    """The windows of each source: photos whole, blocks without what lies too near another part."""
    found = [[source.window] for source in sources]
    places = [k for k, source in enumerate(sources) if source.candidate.block is not None]
    blocks = [block for source in sources if (block := source.candidate.block) is not None]
    ranks = np.array([RANK[parts[k]] for k in places], dtype=np.int64)
    for place, block, kept in zip(places, blocks, BlockGrid(blocks).kept(ranks), strict=True):
        found[place] = rectangles(block, kept)
    return found


def _min_side(source: _Source) -> int:
    return min(MIN_SIDE_PX, source.window.width, source.window.height)


def _warnings(items: Sequence[DatasetItem], taxonomy: Taxonomy, sources: Sequence[_Source]) -> list[str]:
    parts_of: dict[str, set[str]] = defaultdict(set)
    for item in items:
        parts_of[item.group].add("train" if item.part == "tune" else item.part)
    shared = {group: parts for group, parts in parts_of.items() if len(parts) > 1}
    warnings: list[str] = []
    if shared:
        n_images = sum(item.group in shared and item.part in ("val", "test") for item in items)
        warnings.append(
            f"The published split puts {len(shared)} recording{'s' if len(shared) > 1 else ''} or "
            f"place{'s' if len(shared) > 1 else ''} into more than one part: {n_images} held-out windows "
            "have neighbours in training, so scores on them may flatter."
        )
    if not any(item.part == "tune" for item in items):
        warnings.append("There is no tune part (too few groups): the last weights are taken, not the best.")
    if not any(item.part in ("val", "test") for item in items):
        warnings.append("Nothing is held out: scores will be of the tune part, and optimistic.")
    labelled = np.sum([s.candidate.class_pixels for s in sources], axis=0)
    missing = [c for k, c in enumerate(taxonomy.channels) if not labelled[k]]
    if missing:
        keys = ", ".join(taxonomy.get_class(number).key for number in missing)
        warnings.append(f"No pixel is labelled as {keys}: the model cannot learn it.")
    return warnings
