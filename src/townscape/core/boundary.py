"""Boundary IoU (Cheng et al. 2021): how well the *edges* of classes agree.

For each class, the band of its own pixels within d of its border is compared instead of the
whole class; d is a share of the image's diagonal (0.02 by default, 0.005 for Cityscapes). The
image is padded by one pixel of "outside", so the frame counts as border, as in the paper.
For semantic use, intersections and unions of the bands are summed over the set per class; that
is our convention, there is no standard.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import NO_CHANNEL, Channels

DEFAULT_RATIO = 0.02
_CROSS = np.ones((3, 3), dtype=np.uint8)


def band_px(height: int, width: int, ratio: float = DEFAULT_RATIO) -> int:
    """Width d of the band in pixels: at least 1."""
    return max(1, round(ratio * float(np.hypot(height, width))))


def boundary_counts(
    truth: Channels, prediction: Channels, n_classes: int, *, ratio: float = DEFAULT_RATIO
) -> NDArray[np.int64]:
    """Per class the pixels of the bands' intersection and union, int64, shape (n_classes, 2).

    Pixels whose truth does not count (255) are left out of both.
    """
    counts = np.zeros((n_classes, 2), dtype=np.int64)
    counted = truth != NO_CHANNEL
    width = band_px(truth.shape[0], truth.shape[1], ratio)
    for channel in np.union1d(np.unique(truth), np.unique(prediction[counted])):
        if channel >= n_classes:
            continue
        true_band = _band(truth == channel, width) & counted
        predicted_band = _band(prediction == channel, width) & counted
        counts[channel, 0] = np.count_nonzero(true_band & predicted_band)
        counts[channel, 1] = np.count_nonzero(true_band | predicted_band)
    return counts


def boundary_iou(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Boundary IoU per class from summed counts, NaN where a class never occurs."""
    out = np.full(counts.shape[0], np.nan)
    np.divide(counts[:, 0], counts[:, 1], out=out, where=counts[:, 1] > 0)
    return out


def _band(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    padded = np.pad(mask.astype(np.uint8), 1)
    core = cv2.erode(padded, _CROSS, iterations=width)[1:-1, 1:-1]
    return mask & (core == 0)
