"""The picture in the making: colour, class and height of every pixel, as seen in even light."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.testing.synthetic_city.cutting import Ring
from townscape.testing.synthetic_city.ground import Plane, fixed_point
from townscape.testing.synthetic_city.inventory import Color
from townscape.testing.synthetic_city.noise import Field

STEPS_PER_M = 4
"""Heights are whole quarters of a metre."""

GROUND = 24
"""Height of the ground in those steps: what lies lower is a pit."""


@dataclass(slots=True)
class Canvas:
    """Planes of one size that things are painted on, lowest first."""

    rgb: Plane
    """Height x width x 3."""
    classes: Plane
    """Land-cover class numbers."""
    height: Plane
    """Height of what is on top, in quarters of a metre, the ground at `GROUND`."""
    blocked: NDArray[np.bool_]
    """Where no building may stand: streets, tracks, water and its banks."""
    darkness: Plane
    """Shadow of things that reach over others, 0...255, beside what heights cast."""
    grain: Field
    """A tile of fine noise for whoever needs texture in a window."""
    pixel_m: float

    def area(self, ring: Ring, margin_px: int = 1) -> tuple[slice, slice] | None:
        """Rows and columns around a ring, cut to the picture; None if it lies outside."""
        left, top = np.floor(ring.min(axis=0)).astype(int) - margin_px
        right, bottom = np.ceil(ring.max(axis=0)).astype(int) + margin_px + 1
        height_px, width_px = self.classes.shape
        rows = slice(max(0, int(top)), min(height_px, int(bottom)))
        columns = slice(max(0, int(left)), min(width_px, int(right)))
        return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None

    def fill(
        self,
        ring: Ring,
        *,
        color: Color | None = None,
        land: int | None = None,
        height_m: float | None = None,
    ) -> None:
        """Paint a ring: its colour, class and height over the ground, each only if given."""
        points = [fixed_point(ring)]
        if color is not None:
            cv2.fillPoly(self.rgb, points, color, shift=4)
        if land is not None:
            cv2.fillPoly(self.classes, points, land, shift=4)
        if height_m is not None:
            cv2.fillPoly(self.height, points, steps_of(height_m), shift=4)

    def raise_by(self, ring: Ring, metres: float, color: Color | None = None) -> None:
        """Put something on what is there: heights under the ring grow by `metres`."""
        area = self.area(ring)
        if area is None:
            return
        rows, columns = area
        mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), dtype=np.uint8)
        origin = np.array([columns.start, rows.start])
        cv2.fillPoly(mask, [fixed_point(ring - origin)], 1, shift=4)
        inside = mask > 0
        here = self.height[area]
        here[inside] = np.clip(here[inside].astype(np.int16) + round(metres * STEPS_PER_M), 0, 255)
        if color is not None:
            self.rgb[area][inside] = color


def steps_of(height_m: float) -> int:
    """A height over the ground as the height plane holds it."""
    return min(255, max(0, round(GROUND + height_m * STEPS_PER_M)))
