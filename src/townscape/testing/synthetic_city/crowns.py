"""Trees, bushes, hedges and heaps from above: clumpy, lit from one side, no two alike."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city.canvas import GROUND, STEPS_PER_M, Canvas, steps_of
from townscape.testing.synthetic_city.cutting import Ring
from townscape.testing.synthetic_city.ground import Plane, fixed_point, land_codes
from townscape.testing.synthetic_city.inventory import Crown, Hedge
from townscape.testing.synthetic_city.light import TOWARD_SUN
from townscape.testing.synthetic_city.noise import Field

_VARIANTS = 7
_HUES = np.array(
    [(62, 86, 44), (72, 94, 46), (54, 78, 44), (84, 104, 52), (66, 82, 52), (92, 104, 58), (60, 90, 52),
     (96, 98, 48), (50, 70, 44)], dtype=np.float32,
)  # fmt: skip
_RARE_HUES = np.array([(104, 66, 54), (126, 112, 56), (118, 124, 76), (88, 96, 84)], dtype=np.float32)
_CONIFER_HUES = np.array([(40, 62, 44), (48, 68, 52), (58, 78, 66), (44, 60, 38)], dtype=np.float32)
_HEAP_HUES = np.array([(206, 182, 142), (178, 150, 114), (176, 168, 156), (158, 134, 104)], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A crown of one size: brightness, relative height and outline, each side x side."""

    light: Field
    rise: Field
    inside: Field


@dataclass(frozen=True, slots=True)
class Stamps:
    """Crowns drawn once and then used again and again, by kind and radius in pixels."""

    by_kind: dict[str, dict[int, list[_Stamp]]]

    @classmethod
    def draw(cls, rng: Generator, *, largest_px: int) -> Self:
        """Stamps of every kind with radii from 1 to `largest_px`."""
        shapes = {"broad": _draw_broad, "conifer": _draw_conifer, "mound": _draw_mound}
        return cls(
            {
                kind: {r: [shape(rng, r) for _ in range(_VARIANTS)] for r in range(1, largest_px + 1)}
                for kind, shape in shapes.items()
            }
        )


def draw_crown(canvas: Canvas, stamps: Stamps, crown: Crown, rng: Generator) -> None:
    """Paint one crown where it is higher than what is there; a tree does not grow out of a roof."""
    x, y = int(crown.x), int(crown.y)
    height_px, width_px = canvas.classes.shape
    codes = land_codes()
    if 0 <= x < width_px and 0 <= y < height_px:
        barred = {codes["building"], codes["road"], codes["water"]}
        if canvas.classes[y, x] in barred or (crown.kind == "mound" and canvas.blocked[y, x]):
            return
    bank = stamps.by_kind[crown.kind]
    radius = min(max(1, round(crown.radius_px)), max(bank))
    stamp = bank[radius][int(rng.integers(_VARIANTS))]
    side = len(stamp.light)
    left, top = x - side // 2, y - side // 2
    columns = slice(max(0, left), min(width_px, left + side))
    rows = slice(max(0, top), min(height_px, top + side))
    if columns.start >= columns.stop or rows.start >= rows.stop:
        return
    part = (slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left))
    height = (GROUND + stamp.rise[part] * (crown.height_m * STEPS_PER_M)).astype(np.uint8)
    mask = (stamp.inside[part] > 0) & (height > canvas.height[rows, columns])
    light = stamp.light[part][mask][:, None]
    color = _hue(crown.kind, rng) * rng.uniform(0.84, 1.14)
    # Sunlit leaves are yellower than those in the shade of the crown.
    value = color * light + (light - 0.9) * np.array([16, 12, 0], dtype=np.float32)
    canvas.rgb[rows, columns][mask] = np.clip(value, 0, 255).astype(np.uint8)
    canvas.height[rows, columns][mask] = height[mask]
    if crown.kind != "mound":
        canvas.classes[rows, columns][mask] = codes["tree"]


def draw_hedges(canvas: Canvas, hedges: list[Hedge], rng: Generator) -> None:
    """Paint all hedges at once."""
    mask = np.zeros(canvas.classes.shape, dtype=np.uint8)
    for hedge in hedges:
        shade = int(rng.integers(1, 8))
        cv2.polylines(mask, [fixed_point(hedge.line)], False, shade, max(2, round(hedge.width_px)), shift=4)
    keep = (mask > 0) & (canvas.height < steps_of(1.8)) & ~canvas.blocked
    ys, xs = np.nonzero(keep)
    side = len(canvas.grain)
    texture = 1 + 0.13 * canvas.grain[(ys * 3) % side, (xs * 3) % side]
    hue = np.concatenate([_HUES[:7], _HUES[:2]])[mask[ys, xs]]
    canvas.rgb[ys, xs] = np.clip(hue * (texture * 0.98)[:, None], 0, 255).astype(np.uint8)
    canvas.classes[ys, xs] = land_codes()["tree"]
    canvas.height[ys, xs] = steps_of(1.8)


def _hue(kind: str, rng: Generator) -> Field:
    if kind == "conifer":
        hues = _CONIFER_HUES
    elif kind == "mound":
        hues = _HEAP_HUES
    else:
        hues = _RARE_HUES if rng.random() < 0.05 else _HUES
    return hues[int(rng.integers(len(hues)))] + rng.normal(0, 4, 3).astype(np.float32)


def _draw_broad(rng: Generator, radius_px: int) -> _Stamp:
    """A dome of many small domes: the clumps of leaves."""
    x, y, turn, away = _polar(radius_px)
    wobble = 1 + 0.10 * np.cos(3 * turn + rng.uniform(0, 6)) + 0.09 * np.cos(5 * turn + rng.uniform(0, 6))
    reach = radius_px * wobble * rng.uniform(0.88, 1.0)
    dome = np.sqrt(np.clip(1 - (away / reach) ** 2, 0, 1))
    clumps = np.zeros_like(dome)
    for _ in range(6 + radius_px * 2):
        r, t = radius_px * np.sqrt(rng.uniform(0, 0.8)), rng.uniform(0, 2 * np.pi)
        size = radius_px * rng.uniform(0.2, 0.38) + 0.5
        squared = ((x - r * np.cos(t)) ** 2 + (y - r * np.sin(t)) ** 2) / size**2
        bump = np.sqrt(np.clip(1 - squared, 0, 1)) * rng.uniform(0.6, 1.0)
        clumps = np.maximum(clumps, bump)
    ragged = 0.16 * rng.standard_normal(dome.shape)
    inside = (dome * 1.2 + 0.55 * clumps + ragged > 0.52) & (away < radius_px * 1.12)
    relief = 0.65 * dome + 0.35 * clumps
    return _lit(rng, relief, inside, radius_px, rough=0.10)


def _draw_conifer(rng: Generator, radius_px: int) -> _Stamp:
    """A cone with branches like the spokes of a wheel."""
    _, _, turn, away = _polar(radius_px)
    n = int(rng.integers(7, 12))
    spokes = 0.5 + 0.5 * np.cos(n * turn + rng.uniform(0, 6))
    reach = radius_px * (0.82 + 0.2 * spokes)
    relief = np.clip(1 - away / reach, 0, 1) * (0.85 + 0.15 * spokes)
    return _lit(rng, relief, away < reach, radius_px, rough=0.09)


def _draw_mound(rng: Generator, radius_px: int) -> _Stamp:
    _, _, turn, away = _polar(radius_px)
    reach = radius_px * (1 + 0.12 * np.cos(2 * turn + rng.uniform(0, 6)) + 0.08 * np.cos(3 * turn))
    relief = np.clip(1 - away / reach, 0, 1) ** 0.8
    stamp = _lit(rng, relief, away < reach, radius_px, rough=0.04)
    return _Stamp(0.45 + 0.55 * stamp.light, stamp.rise, stamp.inside)


def _polar(radius_px: int) -> tuple[Ring, Ring, Ring, Ring]:
    side = 2 * int(np.ceil(radius_px * 1.2)) + 3
    y, x = np.mgrid[:side, :side] - side // 2 + np.zeros((side, side))
    return x, y, np.arctan2(y, x), np.hypot(x, y)


def _lit(rng: Generator, relief: Ring, inside: Plane, radius_px: int, *, rough: float) -> _Stamp:
    gy, gx = np.gradient(relief * radius_px * 0.75) if radius_px > 1 else (relief * 0, relief * 0)
    toward = -(gx * TOWARD_SUN[0] + gy * TOWARD_SUN[1])
    light = 0.60 + 0.34 * relief + 0.38 * np.tanh(toward) + rough * rng.standard_normal(relief.shape)
    rise = (0.35 + 0.65 * relief) * inside
    return _Stamp(light.astype(np.float32), rise.astype(np.float32), inside.astype(np.float32))
