"""Blocks of different parts keep their distance, and nothing more than that is given up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.blocks import Block, BlockGrid, piece_bounds, rectangles
from townscape.core.spaces import windows_over
from townscape.core.splits import RANK, Candidate, assign_parts


def blocks_of(rows, columns, *, side=400, gap=100, pieces=None):
    windows = windows_over(columns * side, rows * side, side)
    return [
        Block("r", *divmod(k, columns), w, gap, np.zeros((3, 3, 1), int) if pieces is None else pieces(w))
        for k, w in enumerate(windows)
    ]


def kept_mask(blocks, ranks, shape):
    mask = np.zeros(shape, dtype=bool)
    for block, kept in zip(blocks, BlockGrid(blocks).kept(np.array(ranks)), strict=True):
        for window in rectangles(block, kept):
            assert not mask[window.slices].any(), "rectangles of a block must not overlap"
            mask[window.slices] = True
    return mask


@given(st.integers(0, 99), st.integers(1, 5), st.integers(1, 5), st.integers(1, 450))
def test_exactly_what_is_nearer_than_the_gap_to_a_higher_part_is_left_out(seed, rows, columns, gap):
    side = 40
    gap = min(gap, 45)
    rng = np.random.default_rng(seed)
    parts = [str(rng.choice(["train", "train", "tune", "val"])) for _ in range(rows * columns)]
    ranks = [RANK[p] for p in parts]
    blocks = blocks_of(rows, columns, side=side, gap=gap)
    found = kept_mask(blocks, ranks, (rows * side, columns * side))
    # The same, pixel by pixel: the largest rank within the gap (the distance of the chessboard),
    # among blocks that touch.
    expected = np.ones_like(found)
    for block, rank in zip(blocks, ranks, strict=True):
        for other, higher in zip(blocks, ranks, strict=True):
            touches = abs(block.row - other.row) <= 1 and abs(block.column - other.column) <= 1
            if higher > rank and touches:
                near = other.window.grow(gap).clip(columns * side, rows * side)
                mine = np.zeros_like(expected)
                mine[block.window.slices] = True
                too_near = np.zeros_like(expected)
                too_near[near.slices] = True
                expected &= ~(mine & too_near)
    np.testing.assert_array_equal(found, expected)


def test_val_and_test_blocks_side_by_side_are_both_whole():
    blocks = blocks_of(1, 2)
    assert kept_mask(blocks, [RANK["val"], RANK["test"]], (400, 800)).all()


def test_a_corner_costs_a_corner():
    blocks = blocks_of(2, 2)
    mask = kept_mask(blocks, [RANK["val"], RANK["val"], RANK["val"], RANK["train"]][::-1], (800, 800))
    assert mask[:300, :300].all()
    assert mask.sum() == 3 * 400**2 + 300**2
    mask = kept_mask(blocks, [RANK["train"], RANK["train"], RANK["train"], RANK["val"]], (800, 800))
    assert (400**2 - mask[:400, :400].sum()) == 100**2


@pytest.mark.parametrize(
    ("length", "gap", "bounds"),
    [(1000, 300, (0, 300, 700, 1000)), (500, 300, (0, 200, 300, 500)), (200, 300, (0, 0, 200, 200))],
)
def test_pieces_along_an_axis(length, gap, bounds):
    assert piece_bounds(length, gap) == bounds


def test_a_split_does_not_lose_a_class_to_the_gaps_if_it_need_not():
    """A river along the lower side of one row of blocks: only some splits leave any of it to train."""

    def pieces(window):
        found = np.zeros((3, 3, 2), dtype=np.int64)
        found[..., 0] = 1000
        if window.y == 400:
            found[2, :, 1] = 1000
        return found

    blocks = blocks_of(4, 5, pieces=pieces)
    candidates = [
        Candidate(f"b{k}", f"b{k}", None, None, b.pieces.sum(axis=(0, 1)), b) for k, b in enumerate(blocks)
    ]
    for seed in range(10):
        parts = assign_parts(candidates, val_share=0.4, tune_share=0.1, seed=seed)
        kept = BlockGrid(blocks).kept(np.array([RANK[p] for p in parts]))
        left = sum(
            b.pieces[k].sum(axis=0) for b, k, p in zip(blocks, kept, parts, strict=True) if p == "train"
        )
        assert left[1] > 0
