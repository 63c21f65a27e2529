"""Outlines through pixel centres fill their region and nothing else, in OpenCV and in Pillow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from townscape.core.geometry.fill import fill_opencv, fill_pillow
from townscape.core.geometry.pixel_outlines import trace_pixels


def filled(outlines, shape, fill, inset):
    """How often each pixel is filled, times the value it is filled with."""
    total = np.zeros(shape, dtype=np.int64)
    for value, ring in outlines.rings():
        assert len(ring) >= 3
        total += value * fill([ring + inset], *shape)
    return total


@pytest.mark.parametrize("fill", [fill_opencv, fill_pillow])
def test_every_pattern_of_three_by_four(fill):
    for code in range(1, 1 << 12):
        mask = (code >> np.arange(12) & 1).reshape(3, 4)
        assert np.array_equal(filled(trace_pixels(mask, 1), mask.shape, fill, 0), mask), mask


@given(
    plane=arrays.arrays(
        np.uint32, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.integers(0, 3)
    ),
    zoom=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
@settings(max_examples=150)
def test_filling_gives_the_plane_back(plane, zoom):
    """Holes in holes, regions that touch at corners; with points a quarter of a pixel in, cut or rounded."""
    plane = np.kron(plane, np.ones(zoom, np.uint32))
    outlines = trace_pixels(plane, 3)
    assert np.array_equal(filled(outlines, plane.shape, fill_opencv, 0.25), plane)
    assert np.array_equal(filled(outlines, plane.shape, fill_pillow, 0.25), plane)


def test_regions_are_joined_at_corners_and_listed_by_value():
    board = np.indices((4, 4)).sum(axis=0) % 2 + 1
    assert trace_pixels(board, 2).values == (1, 2)


def test_only_turns_are_kept():
    mask = np.zeros((30, 40), dtype=np.uint8)
    mask[5:25, 10:31] = 1
    (_, ring), *_ = trace_pixels(mask, 1).rings()
    assert sorted(ring.tolist()) == [[10, 5], [10, 24], [30, 5], [30, 24]]
    dot = np.zeros((3, 3), dtype=np.uint8)
    dot[1, 2] = 1
    assert [ring.tolist() for _, ring in trace_pixels(dot, 1).rings()] == [[[2, 1]] * 3]


def test_a_tolerance_saves_points_and_moves_no_pixel_far():
    y, x = np.indices((80, 80))
    disc = ((x - 40) ** 2 + (y - 40) ** 2 < 900).astype(np.uint8)
    exact, rough = trace_pixels(disc, 1), trace_pixels(disc, 1, tolerance_px=1.5)
    assert len(rough.points) < len(exact.points) / 3
    filled_in = filled(rough, disc.shape, fill_opencv, 0)
    assert 0.9 < np.count_nonzero(filled_in & disc) / np.count_nonzero(filled_in | disc) < 1
    assert not trace_pixels(np.zeros((4, 4), np.uint8), 0).values
