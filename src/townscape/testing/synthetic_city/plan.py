"""The plan of the synthetic city: districts, streets, blocks and water, drawn from a seed.

Everything is in pixels of the orthophoto (x right, y down); `pixel_m` says how large they are.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from townscape.testing.synthetic_city import growth, zoning
from townscape.testing.synthetic_city.cutting import Ring, area_of, densify, inset, long_axis
from townscape.testing.synthetic_city.naming import draw_names

STEP_PX = 8
"""District borders run along pixel edges in steps of this size, so that they split no pixel."""


@dataclass(frozen=True, slots=True)
class District:
    """A named part of the city."""

    name: str
    character: str
    """One of `zoning.CHARACTERS`."""
    greenness: float
    """How much its people like plants, 0...1: more trees and lawns at the same character."""
    outline: shapely.Polygon
    """Districts tile the image: no gaps, no overlaps."""


@dataclass(frozen=True, slots=True)
class Street:
    """The middle line of a street."""

    line: Ring
    width_px: float
    """Kerb to kerb."""
    rank: int
    """0 avenue, 1 main street, 2 side street, 3 unpaved track."""


@dataclass(frozen=True, slots=True)
class Block:
    """Ground between streets, with one use."""

    use: str
    """One of `zoning.USES`."""
    character: str
    """Of the district that it lies in."""
    greenness: float
    kerb: Ring
    """Where the carriageway ends."""
    ring: Ring
    """Behind the sidewalk, with a corner every few metres."""
    core: Ring
    """The same with its true corners only: nearly convex, for laying out parcels."""


@dataclass(frozen=True, slots=True)
class CityPlan:
    """A city from which pictures can be drawn."""

    seed: int
    width_px: int
    height_px: int
    pixel_m: float
    districts: tuple[District, ...]
    streets: tuple[Street, ...]
    blocks: tuple[Block, ...]
    river: Ring
    """Outline of the river, water's edge to water's edge."""
    railway: Ring
    """Middle line of the tracks."""

    @classmethod
    def draw(cls, seed: int, width_px: int = 5120, height_px: int = 4096, pixel_m: float = 0.5) -> Self:
        """A city of that size, the same for the same arguments.

        About 28 districts at the default size; fewer where they would be under some 5 ha.
        """
        rng = np.random.default_rng([seed, 1])
        bend = _Bend.draw(rng, pixel_m)
        margin = 140 / pixel_m
        frame = np.array([[0, 0], [width_px, 0], [width_px, height_px], [0, height_px]], dtype=float)
        frame += np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * margin
        centre = np.array([width_px * rng.uniform(0.44, 0.54), height_px * rng.uniform(0.46, 0.54)])
        course = _draw_course(rng, width_px, height_px, centre, pixel_m)
        railway = _draw_railway(rng, course, width_px, height_px, pixel_m)

        grown = growth.Growth(rng, pixel_m)
        mean_px = max(width_px * height_px / 22, 60_000 / pixel_m**2)
        reach = float(np.hypot(width_px, height_px)) / 2

        def target_px(middle: Ring) -> float:
            return mean_px * (0.5 + 0.85 * float(np.hypot(*(middle - centre))) / reach)

        n_avenues = 3 if width_px * height_px * pixel_m**2 > 1e6 else 2
        cells = growth.cut_avenues(grown, frame, centre, n_avenues=n_avenues)
        cells = growth.cut_districts(grown, cells, target_px=target_px)
        bent = [bend(densify(cell.ring, 24)) for cell in cells]
        ids, owners = _lay_districts(bent, width_px, height_px)
        n = int(ids.max())
        middles = np.array(ndimage.center_of_mass(ids > 0, ids, range(1, n + 1)))[:, ::-1] * STEP_PX
        characters = zoning.assign(
            rng, middles, centre=centre, course=course, railway=railway, reach_px=reach
        )
        names = draw_names(rng, characters)
        greenness = rng.permutation(np.linspace(0.05, 0.95, n))
        districts = tuple(
            District(name, character, float(green), _outline(ids == k + 1, width_px, height_px))
            for k, (name, character, green) in enumerate(zip(names, characters, greenness, strict=True))
        )
        blocks = tuple(
            block
            for cell, owner in zip(cells, owners, strict=True)
            if owner is not None
            for block in _draw_blocks(rng, grown, cell, districts[owner], bend)
        )
        streets = tuple(
            Street(bend(densify(s.ends, 12, is_closed=False)), s.width_px, s.rank)
            for s in sorted(grown.segments, key=lambda s: -s.rank)
        )
        return cls(
            seed=seed,
            width_px=width_px,
            height_px=height_px,
            pixel_m=pixel_m,
            districts=districts,
            streets=streets,
            blocks=blocks,
            river=_river_outline(rng, course, min(44.0, 0.06 * height_px * pixel_m) / pixel_m),
            railway=railway,
        )

    def px(self, metres: float) -> float:
        """A length in pixels."""
        return metres / self.pixel_m


@dataclass(frozen=True, slots=True)
class _Bend:
    """A smooth map of the plane that makes straight streets curve and keeps their junctions."""

    waves: NDArray[np.float64]

    @classmethod
    def draw(cls, rng: Generator, pixel_m: float) -> Self:
        waves: list[list[float]] = []
        for length_m, push_m in ((2300, 42), (1500, 22), (900, 7)):
            for _ in range(2):
                turn, phase, toward = rng.uniform(0, 2 * np.pi, 3)
                k = 2 * np.pi / length_m * pixel_m
                push = push_m / pixel_m
                waves.append(
                    [k * np.cos(turn), k * np.sin(turn), phase, push * np.cos(toward), push * np.sin(toward)]
                )
        return cls(np.array(waves))

    def __call__(self, points: Ring) -> Ring:
        lift = np.sin(points @ self.waves[:, :2].T + self.waves[:, 2])
        return points + lift @ self.waves[:, 3:]


def _draw_course(rng: Generator, width_px: int, height_px: int, centre: Ring, pixel_m: float) -> Ring:
    """Middle line of the river, from the left edge to the right, past the centre."""
    x = np.linspace(-200, width_px + 200, 240)
    t = x / width_px
    past = centre[1] + rng.choice([-1, 1]) * min(240 / pixel_m, 0.16 * height_px)
    swing = 0.10 * height_px
    wave = np.sin(2 * np.pi * (1.15 * t + rng.uniform())) + 0.55 * np.sin(
        2 * np.pi * (2.3 * t + rng.uniform())
    )
    tilt = rng.choice([-1, 1]) * rng.uniform(0.10, 0.2) * height_px
    y = past + swing * wave + tilt * (t - centre[0] / width_px)
    nearby = np.interp(centre[0], x, y)
    return np.stack([x, y + (past - nearby) * 0.7], axis=1)


def _draw_railway(rng: Generator, course: Ring, width_px: int, height_px: int, pixel_m: float) -> Ring:
    """A smoother line on the side of the river that has more room."""
    is_river_low = course[:, 1].mean() > height_px / 2
    room = 0.30 * height_px * (-1 if is_river_low else 1)
    smooth = ndimage.gaussian_filter1d(course[:, 1], 34, mode="nearest")
    y = smooth + room + 40 / pixel_m * np.sin(course[:, 0] / width_px * 4 + rng.uniform(0, 6))
    return np.stack([course[:, 0], y], axis=1)


def _river_outline(rng: Generator, course: Ring, width_px: float) -> Ring:
    step = np.gradient(course, axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], axis=1) / np.hypot(step[:, 0], step[:, 1])[:, None]
    sides: list[Ring] = []
    for sign in (1, -1):
        swell = ndimage.gaussian_filter1d(rng.normal(0, 1, len(course)), 5) * 0.45
        half = width_px / 2 * (1 + swell)
        sides.append(course + sign * normal * half[:, None])
    return np.concatenate([sides[0], sides[1][::-1]])


def _lay_districts(
    bent: list[Ring], width_px: int, height_px: int
) -> tuple[NDArray[np.int32], list[int | None]]:
    """District number (1...) per step of the grid, and for each cell which district (0...) it is in.

    Each district is one connected piece. Cells of which little lies inside the image are given
    to their neighbours; those outside are in no district.
    """
    shape = (-(-height_px // STEP_PX), -(-width_px // STEP_PX))
    by_cell = np.zeros(shape, dtype=np.int32)
    for k, ring in enumerate(bent):
        cv2.fillPoly(by_cell, [np.round(ring / STEP_PX * 16 - 8).astype(np.int32)], k + 1, shift=4)
    sizes = np.bincount(by_cell.ravel(), minlength=len(bent) + 1)
    large = np.flatnonzero(sizes[1:] >= 0.35 * by_cell.size / len(bent)) + 1
    table = np.zeros(len(bent) + 1, dtype=np.int32)
    table[large] = np.arange(1, len(large) + 1)
    ids = table[by_cell]
    while True:
        kept = np.zeros(shape, dtype=np.int32)
        for number in range(1, len(large) + 1):
            pieces = cv2.connectedComponents((ids == number).astype(np.uint8), connectivity=4)[1]
            kept[pieces == (1 + np.bincount(pieces.ravel(), minlength=2)[1:].argmax())] = number
        if kept.all():
            break
        nearest = np.asarray(
            ndimage.distance_transform_edt(kept == 0, return_distances=False, return_indices=True)
        )
        ids = kept[nearest[0], nearest[1]]
    owners = [
        int(np.bincount(ids[by_cell == k + 1]).argmax()) - 1 if sizes[k + 1] else None
        for k in range(len(bent))
    ]
    return ids, owners


def _outline(mask: NDArray[np.bool_], width_px: int, height_px: int) -> shapely.Polygon:
    boxes: list[shapely.Polygon] = []
    for row in np.flatnonzero(mask.any(axis=1)):
        change = np.flatnonzero(np.diff(mask[row].astype(np.int8), prepend=0, append=0))
        top, bottom = int(row) * STEP_PX, min((int(row) + 1) * STEP_PX, height_px)
        boxes += [
            shapely.box(left * STEP_PX, top, min(right * STEP_PX, width_px), bottom)
            for left, right in change.reshape(-1, 2).tolist()
        ]
    outline = shapely.simplify(shapely.union_all(boxes), 0)
    assert isinstance(outline, shapely.Polygon)
    return outline


def _draw_blocks(
    rng: Generator, grown: growth.Growth, cell: growth.Cell, district: District, bend: _Bend
) -> list[Block]:
    character = zoning.CHARACTERS[district.character]
    px = 1 / grown.pixel_m
    pieces = growth.cut_blocks(
        grown, cell, length_m=character.length_m, depth_m=character.depth_m, rank=character.street
    )
    blocks: list[Block] = []
    for piece in pieces:
        kerb = inset(piece.ring, [w / 2 for w in piece.widths_px])
        if len(kerb) == 0 or area_of(kerb) < 150 * px**2:
            continue
        walk_px = [_sidewalk_m(w / px) * px for w in piece.widths_px]
        core = inset(piece.ring, [w / 2 + walk for w, walk in zip(piece.widths_px, walk_px, strict=True)])
        if len(core) == 0:
            continue
        _, _, length, breadth = long_axis(core)
        blocks.append(
            Block(
                use=zoning.choose_use(rng, character, length_m=length / px, breadth_m=breadth / px),
                character=district.character,
                greenness=district.greenness,
                kerb=bend(densify(kerb, 16)),
                ring=bend(densify(core, 16)),
                core=bend(core),
            )
        )
    return blocks


def _sidewalk_m(width_m: float) -> float:
    """Wide streets have wide sidewalks; tracks have none."""
    for rank in (growth.AVENUE, growth.MAIN, growth.SIDE):
        if width_m >= rank.width_m[0]:
            return rank.sidewalk_m
    return 0.0
