"""Places in images and on the ground: windows and transforms.

Three spaces, three suffixes: `_image` for pixels (x to the right, y down, the corner of the
first pixel is 0, 0), `_world` for coordinates of a CRS, `_tile` for places in the tile grid.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A rectangle of whole pixels in an image."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        """Pixels."""
        return self.width * self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an array that covers the whole image."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    def clip(self, width: int, height: int) -> "Window":
        """The part inside an image of that size (it may be empty)."""
        left, top = min(max(self.x, 0), width), min(max(self.y, 0), height)
        right = max(left, min(self.x + self.width, width))
        bottom = max(top, min(self.y + self.height, height))
        return Window(left, top, right - left, bottom - top)

    def intersects(self, other: "Window") -> bool:
        """Whether the two share a pixel."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def grow(self, by_px: int) -> "Window":
        """The window with `by_px` more pixels on every side."""
        return Window(self.x - by_px, self.y - by_px, self.width + 2 * by_px, self.height + 2 * by_px)


class Transform(NamedTuple):
    """Affine map from image to world, in GDAL's and rasterio's meaning of the six numbers:

    x_world = a · x_image + b · y_image + c        y_world = d · x_image + e · y_image + f
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @property
    def determinant(self) -> float:
        """World area of one pixel, signed, in square CRS units."""
        return self.a * self.e - self.b * self.d

    @property
    def is_rotated(self) -> bool:
        """Whether rows and columns are not parallel to the axes of the CRS."""
        return self.b != 0 or self.d != 0

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Length of one pixel step along a row and along a column, in CRS units."""
        return float(np.hypot(self.a, self.d)), float(np.hypot(self.b, self.e))

    def world_from_image(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (n × 2) in world coordinates."""
        x, y = points[:, 0], points[:, 1]
        return np.stack([self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f], axis=1)

    def image_from_world(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (n × 2) in image coordinates, fractions of pixels included."""
        return self.inverse().world_from_image(points)

    def inverse(self) -> Self:
        """The map back. Raises `ZeroDivisionError` if the transform is flat."""
        det = self.determinant
        a, b, d, e = self.e / det, -self.b / det, -self.d / det, self.a / det
        return type(self)(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))

    def shifted(self, x: float, y: float) -> Self:
        """The transform of the image part that starts at (x, y)."""
        c = self.a * x + self.b * y + self.c
        f = self.d * x + self.e * y + self.f
        return type(self)(self.a, self.b, c, self.d, self.e, f)


IDENTITY = Transform(1, 0, 0, 0, 1, 0)
"""The transform of an image that is not georeferenced."""


def windows_over(width: int, height: int, side: int) -> list[Window]:
    """Blocks of about `side` pixels that cover an image evenly, in row order.

    The image is cut into ⌊width / side⌋ × ⌊height / side⌋ blocks (at least one), so that no
    block is smaller than `side` unless the image is.
    """
    xs = np.linspace(0, width, max(1, width // side) + 1).round().astype(int).tolist()
    ys = np.linspace(0, height, max(1, height // side) + 1).round().astype(int).tolist()
    return [Window(x, y, x_end - x, y_end - y) for y, y_end in pairwise(ys) for x, x_end in pairwise(xs)]
