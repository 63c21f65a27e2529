"""Expected calibration error: does "90 % sure" come true nine times out of ten?

ECE = Σ_b (n_b / n) · |accuracy_b − confidence_b| over bins of the confidence (Naeini et al.
2015), pooled over all pixels that count. Confidence is the highest class probability, stored as
one byte: p = byte / 255. Byte 0 means "no prediction" and is left out.
"""

import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import NO_CHANNEL, Channels

N_BINS = 15


def calibration_counts(
    truth: Channels, prediction: Channels, confidence: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Pixels, and correct pixels, per confidence byte: int64, shape (256, 2)."""
    counted = (truth != NO_CHANNEL) & (prediction != NO_CHANNEL) & (confidence > 0)
    sure = confidence[counted]
    right = truth[counted] == prediction[counted]
    pixels = np.bincount(sure, minlength=256)
    correct = np.bincount(sure[right], minlength=256)
    return np.stack([pixels, correct], axis=1).astype(np.int64)


def expected_calibration_error(counts: NDArray[np.int64], *, n_bins: int = N_BINS) -> float:
    """ECE, 0…1, from summed `calibration_counts`; NaN if there is nothing to count."""
    total = int(counts[:, 0].sum())
    if total == 0:
        return float("nan")
    probability = np.arange(256) / 255
    bin_of = np.minimum((probability * n_bins).astype(int), n_bins - 1)
    pixels = np.bincount(bin_of, weights=counts[:, 0], minlength=n_bins)
    correct = np.bincount(bin_of, weights=counts[:, 1], minlength=n_bins)
    sureness = np.bincount(bin_of, weights=counts[:, 0] * probability, minlength=n_bins)
    return float(np.abs(correct - sureness).sum() / total) if pixels.any() else float("nan")
