"""Vehicles, boxes, cranes and paint from above: the small things on the ground."""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from townscape.testing.synthetic_city import noise
from townscape.testing.synthetic_city.canvas import Canvas
from townscape.testing.synthetic_city.cutting import Ring, rectangle
from townscape.testing.synthetic_city.ground import fixed_point, land_codes
from townscape.testing.synthetic_city.inventory import Box, Color, Crane, Furrows, Marking, Vehicle
from townscape.testing.synthetic_city.light import SUN_SLOPE, TOWARD_SUN

PAINTED = ("asphalt", "deck", "lot", "concrete", "plaza", "tartan", "court", "turf", "sidewalk")
"""Materials on which paint holds."""

_CAR_COLORS: tuple[Color, ...] = (
    (222, 222, 220), (200, 202, 204), (160, 164, 168), (112, 116, 120), (62, 64, 68), (38, 40, 44),
    (46, 62, 96),
    (124, 40, 40), (168, 52, 44), (84, 104, 128), (110, 100, 84), (60, 84, 70), (214, 206, 188),
)  # fmt: skip
_CAR_SHARES = np.array([16, 12, 14, 12, 10, 12, 6, 4, 4, 4, 2, 2, 2]) / 100
_GLASS: Color = (44, 50, 58)


def draw_vehicle(canvas: Canvas, vehicle: Vehicle, rng: Generator) -> None:
    """Paint a vehicle: body, glass and roof; its class stays that of the ground."""
    px = 1 / canvas.pixel_m
    at, along = vehicle.centre, vehicle.along
    x, y = int(at[0]), int(at[1])
    height_px, width_px = canvas.classes.shape
    if not (0 <= x < width_px and 0 <= y < height_px):
        return
    codes = land_codes()
    floats = vehicle.kind in {"boat", "barge"}
    if floats != (canvas.classes[y, x] == codes["water"]) or canvas.classes[y, x] in {
        codes["building"],
        codes["grass"],
    }:
        return
    color = _CAR_COLORS[int(rng.choice(len(_CAR_COLORS), p=_CAR_SHARES))]
    match vehicle.kind:
        case "truck":
            trailer: Color = (206, 206, 200) if rng.random() < 0.5 else color
            canvas.fill(
                rectangle(at - along * 1.2 * px, along, 8 * px, 2.5 * px), color=trailer, height_m=3.6
            )
            canvas.fill(
                rectangle(at + along * 4.2 * px, along, 2.2 * px, 2.4 * px), color=color, height_m=2.8
            )
            canvas.fill(rectangle(at + along * 5.0 * px, along, 0.6 * px, 2.2 * px), color=_GLASS)
        case "bus":
            body: Color = (198, 60, 50) if rng.random() < 0.5 else (214, 196, 92)
            canvas.fill(rectangle(at, along, 12 * px, 2.6 * px), color=body, height_m=3.1)
            for offset in (-3.4, 0.4, 3.6):
                top = rectangle(at + along * offset * px, along, 1.8 * px, 1.5 * px)
                canvas.fill(top, color=(226, 224, 218))
        case "barge":
            canvas.fill(_hull(at, along, 38 * px, 7 * px), color=(92, 84, 76), height_m=1.2)
            hold: Color = (124, 104, 84) if rng.random() < 0.5 else (108, 112, 112)
            canvas.fill(rectangle(at + along * 2 * px, along, 26 * px, 5 * px), color=hold)
            canvas.fill(
                rectangle(at - along * 15 * px, along, 5 * px, 4.6 * px), color=(214, 212, 204), height_m=3.4
            )
        case "boat":
            canvas.fill(
                _hull(at, along, rng.uniform(5, 9) * px, 2.3 * px), color=(216, 214, 206), height_m=0.8
            )
            canvas.fill(rectangle(at - along * px, along, 2.4 * px, 1.2 * px), color=(112, 84, 62))
        case "digger":
            paint: Color = (222, 172, 40) if rng.random() < 0.7 else (204, 110, 40)
            across = np.array([-along[1], along[0]])
            for side in (-1, 1):
                track = rectangle(at + across * side * 1.1 * px, along, 4.2 * px, 0.7 * px)
                canvas.fill(track, color=(58, 54, 50), height_m=1.0)
            canvas.fill(rectangle(at, along, 3.4 * px, 2.2 * px), color=paint, height_m=2.8)
            canvas.fill(
                rectangle(at + along * 3.6 * px, along, 5.4 * px, 0.7 * px), color=paint, height_m=2.2
            )
        case _:
            _draw_car(canvas, at, along, color, is_van=vehicle.kind == "van", rng=rng)


def _draw_car(canvas: Canvas, at: Ring, along: Ring, color: Color, *, is_van: bool, rng: Generator) -> None:
    px = 1 / canvas.pixel_m
    length, breadth = rng.uniform(4.1, 4.8), rng.uniform(1.75, 1.9)
    if is_van:
        length, breadth = 5.4, 2.05
    height = 2.2 if is_van else 1.5
    canvas.fill(rectangle(at, along, length * px, breadth * px), color=color, height_m=height * 0.7)
    cabin = at - along * 0.2 * px
    canvas.fill(
        rectangle(cabin, along, length * 0.58 * px, breadth * 0.84 * px), color=_GLASS, height_m=height
    )
    lighter: Color = (min(255, color[0] + 14), min(255, color[1] + 14), min(255, color[2] + 16))
    share = 0.48 if is_van else 0.34
    canvas.fill(rectangle(cabin, along, length * share * px, breadth * 0.72 * px), color=lighter)


def _hull(at: Ring, along: Ring, length_px: float, breadth_px: float) -> Ring:
    across = np.array([-along[1], along[0]])
    outline = [(0.5, 0), (0.36, 0.5), (-0.46, 0.5), (-0.5, 0.3), (-0.5, -0.3), (-0.46, -0.5), (0.36, -0.5)]
    return at + np.array([along * length_px * a + across * breadth_px * b for a, b in outline])


def draw_box(canvas: Canvas, box: Box) -> None:
    """Paint a box unless its middle lies on a street or in water."""
    x, y = int(box.centre[0]), int(box.centre[1])
    height_px, width_px = canvas.classes.shape
    if 0 <= x < width_px and 0 <= y < height_px and canvas.blocked[y, x]:
        return
    ring = rectangle(box.centre, box.along, box.length_px, box.breadth_px)
    land = None if box.land is None else land_codes()[box.land]
    canvas.fill(ring, color=box.color, land=land, height_m=box.height_m)
    if box.color is not None and box.height_m > 2 and min(box.length_px, box.breadth_px) > 3:
        r, g, b = (min(255, round(c * 1.12)) for c in box.color)
        canvas.fill(rectangle(box.centre, box.along, box.length_px, box.breadth_px * 0.3), color=(r, g, b))


def draw_crane(canvas: Canvas, crane: Crane) -> None:
    """Paint a crane's mast and jib, and the thin shadow that the jib throws."""
    px = 1 / canvas.pixel_m
    tip = crane.centre + crane.along * crane.reach_px
    tail = crane.centre - crane.along * crane.reach_px * 0.28
    away = -TOWARD_SUN * crane.height_m / SUN_SLOPE * px
    for start, end in ((tail + away, tip + away), (crane.centre, crane.centre + away)):
        cv2.line(canvas.darkness, *_ends(start, end), 210, round(px), shift=4)
    land = land_codes()["construction"]
    for plane, value in ((canvas.rgb, (212, 176, 62)), (canvas.classes, land)):
        cv2.line(plane, *_ends(tail, tip), value, max(1, round(0.9 * px)), shift=4)
    canvas.fill(rectangle(crane.centre, crane.along, 2.4 * px, 2.4 * px), color=(196, 160, 60), land=land)
    counterweight = rectangle(tail, crane.along, 3.2 * px, 2.0 * px)
    canvas.fill(counterweight, color=(138, 134, 128), land=land)


def _ends(start: Ring, end: Ring) -> tuple[tuple[int, int], tuple[int, int]]:
    (x0, y0), (x1, y1) = fixed_point(np.stack([start, end])).tolist()
    return (x0, y0), (x1, y1)


def paint_markings(
    canvas: Canvas, where: NDArray[np.bool_], markings: Iterable[Marking], rng: Generator
) -> None:
    """Put paint on the ground, worn unevenly, but only on pixels of the mask `where`."""
    paint = np.zeros(canvas.classes.shape, dtype=np.uint8)
    for marking in markings:
        value = round(255 * marking.strength)
        if marking.width_px == 0:
            cv2.fillPoly(paint, [fixed_point(marking.line)], value, shift=4)
        else:
            line = [fixed_point(marking.line)]
            cv2.polylines(paint, line, False, value, max(1, round(marking.width_px)), cv2.LINE_AA, shift=4)
    paint[~where] = 0
    ys, xs = np.nonzero(paint)
    worn = noise.tile(rng, cell_px=14)[ys % noise.TILE_PX, xs % noise.TILE_PX]
    share = paint[ys, xs] / 255 * np.clip(0.72 + 0.2 * worn, 0.2, 0.95)
    white = np.array([226, 226, 220])
    here = canvas.rgb[ys, xs]
    canvas.rgb[ys, xs] = (here + (white - here) * share[:, None]).astype(np.uint8)


def draw_furrows(canvas: Canvas, furrows: Furrows, rng: Generator) -> None:
    """Lighten and darken the ground in parallel streaks inside the ring, in place."""
    area = canvas.area(furrows.ring)
    if area is None:
        return
    rows, columns = area
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), dtype=np.uint8)
    cv2.fillPoly(mask, [fixed_point(furrows.ring - (columns.start, rows.start))], 1, shift=4)
    x = np.arange(columns.start, columns.stop)[None]
    y = np.arange(rows.start, rows.stop)[:, None]
    across: NDArray[np.float64] = y * furrows.along[0] - x * furrows.along[1]
    small = (max(2, mask.shape[0] // 40), max(2, mask.shape[1] // 40))
    waver = cv2.resize(rng.standard_normal(small), mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    strength = furrows.contrast * np.clip(0.8 + 0.45 * waver, 0.15, 1.6)
    wave = np.sin(2 * np.pi * across / furrows.period_px + 0.5 * waver) * strength
    inside = mask > 0
    changed = canvas.rgb[area][inside] + wave[inside][:, None]
    canvas.rgb[area][inside] = np.clip(changed, 0, 255).astype(np.uint8)
