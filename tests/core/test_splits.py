"""Splits never tear a group apart, and nothing beside tune is learned."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.splits import Candidate, assign_parts, capture_segments


def candidate(group, *, stretch=None, order=None, official=None, pixels=(10, 10)):
    return Candidate(group, stretch or group, order, official, np.array(pixels))


groups = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 300), st.integers(0, 300)), min_size=4, max_size=40
).map(lambda rows: [candidate(f"g{g}", pixels=(a, b)) for g, a, b in rows])


@given(groups, st.integers(0, 5))
def test_no_group_is_in_two_parts(candidates, seed):
    parts = assign_parts(candidates, val_share=0.25, tune_share=0.2, seed=seed)
    found = defaultdict(set)
    for c, part in zip(candidates, parts, strict=True):
        found[c.group].add(part)
    assert all(len(p) == 1 for p in found.values())
    assert "train" in parts


@given(groups, st.integers(0, 5))
def test_the_same_seed_gives_the_same_split(candidates, seed):
    once, again = (assign_parts(candidates, val_share=0.25, tune_share=0.1, seed=seed) for _ in range(2))
    assert once == again


def test_shares_and_classes_are_balanced():
    rng = np.random.default_rng(0)
    candidates = [candidate(f"g{k}", pixels=rng.integers(50, 150, 4)) for k in range(40)]
    candidates += [candidate(f"rare{k}", pixels=(0, 0, 0, 400)) for k in range(4)]
    parts = assign_parts(candidates, val_share=0.25, tune_share=0.1, seed=1)
    sums = {
        p: sum(c.class_pixels for c, q in zip(candidates, parts, strict=True) if q == p) for p in set(parts)
    }
    total = sum(sums.values())
    assert sums["val"].sum() / total.sum() == pytest.approx(0.25, abs=0.05)
    np.testing.assert_allclose(sums["val"] / sums["val"].sum(), total / total.sum(), atol=0.1)


def test_a_published_split_is_kept_and_tune_is_cut_from_train_only():
    candidates = [candidate(f"a{k}", official="train") for k in range(20)]
    candidates += [candidate(f"b{k}", official="val") for k in range(5)]
    parts = assign_parts(candidates, val_share=0.5, tune_share=0.2, seed=0)
    assert parts[20:] == ["val"] * 5
    assert set(parts[:20]) == {"train", "tune"}


def test_tune_takes_stretches_and_leaves_their_neighbours_out():
    candidates = [candidate("drive", stretch=f"s{k // 10}", order=k, official="train") for k in range(100)]
    parts = assign_parts(candidates, val_share=0, tune_share=0.1, seed=3)
    assert parts.count("tune") == 10
    tuned = [k for k, part in enumerate(parts) if part == "tune"]
    assert tuned == list(range(tuned[0], tuned[0] + 10))
    beside = [k for k in (tuned[0] - 1, tuned[-1] + 1) if 0 <= k < 100]
    assert [parts[k] for k in beside] == [None] * len(beside)
    assert parts.count(None) == len(beside)


def test_a_single_group_stays_in_train():
    assert assign_parts([candidate("only")] * 3, val_share=0.3, tune_share=0.3, seed=0) == ["train"] * 3


def test_a_pause_begins_a_new_segment():
    assert capture_segments([0, 1, 2, 8, 9, None, 10, 13.1], gap_s=3) == [0, 0, 0, 1, 1, 2, 3, 4]
    assert capture_segments([], gap_s=3) == []
