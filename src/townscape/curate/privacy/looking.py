"""Looking for faces and plates in one picture: the whole of it, then closely where people and cars are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townscape.curate.privacy.boxes import Box, without_doubles
from townscape.curate.privacy.centerface import FaceFinder
from townscape.curate.privacy.plates import PlateFinder
from townscape.curate.privacy.regions import Regions, head_bands, plate_bands
from townscape.workspace.redactions import AreaKind

WHOLE_PX = 640
"""The long side at which the whole picture is looked at."""
TILE_PX = 320
_TILE_OVERLAP_PX = 96
CLOSELY = 2.0
"""Tiles are looked at in twice their size: a face of 12 pixels is found then, in CamVid's frames."""
GROWN = 1.3
"""Found boxes are covered with a margin."""
UNSURE_FROM = 0.6
"""Of the threshold: less sure finds are listed from here on, to be decided by people."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something to be covered, or to be decided on."""

    box: Box
    kind: AreaKind
    by: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """What to look with, and how closely."""

    faces: FaceFinder | None
    plates: PlateFinder | None
    threshold: float
    plate_threshold: float
    thorough: bool
    bands: bool
    """Whether heads and the lower part of vehicles are covered by labels or predictions."""


def look_at(rgb: NDArray[np.uint8], regions: Regions | None, look: Look) -> list[Found]:
    """Everything found in a picture (height × width × 3); boxes inside it, grown by a margin."""
    height, width = rgb.shape[:2]
    close = [Box(0, 0, width, height)] if look.thorough else regions.around() if regions else []
    found: list[Found] = []
    if look.faces is not None:
        find_faces = look.faces.find
        low = look.threshold * UNSURE_FROM
        boxes = find_faces(rgb, threshold=low, scale=WHOLE_PX / max(height, width))
        boxes += _in_tiles(rgb, close, lambda tile: find_faces(tile, threshold=low, scale=CLOSELY))
        found += [
            Found(b.grown(GROWN), "face", "CenterFace", b.score >= look.threshold)
            for b in without_doubles(boxes)
        ]
    if look.plates is not None:
        find_plates = look.plates.find
        low = look.plate_threshold * UNSURE_FROM
        boxes = find_plates(rgb, threshold=low)
        boxes += _in_tiles(rgb, close, lambda tile: find_plates(tile, threshold=low))
        found += [
            Found(b.grown(GROWN), "plate", look.plates.name, b.score >= look.plate_threshold)
            for b in without_doubles(boxes)
        ]
    if look.bands and regions is not None:
        found += [Found(b, "head", regions.by) for b in head_bands(regions.people)]
        if look.plates is None:
            found += [Found(b, "vehicle", regions.by) for b in plate_bands(regions.vehicles)]
    inside = [(one, one.box.whole_pixels(width, height)) for one in found]
    return [Found(box, one.kind, one.by, one.is_sure) for one, box in inside if box is not None]


def doubt_of(found: Sequence[Found], *, threshold: float, plate_threshold: float) -> float:
    """How near the least certain find is to its threshold: 1 at it, 0 from twice or none of it on."""
    nearest = 0.0
    for one in found:
        if one.kind in ("face", "plate"):
            limit = threshold if one.kind == "face" else plate_threshold
            nearest = max(nearest, 1 - abs(one.box.score - limit) / max(limit, 1e-9))
    return round(max(0.0, nearest), 4)


def _in_tiles(
    rgb: NDArray[np.uint8], areas: Sequence[Box], find: Callable[[NDArray[np.uint8]], list[Box]]
) -> list[Box]:
    """What is found in the tiles that touch one of the areas, in pixels of the picture."""
    found: list[Box] = []
    for tile in tiles_over(rgb.shape[1], rgb.shape[0], areas):
        x, y = int(tile.left), int(tile.top)
        pixels = rgb[y : int(tile.bottom), x : int(tile.right)]
        found += [box.moved(x, y) for box in find(np.ascontiguousarray(pixels))]
    return found


def tiles_over(width: int, height: int, areas: Sequence[Box]) -> Iterator[Box]:
    """Tiles of a picture that touch one of the areas; they overlap, so that every face is whole in one."""
    step = TILE_PX - _TILE_OVERLAP_PX
    for y in range(0, max(1, height - _TILE_OVERLAP_PX), step):
        for x in range(0, max(1, width - _TILE_OVERLAP_PX), step):
            tile = Box(x, y, min(width, x + TILE_PX), min(height, y + TILE_PX))
            if any(_touch(tile, area) for area in areas):
                yield tile


def _touch(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom
