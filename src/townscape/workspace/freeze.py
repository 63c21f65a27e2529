"""Freezing a dataset: which windows there are to learn from, and into which part each goes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from townscape.core.blocks import Block, BlockGrid, piece_bounds, rectangles
from townscape.core.errors import DatasetError
from townscape.core.events import Report
from townscape.core.labelmap import channel_by_class_number
from townscape.core.spaces import Window, windows_over
from townscape.core.splits import RANK, Candidate, Part, assign_parts
from townscape.core.taxonomy import Taxonomy
from townscape.workspace.grouping import Place, photo_groups, photo_links
from townscape.workspace.leaks import leak_warnings, refuse_leaks, torn_by
from townscape.workspace.records import Annotation, Dataset, DatasetItem, Image
from townscape.workspace.workspace import Workspace

BLOCK_PX = 1024
"""Rasters are split in blocks of at least this side."""
MIN_SIDE_PX = 64
"""Windows trimmed below this are dropped."""
SplitBy = Literal["group", "image"]
"""What stays whole when Townscape makes a split: groups, or only images (which the gate refuses
unless nothing is shared)."""


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
    split_by: SplitBy = "group",
    seed: int = 0,
    gap_px: int = 512,
) -> Dataset:
    """Freeze every labelled window of a taxonomy's main layer, split as design section 5 says.

    Photos are whole windows; rasters are cut into blocks with a gap of `gap_px` between parts, so a
    block may give several windows. Images that were taken out of the lists are left out.
    Raises `DatasetError` if there is nothing to learn from, or if a split that is made here (not a
    published one) would tear a group apart.
    """
    images = {i.id: i for i in workspace.images.find()}
    annotations = [
        a
        for a in workspace.labels.find(taxonomy=taxonomy.name, layer="main")
        if a.head > 0 and a.image_id in images
    ]
    labelled = [images[a.image_id] for a in annotations]
    gap_s, same = workspace.settings.segment_gap_s, workspace.pairs.same()
    photos = [i for i in labelled if i.kind == "photo"]
    groups = photo_groups(photos, gap_s=gap_s, same=same)
    copies = photo_groups([i for i in labelled if i.kind == "raster"], gap_s=gap_s, same=same)
    sources: list[_Source] = []
    for annotation in report.track(annotations, "reading labels"):
        image = images[annotation.image_id]
        if image.kind == "photo":
            sources += _photo_source(workspace, taxonomy, image, annotation, groups[image.id])
        else:
            sources += _raster_sources(workspace, taxonomy, image, annotation, gap_px)
    sources = _with_copies_whole(sources, copies)
    if not sources:
        raise DatasetError(
            f"Nothing is labelled in taxonomy {taxonomy.name}.",
            hint="bring labelled images in with `townscape import mask-folder IMAGES MASKS`.",
        )
    candidates = [s.candidate for s in sources]
    if split_by == "image" and not any(c.official for c in candidates):
        candidates = [_of_its_own(s) for s in sources]
    parts = assign_parts(candidates, val_share=val_share, tune_share=tune_share, seed=seed)
    items = _items(sources, parts)
    torn = torn_by(items, images, photo_links(photos, gap_s=gap_s, same=same))
    refuse_leaks(workspace, [pair for pair in torn if not pair.is_official])
    if not any(item.part == "train" for item in items):
        raise DatasetError(
            "No labelled window is left for training.",
            hint="label more, import with `--split train`, or lower --val-share.",
        )
    return workspace.datasets.freeze(
        items,
        taxonomy=taxonomy.name,
        taxonomy_version=taxonomy.version,
        options={
            "val_share": val_share,
            "tune_share": tune_share,
            "split_by": split_by,
            "seed": seed,
            "gap_px": gap_px,
        },
        warnings=[
            *leak_warnings(items, torn, left_out=_left_out(candidates, parts)),
            *_warnings(items, taxonomy, sources),
        ],
        run_id=report.run_id,
    )


def _of_its_own(source: _Source) -> Candidate:
    """The candidate as if nothing tied its image to another one."""
    own = f"image {source.image.id}"
    return replace(source.candidate, group=own, stretch=own, order=None)


def _with_copies_whole(sources: Sequence[_Source], copies: Mapping[str, Place]) -> list[_Source]:
    """Blocks of rasters that show the same as another one are one group: their blocks need not meet."""
    sharing = Counter(place.group for place in copies.values())
    found: list[_Source] = []
    for source in sources:
        place = copies.get(source.image.id)
        if place is None or sharing[place.group] == 1:
            found.append(source)
        else:
            group = f"rasters {place.group}"
            found.append(replace(source, candidate=replace(source.candidate, group=group)))
    return found


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


def _left_out(candidates: Sequence[Candidate], parts: Sequence[Part | None]) -> int:
    """How many windows belong to groups that a published split holds out, and so have no part."""
    held_out = {c.group for c in candidates if c.official in ("val", "test")}
    found = zip(candidates, parts, strict=True)
    return sum(part is None and c.official is None and c.group in held_out for c, part in found)


def _warnings(items: Sequence[DatasetItem], taxonomy: Taxonomy, sources: Sequence[_Source]) -> list[str]:
    warnings: list[str] = []
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
