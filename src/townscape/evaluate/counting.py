"""Counting a part of a dataset once, so that every score can be derived from the counts."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from townscape.core.boundary import boundary_counts
from townscape.core.calibration import calibration_counts
from townscape.core.confusion import confusion
from townscape.core.events import Report
from townscape.core.labelmap import NO_CHANNEL, Channels, channel_by_class_number
from townscape.core.spaces import Window
from townscape.core.taxonomy import Taxonomy
from townscape.workspace import Workspace
from townscape.workspace.prediction_files import read_prediction
from townscape.workspace.records import DatasetItem, Prediction

CELLS_PER_SIDE = 4
"""Raster windows are also counted in 4 × 4 cells, so that errors at the size of small zones are known."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one part. A *cell* is a photo, or a sixteenth of a raster window.

    `matrices` has shape (cells, K, K + 1); `cell_window` says to which window a cell belongs,
    `cell_row` and `cell_column` where in it; `window_group` numbers the groups.
    """

    matrices: NDArray[np.int64]
    cell_window: NDArray[np.int64]
    cell_row: NDArray[np.int64]
    cell_column: NDArray[np.int64]
    cells_per_side: NDArray[np.int64]
    """Per window: 1 for photos, 4 for raster windows."""
    window_group: NDArray[np.int64]
    window_px: NDArray[np.int64]
    """Per window: pixels."""
    boundary: NDArray[np.int64]
    calibration: NDArray[np.int64]

    def by_window(self) -> NDArray[np.int64]:
        """Confusion matrix of each window."""
        out = np.zeros((self.window_group.size, *self.matrices.shape[1:]), dtype=np.int64)
        np.add.at(out, self.cell_window, self.matrices)
        return out

    def by_group(self) -> NDArray[np.int64]:
        """Confusion matrix of each group."""
        n_groups = int(self.window_group.max(initial=-1)) + 1
        out = np.zeros((n_groups, *self.matrices.shape[1:]), dtype=np.int64)
        np.add.at(out, self.window_group, self.by_window())
        return out

    def to_bytes(self) -> bytes:
        """The counts as an .npz file."""
        packed = io.BytesIO()
        np.savez_compressed(packed, **{name: getattr(self, name) for name in self.__slots__})
        return packed.getvalue()

    @classmethod
    def of_bytes(cls, content: bytes) -> Self:
        """The counts that `to_bytes` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return cls(**{name: stored[name] for name in cls.__slots__})


def count_part(
    workspace: Workspace,
    taxonomy: Taxonomy,
    items: Sequence[DatasetItem],
    predictions: dict[str, Prediction],
    report: Report,
    *,
    boundary_ratio: float,
) -> Counts:
    """Compare stored predictions with labels, window by window, at native size."""
    n_classes = len(taxonomy.channels)
    images = {i.id: i for i in workspace.images.get_many([item.image_id for item in items])}
    channel = channel_by_class_number(taxonomy)
    groups = {name: number for number, name in enumerate(dict.fromkeys(item.group for item in items))}
    matrices: list[NDArray[np.int64]] = []
    places: list[tuple[int, int, int]] = []
    sides: list[int] = []
    boundary = np.zeros((n_classes, 2), dtype=np.int64)
    calibration = np.zeros((256, 2), dtype=np.int64)
    for number, item in enumerate(report.track(items, "scoring", unit="windows")):
        image = images[item.image_id]
        label_map = workspace.labels.read(item.annotation_id, revision=item.revision, window=item.window)
        truth = channel[label_map.class_numbers(taxonomy)]
        predicted = read_prediction(workspace.blobs, predictions[image.id], image, item.window)
        guess = _channels_of(predicted.class_numbers, channel)
        boundary += boundary_counts(truth, guess, n_classes, ratio=boundary_ratio)
        calibration += calibration_counts(truth, guess, predicted.confidence)
        side = CELLS_PER_SIDE if image.kind == "raster" else 1
        sides.append(side)
        for row, column, cell in _cells(item.window.width, item.window.height, side):
            matrices.append(confusion(truth[cell.slices], guess[cell.slices], n_classes))
            places.append((number, row, column))
    place_table = np.array(places, dtype=np.int64).reshape(-1, 3)
    return Counts(
        matrices=np.stack(matrices),
        cell_window=place_table[:, 0],
        cell_row=place_table[:, 1],
        cell_column=place_table[:, 2],
        cells_per_side=np.array(sides, dtype=np.int64),
        window_group=np.array([groups[item.group] for item in items], dtype=np.int64),
        window_px=np.array([item.window.area for item in items], dtype=np.int64),
        boundary=boundary,
        calibration=calibration,
    )


def _channels_of(class_numbers: NDArray[np.uint16], channel: Channels) -> Channels:
    """Predicted class numbers as channels; 0 (no prediction) becomes 255."""
    return np.where(class_numbers > 0, channel[class_numbers], NO_CHANNEL).astype(np.uint8)


def _cells(width: int, height: int, side: int) -> list[tuple[int, int, Window]]:
    xs = np.linspace(0, width, side + 1).round().astype(int).tolist()
    ys = np.linspace(0, height, side + 1).round().astype(int).tolist()
    return [
        (row, column, Window(xs[column], ys[row], xs[column + 1] - xs[column], ys[row + 1] - ys[row]))
        for row in range(side)
        for column in range(side)
    ]
