"""Making a training crop from a labelled window: scale, place, mirror, light.

Pure functions of an array and a random generator. Labels are channels with 255 for pixels that
do not count; what lies outside the image gets 255.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import NO_CHANNEL, Channels
from townscape.models.inference import resize_values

_PLACES_TRIED = 4
_RARE_SHARE = 0.25
"""Share of the crops that go where rare classes are; their weights in the loss do the rest."""


@dataclass(frozen=True, slots=True)
class CropPlan:
    """How crops are cut."""

    height: int
    width: int
    min_scale: float
    max_scale: float
    any_way_up: bool
    full_scale: float
    class_value: NDArray[np.float64]
    """What a pixel of each channel is worth when a place for the crop is chosen."""


def draw_crop(
    values: NDArray[Any], labels: Channels, plan: CropPlan, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Channels]:
    """A random crop: values (height × width × bands, float32) and labels (height × width)."""
    scale = float(np.exp(rng.uniform(np.log(plan.min_scale), np.log(plan.max_scale))))
    height, width = max(1, round(values.shape[0] * scale)), max(1, round(values.shape[1] * scale))
    # The place is chosen at the original scale, so that only the crop itself is resized.
    source_height = min(values.shape[0], max(1, round(plan.height / height * values.shape[0])))
    source_width = min(values.shape[1], max(1, round(plan.width / width * values.shape[1])))
    top, left = _choose_place(labels, source_height, source_width, plan, rng)
    values = values[top : top + source_height, left : left + source_width]
    labels = labels[top : top + source_height, left : left + source_width]
    out_height, out_width = min(plan.height, height), min(plan.width, width)
    crop = resize_values(values, out_width, out_height).astype(np.float32)
    truth = np.asarray(
        cv2.resize(labels, (out_width, out_height), interpolation=cv2.INTER_NEAREST_EXACT), dtype=np.uint8
    )
    crop, truth = _pad(crop, truth, plan, rng)
    crop, truth = _turn(crop, truth, plan, rng)
    return _relight(crop, plan.full_scale, rng), np.ascontiguousarray(truth)


def _choose_place(
    labels: Channels, height: int, width: int, plan: CropPlan, rng: np.random.Generator
) -> tuple[int, int]:
    """Mostly anywhere; for a quarter of the crops the place, of four drawn, richest in rare classes.

    A place without any label is drawn again, so that little is wasted on half-labelled rasters.
    """
    best, best_worth = (0, 0), -1.0
    wants_rare = rng.random() < _RARE_SHARE
    for _ in range(_PLACES_TRIED):
        top = int(rng.integers(0, labels.shape[0] - height + 1))
        left = int(rng.integers(0, labels.shape[1] - width + 1))
        counts = np.bincount(labels[top : top + height, left : left + width].reshape(-1), minlength=256)
        counts = counts[: plan.class_value.size]
        if not wants_rare and counts.any():
            return top, left
        share = counts / max(1, height * width)
        worth = float((np.minimum(share, 0.05) * plan.class_value).sum())
        if worth > best_worth:
            best, best_worth = (top, left), worth
    return best


def _pad(
    crop: NDArray[np.float32], truth: Channels, plan: CropPlan, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Channels]:
    down, across = plan.height - crop.shape[0], plan.width - crop.shape[1]
    if not (down or across):
        return crop, truth
    top, left = int(rng.integers(0, down + 1)), int(rng.integers(0, across + 1))
    pads = ((top, down - top), (left, across - left))
    return (
        np.pad(crop, (*pads, (0, 0)), mode="symmetric"),
        np.pad(truth, pads, constant_values=NO_CHANNEL),
    )


def _turn(
    crop: NDArray[np.float32], truth: Channels, plan: CropPlan, rng: np.random.Generator
) -> tuple[NDArray[np.float32], Channels]:
    if rng.random() < 0.5:
        crop, truth = crop[:, ::-1], truth[:, ::-1]
    if plan.any_way_up:
        turns = int(rng.integers(0, 4))
        if turns % 2 and plan.height != plan.width:
            turns -= 1
        crop, truth = np.rot90(crop, turns), np.rot90(truth, turns)
    return crop, truth


def _relight(crop: NDArray[np.float32], full_scale: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Other contrast, brightness and colour balance."""
    contrast = rng.uniform(0.75, 1.25)
    brightness = rng.uniform(-0.1, 0.1) * full_scale
    balance = rng.uniform(0.92, 1.08, crop.shape[-1]).astype(np.float32)
    middle = np.float32(full_scale / 2)
    lit = ((crop - middle) * np.float32(contrast) + middle + np.float32(brightness)) * balance
    return np.clip(lit, 0, full_scale)
