"""How predictions are stored and read: class numbers and confidence, by windows.

A photo's prediction is two PNG blobs, a raster's one GeoTIFF blob with two bands. Class number 0
and confidence 0 mean "no prediction there".
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import WorkspaceError
from townscape.core.labelmap import ClassNumbers
from townscape.core.spaces import Window
from townscape.workspace import rasters
from townscape.workspace.blobs import Blobs
from townscape.workspace.records import Image, Prediction


@dataclass(frozen=True, slots=True)
class PredictedWindow:
    """Class numbers (uint16) and confidence (uint8, 255 = certain) of a window."""

    class_numbers: ClassNumbers
    confidence: NDArray[np.uint8]


def put_plane(blobs: Blobs, plane: NDArray[np.uint8] | ClassNumbers) -> str:
    """Store a plane as a PNG blob: 8-bit where the values fit, 16-bit otherwise."""
    return blobs.put(encode_png(plane), media_type="image/png")


def encode_png(plane: NDArray[np.uint8] | ClassNumbers) -> bytes:
    """A plane of class numbers or confidences as PNG."""
    narrow = plane.astype(np.uint8) if int(plane.max(initial=0)) < 256 else plane.astype(np.uint16)
    done, content = cv2.imencode(".png", narrow)
    if not done:
        raise WorkspaceError("A prediction could not be encoded as PNG.")
    return content.tobytes()


def read_prediction(
    blobs: Blobs, prediction: Prediction, image: Image, window: Window | None = None
) -> PredictedWindow:
    """A window of a prediction, on the image's own pixel grid.

    A raster's prediction on another grid (the model's ground resolution) is looked up by
    nearest neighbour.
    """
    area = window or image.whole
    if prediction.kind == "photo":
        numbers = _decode(blobs, prediction.classes_blob)[area.slices]
        sure = _decode(blobs, prediction.confidence_blob or "")[area.slices]
        return PredictedWindow(numbers.astype(np.uint16), sure.astype(np.uint8))
    path = blobs.path(prediction.classes_blob)
    with rasters.open_raster(path) as dataset:
        if (dataset.width, dataset.height) == (image.width, image.height):
            values, _ = rasters.read_open_raster(dataset, area)
            return PredictedWindow(values[..., 0].astype(np.uint16), values[..., 1].astype(np.uint8))
        rows = (np.arange(area.y, area.y + area.height) + 0.5) * dataset.height / image.height
        columns = (np.arange(area.x, area.x + area.width) + 0.5) * dataset.width / image.width
        rows, columns = rows.astype(int), columns.astype(int)
        inside = Window(
            int(columns[0]), int(rows[0]), int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
        )
        values, _ = rasters.read_open_raster(dataset, inside)
        near = values[(rows - inside.y)[:, None], columns - inside.x]
        return PredictedWindow(near[..., 0].astype(np.uint16), near[..., 1].astype(np.uint8))


def read_small_prediction(
    blobs: Blobs, prediction: Prediction, image: Image, max_side: int
) -> PredictedWindow:
    """A whole prediction, brought down to a long side of `max_side` pixels by nearest neighbour."""
    scale = min(1.0, max_side / max(image.width, image.height))
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    if prediction.kind == "raster":
        path = blobs.path(prediction.classes_blob)
        values, _ = rasters.read_overview(path, width, height, nearest=True)
        return PredictedWindow(values[..., 0].astype(np.uint16), values[..., 1].astype(np.uint8))
    whole = read_prediction(blobs, prediction, image)
    size, how = (width, height), cv2.INTER_NEAREST_EXACT
    numbers = np.asarray(cv2.resize(whole.class_numbers, size, interpolation=how), dtype=np.uint16)
    sure = np.asarray(cv2.resize(whole.confidence, size, interpolation=how), dtype=np.uint8)
    return PredictedWindow(numbers, sure)


def _decode(blobs: Blobs, sha256: str) -> NDArray[np.generic]:
    plane = cv2.imdecode(np.frombuffer(blobs.read(sha256), dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if plane is None:
        raise WorkspaceError(
            f"Blob {sha256[:12]}… is damaged.", hint="run `townscape verify`, then predict the image again."
        )
    return plane
