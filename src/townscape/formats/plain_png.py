"""One call for masks of 8 bits per band, whatever their number of bands; `png` does the work."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.formats import png


def encode(values: NDArray[np.integer[Any]]) -> bytes:
    """A PNG of height × width (grey), or height × width × 3 or 4 bands. Values must be 0…255."""
    return png.encode_index(values) if values.ndim == 2 else png.encode_rgb(values)
