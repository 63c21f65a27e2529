"""From counts to scores, with names, definitions and intervals."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from townscape.core.boundary import boundary_iou
from townscape.core.calibration import expected_calibration_error
from townscape.core.confusion import Scores, scores
from townscape.core.statistics import group_bootstrap
from townscape.core.taxonomy import Taxonomy
from townscape.evaluate.counting import Counts

FREQUENT_SHARE = 0.01
"""Classes with at least this share of the truth are called frequent."""

DEFINITIONS = {
    "mean_iou": "mean over classes of TP / (TP + FP + FN), pixels summed over the whole part",
    "pixel_accuracy": "share of labelled pixels that are predicted right",
    "mean_accuracy": "mean over classes of TP / (TP + FN)",
    "frequency_weighted_iou": "IoU weighted by each class's share of the truth",
    "mean_dice": "mean over classes of 2 TP / (2 TP + FP + FN)",
    "frequent_mean_iou": "mean IoU over classes with at least 1 % of the truth",
    "mean_boundary_iou": "mean IoU of the bands along class borders",
    "calibration_error": "mean gap between confidence and accuracy, 15 bins",
}


class ClassScore(BaseModel):
    """Scores of one class; None where a score is undefined."""

    model_config = ConfigDict(frozen=True)

    number: int
    key: str
    name: str
    iou: float | None
    accuracy: float | None
    """Share of the class's true pixels that were found (recall, producer's accuracy)."""
    precision: float | None
    """Share of the pixels called this class that are it (user's accuracy)."""
    dice: float | None
    boundary_iou: float | None
    truth_share: float
    predicted_share: float
    in_mean: bool
    note: str
    """`absent`, `predicted only`, `not evaluated` or empty."""


class EvaluateResult(BaseModel):
    """Every score of one model on one part."""

    model_config = ConfigDict(frozen=True)

    mean_iou: float | None
    pixel_accuracy: float | None
    mean_iou_interval: dict[str, Any]
    pixel_accuracy_interval: dict[str, Any]
    mean_accuracy: float | None
    frequency_weighted_iou: float | None
    mean_dice: float | None
    frequent_mean_iou: float | None
    mean_boundary_iou: float | None
    calibration_error: float | None
    n_classes_averaged: int
    absent: list[str]
    """Classes in neither truth nor prediction: left out of the means."""
    predicted_only: list[str]
    """Classes predicted but never in the truth: IoU 0, counted."""
    unpredicted_share: float
    """Share of labelled pixels for which nothing was predicted; counted as wrong."""
    part: str
    is_optimistic: bool
    n_windows: int
    n_groups: int
    labelled_megapixels: float
    classes: list[ClassScore]
    confusion: list[list[int]]
    """Row = truth, column = prediction, last column = nothing predicted; pixels."""
    model: str
    model_id: str
    dataset_id: str
    warnings: list[str]
    page: str = ""


def score_counts(
    counts: Counts,
    taxonomy: Taxonomy,
    *,
    part: str,
    is_optimistic: bool,
    model: str,
    model_id: str,
    dataset_id: str,
    warnings: Sequence[str],
) -> EvaluateResult:
    """Every score from the counts of a part."""
    classes = [taxonomy.get_class(number) for number in taxonomy.channels]
    evaluated = np.array([c.evaluated for c in classes])
    matrix = counts.matrices.sum(axis=0)
    total = scores(matrix, evaluated=evaluated)
    by_group = counts.by_group()
    borders = boundary_iou(counts.boundary)
    in_mean = np.zeros(len(classes), dtype=bool)
    in_mean[list(total.averaged)] = True
    n_px = int(matrix.sum())
    frequent = in_mean & (total.support >= FREQUENT_SHARE * n_px)
    return EvaluateResult(
        mean_iou=_number(total.mean_iou),
        pixel_accuracy=_number(total.pixel_accuracy),
        mean_iou_interval=group_bootstrap(
            by_group, lambda m: scores(m, evaluated=evaluated).mean_iou
        ).to_json(),
        pixel_accuracy_interval=group_bootstrap(by_group, lambda m: scores(m).pixel_accuracy).to_json(),
        mean_accuracy=_number(total.mean_accuracy),
        frequency_weighted_iou=_number(total.frequency_weighted_iou),
        mean_dice=_number(total.mean_dice),
        frequent_mean_iou=_mean(total.iou[frequent]),
        mean_boundary_iou=_mean(borders[in_mean & np.isfinite(borders)]),
        calibration_error=_number(expected_calibration_error(counts.calibration)),
        n_classes_averaged=len(total.averaged),
        absent=[classes[k].key for k in total.absent],
        predicted_only=[classes[k].key for k in total.only_predicted],
        unpredicted_share=float(matrix[:, -1].sum() / max(1, n_px)),
        part=part,
        is_optimistic=is_optimistic,
        n_windows=int(counts.window_group.size),
        n_groups=int(by_group.shape[0]),
        labelled_megapixels=n_px / 1e6,
        classes=[_class_score(k, taxonomy, total, borders, in_mean) for k in range(len(classes))],
        confusion=matrix.tolist(),
        model=model,
        model_id=model_id,
        dataset_id=dataset_id,
        warnings=list(warnings),
    )


def worst_windows(counts: Counts, *, n: int, apart: int = 3) -> list[tuple[int, float]]:
    """(window, pixel accuracy) of the windows predicted worst, worst first.

    Windows are in the order in which they were taken: of neighbours less than `apart` away that are
    of one group, only the worst is shown, since the others look the same.
    """
    by_window = counts.by_window()
    labelled = by_window.sum(axis=(1, 2))
    right = np.trace(by_window[:, :, :-1], axis1=1, axis2=2)
    accuracy = np.where(labelled > 0, right / np.maximum(1, labelled), np.inf)
    found: list[int] = []
    for index in np.argsort(accuracy, kind="stable").tolist():
        group = counts.window_group[index]
        beside = any(abs(index - f) < apart and counts.window_group[f] == group for f in found)
        if np.isfinite(accuracy[index]) and not beside and len(found) < n:
            found.append(index)
    return [(index, float(accuracy[index])) for index in found]


def _class_score(
    k: int, taxonomy: Taxonomy, total: Scores, borders: NDArray[np.float64], in_mean: NDArray[np.bool_]
) -> ClassScore:
    label_class = taxonomy.get_class(taxonomy.channels[k])
    n_px = max(1, int(total.support.sum()))
    note = ""
    if not label_class.evaluated:
        note = "not evaluated"
    elif k in total.absent:
        note = "absent"
    elif k in total.only_predicted:
        note = "predicted only"
    return ClassScore(
        number=label_class.number,
        key=label_class.key,
        name=label_class.name,
        iou=_number(total.iou[k]),
        accuracy=_number(total.accuracy[k]),
        precision=_number(total.precision[k]),
        dice=_number(total.dice[k]),
        boundary_iou=_number(borders[k]),
        truth_share=float(total.support[k] / n_px),
        predicted_share=float(total.predicted[k] / n_px),
        in_mean=bool(in_mean[k]),
        note=note,
    )


def _number(value: float) -> float | None:
    """NaN has no place in JSON: undefined is None."""
    value = float(value)
    return value if math.isfinite(value) else None


def _mean(values: NDArray[np.float64]) -> float | None:
    return float(values.mean()) if values.size else None
