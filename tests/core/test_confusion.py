"""Metrics equal the published implementations wherever the definitions agree."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.confusion import confusion, scores
from townscape.core.errors import InputError
from townscape.core.labelmap import NO_CHANNEL
from townscape.testing.strategies import channel_pairs


def matrix_of(truth, prediction, n_classes):
    return confusion(truth, prediction, n_classes)


@given(channel_pairs(with_void_predictions=True))
def test_counts_are_those_of_a_plain_loop(pair):
    truth, prediction, n = pair
    expected = np.zeros((n, n + 1), dtype=np.int64)
    for t, p in zip(truth.reshape(-1).tolist(), prediction.reshape(-1).tolist(), strict=True):
        if t != NO_CHANNEL:
            expected[t, n if p == NO_CHANNEL else p] += 1
    assert np.array_equal(confusion(truth, prediction, n), expected)


@given(channel_pairs())
def test_micro_iou_is_a_over_two_minus_a(pair):
    truth, prediction, n = pair
    matrix = confusion(truth, prediction, n)
    if matrix.sum() == 0:
        return
    accuracy = scores(matrix).pixel_accuracy
    hits = np.trace(matrix[:, :n])
    union = 2 * matrix.sum() - hits
    assert hits / union == pytest.approx(accuracy / (2 - accuracy))


@given(channel_pairs())
def test_dice_follows_from_iou_per_class(pair):
    found = scores(confusion(*pair))
    known = np.isfinite(found.iou)
    assert found.dice[known] == pytest.approx(2 * found.iou[known] / (1 + found.iou[known]))


@given(channel_pairs(with_void_predictions=True))
def test_equal_to_cityscapesscripts(pair):
    """The official Cityscapes evaluation, on the same label maps, to 1e-9."""
    truth, prediction, n = pair
    expected, average = cityscapes_iou(truth, prediction, n)
    found = scores(confusion(truth, prediction, n))
    np.testing.assert_allclose(found.iou, expected, rtol=0, atol=1e-9)
    if math.isnan(average):
        assert math.isnan(found.mean_iou)
    else:
        assert found.mean_iou == pytest.approx(average, abs=1e-9)


def cityscapes_iou(truth, prediction, n):
    """IoU per class and their mean by cityscapesscripts itself.

    Our channels are laid on Cityscapes' evaluated label ids; ignored truth becomes id 0
    (`unlabeled`), a missing prediction becomes id 0 too, which the official script counts as a
    miss on valid truth.
    """
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official  # noqa: N813
    from cityscapesscripts.helpers.labels import labels

    evaluated = [label.id for label in labels if not label.ignoreInEval][:n]
    to_id = np.zeros(256, dtype=np.uint8)
    to_id[: len(evaluated)] = evaluated
    args = official.args
    official.generateMatrix(args)
    matrix = official.generateMatrix(args).astype(np.ulonglong)
    true_ids, predicted_ids = to_id[truth], to_id[prediction]
    cells, counts = np.unique(
        true_ids.astype(np.int64) * 1000 + predicted_ids.astype(np.int64), return_counts=True
    )
    for cell, count in zip(cells.tolist(), counts.tolist(), strict=True):
        matrix[cell // 1000, cell % 1000] += count
    names = {label.id: label.name for label in labels}
    by_name = {names[i]: official.getIouScoreForLabel(i, matrix, args) for i in evaluated}
    values = np.array([by_name[names[i]] for i in evaluated])
    return values, official.getScoreAverage(by_name, args)


@given(channel_pairs())
def test_equal_to_torchmetrics_macro_jaccard(pair):
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("torchmetrics.functional")
    truth, prediction, n = pair
    counted = truth != NO_CHANNEL
    if not counted.any():
        return
    expected = metrics.jaccard_index(
        torch.from_numpy(prediction[counted].astype(np.int64)),
        torch.from_numpy(truth[counted].astype(np.int64)),
        task="multiclass",
        num_classes=n,
        average="macro",
    )
    # torchmetrics counts in float32
    assert scores(confusion(truth, prediction, n)).mean_iou == pytest.approx(float(expected), abs=1e-5)


def test_absent_and_only_predicted_classes():
    truth = np.array([[0, 0, 1, 1]], dtype=np.uint8)
    prediction = np.array([[0, 0, 1, 2]], dtype=np.uint8)
    found = scores(confusion(truth, prediction, 4))
    assert found.absent == (3,)
    assert found.only_predicted == (2,)
    assert found.averaged == (0, 1, 2)
    assert found.iou[2] == 0
    assert found.mean_iou == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.mean_accuracy == pytest.approx((1 + 0.5) / 2)
    assert found.pixel_accuracy == pytest.approx(0.75)


def test_classes_that_are_not_evaluated_stay_out_of_the_mean_but_keep_their_score():
    truth = np.array([[0, 1, 1, 1]], dtype=np.uint8)
    found = scores(confusion(truth, truth, 2), evaluated=np.array([True, False]))
    assert found.averaged == (0,)
    assert found.iou[1] == 1.0


def test_everything_ignored_gives_nan_and_no_warning():
    truth = np.full((3, 3), NO_CHANNEL, dtype=np.uint8)
    found = scores(confusion(truth, np.zeros((3, 3), dtype=np.uint8), 2))
    assert math.isnan(found.mean_iou)
    assert math.isnan(found.pixel_accuracy)
    assert found.absent == (0, 1)


@given(st.integers(2, 6))
def test_channels_out_of_range_are_an_error_not_a_loss(n):
    good = np.zeros((2, 2), dtype=np.uint8)
    bad = np.full((2, 2), n, dtype=np.uint8)
    for truth, prediction in ((bad, good), (good, bad)):
        with pytest.raises(InputError, match=f"channel {n}"):
            confusion(truth, prediction, n)


def test_shapes_must_agree():
    with pytest.raises(InputError, match="prediction"):
        confusion(np.zeros((2, 2), dtype=np.uint8), np.zeros((2, 3), dtype=np.uint8), 2)


def test_counts_do_not_overflow_32_bits():
    matrix = np.array([[2**33, 0, 0], [0, 2**33, 2**32]], dtype=np.int64)
    found = scores(matrix)
    assert found.pixel_accuracy == pytest.approx((2**34) / (2**34 + 2**32))
    assert found.iou[1] == pytest.approx(2**33 / (2**33 + 2**32))
