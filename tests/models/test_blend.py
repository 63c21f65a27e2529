"""Windows blended without seams: a constant stays a constant, everywhere, at any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townscape.core.labelmap import NO_CHANNEL
from townscape.core.spaces import Window
from townscape.core.taxonomy import read_taxonomy
from townscape.models.blend import BAND_PX, Plan, blend_array, blend_raster, window_weights
from townscape.models.inference import Answer, answer_at_size, fill_invalid, predict_photo
from townscape.testing.tiny_models import tiny_card

CARD = tiny_card(read_taxonomy("camvid"))


class Constant:
    """A runtime that gives one channel probability 0.72, and refuses sizes off the stride."""

    def __init__(self, channel=4):
        self.card, self.channel, self.calls = CARD, channel, 0

    def probabilities(self, values):
        assert values.shape[2] % 32 == values.shape[3] % 32 == 0
        self.calls += 1
        out = np.full((values.shape[0], 11, *values.shape[2:]), 0.028, dtype=np.float32)
        out[:, self.channel] = 0.72
        return out


class Local(Constant):
    """A runtime whose answer depends on each pixel alone: the channel is the red value."""

    def probabilities(self, values):
        red = values[:, 0].astype(int) % 11
        return np.moveaxis(np.eye(11, dtype=np.float32)[red] * 0.6 + 0.4 / 11, -1, 1).astype(np.float32)


def whole(runtime, values, valid=None, *, window_px=128, panel_px=512, finished=lambda _: False):
    height, width = values.shape[:2]
    valid = np.ones((height, width), dtype=bool) if valid is None else valid
    base = Plan.of(width, height, 11, window_px=window_px)
    plan = Plan(width, height, base.window_px, base.overlap_px, panel_px)
    out = Answer(np.full((height, width), 77, np.uint8), np.full((height, width), 77, np.uint8))
    bands = []
    for band in blend_raster(
        runtime,
        lambda w: (values[w.slices], valid[w.slices]),
        plan,
        is_finished=finished,
        on_window=lambda _: None,
    ):
        out.channels[band.window.slices] = band.answer.channels
        out.confidence[band.window.slices] = band.answer.confidence
        bands.append(band.window)
    return out, bands


sizes = st.tuples(st.integers(1, 1300), st.integers(1, 1300))


@settings(max_examples=25)
@given(sizes)
def test_a_constant_model_gives_its_constant_on_every_pixel(size):
    width, height = size
    answer, bands = whole(Constant(), np.zeros((height, width, 3), dtype=np.uint8))
    assert (answer.channels == 4).all()
    assert np.unique(answer.confidence).tolist() == [round(0.72 * 255)]
    assert sum(b.area for b in bands) == width * height


@settings(max_examples=15)
@given(sizes, st.integers(0, 2**31))
def test_blending_changes_nothing_for_a_model_without_context(size, seed):
    width, height = size
    values = np.random.default_rng(seed).integers(0, 11, (height, width, 3), dtype=np.uint8)
    answer, _ = whole(Local(), values)
    assert np.array_equal(answer.channels, values[..., 0])
    assert np.array_equal(blend_array(Local(), values).argmax(axis=0), values[..., 0])


@settings(max_examples=15)
@given(sizes, st.integers(0, 2**31))
def test_nothing_is_said_where_the_raster_is_not_valid(size, seed):
    width, height = size
    rng = np.random.default_rng(seed)
    valid = np.kron(rng.random((-(-height // 64), -(-width // 64))) < 0.5, np.ones((64, 64), bool))[
        :height, :width
    ]
    answer, _ = whole(Constant(), np.zeros((height, width, 3), dtype=np.uint8), valid)
    assert np.array_equal(answer.channels == 4, valid)
    assert np.array_equal(answer.channels == NO_CHANNEL, ~valid)
    assert np.array_equal(answer.confidence == 0, ~valid)


def test_windows_without_a_valid_pixel_are_not_run():
    runtime = Constant()
    values = np.zeros((1024, 1024, 3), dtype=np.uint8)
    valid = np.zeros((1024, 1024), dtype=bool)
    valid[:100, :100] = True
    whole(runtime, values, valid)
    few = runtime.calls
    whole(runtime, values)
    assert few <= 4 < runtime.calls - few


def test_an_interrupted_raster_goes_on_to_the_same_result():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 11, (1700, 1100, 3), dtype=np.uint8)
    once, bands = whole(Local(), values)
    done = set(bands[:3])
    runtime = Local()
    rest, later = whole(runtime, values, finished=lambda window: window in done)
    assert later == bands[3:]
    for window in later:
        assert np.array_equal(rest.channels[window.slices], once.channels[window.slices])
        assert np.array_equal(rest.confidence[window.slices], once.confidence[window.slices])


def test_weights_do_not_fall_at_the_rasters_border_and_never_reach_zero():
    plan = Plan(1000, 1000, 256, 64, 512)
    corner = window_weights(Window(0, 0, 256, 256), plan)
    middle = window_weights(Window(192, 192, 256, 256), plan)
    assert corner[0, 0] == corner[100, 0] == 1
    assert corner[100, 255] < 0.01
    assert middle.min() > 0
    assert np.allclose(middle, middle[::-1, ::-1])


def test_memory_is_bounded_by_the_panel_not_by_the_raster():
    plan = Plan.of(30_000, 30_000, 19)
    widest = max(right - left for left, right in plan.panels())
    assert 4 * 20 * (plan.window_px + BAND_PX) * widest <= 320 << 20
    assert plan.panels()[-1][1] == 30_000


def test_photos_keep_their_native_size():
    card = CARD.model_copy(update={"preprocessing": CARD.preprocessing.model_copy(update={"max_side": 200})})
    runtime = Local()
    runtime.card = card
    values = np.kron(np.array([[1, 2], [3, 4]], np.uint8), np.ones((300, 400), np.uint8))[..., None].repeat(
        3, axis=2
    )
    answer = predict_photo(runtime, values)
    assert answer.channels.shape == (600, 800)
    assert [answer.channels[y, x] for y, x in ((10, 10), (10, 790), (590, 10), (590, 790))] == [1, 2, 3, 4]


def test_tiny_photos_are_padded_and_flipping_changes_no_constant():
    for shape in ((1, 1, 3), (3, 500, 3), (33, 31, 3)):
        for flip in (False, True):
            answer = predict_photo(Constant(), np.zeros(shape, np.uint8), flip=flip)
            assert answer.channels.shape == shape[:2]
            assert (answer.channels == 4).all()


def test_large_photos_are_blended_from_windows(monkeypatch):
    monkeypatch.setattr("townscape.models.inference.MAX_WHOLE_PX", 10_000)
    values = np.random.default_rng(0).integers(0, 11, (900, 1000, 3), dtype=np.uint8)
    assert np.array_equal(predict_photo(Local(), values).channels, values[..., 0])


def test_probabilities_are_enlarged_before_they_are_compared():
    probabilities = np.array([[[0.9, 0.4]], [[0.1, 0.6]]], dtype=np.float32)
    answer = answer_at_size(probabilities, 8, 1)
    assert answer.channels.tolist() == [[0] * 5 + [1] * 3]


def test_invalid_pixels_are_filled_with_the_nearest_valid_one():
    values = np.arange(5, dtype=np.uint8).reshape(1, 5, 1).repeat(2, axis=2)
    valid = np.array([[False, True, True, False, False]])
    assert fill_invalid(values, valid)[0, :, 0].tolist() == [1, 1, 2, 2, 2]
    assert fill_invalid(values, np.zeros((1, 5), bool)) is values


@pytest.mark.parametrize("length", [1, 127, 128, 129, 500, 1300])
def test_windows_cover_every_pixel(length):
    plan = Plan(length, length, 128, 64, 512)
    covered = np.zeros(length, dtype=int)
    for start in plan.starts(length):
        covered[start : start + 128] += 1
    assert covered.min() >= 1
    assert plan.starts(length)[-1] + 128 >= length
