"""Pixels for people's eyes: any bands and depth as 8-bit red, green and blue."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_COLORS = ("red", "green", "blue")


def as_rgb8(values: NDArray[Any], bands: tuple[str, ...]) -> NDArray[np.uint8]:
    """Height × width × 3, uint8. Deeper values are stretched between their 1st and 99th percentile."""
    if set(_COLORS) <= set(bands):
        shown = values[..., [bands.index(b) for b in _COLORS]]
    elif values.shape[-1] >= 3:
        shown = values[..., :3]
    else:
        shown = np.repeat(values[..., :1], 3, axis=-1)
    if shown.dtype == np.uint8:
        return shown
    finite = shown[np.isfinite(shown)] if shown.dtype.kind == "f" else shown
    low, high = np.percentile(finite, [1, 99]) if finite.size else (0.0, 1.0)
    stretched = (shown.astype(np.float64) - low) / max(1e-9, high - low) * 255
    return np.nan_to_num(np.clip(stretched, 0, 255)).astype(np.uint8)
