"""How the street network grows: avenues cut the ground into districts, streets cut those into blocks.

Everything here happens on a flat drawing with straight streets and convex cells; the plan bends
the finished drawing, so that the streets of the city curve.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city.cutting import Ring, area_of, edges, long_axis, split


@dataclass(frozen=True, slots=True)
class Rank:
    """A kind of street."""

    number: int
    """0 avenue, 1 main street, 2 side street, 3 unpaved track."""
    width_m: tuple[float, float]
    """Kerb to kerb, narrowest and widest."""
    sidewalk_m: float


AVENUE = Rank(0, (15.5, 20.0), 4.2)
MAIN = Rank(1, (10.0, 13.0), 3.0)
SIDE = Rank(2, (6.0, 8.2), 2.1)
TRACK = Rank(3, (3.0, 4.0), 0.0)


@dataclass(frozen=True, slots=True)
class Cell:
    """A convex piece of ground between streets."""

    ring: Ring
    widths_px: tuple[float, ...]
    """Of the street along each edge; edge i runs from corner i to the next."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight street between two corners."""

    ends: Ring
    width_px: float
    rank: int


@dataclass(slots=True)
class Growth:
    """A street network being cut; the streets so far, and where they end on older ones."""

    rng: Generator
    pixel_m: float
    segments: list[Segment] = field(default_factory=list[Segment])
    ends: list[Ring] = field(default_factory=list[Ring])

    def cut(self, cell: Cell, *, through: Ring, along: Ring, rank: Rank) -> list[Cell]:
        """Both sides of a new street through a cell.

        A street that would end near the end of one on the other side of an older street is
        moved to meet it, so that crossings come about and not only T-junctions.
        """
        through = self._meet(cell, through, along)
        width_px = self.rng.uniform(*rank.width_m) / self.pixel_m
        halves = [
            Cell(ring, tuple(widths))
            for ring, widths in split(cell.ring, cell.widths_px, origin=through, along=along, tag=width_px)
            if len(ring)
        ]
        reach = (cell.ring - through) @ along
        off = (cell.ring - through) @ np.array([-along[1], along[0]])
        n = len(reach)
        crossings = [
            reach[i] + (reach[(i + 1) % n] - reach[i]) * off[i] / (off[i] - off[(i + 1) % n])
            for i in range(n)
            if (off[i] >= 0) != (off[(i + 1) % n] >= 0)
        ]
        if len(crossings) == 2 and len(halves) == 2:
            ends = np.array([through + along * t for t in crossings])
            self.segments.append(Segment(ends, width_px, rank.number))
            self.ends += list(ends)
        return halves

    def _meet(self, cell: Cell, through: Ring, along: Ring) -> Ring:
        if not self.ends:
            return through
        ends = np.array(self.ends)
        off = np.abs((ends - through) @ np.array([-along[1], along[0]]))
        on_border = np.zeros(len(ends), dtype=bool)
        for start, direction, normal, length in edges(cell.ring):
            t = (ends - start) @ direction
            on_border |= (np.abs((ends - start) @ normal) < 1) & (t > 0.1 * length) & (t < 0.9 * length)
        near = np.flatnonzero(on_border & (off < 16 / self.pixel_m))
        return ends[near[np.argmin(off[near])]] if len(near) else through


def cut_avenues(growth: Growth, frame: Ring, centre: Ring, *, n_avenues: int) -> list[Cell]:
    """Cells left by avenues that pass near the centre in evenly spread, shaken directions."""
    cells = [Cell(frame, (0.0,) * 4)]
    first = growth.rng.uniform(0.15, 0.4)
    for k in range(n_avenues):
        turn = first + np.pi * (k + growth.rng.uniform(-0.14, 0.14)) / n_avenues
        along = np.array([np.cos(turn), np.sin(turn)])
        aside = growth.rng.choice([-1, 1]) * growth.rng.uniform(130, 230) / growth.pixel_m
        through = centre + aside * np.array([-along[1], along[0]])
        cells = [
            half for cell in cells for half in growth.cut(cell, through=through, along=along, rank=AVENUE)
        ]
    return cells


def cut_districts(growth: Growth, cells: list[Cell], *, target_px: Callable[[Ring], float]) -> list[Cell]:
    """Cells halved by main streets down to about `target_px(middle)` square pixels."""
    out: list[Cell] = []
    waiting = list(cells)
    while waiting:
        cell = waiting.pop()
        middle, axis, length, breadth = long_axis(cell.ring)
        if area_of(cell.ring) < target_px(middle) * growth.rng.uniform(1.15, 1.6) or breadth * breadth < 4:
            out.append(cell)
            continue
        along = _turned(np.array([-axis[1], axis[0]]), growth.rng.normal(0, 0.14))
        through = middle + axis * length * growth.rng.uniform(-0.1, 0.1)
        halves = growth.cut(cell, through=through, along=along, rank=MAIN)
        (waiting if len(halves) == 2 else out).extend(halves)
    return out


def cut_blocks(growth: Growth, cell: Cell, *, length_m: float, depth_m: float, rank: Rank) -> list[Cell]:
    """Blocks of a district no longer and no deeper than asked for (give or take a sixth)."""
    out: list[Cell] = []
    waiting = [cell]
    while waiting:
        piece = waiting.pop()
        middle, axis, length, breadth = long_axis(piece.ring)
        across = np.array([-axis[1], axis[0]])
        shake = growth.rng.uniform(0.85, 1.18)
        if length * growth.pixel_m > length_m * shake:
            through, along = middle + axis * length * growth.rng.uniform(-0.09, 0.09), across
        elif breadth * growth.pixel_m > depth_m * shake:
            through, along = middle + across * breadth * growth.rng.uniform(-0.05, 0.05), axis
        else:
            out.append(piece)
            continue
        along = _turned(along, growth.rng.normal(0, 0.025))
        halves = growth.cut(piece, through=through, along=along, rank=rank)
        (waiting if len(halves) == 2 else out).extend(halves)
    return out


def _turned(direction: Ring, by: float) -> Ring:
    c, s = np.cos(by), np.sin(by)
    return np.array([c * direction[0] - s * direction[1], s * direction[0] + c * direction[1]])
