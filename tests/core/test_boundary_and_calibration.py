"""Boundary IoU as the paper defines it, and honest confidence."""

import numpy as np
import pytest
from hypothesis import given

from townscape.core.boundary import band_px, boundary_counts, boundary_iou
from townscape.core.calibration import calibration_counts, expected_calibration_error
from townscape.core.labelmap import NO_CHANNEL
from townscape.testing.strategies import channel_pairs


def band_by_distance(mask, width):
    """Pixels of a mask within `width` (Chebyshev) of a pixel outside it, the frame being outside."""
    padded = np.pad(mask, width)
    out = np.zeros_like(mask)
    for y, x in zip(*np.nonzero(mask), strict=True):
        out[y, x] = not padded[y : y + 2 * width + 1, x : x + 2 * width + 1].all()
    return out


@given(channel_pairs(max_classes=4))
def test_bands_are_the_pixels_near_a_border(pair):
    truth, prediction, n = pair
    width = band_px(*truth.shape, 0.1)
    counted = truth != NO_CHANNEL
    expected = np.zeros((n, 2), dtype=np.int64)
    for k in range(n):
        if not ((truth == k).any() or (prediction[counted] == k).any()):
            continue
        a = band_by_distance(truth == k, width) & counted
        b = band_by_distance(prediction == k, width) & counted
        expected[k] = (a & b).sum(), (a | b).sum()
    assert np.array_equal(boundary_counts(truth, prediction, n, ratio=0.1), expected)


def test_a_perfect_prediction_has_boundary_iou_one_and_a_shift_is_punished_more_than_by_iou():
    truth = np.zeros((200, 200), dtype=np.uint8)
    truth[50:150, 50:150] = 1
    shifted = np.roll(truth, 4, axis=1)
    perfect = boundary_iou(boundary_counts(truth, truth, 3))
    assert perfect[:2].tolist() == [1, 1]
    assert np.isnan(perfect[2])
    inside = ((truth == 1) & (shifted == 1)).sum() / ((truth == 1) | (shifted == 1)).sum()
    assert boundary_iou(boundary_counts(truth, shifted, 2))[1] < inside - 0.3


def test_confidence_that_comes_true_has_no_calibration_error():
    truth = np.zeros((1, 1000), dtype=np.uint8)
    prediction = (np.arange(1000) >= 800).astype(np.uint8)[None]
    sure = np.full((1, 1000), round(0.8 * 255), dtype=np.uint8)
    assert expected_calibration_error(calibration_counts(truth, prediction, sure)) == pytest.approx(
        0, abs=1e-9
    )
    boastful = np.full((1, 1000), 255, dtype=np.uint8)
    assert expected_calibration_error(calibration_counts(truth, prediction, boastful)) == pytest.approx(0.2)


def test_ignored_and_unpredicted_pixels_do_not_count():
    truth = np.array([[0, NO_CHANNEL, 0, 0]], dtype=np.uint8)
    prediction = np.array([[0, 0, NO_CHANNEL, 0]], dtype=np.uint8)
    counts = calibration_counts(truth, prediction, np.array([[200, 200, 0, 200]], dtype=np.uint8))
    assert counts.sum(axis=0).tolist() == [2, 2]


def test_nothing_to_count_is_nan():
    empty = np.zeros((256, 2), dtype=np.int64)
    assert np.isnan(expected_calibration_error(empty))
