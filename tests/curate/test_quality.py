"""Quality: measures tell pictures from the same pictures made worse, and selections say why."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from townscape import engine
from townscape.core.errors import NothingToRead
from townscape.curate.kinds.quality import Options
from townscape.curate.quality import light, shape
from townscape.curate.quality.measures import ALGORITHM, BY_KEY, MEASURES, worst_from
from townscape.curate.quality.obstruction import obstructed_shares, softness
from townscape.workspace import create_workspace

rng = np.random.default_rng(0)


@pytest.fixture(scope="module")
def frames(real_data):
    """Forty frames of three recordings, grey."""
    paths = sorted((real_data / "camvid" / "train").glob("*.png"))
    return [cv2.imread(str(p), cv2.IMREAD_GRAYSCALE) for p in paths[:: len(paths) // 40]]


@pytest.fixture(scope="module")
def recording(real_data):
    """Thirty frames of one recording, in order."""
    paths = sorted((real_data / "camvid" / "train").glob("0016E5_*.png"))[:30]
    return [cv2.imread(str(p), cv2.IMREAD_GRAYSCALE) for p in paths]


def auc(better, worse):
    """Chance that a worse picture has the higher value (Mann and Whitney 1947)."""
    a, b = np.asarray(better, float)[None], np.asarray(worse, float)[:, None]
    return float((b > a).mean() + 0.5 * (b == a).mean())


def blurred(gray, sigma=2.0):
    return cv2.GaussianBlur(gray, (0, 0), sigma)


def noisy(gray):
    noise = np.random.default_rng(1).normal(0, 8, gray.shape)
    return np.clip(gray + noise, 0, 255).astype(np.uint8)


def turned(gray, degrees):
    """The inner part of the picture, turned clockwise."""
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    out = cv2.warpAffine(gray, matrix, (width, height), flags=cv2.INTER_CUBIC)
    y, x = int(height * 0.14), int(width * 0.14)
    return np.ascontiguousarray(out[y : height - y, x : width - x])


def with_drop(gray, x, y, radius):
    """A patch (centre and radius as shares of the width) seen through a drop of water."""
    height, width = gray.shape
    mask = np.zeros(gray.shape, np.float32)
    cv2.circle(mask, (int(x * width), int(y * height)), int(radius * width), 1, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 5)
    return (gray * (1 - mask) + cv2.GaussianBlur(gray, (0, 0), 14) * mask).astype(np.uint8)


def test_blur_tells_blurred_frames_from_sharp_ones_with_noise_or_without(frames):
    sharp = [light.blur(f) for f in frames]
    assert auc(sharp, [light.blur(blurred(f)) for f in frames]) >= 0.99
    assert auc(sharp, [light.blur(noisy(blurred(f))) for f in frames]) >= 0.95
    assert max(sharp) < BY_KEY["blur"].threshold < min(light.blur(blurred(f)) for f in frames)


def test_sharpness_falls_with_blur_and_rises_with_noise(frames):
    sharp = [-light.sharpness(f) for f in frames]
    assert auc(sharp, [-light.sharpness(blurred(f)) for f in frames]) >= 0.99
    assert all(light.sharpness(noisy(blurred(f))) > light.sharpness(blurred(f)) for f in frames)


def test_dark_over_exposed_and_flat_frames_stand_out(frames):
    dark = [(f * 0.2).astype(np.uint8) for f in frames]
    assert auc([light.darkness(f) for f in frames], [light.darkness(f) for f in dark]) >= 0.99
    bright = [np.clip(f * 2.5 + 60, 0, 255).astype(np.uint8) for f in frames]
    assert auc([light.over_exposed(f) for f in frames], [light.over_exposed(f) for f in bright]) >= 0.95
    flat = [(110 + f * 0.15).astype(np.uint8) for f in frames]
    assert auc([-light.contrast(f) for f in frames], [-light.contrast(f) for f in flat]) >= 0.99


@pytest.mark.parametrize("degrees", [5, -5])
def test_a_turn_of_five_degrees_is_told_with_its_direction(frames, degrees):
    level = [shape.tilt_deg(f) for f in frames]
    tilted = [shape.tilt_deg(turned(f, degrees)) for f in frames]
    known = [(a, b) for a, b in zip(level, tilted, strict=True) if a is not None and b is not None]
    assert len(known) >= 0.8 * len(frames)
    assert auc([abs(a) for a, _ in known], [abs(b) for _, b in known]) >= 0.95
    assert np.median([b - a for a, b in known]) == pytest.approx(degrees, abs=0.75)


def test_a_picture_without_upright_edges_has_no_tilt():
    assert shape.tilt_deg(np.full((240, 320), 90, np.uint8)) is None
    assert shape.tilt_deg(rng.integers(0, 255, (240, 320), dtype=np.uint8)) is None


sides = st.integers(0, 60)


@given(sides, sides, sides, sides, st.sampled_from([0, 30, 128, 220]))
def test_the_share_of_a_frame_is_told_exactly(top, bottom, left, right, value):
    inner = np.random.default_rng(2).integers(0, 256, (120, 160), dtype=np.uint8)
    framed = cv2.copyMakeBorder(inner, top, bottom, left, right, cv2.BORDER_CONSTANT, value=value)
    assert shape.border(framed) == pytest.approx(1 - inner.size / framed.size, abs=1e-9)


def test_white_above_is_the_sky_and_no_frame():
    inner = np.random.default_rng(2).integers(0, 256, (120, 160), dtype=np.uint8)
    below = cv2.copyMakeBorder(inner, 40, 0, 0, 0, cv2.BORDER_CONSTANT, value=255)
    around = cv2.copyMakeBorder(inner, 40, 40, 0, 0, cv2.BORDER_CONSTANT, value=255)
    assert shape.border(below) == 0
    assert shape.border(around) == pytest.approx(0.4)


def test_frames_of_a_real_street_have_no_border(frames):
    assert [shape.border(f) for f in frames] == [0.0] * len(frames)


@pytest.mark.parametrize(("x", "y", "radius"), [(0.3, 0.4, 0.1), (0.5, 0.55, 0.12), (0.6, 0.3, 0.15)])
def test_a_drop_on_the_lens_shows_through_a_recording(recording, x, y, radius):
    clean = obstructed_shares([softness(f) for f in recording])
    wet = obstructed_shares([softness(with_drop(f, x, y, radius)) for f in recording])
    assert auc(clean, wet) >= 0.95
    assert max(clean) < BY_KEY["obstruction"].threshold < min(wet)


def test_a_drop_that_comes_later_does_not_count_before(recording):
    frames = recording + recording
    comes_at = 30
    wet = [with_drop(f, 0.5, 0.5, 0.12) if k >= comes_at else f for k, f in enumerate(frames)]
    shares = obstructed_shares([softness(f) for f in wet])
    limit = BY_KEY["obstruction"].threshold
    assert all(share < limit for share in shares[:15])
    assert all(share >= limit for share in shares[-15:])


def test_few_pictures_tell_nothing_of_the_lens(recording):
    assert obstructed_shares([softness(f) for f in recording[:11]]) == [None] * 11


def test_sizes_are_compared_in_doublings():
    usual = shape.usual_size([(640, 480)] * 5 + [(480, 640)] * 2)
    assert usual == (640, 480)
    assert shape.size_difference((640, 480), usual) == 0
    assert shape.size_difference((1280, 960), usual) == 1
    assert shape.size_difference((320, 240), usual) == 1


def test_the_worst_per_cent_are_none_where_all_are_alike():
    assert worst_from([0.0] * 50, BY_KEY["border"], 5) is None
    assert worst_from([0.0] * 49 + [0.3], BY_KEY["border"], 2) == 0.3
    assert worst_from(list(range(100)), BY_KEY["contrast"], 3) == 2


@pytest.fixture
def workspace(tmp_path: Path, real_data):
    """Fifteen frames of a recording, three of them made worse, one damaged file."""
    paths = sorted((real_data / "camvid" / "train").glob("0016E5_*.png"))[:15]
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        for k, path in enumerate(paths):
            pixels = cv2.imread(str(path))
            if k == 3:
                pixels = blurred(pixels, 3.0)
            if k == 7:
                pixels = (pixels * 0.2).astype(np.uint8)
            if k == 9:
                pixels = cv2.copyMakeBorder(pixels, 30, 30, 0, 0, cv2.BORDER_CONSTANT, value=0)
            copy = tmp_path / path.name
            cv2.imwrite(str(copy), pixels)
            opened.images.take_in(copy, name=f"{k:02d}.png", sequence="0016E5", sequence_s=float(k))
        yield opened


def names(workspace, selection_id):
    windows = workspace.selections.get(selection_id).windows
    return [i.name for i in workspace.images.get_many([w.image_id for w in windows])]


def test_poor_pictures_become_selections_that_say_why(workspace):
    result = engine.run_here(workspace, Options())
    found = {one["name"]: names(workspace, one["selection_id"]) for one in result["found"]}
    assert found["Blurred"] == ["03.png"]
    assert found["Dark"] == ["07.png"]
    assert found["With borders"] == ["09.png"]
    assert found["Odd size"] == ["09.png"]
    selections = {s.name: s.reason for s in workspace.selections.find()}
    assert selections["Blurred"] == "Blur at least 0.5 (the usual threshold): 1 of 15 images"
    assert {i.removed_at for i in workspace.images.find()} == {None}


def test_only_new_pictures_are_measured_again_with_their_recording(workspace, tmp_path):
    engine.run_here(workspace, Options())
    assert engine.run_here(workspace, Options())["n_measured"] == 0
    path = tmp_path / "alone.png"
    Pillow.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(path)
    alone, _ = workspace.images.take_in(path, name="alone.png")
    assert engine.run_here(workspace, Options())["n_measured"] == 1
    measured = workspace.measures.of_image(alone.id)
    assert measured.keys() == {m.key for m in MEASURES}
    assert measured["obstruction"] is None


def test_the_worst_per_cent_and_thresholds_by_hand_change_what_is_selected(workspace):
    worst = engine.run_here(workspace, Options(worst=20))
    by_name = {one["name"]: one for one in worst["found"]}
    assert by_name["Blurred"]["n_images"] == 3
    assert "the worst 20 %" in by_name["Blurred"]["reason"]
    by_hand = engine.run_here(workspace, Options(darkness=0.0))
    dark = next(one for one in by_hand["found"] if one["measure"] == "darkness")
    assert dark["n_images"] == 15
    assert names(workspace, dark["selection_id"])[0] == "07.png"


def test_a_picture_that_is_gone_is_told_and_does_not_stop_the_rest(workspace, tmp_path):
    gone = workspace.images.find()[0]
    Path(gone.source).unlink()
    result = engine.run_here(workspace, Options())
    assert result["n_unreadable"] == 1
    assert "is gone" in result["unreadable"][0]
    assert len(workspace.measures.values("blur", algorithm=ALGORITHM)) == 14


def test_nothing_to_measure_is_said(tmp_path):
    with create_workspace(tmp_path / "w") as empty, pytest.raises(NothingToRead, match="no image to measure"):
        engine.run_here(empty, Options())


def test_every_measure_has_a_flag_and_every_threshold_is_told_in_its_help():
    for measure in MEASURES:
        field = Options.model_fields[measure.key]
        assert field.default is None
        if measure.threshold is not None:
            assert f"{measure.threshold:g}" in (field.description or "")
