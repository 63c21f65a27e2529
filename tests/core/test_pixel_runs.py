"""Run by run gives what pixel by pixel gives, and several masks at once what one at a time gives."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from townscape.core.geometry import coco_rle
from townscape.core.runs import (
    Stretches,
    count_runs,
    distinct,
    look_up,
    run_lengths,
    run_starts,
    run_starts_by_columns,
    turned,
)

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))
LARGE = st.sampled_from([0, 1, 2, 65_535, 65_536, 131_071, 131_072, 2**32 - 1])


def planes(values=LARGE, dtype=np.uint32):
    return SHAPES.flatmap(lambda shape: arrays(dtype, shape, elements=values))


@given(planes())
def test_runs_hold_every_pixel_once(plane):
    flat = plane.reshape(-1)
    starts = run_starts(flat)
    lengths = run_lengths(starts, flat.size)
    assert np.array_equal(np.repeat(flat[starts], lengths), flat)
    assert (flat[starts][1:] != flat[starts][:-1]).all()
    assert count_runs(flat[starts], lengths) == Counter(flat.tolist())


@given(planes(), st.data())
def test_no_plane_changes_within_a_run_of_several(plane, data):
    flat = plane.reshape(-1)
    other = data.draw(arrays(np.uint16, flat.size, elements=st.integers(0, 2)))
    starts = run_starts(flat, other)
    lengths = run_lengths(starts, flat.size)
    assert np.array_equal(np.repeat(flat[starts], lengths), flat)
    assert np.array_equal(np.repeat(other[starts], lengths), other)


@given(planes())
def test_distinct_is_unique_and_its_inverse(plane):
    present, place = distinct(plane.reshape(-1))
    wanted, inverse = np.unique(plane, return_inverse=True)
    assert present.tolist() == wanted.tolist()
    assert np.array_equal(place, inverse.reshape(-1))


def test_nothing_has_no_runs():
    none = np.zeros(0, dtype=np.uint32)
    assert run_starts(none).size == run_lengths(run_starts(none), 0).size == distinct(none)[0].size == 0
    assert count_runs(none, run_starts(none)) == {}


@given(planes(st.integers(0, 3), np.uint16))
def test_looking_up_and_turning(plane):
    table = np.array([7, 5, 70_000, 9], dtype=np.uint32)
    assert np.array_equal(look_up(table, plane), table[plane])
    for kind in (np.uint8, np.uint16, np.uint32):
        assert np.array_equal(turned(plane.astype(kind)), plane.T.astype(kind))
        assert turned(plane.astype(kind)).dtype == kind


@given(planes(st.integers(0, 3), np.uint32))
def test_masks_of_coco_at_once(plane):
    tools = pytest.importorskip("pycocotools.mask")
    masks = list(coco_rle.runs_by_value(Stretches.of(turned(plane).reshape(-1)), [1, 2, 3]).values())
    texts = coco_rle.encode_runs(masks, plane.size)
    codes = [tools.encode(np.asfortranarray(plane == k).astype(np.uint8)) for k in (1, 2, 3)]
    assert texts == [code["counts"].decode() for code in codes]
    read = coco_rle.decode_runs(texts, plane.size)
    assert [r.indices().tolist() for r in read] == [m.indices().tolist() for m in masks]
    seen = [(mask, code) for mask, code in zip(masks, codes, strict=True) if mask.area]
    boxes = coco_rle.boxes_of([mask for mask, _ in seen], plane.shape[0])
    assert boxes == [tuple(tools.toBbox(code).astype(int).tolist()) for _, code in seen]
    assert sorted(coco_rle.united(masks).indices().tolist()) == np.flatnonzero(turned(plane)).tolist()


@pytest.mark.parametrize("texts", [["0", ""], ["A", "1"], ["~"], ["0o"], ["é"], ["p"], [";;", "7"]])
def test_strings_that_are_no_masks_are_refused(texts):
    with pytest.raises(ValueError, match=r"run"):
        coco_rle.decode_runs(texts, 7)


@given(planes(st.integers(0, 2), np.uint16), st.integers(1, 9))
def test_runs_by_columns_begin_where_those_of_the_turned_planes_do(plane, seed):
    other = np.random.default_rng(seed).integers(0, 2, plane.shape, dtype=np.uint32)
    for some in ((plane,), (plane, other), (np.tile(plane, (60, 90)), np.tile(other, (60, 90)))):
        found = run_starts_by_columns(*some)
        assert np.array_equal(found, run_starts(*(turned(p).reshape(-1) for p in some)))
