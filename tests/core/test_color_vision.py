"""Colour differences are those of the published test data, and bad pairs are found."""

import numpy as np
import pytest

from townscape.core.color_vision import ciede2000, lab_from_rgb, similar_pairs

# Sharma, Wu and Dalal (2005), The CIEDE2000 color-difference formula, table 1.
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, 2.8361, -74.0200), (50.0, 0.0, -82.7485), 3.4412),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0000),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "difference"), PUBLISHED)
def test_ciede2000_gives_the_published_differences(one, other, difference):
    there = ciede2000(np.array(one), np.array(other))
    back = ciede2000(np.array(other), np.array(one))
    assert there == pytest.approx(difference, abs=5e-5)
    assert back == pytest.approx(there, abs=1e-9)


def test_white_and_black_are_where_they_belong():
    assert lab_from_rgb((255, 255, 255)) == pytest.approx([100, 0, 0], abs=0.02)
    assert lab_from_rgb((0, 0, 0)) == pytest.approx([0, 0, 0], abs=1e-6)


def test_red_and_green_of_one_lightness_are_hard_for_some_and_easy_for_most():
    found = similar_pairs({1: (196, 60, 40), 2: (110, 120, 30), 3: (20, 60, 200)})
    assert {(p.first, p.second) for p in found} <= {(1, 2)}
    assert "usual" not in {p.vision for p in found}
    assert similar_pairs({1: (10, 10, 10), 2: (12, 12, 12)})[0].vision == "usual"
