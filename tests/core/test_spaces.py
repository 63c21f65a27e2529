"""Windows and transforms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.spaces import Transform, Window, windows_over

UTM = Transform(0.5, 0, 400_000, 0, -0.5, 2_800_000)
ROTATED = Transform(0.4, 0.3, 400_000, 0.3, -0.4, 2_800_000)


@pytest.mark.parametrize("transform", [UTM, ROTATED])
def test_world_and_image_are_inverse(transform):
    points = np.array([[0.0, 0.0], [12.5, 7.25], [6447, 4438]])
    np.testing.assert_allclose(
        transform.image_from_world(transform.world_from_image(points)), points, atol=1e-6
    )


def test_world_coordinates_are_those_of_gdals_six_numbers():
    there = ROTATED.world_from_image(np.array([[3.0, 5.0]]))
    assert there.tolist() == [[400_000 + 0.4 * 3 + 0.3 * 5, 2_800_000 + 0.3 * 3 - 0.4 * 5]]


def test_pixel_size_area_and_rotation():
    assert UTM.pixel_size == (0.5, 0.5)
    assert ROTATED.pixel_size == pytest.approx((0.5, 0.5))
    assert abs(ROTATED.determinant) == pytest.approx(0.25)
    assert ROTATED.is_rotated
    assert not UTM.is_rotated


def test_shifting_moves_the_origin_along_the_axes():
    shifted = ROTATED.shifted(10, 20)
    there = ROTATED.world_from_image(np.array([[11.0, 22.0]]))
    np.testing.assert_allclose(shifted.world_from_image(np.array([[1.0, 2.0]])), there)


@given(st.integers(1, 5000), st.integers(1, 5000), st.integers(100, 1500))
def test_blocks_tile_the_image_and_none_is_smaller_than_asked(width, height, side):
    windows = windows_over(width, height, side)
    assert sum(w.area for w in windows) == width * height
    assert all(w.clip(width, height) == w for w in windows)
    assert all(w.width >= min(side, width) and w.height >= min(side, height) for w in windows)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(0, 60), st.integers(0, 60))
def test_clipping_keeps_exactly_the_part_inside(x, y, width, height):
    clipped = Window(x, y, width, height).clip(20, 10)
    inside = {
        (a, b) for a in range(x, x + width) for b in range(y, y + height) if 0 <= a < 20 and 0 <= b < 10
    }
    assert clipped.area == len(inside)


def test_touching_windows_do_not_intersect():
    assert not Window(0, 0, 10, 10).intersects(Window(10, 0, 5, 5))
    assert Window(0, 0, 10, 10).intersects(Window(9, 9, 5, 5))
    assert Window(5, 5, 2, 2).grow(3) == Window(2, 2, 8, 8)
