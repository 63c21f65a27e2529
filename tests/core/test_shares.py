"""Shares corrected by held-out labels: unbiased where they can be, covered where they say so."""

import numpy as np
import pytest

from townscape.core.shares import HeldOutCells, Labelled, learn_share, map_share

GREEN = np.array([True, False, False])
ALL = np.ones(3, dtype=bool)


def place(rng, *, share, skill=0.9, drift=0.03, pixels=40_000):
    """A confusion matrix (3 × 4) of a place with that green share; its error rates drift a little."""
    truth = rng.multinomial(pixels, [share, (1 - share) * 0.6, (1 - share) * 0.4])
    matrix = np.zeros((3, 4), dtype=np.int64)
    for k, n in enumerate(truth):
        right = np.clip(rng.normal(skill, drift), 0.05, 0.999)
        wrong = (1 - right) / 2
        rates = [wrong, wrong, wrong]
        rates[k] = right
        matrix[k, :3] = rng.multinomial(n, rates)
    return matrix


def cells_of(matrices):
    return HeldOutCells(np.stack(matrices), np.arange(len(matrices)))


def test_a_perfect_map_is_left_alone_and_its_interval_has_no_width():
    rng = np.random.default_rng(0)
    matrices = [np.diag(rng.integers(100, 900, 3)) for _ in range(8)]
    cells = cells_of([np.concatenate([m, np.zeros((3, 1), dtype=int)], axis=1) for m in matrices])
    value, interval = learn_share(cells, GREEN, ALL).estimate(np.array([250.0, 500, 250]))
    assert value == pytest.approx(0.25)
    assert (interval.low, interval.high) == pytest.approx((0.25, 0.25))


def test_the_correction_undoes_a_bias_that_is_the_same_everywhere():
    """A map that calls a fifth of the grey ground green: corrected shares are right on average."""
    rng = np.random.default_rng(3)
    cells = cells_of([place(rng, share=s, skill=0.8, drift=0.0) for s in np.linspace(0.2, 0.4, 30)])
    target = place(rng, share=0.3, skill=0.8, drift=0.0, pixels=4_000_000)
    mapped = target[:, :3].sum(axis=0).astype(float)
    value, _ = learn_share(cells, GREEN, ALL).estimate(mapped)
    assert map_share(mapped, GREEN, ALL) == pytest.approx(0.31, abs=0.01)
    assert value == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("n_groups", [6, 12])
def test_about_nineteen_of_twenty_intervals_hold_the_truth(n_groups):
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(150):
        shares = rng.uniform(0.05, 0.8, n_groups)
        model = learn_share(cells_of([place(rng, share=s) for s in shares]), GREEN, ALL)
        for share in rng.uniform(0.05, 0.8, 4):
            target = place(rng, share=share)
            truth = target[0].sum() / target.sum()
            _, interval = model.estimate(target[:, :3].sum(axis=0).astype(float))
            covered.append(interval.low <= truth <= interval.high)
    assert np.mean(covered) >= 0.9


def test_fewer_than_five_groups_take_the_map_at_its_word():
    rng = np.random.default_rng(0)
    model = learn_share(cells_of([place(rng, share=0.3) for _ in range(4)]), GREEN, ALL)
    value, interval = model.estimate(np.array([30.0, 50, 20]))
    assert value == pytest.approx(0.3)
    assert interval.describe() == "no interval: 4 groups"


def test_many_cells_of_few_groups_are_still_few_groups():
    rng = np.random.default_rng(0)
    cells = HeldOutCells(np.stack([place(rng, share=0.3) for _ in range(40)]), np.arange(40) % 3)
    assert not learn_share(cells, GREEN, ALL).estimate(np.ones(3))[1].is_known


def test_a_share_of_land_leaves_water_out():
    sealed, land = np.array([True, False, False]), np.array([True, True, False])
    model = learn_share(None, sealed, land)
    assert model.estimate(np.array([30.0, 30, 940]))[0] == pytest.approx(0.5)
    assert model.estimate(np.array([0.0, 0, 50]))[0] is None


def test_an_average_over_many_groups_is_surer_than_one_place():
    rng = np.random.default_rng(2)
    model = learn_share(cells_of([place(rng, share=s) for s in np.linspace(0.1, 0.6, 10)]), GREEN, ALL)
    one = model.estimate(np.array([30.0, 50, 20]))[1].half_width
    many = model.estimate(np.array([30.0, 50, 20]), n_independent=20)[1].half_width
    assert many < one * 0.6


def test_labelled_ground_counts_as_labelled_and_narrows_the_interval():
    rng = np.random.default_rng(5)
    model = learn_share(cells_of([place(rng, share=s) for s in np.linspace(0.1, 0.6, 8)]), GREEN, ALL)
    rest = np.array([100.0, 200, 100])
    alone, wide = model.estimate(rest)
    value, narrow = model.estimate(rest, labelled=Labelled(part=1200, whole=1200))
    assert alone is not None
    assert value == pytest.approx((1200 + alone * 400) / 1600)
    assert narrow.half_width == pytest.approx(wide.half_width / 4, rel=1e-6)


def test_wholly_labelled_ground_has_its_share_and_nothing_to_estimate():
    rng = np.random.default_rng(5)
    model = learn_share(cells_of([place(rng, share=0.3) for _ in range(8)]), GREEN, ALL)
    value, interval = model.estimate(np.zeros(3), labelled=Labelled(part=30, whole=100))
    assert value == pytest.approx(0.3)
    assert interval.describe() == "no interval: counted from labels"
