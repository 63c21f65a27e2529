"""Superpixels: small regions of like colour that keep to the picture's edges (SLIC, Achanta and
others 2012), so that a brush can paint region by region.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Size = Literal["small", "medium", "large"]
SIDE_PX: dict[Size, int] = {"small": 10, "medium": 20, "large": 40}
"""About how many pixels wide a superpixel is."""

_COMPACTNESS = 12.0
_SMOOTHING = 1.0


def compute_superpixels(rgb: NDArray[np.uint8], size: Size) -> NDArray[np.uint16]:
    """A number per pixel (height × width, from 1 on), the same for every pixel of a superpixel.

    `rgb` is height × width × 3. The same picture always gives the same regions.
    """
    from skimage.segmentation import slic

    height, width = rgb.shape[:2]
    n_regions = max(1, round(height * width / SIDE_PX[size] ** 2))
    regions = slic(
        rgb,
        n_segments=n_regions,
        compactness=_COMPACTNESS,
        sigma=_SMOOTHING,
        start_label=1,
        channel_axis=-1,
        max_num_iter=6,
    )
    return np.asarray(regions, dtype=np.uint16)
