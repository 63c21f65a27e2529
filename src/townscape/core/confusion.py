"""The confusion matrix, and every score that is derived from it.

Let C[i, j] be the pixels whose truth is channel i and whose prediction is channel j, counted
over the *whole* set at native size, truth that does not count (unlabelled, ignore) left out.
The last column, C[:, K], counts pixels for which nothing was predicted: they are misses.

    TP_i = C[i, i]      FN_i = Σ_j≠i C[i, j]      FP_i = Σ_j≠i C[j, i]

    IoU_i               TP / (TP + FP + FN)                       Everingham et al. 2010
    mean IoU            mean of IoU_i over evaluated classes that occur in truth or prediction
    pixel accuracy      Σ TP / Σ C
    mean accuracy       mean of TP / (TP + FN) over evaluated classes that occur in truth
    FW IoU              Σ (row_i / Σ C) · IoU_i over all classes   Long et al. 2015
    Dice (F1)           2 TP / (2 TP + FP + FN)

A class in neither truth nor prediction is left out of the means and listed as absent. A class
that is predicted but never in the truth has IoU 0, counts, and is flagged. Counts are int64.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError
from townscape.core.labelmap import NO_CHANNEL, Channels

Matrix = NDArray[np.int64]


def confusion(truth: Channels, prediction: Channels, n_classes: int) -> Matrix:
    """Pixel counts, int64, shape (n_classes, n_classes + 1).

    Both are channels of one shape: 0…n−1, or 255. Truth 255 is left out; prediction 255 falls
    into the last column. Any other value raises `InputError`: it would silently lose pixels.
    """
    if truth.shape != prediction.shape:
        raise InputError(f"Truth is {truth.shape} but the prediction is {prediction.shape}.")
    for name, plane in (("truth", truth), ("prediction", prediction)):
        stray = np.unique(plane[(plane >= n_classes) & (plane != NO_CHANNEL)])
        if stray.size:
            raise InputError(f"The {name} holds channel {int(stray[0])}, but there are {n_classes} classes.")
    counted = truth != NO_CHANNEL
    columns = n_classes + 1
    predicted = np.minimum(prediction[counted], n_classes).astype(np.int64)
    cells = truth[counted].astype(np.int64) * columns + predicted
    return np.bincount(cells, minlength=n_classes * columns).reshape(n_classes, columns).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Scores:
    """All scores of one confusion matrix. Per-class arrays hold NaN where a score is undefined."""

    iou: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    precision: NDArray[np.float64]
    dice: NDArray[np.float64]
    support: Matrix
    """Truth pixels per class."""
    predicted: Matrix
    """Predicted pixels per class, on pixels that count."""
    mean_iou: float
    pixel_accuracy: float
    mean_accuracy: float
    frequency_weighted_iou: float
    mean_dice: float
    absent: tuple[int, ...]
    """Channels in neither truth nor prediction: left out of the means."""
    only_predicted: tuple[int, ...]
    """Channels predicted but never in the truth: IoU 0, counted."""
    averaged: tuple[int, ...]
    """Channels that mean IoU is the mean of."""


def scores(matrix: Matrix, *, evaluated: NDArray[np.bool_] | None = None) -> Scores:
    """Every score of a matrix from `confusion`. `evaluated` marks the channels of the means."""
    n_classes = matrix.shape[0]
    if evaluated is None:
        evaluated = np.ones(n_classes, dtype=bool)
    support = matrix.sum(axis=1)
    predicted = matrix.sum(axis=0)[:n_classes]
    hits = np.diagonal(matrix).astype(np.int64)
    union = support + predicted - hits
    total = int(matrix.sum())
    iou = _ratio(hits, union)
    accuracy = _ratio(hits, support)
    dice = _ratio(2 * hits, support + predicted)
    occurs = (union > 0) & evaluated
    weights = support / total if total else np.zeros(n_classes)
    return Scores(
        iou=iou,
        accuracy=accuracy,
        precision=_ratio(hits, predicted),
        dice=dice,
        support=support,
        predicted=predicted,
        mean_iou=_mean(iou[occurs]),
        pixel_accuracy=float(hits.sum() / total) if total else float("nan"),
        mean_accuracy=_mean(accuracy[(support > 0) & evaluated]),
        frequency_weighted_iou=float(np.nansum(weights * np.nan_to_num(iou))) if total else float("nan"),
        mean_dice=_mean(dice[occurs]),
        absent=tuple(int(k) for k in np.flatnonzero(union == 0)),
        only_predicted=tuple(int(k) for k in np.flatnonzero((support == 0) & (predicted > 0))),
        averaged=tuple(int(k) for k in np.flatnonzero(occurs)),
    )


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    out = np.full(part.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else float("nan")
