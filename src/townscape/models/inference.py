"""From pixels to classes and confidence: photos whole, rasters in blended windows.

Pure functions over arrays and a runtime; nothing here reads or writes files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import ModelError
from townscape.core.labelmap import NO_CHANNEL, Channels
from townscape.models.card import Preprocessing
from townscape.models.runtimes import Runtime

MAX_WHOLE_PX = 2_500_000
"""Photos up to this many pixels go through the network in one piece."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Model channel (255 where there is none) and confidence (1…255; 0 where there is none)."""

    channels: Channels
    confidence: NDArray[np.uint8]


def select_bands(values: NDArray[Any], has: Sequence[str], wants: Sequence[str]) -> NDArray[Any]:
    """The bands that a model wants, in its order, from those that an image has (… × bands).

    A grey image stands in for red, green and blue. Raises `ModelError` if a band is missing.
    """
    if tuple(has) == tuple(wants):
        return values
    if tuple(has) == ("gray",) and set(wants) == {"red", "green", "blue"}:
        return np.repeat(values, 3, axis=-1)
    missing = [band for band in wants if band not in has]
    if missing:
        raise ModelError(
            f"The model needs the band{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"the image has {', '.join(has)}.",
            hint="use images with those bands, or train with `--bands` on the bands that you have.",
        )
    return values[..., [has.index(band) for band in wants]]


def photo_scale(width: int, height: int, preprocessing: Preprocessing) -> float:
    """Factor by which a photo is brought down before the network sees it; at most 1."""
    if preprocessing.max_side is None:
        return 1.0
    return min(1.0, preprocessing.max_side / max(width, height))


def resize_values(values: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Values (height × width × bands) at another size; areas are averaged when shrinking."""
    if values.shape[:2] == (height, width):
        return values
    shrinks = width < values.shape[1]
    resized = cv2.resize(
        values, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    )
    return resized[..., None] if resized.ndim == 2 else resized


def to_network(values: NDArray[Any], stride: int) -> NDArray[np.float32]:
    """Values (height × width × bands) as a float32 batch of one, mirrored out to the stride."""
    height, width = values.shape[:2]
    pad = ((0, -height % stride), (0, -width % stride), (0, 0))
    padded = np.pad(values, pad, mode="symmetric") if any(p[1] for p in pad) else values
    return np.ascontiguousarray(np.moveaxis(padded, -1, 0)[None], dtype=np.float32)


def run_window(runtime: Runtime, values: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities (classes × height × width) of one window of raw values."""
    height, width = values.shape[:2]
    batch = to_network(values, runtime.card.preprocessing.stride)
    return runtime.probabilities(batch)[0, :, :height, :width]


def predict_photo(
    runtime: Runtime, values: NDArray[Any], *, size: tuple[int, int] | None = None, flip: bool = False
) -> Answer:
    """Classes of a whole photo, given by its model bands (height × width × bands).

    `size` (width, height) is the photo's native size, if `values` were brought down already; the
    answer has that size. `flip` averages with the mirrored photo, at twice the cost.
    """
    from townscape.models.blend import blend_array

    height, width = values.shape[:2]
    out_width, out_height = size or (width, height)
    scale = photo_scale(out_width, out_height, runtime.card.preprocessing)
    small = resize_values(values, max(1, round(out_width * scale)), max(1, round(out_height * scale)))
    if small.shape[0] * small.shape[1] <= MAX_WHOLE_PX:
        probabilities = run_window(runtime, small)
        if flip:
            mirrored = run_window(runtime, np.ascontiguousarray(small[:, ::-1]))
            probabilities = (probabilities + mirrored[..., ::-1]) * np.float32(0.5)
    else:
        probabilities = blend_array(runtime, small)
    return answer_at_size(probabilities, out_width, out_height)


def answer_at_size(probabilities: NDArray[np.float32], width: int, height: int) -> Answer:
    """The best class per pixel at native size: probabilities are enlarged, then compared."""
    best = np.full((height, width), -1.0, dtype=np.float32)
    channels = np.zeros((height, width), dtype=np.uint8)
    for channel, plane in enumerate(probabilities):
        if plane.shape != (height, width):
            plane = cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR)  # noqa: PLW2901
        better = plane > best
        best[better] = plane[better]
        channels[better] = channel
    return Answer(channels, confidence_byte(best))


def confidence_byte(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A probability as 1…255 (0 is kept for "no prediction")."""
    return np.clip(np.rint(probability * 255), 1, 255).astype(np.uint8)


def mask_answer(answer: Answer, valid: NDArray[np.bool_]) -> Answer:
    """The answer with nothing said where the image is not valid."""
    if valid.all():
        return answer
    channels = np.where(valid, answer.channels, NO_CHANNEL).astype(np.uint8)
    return Answer(channels, np.where(valid, answer.confidence, 0).astype(np.uint8))


def fill_invalid(values: NDArray[Any], valid: NDArray[np.bool_]) -> NDArray[Any]:
    """Values with invalid pixels replaced by the nearest valid ones, so that no network ever
    sees a cliff of zeros. All-invalid values come back as they are.
    """
    if valid.all() or not valid.any():
        return values
    _, labels = cv2.distanceTransformWithLabels(
        (~valid).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(labels, dtype=np.int64)
    nearest = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    nearest[labels[valid]] = np.flatnonzero(valid)
    flat = values.reshape(-1, values.shape[-1])
    return flat[nearest[labels.reshape(-1)]].reshape(values.shape)
