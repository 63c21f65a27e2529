"""Light: shadows cast by heights, then what camera, flight and air do to the picture."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from townscape.testing.synthetic_city import noise
from townscape.testing.synthetic_city.canvas import STEPS_PER_M, Canvas
from townscape.testing.synthetic_city.ground import STRIP_ROWS, Plane

TOWARD_SUN = np.array([0.4472, 0.8944])
"""Unit vector in the picture: the sun stands in the south-south-east of a map with north up."""

SUN_SLOPE = 1.15
"""Tangent of the sun's elevation (49 degrees): a mast of 11.5 m casts 10 m of shadow."""

_AMBIENT = (0.40, 0.45, 0.56)
"""What is left of red, green and blue in shadow: the blue of the sky."""


def roof_light(normal: NDArray[np.float64], pitch: float) -> float:
    """Brightness of a sloping face, 1 for a level one.

    `normal` is the unit vector in the picture that points down the slope, `pitch` rise over run.
    """
    lean = float(np.dot(normal, TOWARD_SUN)) * pitch / SUN_SLOPE
    return float(np.clip(0.34 + 0.66 * (1 + lean) / np.hypot(1, pitch), 0.3, 1.4))


def cast_shadows(height: Plane, pixel_m: float) -> NDArray[np.bool_]:
    """Which pixels lie in the shadow of another (height x width).

    The sun's rays are followed for 1, 2, 4 ... 32 pixels, each time with what came out
    before, so that six passes look 63 pixels far.
    """
    step = np.array([TOWARD_SUN[0] / TOWARD_SUN[1], 1.0])
    drop = float(np.hypot(*step)) * pixel_m * SUN_SLOPE * STEPS_PER_M
    top = height.copy()
    for doubling in range(6):
        dx, dy = round(float(step[0]) * 2**doubling), 2**doubling
        lower = cv2.subtract(top[dy:, dx:], np.full((1, 1), round(drop * 2**doubling), np.float64))
        here = top[:-dy, : top.shape[1] - dx]
        np.maximum(here, lower, out=here)
    return top > cv2.add(height, np.full((1, 1), 2, np.float64))


def expose(rng: Generator, canvas: Canvas) -> None:
    """Turn the evenly lit canvas into a photograph, in place: shadow, flight strips, blur, noise."""
    height_px, width_px = canvas.classes.shape
    shade = cast_shadows(canvas.height, canvas.pixel_m).astype(np.uint8) * np.uint8(255)
    shade = np.maximum(cv2.GaussianBlur(shade, (3, 3), 0.8), canvas.darkness)
    gain, haze = _fly(rng, height_px, width_px)
    dapple = noise.tile(rng, cell_px=4)
    for top in range(0, height_px, STRIP_ROWS):
        rows = slice(top, min(top + STRIP_ROWS, height_px))
        depth = shade[rows].astype(np.float32) / 255
        depth *= 0.93 + 0.05 * noise.cover(dapple, rows, width_px)
        lit, veiled = _enlarge(gain, rows, width_px), _enlarge(haze, rows, width_px)
        for band in range(3):
            value = canvas.rgb[rows, :, band] * (1 - depth * (1 - _AMBIENT[band]))
            value = value * lit[..., band] + veiled[..., band]
            canvas.rgb[rows, :, band] = np.clip(value, 0, 255)
    cv2.GaussianBlur(canvas.rgb, (3, 3), 0.62, dst=canvas.rgb)
    _add_noise(rng, canvas.rgb)


_COARSE_PX = 16
"""Exposure changes slowly and is computed on a grid of this step."""


def _fly(rng: Generator, height_px: int, width_px: int) -> tuple[noise.Field, noise.Field]:
    """Gain and haze (coarse height x width x 3): strips flown one after the other, and weather."""
    shape = (-(-height_px // _COARSE_PX) + 2, -(-width_px // _COARSE_PX))
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) * _COARSE_PX
    gain = np.ones((*shape, 3), dtype=np.float32)
    haze = np.zeros((*shape, 3), dtype=np.float32)
    n_strips = 3
    lean = rng.uniform(-0.12, 0.12)
    across = (x + lean * y + 60 * noise.drift(rng, *shape, cell_px=40)) / width_px * n_strips
    exposures = np.array([1.19, 1.04, 1.12])[rng.permutation(n_strips)]
    for k in range(n_strips):
        into = np.clip((across - k) * 7 + 0.5, 0, 1) if k else np.ones(shape, dtype=np.float32)
        into = (into * into * (3 - 2 * into))[..., None]
        warmth = rng.uniform(-0.03, 0.03)
        strip = exposures[k] * np.array([1 + warmth, 1.0, 1 - warmth])
        # The lens darkens the side of each strip that looks away from the sun.
        hot_spot = 1 + 0.06 * np.clip(across - k - 0.5, -0.5, 0.5)[..., None]
        gain = gain * (1 - into) + into * (strip * hot_spot)
        haze = haze * (1 - into) + into * rng.uniform(0, 7) * np.array([0.9, 1.0, 1.15])
    cloud = noise.drift(rng, *shape, cell_px=max(shape) / 3)
    return (gain * (1 + 0.05 * cloud[..., None])).astype(np.float32), haze.astype(np.float32)


def _enlarge(coarse: noise.Field, rows: slice, width_px: int) -> noise.Field:
    """Those rows of a coarse field at full size; a row more on either side joins strips smoothly."""
    first, last = rows.start // _COARSE_PX, -(-rows.stop // _COARSE_PX)
    part = coarse[max(0, first - 1) : last + 1]
    size = (coarse.shape[1] * _COARSE_PX, len(part) * _COARSE_PX)
    skip = (first - max(0, first - 1)) * _COARSE_PX
    large = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
    return large[skip : skip + rows.stop - rows.start, :width_px]


def _add_noise(rng: Generator, rgb: Plane) -> None:
    """Sensor noise with a standard deviation of two grey values, in place."""
    side = noise.TILE_PX
    grey = rng.normal(0, 1.7, (side, side, 1)) + rng.normal(0, 1.0, (side, side, 3))
    up = np.clip(grey, 0, 20).round().astype(np.uint8)
    down = np.clip(-grey, 0, 20).round().astype(np.uint8)
    for top in range(0, rgb.shape[0], side):
        for left in range(0, rgb.shape[1], side):
            part = rgb[top : top + side, left : left + side]
            h, w = part.shape[:2]
            part[:] = cv2.subtract(cv2.add(part, up[:h, :w]), down[:h, :w])
