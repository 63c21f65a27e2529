"""Pieces that several layouts share: rectangles that fit, parking, groves, paths, playgrounds."""

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city.corridors import Corridors
from townscape.testing.synthetic_city.cutting import (
    Ring,
    blob,
    contains,
    disc,
    edges,
    inset,
    long_axis,
    rectangle,
    scatter,
)
from townscape.testing.synthetic_city.inventory import (
    Box,
    Building,
    Color,
    Crown,
    Furrows,
    Inventory,
    Marking,
    Patch,
    Strip,
    Vehicle,
    Wing,
)
from townscape.testing.synthetic_city.plan import Block
from townscape.testing.synthetic_city.roofs import FLATS

CONTAINER_COLORS: tuple[Color, ...] = (
    (128, 66, 54), (60, 86, 114), (92, 104, 86), (156, 136, 78), (112, 112, 114), (180, 180, 174),
    (70, 84, 90),     (112, 92, 76),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Site:
    """A block that is being laid out: what is known of it, and where its things go."""

    block: Block
    rng: Generator
    out: Inventory
    px: float
    """Pixels per metre."""
    corridors: Corridors
    clear: list[Ring] = field(default_factory=list[Ring])
    """Outlines in which nothing is planted."""

    @property
    def greenness(self) -> float:
        return self.block.greenness

    def chance(self, share: float) -> bool:
        """True with that probability."""
        return bool(self.rng.random() < share)

    def tone(self, spread: float = 25) -> int:
        """A tone for a patch."""
        return int(np.clip(self.rng.normal(0, spread), -80, 80))

    def cover(self, material: str, spread: float = 20) -> None:
        """Lay one material on the whole block behind the sidewalk."""
        self.out.ground.append(Patch(self.block.ring, material, self.tone(spread)))


def fit_rectangle(
    ring: Ring, along: Ring, length: float, breadth: float, *, least: float = 0.45
) -> tuple[Ring, float, float] | None:
    """Middle, length and breadth of a rectangle that fits inside a ring, shrunk down to `least`."""
    middle = ring.mean(axis=0)
    for scale in np.arange(1.0, least - 0.01, -0.06):
        corners = rectangle(middle, along, length * scale, breadth * scale)
        if contains(ring, corners).all():
            return middle, length * float(scale), breadth * float(scale)
    return None


def plant(site: Site, ring: Ring, *, spacing_m: float, share: float, size_m: tuple[float, float]) -> None:
    """Trees spread over a ring, about `share` of the places taken; some are conifers."""
    rng, px = site.rng, site.px
    points = scatter(ring, rng, spacing_px=spacing_m * px)
    points = points[rng.random(len(points)) < share]
    for kept_clear in site.clear:
        points = points[~contains(kept_clear, points)]
    conifers = 0.3 if rng.random() < 0.25 else 0.06
    for x, y in points.tolist():
        radius = rng.uniform(*size_m)
        is_conifer = rng.random() < conifers
        kind, high = ("conifer", 4.2) if is_conifer else ("broad", 2.3)
        radius = min(radius, 3.2) if is_conifer else radius
        site.out.crowns.append(Crown(x, y, radius * px, radius * high * rng.uniform(0.85, 1.15), kind))


def plant_grove(site: Site, ring: Ring) -> None:
    """A closed stand of trees with undergrowth."""
    site.out.ground.append(Patch(ring, "floor", site.tone()))
    plant(site, ring, spacing_m=5.6, share=0.92, size_m=(2.6, 5.0))


def plant_row(site: Site, start: Ring, end: Ring, *, spacing_m: float, radius_m: float) -> None:
    """Trees of one age in a line."""
    n = max(1, int(np.hypot(*(end - start)) / (spacing_m * site.px)))
    for t in np.linspace(0, 1, n + 1):
        if site.chance(0.1):
            continue
        x, y = start + t * (end - start) + site.rng.normal(0, 0.4, 2) * site.px
        radius = radius_m * site.rng.uniform(0.8, 1.15)
        site.out.crowns.append(Crown(float(x), float(y), radius * site.px, radius * 2.3))


def plant_edges(site: Site, ring: Ring, *, share: float, radius_m: float) -> None:
    """Rows of trees just inside some edges of a ring."""
    for start, along, normal, length in edges(ring):
        if length > 12 * site.px and site.chance(share):
            a = start + normal * 2.6 * site.px + along * 4 * site.px
            b = a + along * (length - 8 * site.px)
            plant_row(site, a, b, spacing_m=8.5, radius_m=radius_m)


def lay_parking(site: Site, centre: Ring, along: Ring, length_px: float, *, taken: float) -> None:
    """Two rows of bays 5 m deep on both sides of an aisle, 16 m over all, with cars in them."""
    rng, out, px = site.rng, site.out, site.px
    across = np.array([-along[1], along[0]])
    floor = rectangle(centre, along, length_px, 16.4 * px)
    site.clear.append(floor)
    out.ground.append(Patch(floor, "lot", site.tone()))
    bay = 2.5 * px
    for at in np.arange(-length_px / 2 + bay, length_px / 2 - bay + 0.1, bay):
        for side in (-1, 1):
            foot = centre + along * at + across * side * 3.2 * px
            out.markings.append(Marking(np.array([foot, foot + across * side * 4.8 * px]), 1, 0.55))
            if rng.random() < taken:
                middle = foot + along * bay / 2 + across * side * (2.5 + rng.normal(0, 0.2)) * px
                turned = across * rng.choice([-1, 1])
                out.vehicles.append(Vehicle(middle, turned, "van" if rng.random() < 0.08 else "car"))
            elif rng.random() < 0.03:
                tip = foot + across * side * 5.2 * px
                out.crowns.append(Crown(float(tip[0]), float(tip[1]), 2.2 * px, 5.5))


def lay_path(site: Site, points: Ring, *, width_m: float = 2.6, material: str = "gravel") -> None:
    """A path along a smooth curve through the points."""
    t = np.linspace(0, 1, len(points))
    fine = np.linspace(0, 1, 12 * len(points))
    line = np.stack([np.interp(fine, t, points[:, 0]), np.interp(fine, t, points[:, 1])], axis=1)
    for _ in range(3):
        line[1:-1] = (line[:-2] + 2 * line[1:-1] + line[2:]) / 4
    site.out.ground.append(Strip(line, width_m * site.px, material, site.tone(15)))


def lay_playground(site: Site, centre: Ring) -> None:
    """Sand, and the coloured things to climb on."""
    rng, px = site.rng, site.px
    sand = blob(rng, centre, rng.uniform(5, 8) * px)
    site.clear.append(sand)
    site.out.ground.append(Patch(sand, "sand"))
    for _ in range(4):
        at = centre + rng.normal(0, 2.6, 2) * px
        color: Color = (int(rng.uniform(120, 210)), int(rng.uniform(60, 150)), int(rng.uniform(40, 110)))
        site.out.boxes.append(Box(at, _direction(rng), 2.2 * px, 1.1 * px, 1.6, color))


def lay_pitch(site: Site, centre: Ring, along: Ring, *, length_m: float, breadth_m: float) -> None:
    """A football pitch with mowing stripes and white lines."""
    px, out = site.px, site.out
    across = np.array([-along[1], along[0]])
    ring = rectangle(centre, along, length_m * px, breadth_m * px)
    site.clear.append(ring)
    out.ground.append(Patch(ring, "turf", site.tone(14)))
    out.furrows.append(Furrows(ring, across, length_m * px / 9, 5.0))
    border = rectangle(centre, along, (length_m - 5) * px, (breadth_m - 5) * px)
    out.markings.append(Marking(np.concatenate([border, border[:1]]), 1, 0.9))
    half = (breadth_m - 5) / 2 * px
    out.markings.append(Marking(np.array([centre - across * half, centre + across * half]), 1, 0.9))
    circle = disc(centre, 0.087 * length_m * px)
    out.markings.append(Marking(np.concatenate([circle, circle[:1]]), 1, 0.8))
    for end in (-1, 1):
        depth = 0.15 * length_m * px
        middle = centre + along * end * ((length_m - 5) / 2 * px - depth / 2)
        box = rectangle(middle, along, depth, 0.55 * breadth_m * px)
        out.markings.append(Marking(np.concatenate([box, box[:1]]), 1, 0.8))


def put_flat(
    site: Site, centre: Ring, along: Ring, length_m: float, breadth_m: float, *, eave_m: float
) -> None:
    """A plain building with a flat roof."""
    px = site.px
    color = FLATS[int(site.rng.integers(len(FLATS)))]
    wing = Wing(centre, along, length_m * px, breadth_m * px, eave_m, "flat")
    site.out.buildings.append(Building((wing,), color, "block" if length_m > 12 else "none"))


def put_containers(site: Site, centre: Ring, along: Ring, n: int, *, land: str | None) -> None:
    """A row of steel containers, some stacked."""
    rng, px = site.rng, site.px
    across = np.array([-along[1], along[0]])
    for k in range(n):
        if rng.random() < 0.12:
            continue
        at = centre + across * (k - n / 2) * 2.7 * px
        color = CONTAINER_COLORS[int(rng.integers(len(CONTAINER_COLORS)))]
        length = 6.1 if rng.random() < 0.7 else 12.2
        high = 2.6 * float(rng.integers(1, 3))
        site.out.boxes.append(Box(at, along, length * px, 2.45 * px, high, color, land))


def axis_of(site: Site) -> tuple[Ring, Ring, float, float]:
    """Middle, unit direction, length and breadth of the block's core, in pixels."""
    return long_axis(site.block.core)


def inner(site: Site, by_m: float) -> Ring:
    """The block's core without its rim; empty where nothing is left."""
    return inset(site.block.core, by_m * site.px)


def _direction(rng: Generator) -> Ring:
    turn = rng.uniform(0, np.pi)
    return np.array([np.cos(turn), np.sin(turn)])
