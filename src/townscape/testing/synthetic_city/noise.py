"""Random fields: the grain, patches and drifts that keep every surface from looking painted."""

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Field = NDArray[Any]
"""An array of floating-point numbers."""

TILE_PX = 1024
"""Side of the tiles that repeat; the repeat is too far apart, and the grain too fine, to be seen."""


def tile(rng: Generator, *, cell_px: float, stretch: float = 1.0, side_px: int = TILE_PX) -> Field:
    """Noise with features of about `cell_px` that continues over its own edges.

    Mean 0, standard deviation 1, `side_px` square. `stretch` > 1 draws the features out in x.
    """
    fx = np.fft.rfftfreq(side_px)[None, :] * cell_px * stretch
    fy = np.fft.fftfreq(side_px)[:, None] * cell_px
    spectrum = np.fft.rfft2(rng.standard_normal((side_px, side_px))) * np.exp(-2 * (fx**2 + fy**2))
    field = np.fft.irfft2(spectrum, (side_px, side_px))
    field -= field.mean()
    return (field / field.std()).astype(np.float32)


def cover(field: Field, rows: slice, width_px: int) -> Field:
    """The part of the plane, tiled with a square `field`, in those rows and `width_px` columns."""
    side = len(field)
    indices = np.arange(rows.start, rows.stop) % side
    repeats = -(-width_px // side)
    return np.tile(field[indices], (1, repeats))[:, :width_px]


def window(field: Field, x: int, y: int, width_px: int, height_px: int) -> Field:
    """A window of the tiled plane; no larger than the tile."""
    side = len(field)
    ys = np.arange(y, y + height_px) % side
    xs = np.arange(x, x + width_px) % side
    return field[ys[:, None], xs]


def drift(rng: Generator, height_px: int, width_px: int, *, cell_px: float) -> Field:
    """Slow change over an area: height x width, about -1...1, features of about `cell_px`."""
    rows, columns = int(height_px / cell_px) + 3, int(width_px / cell_px) + 3
    small = rng.uniform(-1, 1, (rows, columns)).astype(np.float32)
    size = (int(columns * cell_px), int(rows * cell_px))
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)[:height_px, :width_px]
