"""The ground: materials laid as patches and strips, then coloured all at once with shared noise.

A *material* is two colours and how noise mixes them; many materials belong to one land-cover
class, and colours of different classes overlap on purpose, as they do in real imagery.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from townscape.core.taxonomy import read_taxonomy
from townscape.testing.synthetic_city import noise
from townscape.testing.synthetic_city.cutting import Ring
from townscape.testing.synthetic_city.inventory import Patch, Strip

Plane = NDArray[Any]
"""An array of uint8 (OpenCV's types do not say which numbers it gives)."""

STRIP_ROWS = 256
"""Rows coloured at a time, to bound memory."""


@dataclass(frozen=True, slots=True)
class Material:
    """How a kind of ground looks."""

    land: str
    """Key of its land-cover class."""
    lush: tuple[int, int, int]
    dry: tuple[int, int, int]
    bias: float = 0.4
    """Where between the two colours it mostly is."""
    weights: tuple[float, float, float, float] = (0.06, 0.08, 0.10, 0.08)
    """Of noise with features of about 2, 9, 55 and 400 pixels."""
    grain: float = 4.0
    """Pixel noise, standard deviation in grey values."""


_GREEN = (0.07, 0.12, 0.16, 0.14)
_ROUGH = (0.12, 0.20, 0.20, 0.10)

MATERIALS: dict[str, Material] = {
    "asphalt": Material("road", (92, 92, 96), (134, 131, 127), 0.42, (0.05, 0.05, 0.09, 0.10), 3.5),
    "deck": Material("road", (122, 120, 118), (150, 147, 142), 0.4),
    "sidewalk": Material("paved", (132, 128, 123), (174, 168, 160), 0.45, (0.12, 0.08, 0.08, 0.08), 5.0),
    "plaza": Material("paved", (148, 140, 130), (190, 183, 172), 0.45, (0.06, 0.06, 0.10, 0.1), 4.0),
    "cobble": Material("paved", (112, 105, 98), (152, 144, 134), 0.45, (0.14, 0.08, 0.08, 0.1), 6.0),
    "lot": Material("paved", (98, 97, 99), (142, 139, 135), 0.45, (0.06, 0.08, 0.12, 0.1), 4.0),
    "concrete": Material("paved", (138, 136, 131), (186, 182, 174), 0.42, (0.06, 0.10, 0.14, 0.1), 4.0),
    "gravel": Material("paved", (142, 132, 116), (184, 173, 154), 0.45, (0.14, 0.08, 0.10, 0.1), 6.0),
    "tartan": Material("paved", (142, 74, 58), (172, 102, 82), 0.4),
    "court": Material("paved", (70, 98, 92), (104, 122, 112), 0.4),
    "quay": Material("paved", (138, 132, 122), (178, 170, 156), 0.45),
    "lawn": Material("grass", (80, 100, 56), (150, 142, 94), 0.34, _GREEN, 5.0),
    "turf": Material("grass", (76, 106, 58), (124, 134, 82), 0.28, (0.05, 0.10, 0.12, 0.08), 4.0),
    "meadow": Material("grass", (92, 108, 56), (172, 154, 104), 0.42, _ROUGH, 7.0),
    "garden": Material("grass", (70, 94, 48), (138, 130, 84), 0.34, (0.14, 0.16, 0.12, 0.08), 7.0),
    "crop": Material("grass", (84, 108, 58), (140, 142, 88), 0.36, (0.05, 0.08, 0.18, 0.1), 4.0),
    "ripe": Material("grass", (158, 140, 84), (206, 184, 122), 0.5, (0.05, 0.08, 0.18, 0.1), 4.0),
    "floor": Material("grass", (52, 66, 38), (98, 96, 62), 0.35, _ROUGH, 6.0),
    "rough": Material("grass", (98, 104, 62), (168, 152, 112), 0.45, _ROUGH, 7.0),
    "soil": Material("bare-ground", (98, 78, 58), (150, 124, 96), 0.4, (0.12, 0.12, 0.10, 0.08), 6.0),
    "ploughed": Material("bare-ground", (100, 80, 62), (152, 126, 98), 0.42, (0.06, 0.06, 0.22, 0.12), 5.0),
    "sand": Material("bare-ground", (190, 170, 130), (216, 200, 166), 0.5, (0.08, 0.10, 0.08, 0.0), 4.0),
    "track": Material("bare-ground", (136, 118, 90), (188, 168, 134), 0.5, (0.12, 0.16, 0.14, 0.08), 6.0),
    "dirt": Material("bare-ground", (128, 110, 86), (186, 166, 134), 0.45, (0.12, 0.20, 0.20, 0.1), 7.0),
    "ballast": Material("bare-ground", (104, 95, 88), (144, 132, 120), 0.45, (0.14, 0.08, 0.08, 0.1), 7.0),
    "rubble": Material("bare-ground", (126, 118, 108), (180, 168, 152), 0.45, (0.24, 0.16, 0.10, 0.0), 9.0),
    "site-sand": Material("construction", (168, 142, 104), (222, 198, 156), 0.5, (0.1, 0.18, 0.18, 0.1), 6.0),
    "site-mud": Material("construction", (118, 96, 72), (176, 148, 112), 0.45, (0.1, 0.2, 0.2, 0.1), 7.0),
    "site-slab": Material("construction", (148, 146, 140), (196, 192, 184), 0.5, (0.05, 0.1, 0.12, 0.0), 4.0),
    "river": Material("water", (40, 58, 60), (70, 88, 84), 0.42, (0.05, 0.10, 0.14, 0.24), 2.0),
    "pond": Material("water", (36, 50, 42), (74, 86, 66), 0.40, (0.04, 0.08, 0.20, 0.1), 2.0),
    "pool": Material("water", (84, 168, 190), (136, 206, 216), 0.5, (0.1, 0.1, 0.0, 0.0), 3.0),
}
"""By name."""

_NUMBERS = {name: number for number, name in enumerate(MATERIALS)}


@cache
def land_codes() -> MappingProxyType[str, int]:
    """Class numbers of the built-in land-cover taxonomy by key."""
    return MappingProxyType({c.key: c.number for c in read_taxonomy("land-cover").classes})


@dataclass(slots=True)
class Ground:
    """Two planes (height x width, uint8): which material lies where, and its tone (128 = 0)."""

    material: Plane
    tone: Plane

    @classmethod
    def bare(cls, height_px: int, width_px: int) -> "Ground":
        """Asphalt everywhere: what blocks leave free is street."""
        shape = (height_px, width_px)
        return cls(np.full(shape, _NUMBERS["asphalt"], np.uint8), np.full(shape, 128, np.uint8))

    def lay(self, pieces: Iterable[Patch | Strip]) -> None:
        """Put patches and strips down, later ones over earlier ones."""
        for piece in pieces:
            number = _NUMBERS[piece.material]
            tone = min(255, max(0, 128 + round(piece.tone * 1.27)))
            for plane, value in ((self.material, number), (self.tone, tone)):
                if isinstance(piece, Patch):
                    cv2.fillPoly(plane, [fixed_point(piece.ring)], value, shift=4)
                else:
                    thickness = max(1, round(piece.width_px))
                    cv2.polylines(plane, [fixed_point(piece.line)], False, value, thickness, shift=4)

    def copy(self) -> "Ground":
        """The ground as it is now."""
        return Ground(self.material.copy(), self.tone.copy())

    def restore(self, earlier: "Ground", *, outside: Iterable[Ring]) -> None:
        """Put the earlier ground back on every pixel outside of those rings."""
        inside = np.zeros_like(self.material)
        for ring in outside:
            cv2.fillPoly(inside, [fixed_point(ring)], 1, shift=4)
        for now, before in ((self.material, earlier.material), (self.tone, earlier.tone)):
            np.copyto(now, before, where=inside == 0)

    def replace(self, where: NDArray[np.bool_], material: str, tone: int = 0) -> None:
        """Lay one material on every pixel of a mask (height x width)."""
        self.material[where] = _NUMBERS[material]
        self.tone[where] = 128 + round(tone * 1.27)

    def where(self, *names: str) -> NDArray[np.bool_]:
        """Mask of pixels of any of those materials."""
        wanted = np.zeros(256, dtype=bool)
        wanted[[_NUMBERS[name] for name in names]] = True
        return wanted[self.material]

    def classes(self) -> Plane:
        """Land-cover class numbers (height x width)."""
        table = np.zeros(256, dtype=np.uint8)
        for name, material in MATERIALS.items():
            table[_NUMBERS[name]] = land_codes()[material.land]
        return cv2.LUT(self.material, table)

    def color(self, rng: Generator) -> Plane:
        """The ground as seen in even light (height x width x 3, uint8)."""
        height_px, width_px = self.material.shape
        tiles = [noise.tile(rng, cell_px=cell) for cell in (2.2, 9, 55)]
        white = rng.standard_normal((noise.TILE_PX, noise.TILE_PX)).astype(np.float32)
        wide = noise.drift(rng, -(-height_px // 8), -(-width_px // 8), cell_px=50)
        wide = np.round(wide * 100 + 128).clip(0, 255).astype(np.uint8)
        wide = cv2.resize(wide, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
        looks = list(MATERIALS.values())
        lush = np.array([m.lush for m in looks], dtype=np.float32)
        reach = np.array([m.dry for m in looks], dtype=np.float32) - lush
        weights = np.array([m.weights for m in looks], dtype=np.float32)
        bias = np.array([m.bias for m in looks], dtype=np.float32)
        grain = np.array([m.grain for m in looks], dtype=np.float32)
        out = np.empty((height_px, width_px, 3), dtype=np.uint8)
        for top in range(0, height_px, STRIP_ROWS):
            rows = slice(top, min(top + STRIP_ROWS, height_px))
            material = self.material[rows]
            tone = (self.tone[rows].astype(np.float32) - 128) / 127
            mix = bias[material] + 0.45 * tone
            for k, field in enumerate(tiles):
                mix += weights[material, k] * noise.cover(field, rows, width_px)
            mix += weights[material, 3] * (wide[rows].astype(np.float32) - 128) / 60
            np.clip(mix, -0.25, 1.25, out=mix)
            grey = grain[material] * noise.cover(white, rows, width_px)
            light = 1 + 0.10 * tone
            for band in range(3):
                value = (lush[material, band] + reach[material, band] * mix) * light + grey
                np.clip(value, 0, 255, out=value)
                out[rows, :, band] = value
        return out


def fixed_point(points: Ring) -> NDArray[np.int32]:
    """Points as OpenCV draws them with `shift=4`; the middle of the first pixel is its (0, 0)."""
    return np.round(points * 16 - 8).astype(np.int32)
