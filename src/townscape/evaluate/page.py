"""The evaluation as a page: numbers, classes, confusion, and the windows that went worst."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.labelmap import rgb_by_class_number
from townscape.core.taxonomy import Taxonomy
from townscape.evaluate.counting import Counts
from townscape.evaluate.scoring import DEFINITIONS, EvaluateResult, worst_windows
from townscape.paper.page import write_html
from townscape.paper.pictures import photo_uri, plane_uri
from townscape.workspace import Workspace
from townscape.workspace.looking import as_rgb8
from townscape.workspace.prediction_files import read_prediction
from townscape.workspace.records import DatasetItem, Prediction

_TEMPLATE = Path(__file__).parent / "templates" / "evaluation.html.j2"
_MAX_SIDE = 420


def write_page(
    path: Path,
    workspace: Workspace,
    taxonomy: Taxonomy,
    items: Sequence[DatasetItem],
    predictions: dict[str, Prediction],
    counts: Counts,
    result: EvaluateResult,
    *,
    n_worst: int,
) -> None:
    """Write the page of one evaluation."""
    worst = [
        _window(workspace, taxonomy, items[index], predictions, accuracy)
        for index, accuracy in worst_windows(counts, n=n_worst)
    ]
    values = {
        "result": result,
        "worst": worst,
        "colors": {c.key: c.color for c in taxonomy.classes},
        "matrix": _matrix(result),
        "definitions": DEFINITIONS,
        "taxonomy": taxonomy,
    }
    write_html(path, _TEMPLATE, values)


def _window(
    workspace: Workspace,
    taxonomy: Taxonomy,
    item: DatasetItem,
    predictions: dict[str, Prediction],
    accuracy: float,
) -> dict[str, Any]:
    """Image, labels and prediction of one window, as small pictures."""
    image = workspace.images.get(item.image_id)
    pixels = workspace.images.read(image, item.window)
    colors = rgb_by_class_number(taxonomy)
    labels = workspace.labels.read(item.annotation_id, revision=item.revision, window=item.window)
    predicted = read_prediction(workspace.blobs, predictions[image.id], image, item.window)
    where = "" if item.window == image.whole else f", x {item.window.x}, y {item.window.y}"
    return {
        "name": f"{image.name}{where}",
        "accuracy": accuracy,
        "image": photo_uri(as_rgb8(pixels.values, pixels.bands), max_side=_MAX_SIDE),
        "truth": plane_uri(colors[labels.class_numbers(taxonomy)], max_side=_MAX_SIDE),
        "predicted": plane_uri(colors[predicted.class_numbers], max_side=_MAX_SIDE),
    }


def _matrix(result: EvaluateResult) -> list[dict[str, Any]]:
    """Rows of the confusion matrix as shares of the row's truth, classes without truth left out."""
    rows: list[dict[str, Any]] = []
    for label_class, counts in zip(result.classes, result.confusion, strict=True):
        total = sum(counts)
        if total == 0:
            continue
        shares = (np.array(counts) / total).tolist()
        rows.append({"key": label_class.key, "name": label_class.name, "shares": shares, "total": total})
    return rows
