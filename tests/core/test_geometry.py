"""Outlines along pixel edges are exact, by our own rule and by COCO's; run lengths are COCO's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco

from townscape.core.geometry import coco_rle
from townscape.core.geometry.fill import fill_box, fill_centers, fill_coco
from townscape.core.geometry.outlines import simplify, trace, with_keyholes
from townscape.core.runs import Stretches
from townscape.testing.strategies import exchange_maps


@given(maps=exchange_maps())
def test_tracing_and_filling_gives_the_plane_back(maps):
    plane = maps[0].astype(np.uint32)
    by_centers, by_coco = np.zeros_like(plane), np.zeros_like(plane)
    for region in trace(plane):
        mask = fill_centers(region.rings, *plane.shape)
        by_centers[mask] = region.value
        keyholed = with_keyholes(region).astype(np.float64)
        place, part = fill_box([keyholed], *plane.shape, fill_coco)
        by_coco[place][part] = region.value
        assert np.array_equal(fill_centers([keyholed], *plane.shape), mask)
    assert np.array_equal(by_centers, plane)
    assert np.array_equal(by_coco, plane)


@given(maps=exchange_maps())
def test_outer_rings_run_clockwise_on_the_screen_and_holes_the_other_way(maps):
    def area(ring):
        x, y = ring[:, 0].astype(np.int64), ring[:, 1].astype(np.int64)
        return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) // 2

    plane = maps[0].astype(np.uint32)
    for region in trace(plane):
        assert area(region.outer) > 0
        assert all(area(hole) < 0 for hole in region.holes)
    assert sum(area(r.outer) + sum(map(area, r.holes)) for r in trace(plane)) == np.count_nonzero(plane)


def test_a_ring_around_a_hole_is_one_region_with_one_hole():
    plane = np.ones((5, 5), np.uint32)
    plane[2, 2] = 0
    (region,) = trace(plane)
    assert region.outer.tolist() == [[0, 0], [5, 0], [5, 5], [0, 5]]
    assert [hole.tolist() for hole in region.holes] == [[[3, 2], [2, 2], [2, 3], [3, 3]]]


def test_pixels_that_touch_at_a_corner_are_two_regions():
    assert len(trace(np.eye(3, dtype=np.uint32))) == 3


def test_simplified_outlines_have_fewer_corners_and_nearly_the_same_area():
    y, x = np.mgrid[:100, :100]
    disc = ((x - 50) ** 2 + (y - 50) ** 2 < 1600).astype(np.uint32)
    before, after = trace(disc), simplify(trace(disc), 1.0)
    assert len(after[0].outer) < len(before[0].outer) / 2
    assert abs(fill_centers(after[0].rings, 100, 100).sum() / disc.sum() - 1) < 0.03


@given(maps=exchange_maps(), value=st.integers(0, 4))
def test_run_lengths_are_those_of_pycocotools(maps, value):
    mask = maps[0] == value
    height, width = mask.shape
    theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    runs = coco_rle.runs_by_value(Stretches.of(np.ascontiguousarray(mask.T).reshape(-1)), [1])[1]
    (ours,) = coco_rle.encode_runs([runs], mask.size)
    assert ours == theirs["counts"].decode()
    assert runs.area == int(coco.area(theirs))
    back = coco_rle.read_segmentation({"size": [height, width], "counts": ours}, height, width)
    plane = np.zeros(mask.size, bool)
    plane[back.indices()] = True
    assert np.array_equal(plane.reshape(width, height).T, mask)


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=130), max_size=40))
def test_no_text_makes_run_lengths_of_another_size(text):
    try:
        runs = coco_rle.runs_of(coco_rle.decode(text), 100)
    except ValueError:
        return
    assert runs.area <= 100
    assert (runs.indices() < 100).all()
