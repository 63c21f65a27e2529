"""Videos: each frame at its own time, upright, chosen by time, by scene or by how much has changed."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from tests.collect import videos
from tests.collect.conftest import collect

from townscape.collect import mp4
from townscape.collect.frames import FrameChooser
from townscape.core.errors import InputError
from townscape.core.image_hash import dct_hash, distance

STILL = [videos.scene(1)] * 30


def kept_times(workspace):
    return sorted(image.sequence_s for image in workspace.images.find())


@pytest.mark.parametrize(
    ("codec", "ending"), [("mp4v", "mp4"), ("MJPG", "avi"), ("VP80", "webm"), ("FFV1", "mkv")]
)
def test_a_frame_every_second_is_taken_of_every_usual_kind(workspace, tmp_path, codec, ending):
    frames = [videos.scene(k // 10) for k in range(30)]
    path = videos.write(tmp_path / f"drive.{ending}", frames, codec=codec)
    result = collect(workspace, path, camera="Dash")
    assert (result.found, result.added) == (3, 3)
    images = workspace.images.find()
    assert [i.name for i in images] == [f"drive.{ending}/{t:010.3f}.jpg" for t in (0, 1, 2)]
    assert [i.sequence_s for i in images] == [0.0, 1.0, 2.0]
    assert {(i.sequence, i.camera, i.width, i.height) for i in images} == {
        (f"drive.{ending}", "Dash", 96, 64)
    }
    assert images[1].source == f"{path}#t=1.000"
    for k, image in enumerate(images):
        shown = workspace.images.read(image).values[..., ::-1].astype(float)
        errors = [np.abs(shown - videos.scene(other)).mean() for other in range(3)]
        assert int(np.argmin(errors)) == k, "the frame at that time, and not one beside it"


def test_the_same_video_again_brings_nothing_and_more_frames_bring_what_is_new(workspace, tmp_path):
    path = videos.write(tmp_path / "drive.mp4", STILL)
    collect(workspace, path)
    assert (collect(workspace, path).known, collect(workspace, path, every_s=0.5).added) == (3, 3)
    assert kept_times(workspace) == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]


def test_a_varying_rate_keeps_the_times_of_the_frames(workspace, tmp_path):
    path = videos.slow_down_after(videos.write(tmp_path / "drive.mp4", STILL), 10, 4)
    collect(workspace, path, every_s=2)
    assert kept_times(workspace) == [0.0, 2.2, 4.2, 6.2, 8.2], "frames lie at 0, 0.1 … 1, 1.4, 1.8 …"


def test_a_phone_held_upright_gives_upright_pictures(workspace, tmp_path):
    path = videos.turn_quarter(videos.write(tmp_path / "drive.mp4", STILL))
    collect(workspace, path)
    image = workspace.images.find()[0]
    assert (image.width, image.height) == (64, 96)
    upright = cv2.rotate(videos.scene(1), cv2.ROTATE_90_CLOCKWISE)
    error = np.abs(workspace.images.read(image).values[..., ::-1].astype(float) - upright).mean()
    assert error < 12


@pytest.mark.parametrize(("codec", "ending"), [("MJPG", "avi"), ("MJPG", "mkv")])
def test_a_video_that_is_cut_off_gives_what_it_has_and_says_where_it_ends(workspace, tmp_path, codec, ending):
    path = videos.write(tmp_path / f"drive.{ending}", [videos.scene(k) for k in range(60)], codec=codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = collect(workspace, path)
    assert 2 <= result.added <= 4
    (left_out,) = result.rejected
    assert "can be read up to" in left_out["reason"]
    assert "of 6.00 s" in left_out["reason"]


def test_a_video_without_its_index_and_an_empty_one_are_said(workspace, tmp_path):
    path = videos.write(tmp_path / "drive.mp4", STILL)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="cannot be read as a video"):
        collect(workspace, path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="0 bytes"):
        collect(workspace, path)


def test_scenes_give_their_first_frames_and_black_is_no_scene(workspace, tmp_path):
    black = np.zeros_like(videos.scene(1))
    frames = [*[videos.scene(1, k / 200) for k in range(12)], *[videos.scene(2)] * 9, *[black] * 6]
    frames += [videos.scene(3, k / 200) for k in range(8)]
    collect(workspace, videos.write(tmp_path / "drive.avi", frames, codec="MJPG"), scene=True)
    assert kept_times(workspace) == [0.0, 1.2, 2.7]


def test_a_frame_is_kept_once_the_picture_has_moved_on(workspace, tmp_path):
    standing = [videos.scene(1)] * 20
    driving = [videos.scene(1, k / 40) for k in range(20)]
    path = videos.write(tmp_path / "drive.avi", standing + driving, codec="MJPG")
    collect(workspace, path, moved=60)
    times = kept_times(workspace)
    assert times[0] == 0.0
    assert all(t > 2.0 for t in times[1:]), "nothing of the time that it stood"
    assert 3 <= len(times) <= 15
    hashes = [dct_hash(cv2.cvtColor(f, cv2.COLOR_BGR2GRAY)) for f in standing + driving]
    chosen = [hashes[round(t * 10)] for t in times]
    assert all(distance(a, b) >= 50 for a, b in pairwise(chosen)), "coding moves some bits"


def test_frames_without_loss_are_the_frames(workspace, tmp_path):
    frames = [videos.scene(k) for k in range(3)]
    collect(workspace, videos.write(tmp_path / "drive.mkv", frames, codec="FFV1"), every_s=0.1, lossless=True)
    images = workspace.images.find()
    assert [i.name.rpartition(".")[2] for i in images] == ["png"] * 3
    first = workspace.images.read(images[0]).values[..., ::-1].astype(int)
    assert np.abs(first - frames[0]).max() <= 6, "but for the colour space of the video itself"


def test_the_time_of_recording_comes_from_the_container_unless_it_cannot_be(workspace, tmp_path):
    path = videos.set_created(videos.write(tmp_path / "drive.mp4", STILL), 1_700_000_000)
    collect(workspace, path)
    assert [i.captured_at for i in workspace.images.find()] == [1_700_000_000 + t for t in (0, 1, 2)]
    for absurd in (-2_082_844_800, 0, 600_000_000, 2_200_000_000):
        assert mp4.created_at(videos.set_created(path, absurd)) is None, "1904, 1970, 1989, 2039"
    assert mp4.created_at(videos.write(tmp_path / "x.avi", STILL, codec="MJPG")) is None
    (tmp_path / "y.mp4").write_bytes(b"\0\0\0\x01moov" + b"\xff" * 20)
    assert mp4.created_at(tmp_path / "y.mp4") is None


def test_a_killed_run_goes_on_with_the_frames_that_it_has_not(workspace, tmp_path, monkeypatch):
    from townscape.collect.sources.video import VideoSource

    path = videos.write(tmp_path / "drive.avi", [videos.scene(k) for k in range(30)], codec="MJPG")
    take, left = VideoSource.take, [4]

    def fragile(self, *arguments, **more):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return take(self, *arguments, **more)

    monkeypatch.setattr(VideoSource, "take", fragile)
    with pytest.raises(KeyboardInterrupt):
        collect(workspace, path, every_s=0.2, run_id="run-1")
    left[0] = 100
    result = collect(workspace, path, every_s=0.2, run_id="run-1")
    assert (result.added, len(kept_times(workspace))) == (15, 15)
    for image in workspace.images.find():
        shown = workspace.images.read(image).values[..., ::-1].astype(float)
        assert np.abs(shown - videos.scene(round(image.sequence_s * 10))).mean() < 15


def test_frames_that_are_due_lie_on_a_grid_that_late_frames_do_not_shift():
    chooser = FrameChooser(every_s=1.0)
    times = [0.0, 0.4, 1.3, 1.9, 2.0, 3.7, 3.9, 4.1]
    assert [t for t in times if chooser.is_due(t)] == [0.0, 1.3, 2.0, 3.7, 4.1]
