"""Buildings from above: roofs with lit and shaded faces, covering, and what stands on them."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city import noise
from townscape.testing.synthetic_city.canvas import GROUND, STEPS_PER_M, Canvas
from townscape.testing.synthetic_city.cutting import Ring, rectangle
from townscape.testing.synthetic_city.ground import land_codes
from townscape.testing.synthetic_city.inventory import Building, Color, Wing
from townscape.testing.synthetic_city.light import roof_light
from townscape.testing.synthetic_city.noise import Field

TILES: tuple[Color, ...] = (
    (152, 94, 74), (142, 86, 68), (128, 80, 66), (114, 80, 68), (104, 78, 68), (142, 106, 86), (124, 98, 84),
    (158, 108, 86), (118, 92, 80),
)  # fmt: skip
SLATES: tuple[Color, ...] = ((86, 86, 92), (74, 75, 80), (102, 100, 100), (94, 88, 84))
FLATS: tuple[Color, ...] = (
    (146, 144, 140), (124, 122, 120), (106, 104, 104), (170, 168, 163), (198, 196, 190), (132, 122, 110),
    (156, 146, 132),
)  # fmt: skip
METALS: tuple[Color, ...] = (
    (168, 173, 176), (142, 150, 156), (122, 130, 128), (188, 188, 182), (112, 122, 136), (150, 104, 92),
    (204, 204, 200),
)  # fmt: skip
GREEN_ROOF: Color = (112, 118, 78)

_LEVEL_ROOFS = {"flat", "saw", "barrel"}


@dataclass(frozen=True, slots=True)
class _Frame:
    """A window of the picture in a wing's own axes."""

    along: Field
    """Pixels from the middle along the ridge."""
    across: Field
    height_m: Field
    light: Field
    inside: Field


def draw_building(canvas: Canvas, building: Building, rng: Generator) -> bool:
    """Paint one building unless streets, water or rails are in its way; say whether it stands.

    Where it meets a higher building, that one stays on top.
    """
    corners = [rectangle(w.centre, w.along, w.length_px, w.breadth_px) for w in building.wings]
    area = canvas.area(np.concatenate(corners))
    if area is None:
        return False
    frames = [_frame(wing, area, canvas.pixel_m) for wing in building.wings]
    height_m, light = frames[0].height_m, frames[0].light
    for frame in frames[1:]:
        light = np.where(frame.height_m > height_m, frame.light, light)
        height_m = np.maximum(height_m, frame.height_m)
    height = np.clip(GROUND + height_m * STEPS_PER_M, 0, 255).astype(np.uint8)
    mask = height_m > 0
    n = int(np.count_nonzero(mask))
    if n < 8 or np.count_nonzero(canvas.blocked[area] & mask) > 0.02 * n:
        return False
    mask &= height >= canvas.height[area]
    streaks = _streaks(building.wings[0], frames[0], rng)
    rows, columns = area
    grain = noise.window(canvas.grain, columns.start + int(rng.integers(900)), rows.start, *light.shape[::-1])
    rough = 0.022 if building.wings[0].roof in _LEVEL_ROOFS else 0.045
    texture = light * (1 + rough * grain + streaks)
    color = np.array(building.color, dtype=np.float32) * rng.uniform(0.93, 1.07)
    color += rng.normal(0, 2.5, 3).astype(np.float32)
    canvas.rgb[area][mask] = np.clip(texture[mask][:, None] * color, 0, 255).astype(np.uint8)
    canvas.classes[area][mask] = land_codes()["building"]
    canvas.height[area][mask] = height[mask]
    for wing in building.wings:
        _fit_out(canvas, wing, building, rng)
    return True


def _frame(wing: Wing, area: tuple[slice, slice], pixel_m: float) -> _Frame:
    rows, columns = area
    x = np.arange(columns.start, columns.stop, dtype=np.float32)[None] + np.float32(0.5 - wing.centre[0])
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + np.float32(0.5 - wing.centre[1])
    ux, uy = np.float32(wing.along[0]), np.float32(wing.along[1])
    along, across = x * ux + y * uy, y * ux - x * uy
    to_end = np.float32(wing.length_px / 2) - np.abs(along)
    to_side = np.float32(wing.breadth_px / 2) - np.abs(across)
    inside = (to_end >= 0) & (to_side >= 0)
    height_m, light = _surface(wing, along, across, to_end, to_side, pixel_m)
    return _Frame(along, across, np.where(inside, height_m, 0), light, inside)


def _surface(
    wing: Wing, along: Field, across: Field, to_end: Field, to_side: Field, pixel_m: float
) -> tuple[Field, Field]:
    """Height in metres and brightness of the roof, as if the wing had no ends."""
    u = wing.along
    v = np.array([-u[1], u[0]])
    sides = np.where(across >= 0, roof_light(v, wing.pitch), roof_light(-v, wing.pitch)).astype(np.float32)
    ends = np.where(along >= 0, roof_light(u, wing.pitch), roof_light(-u, wing.pitch)).astype(np.float32)
    edge = np.minimum(to_end, to_side)
    match wing.roof:
        case "gable":
            eaves = np.where(to_side * pixel_m < 0.5, np.float32(0.86), np.float32(1))
            return wing.eave_m + wing.pitch * to_side * pixel_m, sides * eaves
        case "hip":
            light = np.where(to_end < to_side, ends, sides)
            eaves = np.where(edge * pixel_m < 0.5, np.float32(0.86), np.float32(1))
            return wing.eave_m + wing.pitch * edge * pixel_m, light * eaves
        case "mansard":
            slope = edge * pixel_m < 2.4
            light = np.where(slope, np.where(to_end < to_side, ends, sides), np.float32(1.03))
            return wing.eave_m + np.minimum(1.3 * edge * pixel_m, 3.1), light
        case "saw":
            tooth_px = 7.0 / pixel_m
            phase = np.mod(along + np.float32(wing.length_px / 2), tooth_px) / tooth_px
            light = np.where(phase > 0.82, np.float32(0.55), roof_light(-u, 0.3) + 0.1 * phase)
            return wing.eave_m + 1.6 * phase, light.astype(np.float32)
        case "barrel":
            bow = across / np.float32(wing.breadth_px / 2)
            lean = float(np.dot(v, (0.4472, 0.8944)))
            return wing.eave_m + 3.0 * (1 - bow * bow), (1 + 0.24 * lean * bow).astype(np.float32)
        case _:
            rim = edge * pixel_m < 0.6
            return wing.eave_m + np.where(rim, np.float32(0.7), 0), np.where(rim, np.float32(1.14), 1.0)


def _streaks(wing: Wing, frame: _Frame, rng: Generator) -> Field:
    """Weathering: runs down the slope of pitched roofs, sheets of level ones."""
    n = int(max(wing.length_px, wing.breadth_px)) + 80
    if wing.roof in _LEVEL_ROOFS:
        sheet_px = rng.uniform(6, 14)
        steps = rng.normal(0, 0.035, n).astype(np.float32)
        return steps[np.clip(((frame.across + n / 2) / sheet_px).astype(int), 0, n - 1)]
    runs = cv2.GaussianBlur(rng.normal(0, 0.09, (1, n)).astype(np.float32), (5, 1), 0)[0]
    courses = cv2.GaussianBlur(rng.normal(0, 0.06, (1, n)).astype(np.float32), (3, 1), 0)[0]
    at = np.clip((frame.along + n / 2).astype(int), 0, n - 1)
    down = np.clip((frame.across + n / 2).astype(int), 0, n - 1)
    return runs[at] + courses[down]


def _fit_out(canvas: Canvas, wing: Wing, building: Building, rng: Generator) -> None:
    px = 1 / canvas.pixel_m
    if building.fittings == "none" or min(wing.length_px, wing.breadth_px) < 5.5 * px:
        return
    if building.fittings == "hall":
        _fit_hall(canvas, wing, rng)
    elif wing.roof in {"flat", "mansard"}:
        _fit_flat(canvas, wing, rng)
    else:
        _fit_pitched(canvas, wing, rng)


def _fit_pitched(canvas: Canvas, wing: Wing, rng: Generator) -> None:
    px = 1 / canvas.pixel_m
    v = np.array([-wing.along[1], wing.along[0]])
    half = wing.length_px / 2
    for _ in range(1 + int(wing.length_px / (9 * px))):
        at = _spot(wing, rng.uniform(-0.85, 0.85) * half, rng.uniform(-0.16, 0.16) * wing.breadth_px)
        canvas.raise_by(rectangle(at, wing.along, 0.9 * px, 0.7 * px), 1.3, (100, 82, 76))
    sunny = v if float(np.dot(v, (0.4472, 0.8944))) > 0 else -v
    for side in (v, -v):
        out = side * wing.breadth_px * 0.25
        for _ in range(int(rng.integers(0, 2 + int(wing.length_px / (7 * px))))):
            at = wing.centre + wing.along * rng.uniform(-0.8, 0.8) * half + out * rng.uniform(0.6, 1.3)
            if rng.random() < 0.6:
                canvas.fill(rectangle(at, wing.along, 0.9 * px, 1.1 * px), color=(66, 76, 88))
            else:
                canvas.raise_by(rectangle(at, wing.along, 2.0 * px, 1.9 * px), 0.9)
                canvas.fill(rectangle(at + side * px, wing.along, 1.6 * px, 0.5 * px), color=(88, 92, 98))
    if rng.random() < 0.16:
        at = wing.centre + sunny * wing.breadth_px * 0.25 + wing.along * rng.uniform(-0.3, 0.3) * half
        _lay_solar(canvas, at, wing.along, rng.uniform(0.25, 0.7) * half, wing.breadth_px * 0.26)


def _fit_flat(canvas: Canvas, wing: Wing, rng: Generator) -> None:
    px = 1 / canvas.pixel_m
    a, b = wing.length_px / 2 - 2.4 * px, wing.breadth_px / 2 - 2.4 * px
    if min(a, b) < px:
        return
    for _ in range(max(1, int(wing.length_px / (22 * px)))):
        at = _spot(wing, rng.uniform(-a, a), rng.uniform(-0.5, 0.5) * b)
        size = rng.uniform(2.2, 4.2) * px
        grey = int(rng.uniform(118, 190))
        canvas.raise_by(rectangle(at, wing.along, size * 1.3, size), 2.4, (grey, grey - 2, grey - 6))
    for _ in range(int(rng.integers(0, 3 + int(wing.length_px / (9 * px))))):
        at = _spot(wing, rng.uniform(-a, a), rng.uniform(-b, b))
        grey = int(rng.choice([72, 84, 196, 214]))
        side = rng.uniform(0.8, 1.8) * px
        canvas.raise_by(rectangle(at, wing.along, side * 1.4, side), 0.6, (grey, grey, grey + 4))
    if rng.random() < 0.2 and b > 2 * px:
        for row in np.arange(-b * 0.7, b * 0.7, 2.4 * px):
            _lay_solar(canvas, _spot(wing, 0.1 * a, row), wing.along, 1.3 * a, 1.3 * px)


def _fit_hall(canvas: Canvas, wing: Wing, rng: Generator) -> None:
    px = 1 / canvas.pixel_m
    a, b = wing.length_px / 2 - 3 * px, wing.breadth_px / 2 - 3 * px
    if min(a, b) < 3 * px:
        return
    if wing.roof != "saw" and rng.random() < 0.6:
        across = np.array([-wing.along[1], wing.along[0]])
        light = int(rng.uniform(186, 216))
        for at in np.arange(-a + 3 * px, a - 2 * px, rng.uniform(8, 13) * px):
            for sign in (-1, 1):
                ring = rectangle(_spot(wing, at, sign * 0.5 * b), across, 0.72 * b, 1.1 * px)
                canvas.raise_by(ring, 0.5, (light, light + 4, light + 6))
    for _ in range(int(rng.integers(2, 5 + int(a * b / (260 * px * px))))):
        at = _spot(wing, rng.uniform(-a, a), rng.uniform(-b, b))
        grey = int(rng.uniform(96, 208))
        side = rng.uniform(1.2, 3.0) * px
        canvas.raise_by(rectangle(at, wing.along, side * rng.uniform(1, 2), side), 1.6, (grey, grey, grey))
    if rng.random() < 0.22:
        for row in np.arange(-b * 0.8, -0.1 * b, 2.6 * px):
            _lay_solar(canvas, _spot(wing, -0.2 * a, row), wing.along, 1.1 * a, 1.5 * px)


def _lay_solar(canvas: Canvas, centre: Ring, along: Ring, length_px: float, breadth_px: float) -> None:
    px = 1 / canvas.pixel_m
    canvas.raise_by(rectangle(centre, along, length_px, breadth_px), 0.25, (44, 52, 78))
    across = np.array([-along[1], along[0]])
    joints: Iterable[float] = np.arange(-length_px / 2 + 1.8 * px, length_px / 2 - px, 1.8 * px).tolist()
    for at in joints:
        canvas.fill(rectangle(centre + along * at, across, breadth_px, 0.35 * px), color=(84, 92, 112))


def _spot(wing: Wing, along_px: float, across_px: float) -> Ring:
    return wing.centre + wing.along * along_px + np.array([-wing.along[1], wing.along[0]]) * across_px
