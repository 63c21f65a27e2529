"""Intervals come from groups, and say so when there are too few."""

import numpy as np
import pytest

from townscape.core.statistics import group_bootstrap, no_interval, student_quantile


def mean_of(counts):
    return counts[0] / counts[1]


def test_with_fewer_than_five_groups_there_is_no_interval():
    interval = group_bootstrap(np.array([[1, 2]] * 4), mean_of)
    assert not interval.is_known
    assert interval.describe() == "no interval: 4 groups"
    assert interval.to_json() == {"low": None, "high": None, "n_groups": 4, "reason": "no interval: 4 groups"}
    assert no_interval(1).describe() == "no interval: 1 group"


def test_identical_groups_give_an_interval_without_width():
    interval = group_bootstrap(np.array([[3, 10]] * 8), mean_of)
    assert (interval.low, interval.high) == pytest.approx((0.3, 0.3))
    assert interval.half_width == pytest.approx(0)


def test_the_interval_of_a_mean_agrees_with_the_normal_one():
    rng = np.random.default_rng(5)
    values = rng.normal(100, 20, 400).round().astype(np.int64)
    counts = np.stack([values, np.ones_like(values)], axis=1)
    interval = group_bootstrap(counts, mean_of, n_draws=4000)
    error = 1.96 * values.std() / np.sqrt(values.size)
    assert interval.low == pytest.approx(values.mean() - error, abs=0.25)
    assert interval.high == pytest.approx(values.mean() + error, abs=0.25)


def test_frames_of_one_group_do_not_narrow_the_interval():
    rng = np.random.default_rng(1)
    groups = np.stack([rng.integers(20, 80, 12), np.full(12, 100)], axis=1)
    once = group_bootstrap(groups, mean_of)
    many = group_bootstrap(groups * 50, mean_of)
    assert (once.low, once.high) == pytest.approx((many.low, many.high))


def test_undefined_draws_are_left_out():
    counts = np.array([[1, 2], [1, 2], [1, 2], [1, 2], [0, 0]])
    assert group_bootstrap(counts, lambda c: c[0] / c[1] if c[1] else float("nan")).is_known


def test_students_quantiles_are_the_tabulated_ones():
    assert student_quantile(4) == pytest.approx(2.776, abs=5e-4)
    assert student_quantile(29) == pytest.approx(2.045, abs=5e-4)
