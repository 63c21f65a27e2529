"""Streets from above: ground, lane markings, crossings, vehicles and street trees."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from townscape.testing.synthetic_city.cutting import Ring, shifted
from townscape.testing.synthetic_city.inventory import Crown, Inventory, Marking, Strip, Vehicle
from townscape.testing.synthetic_city.plan import CityPlan, Street

_CLOSED = 2
"""Steps near a junction have no markings and no parked cars."""


def pave_streets(plan: CityPlan, junctions: NDArray[np.bool_], rng: Generator) -> list[Strip]:
    """Every street in asphalt of its own age, main streets over side streets; tracks in gravel.

    Wide avenues have a lawn in their middle, interrupted at junctions.
    """
    strips: list[Strip] = []
    for street in plan.streets:
        if street.rank == 3:
            strips.append(Strip(street.line, street.width_px * 1.2, "track", int(rng.integers(-20, 30))))
            continue
        age = int(rng.normal(-4 if street.rank == 0 else 0, 28))
        strips.append(Strip(street.line, street.width_px + 4, "asphalt", age))
        for _ in range(int(rng.poisson(len(street.line) / 70))):
            # Mended stretches: a lane dug up and closed again in another shade.
            first = int(rng.integers(0, max(1, len(street.line) - 4)))
            part = street.line[first : first + int(rng.integers(3, 12))]
            aside = rng.uniform(-0.3, 0.3) * street.width_px
            if len(part) > 1:
                line = shifted(part, aside)
                strips.append(Strip(line, street.width_px * rng.uniform(0.15, 0.4), "asphalt", age - 34))
    for street in plan.streets:
        if is_boulevard(plan, street):
            free = np.logical_not(ndimage.binary_dilation(_near(junctions, street.line), iterations=3))
            strips += [
                Strip(street.line[first : last + 1], 3.2 * plan.px(1), "lawn", -10)
                for first, last in _runs(free)
                if last - first > 4
            ]
    return strips


def is_boulevard(plan: CityPlan, street: Street) -> bool:
    """Whether a street is wide enough for a green middle."""
    return street.rank == 0 and street.width_px > plan.px(17)


def mark_streets(plan: CityPlan, junctions: NDArray[np.bool_], out: Inventory, rng: Generator) -> None:
    """Lane markings, crossings, parked and moving vehicles, and rows of trees along streets."""
    px = 1 / plan.pixel_m
    greenness = _greenness_grid(plan)
    for street in plan.streets:
        if street.rank == 3 or len(street.line) < 4:
            continue
        near = _near(junctions, street.line)
        free = np.logical_not(ndimage.binary_dilation(near, iterations=_CLOSED if street.rank < 2 else 1))
        along = np.gradient(street.line, axis=0)
        along /= np.hypot(along[:, 0], along[:, 1])[:, None]
        if street.rank < 2:
            _mark_lanes(street, free, out, px)
            _mark_crossings(street, near, along, out, rng, px)
        _put_vehicles(street, free, along, out, rng, px)
        if is_boulevard(plan, street):
            for x, y in street.line[free][:: round(9 * px / 12) or 1].tolist():
                if rng.random() < 0.85:
                    radius = rng.uniform(2.2, 3.4)
                    out.crowns.append(Crown(x, y, radius * px, radius * 2.3))
        _put_trees(street, near, along, greenness, out, rng, px)


def _mark_lanes(street: Street, free: NDArray[np.bool_], out: Inventory, px: float) -> None:
    for first, last in _runs(free):
        line = street.line[first : last + 1]
        if street.rank == 0:
            for aside_m in (-0.3, 0.3):
                out.markings.append(Marking(shifted(line, aside_m * px), 1, 0.7))
            quarter = street.width_px / 4
            for aside in (-quarter, quarter):
                out.markings += _dashes(shifted(line, aside), 3.0 * px, 6.0 * px, 0.75)
        else:
            out.markings += _dashes(line, 3.0 * px, 5.0 * px, 0.8)
        edge = street.width_px / 2 - 0.7 * px
        for aside in (-edge, edge):
            out.markings.append(Marking(shifted(line, aside), 1, 0.4))


def _mark_crossings(
    street: Street, near: NDArray[np.bool_], along: Ring, out: Inventory, rng: Generator, px: float
) -> None:
    """Zebra stripes and a stop line where a street leaves a junction."""
    for k in np.flatnonzero(near[1:] != near[:-1]):
        if rng.random() < (0.35 if street.rank else 0.5):
            continue
        outward = 1 if near[k] else -1
        at = street.line[k + (1 if near[k] else 0)] + along[k] * outward * 3 * px
        across = np.array([-along[k][1], along[k][0]])
        half = street.width_px / 2 - 0.8 * px
        for offset in np.arange(-half, half, 2.0 * px):
            middle = at + across * offset
            stripe = np.stack([middle - along[k] * 1.5 * px, middle + along[k] * 1.5 * px])
            out.markings.append(Marking(stripe, 1.1 * px, 0.85))
        stop = at + along[k] * outward * 3.2 * px
        out.markings.append(Marking(np.array([stop, stop + across * half * outward]), 1, 0.9))


def _put_vehicles(
    street: Street, free: NDArray[np.bool_], along: Ring, out: Inventory, rng: Generator, px: float
) -> None:
    step_px = float(np.hypot(*(street.line[1] - street.line[0])))
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    parked = rng.uniform(0.1, 0.75) if street.rank == 2 else rng.uniform(0, 0.25)
    moving = (0.10, 0.07, 0.022)[street.rank]
    n_slots = max(1, round(step_px / (5.6 * px)))
    for k in np.flatnonzero(free):
        for slot in range(n_slots):
            middle = street.line[k] + along[k] * step_px * (slot / n_slots)
            for side in (-1, 1):
                kerb = side * (street.width_px / 2 - 1.15 * px)
                if rng.random() < parked * (1 if street.width_px > 7 * px or side > 0 else 0):
                    turned = along[k] * rng.choice([-1, 1])
                    at = middle + across[k] * (kerb + rng.normal(0, 0.12) * px)
                    out.vehicles.append(Vehicle(at, turned, "van" if rng.random() < 0.1 else "car"))
        if rng.random() < moving * n_slots:
            side = rng.choice([-1, 1])
            lane = side * street.width_px * (0.25 if street.rank else rng.choice([0.13, 0.36]))
            kind = str(rng.choice(["car", "van", "truck", "bus"], p=[0.82, 0.1, 0.04, 0.04]))
            out.vehicles.append(Vehicle(street.line[k] + across[k] * lane, along[k] * -side, kind))


def _put_trees(
    street: Street,
    near: NDArray[np.bool_],
    along: Ring,
    greenness: NDArray[np.float64],
    out: Inventory,
    rng: Generator,
    px: float,
) -> None:
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    size_m = rng.uniform(2.4, 4.6)
    wish = rng.uniform(0.1, 1.0) if street.rank else rng.uniform(0.5, 1.0)
    offset = street.width_px / 2 + (2.0 if street.rank < 2 else 1.1) * px
    stride = max(1, round(9 * px / max(1.0, float(np.hypot(*(street.line[1] - street.line[0]))))))
    for side in (-1, 1):
        has_row = rng.random() < (0.85 if street.rank < 2 else 0.5)
        for k in range(0, len(street.line), stride):
            x, y = street.line[k] + across[k] * side * offset
            row, column = int(y) // 64, int(x) // 64
            inside = 0 <= row < greenness.shape[0] and 0 <= column < greenness.shape[1]
            if not inside or near[k] or not has_row or rng.random() > wish * greenness[row, column]:
                continue
            radius = size_m * rng.uniform(0.75, 1.15)
            out.crowns.append(Crown(x, y, radius * px, radius * 2.2))


def find_junctions(plan: CityPlan) -> NDArray[np.bool_]:
    """Quarter-size mask of where two streets share ground."""
    shape = (-(-plan.height_px // 4), -(-plan.width_px // 4))
    once = np.zeros(shape, dtype=np.uint8)
    twice = np.zeros(shape, dtype=bool)
    for street in plan.streets:
        left, top = np.maximum(np.floor(street.line.min(axis=0) / 4).astype(int) - 8, 0)
        right, bottom = np.maximum(np.ceil(street.line.max(axis=0) / 4).astype(int) + 8, 0)
        part = once[top:bottom, left:right]
        if part.size == 0:
            continue
        stroke = np.zeros(part.shape, dtype=np.uint8)
        line = np.round(((street.line / 4) - (left, top)) * 16).astype(np.int32)
        cv2.polylines(stroke, [line], False, 1, max(1, round(street.width_px / 4)), shift=4)
        twice[top:bottom, left:right] |= (part > 0) & (stroke > 0)
        part |= stroke
    return twice


def _near(junctions: NDArray[np.bool_], line: Ring) -> NDArray[np.bool_]:
    rows = np.clip((line[:, 1] / 4).astype(int), 0, junctions.shape[0] - 1)
    columns = np.clip((line[:, 0] / 4).astype(int), 0, junctions.shape[1] - 1)
    return junctions[rows, columns]


def _greenness_grid(plan: CityPlan) -> NDArray[np.float64]:
    """How likely a street tree is (0...1) on a grid of 64 pixels."""
    leafy = {"industry": 0.35, "centre": 0.45, "development": 0.35, "fields": 0.4, "waterfront": 0.6}
    grid = np.zeros((-(-plan.height_px // 64), -(-plan.width_px // 64)))
    for district in plan.districts:
        ring = np.array(district.outline.exterior.coords)
        value = (0.35 + 0.75 * district.greenness) * leafy.get(district.character, 1.0)
        cv2.fillPoly(grid, [np.round(ring / 64 * 16 - 8).astype(np.int32)], value, shift=4)
    return grid


def _dashes(line: Ring, dash_px: float, gap_px: float, strength: float) -> list[Marking]:
    steps = np.hypot(*np.diff(line, axis=0).T)
    reach = np.concatenate([[0], np.cumsum(steps)])
    starts = np.arange(0, reach[-1] - dash_px, dash_px + gap_px)

    def at(t: NDArray[np.float64]) -> Ring:
        return np.stack([np.interp(t, reach, line[:, 0]), np.interp(t, reach, line[:, 1])], axis=1)

    return [
        Marking(np.stack([a, b]), 1, strength) for a, b in zip(at(starts), at(starts + dash_px), strict=True)
    ]


def _runs(free: NDArray[np.bool_]) -> list[tuple[int, int]]:
    change = np.flatnonzero(np.diff(free.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    return [(int(first), int(end) - 1) for first, end in change if end - first > 1]
