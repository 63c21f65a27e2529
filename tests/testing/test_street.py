"""Street views of the synthetic city: exact labels, seeds that hold, streets that differ."""

import numpy as np
import pytest

from townscape.core.labelmap import FIRST_OBJECT
from townscape.core.taxonomy import read_taxonomy
from townscape.testing.synthetic_city.street import draw_street
from townscape.testing.synthetic_city.street_world import StreetScene

CITYSCAPES = read_taxonomy("cityscapes")


def small(seed, **scene):
    return draw_street(seed, StreetScene(**scene), height_px=72, width_px=96)


def share(view, key):
    number = next(c.number for c in CITYSCAPES.classes if c.key == key)
    return float((view.labels.class_numbers(CITYSCAPES) == number).mean())


def test_the_same_arguments_draw_the_same_street():
    first, second = small(3, frame=2), small(3, frame=2)
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.labels.segments_hw, second.labels.segments_hw)


def test_frames_of_a_street_differ():
    assert (small(3).pixels != small(3, frame=1).pixels).mean() > 0.3


@pytest.mark.parametrize("light", ["sunny", "overcast", "evening", "haze"])
def test_every_pixel_has_a_class_and_every_object_has_pixels(light):
    view = small(5, light=light, people=0.8, traffic=0.8)
    segments = view.labels.segments_hw
    assert (view.labels.class_numbers(CITYSCAPES) > 0).all()
    objects = set(np.unique(segments[segments >= FIRST_OBJECT]).tolist())
    assert objects == set(view.labels.objects) != set()
    assert 0.05 < share(view, "sky") < 0.6
    assert 0.15 < share(view, "road") < 0.7


def test_a_greener_street_shows_more_vegetation():
    bare = [share(small(seed, greenness=0.05), "vegetation") for seed in range(4)]
    green = [share(small(seed, greenness=0.95), "vegetation") for seed in range(4)]
    assert np.mean(green) > np.mean(bare) + 0.05
