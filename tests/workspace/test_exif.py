"""What cameras say of a photo is believed unless it cannot be true."""

from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.workspace import create_workspace
from townscape.workspace.photos import inspect_photo


def facts(tmp_path, *, time=None, offset=None, fraction=None, gps=None, heading=None, camera=(), serial=None):
    exif = Pillow.Exif()
    details, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    for tag, value in ((0x9003, time), (0x9011, offset), (0x9291, fraction), (0xA431, serial)):
        if value is not None:
            details[tag] = value
    for tag, value in zip((0x010F, 0x0110), camera, strict=False):
        exif[tag] = value
    if gps is not None:
        latitude, longitude = gps
        place[1], place[2] = "S" if latitude < 0 else "N", (float(abs(latitude)), 30.0, 36.0)
        place[3], place[4] = "W" if longitude < 0 else "E", (float(abs(longitude)), 0.0, 0.0)
        if gps == (0, 0):
            place[2] = (0.0, 0.0, 0.0)
    if heading is not None:
        place[17] = heading
    path = tmp_path / "a.jpg"
    Pillow.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path, exif=exif)
    return inspect_photo(path)


def test_time_zone_fraction_position_heading_and_camera_are_read(tmp_path):
    found = facts(
        tmp_path, time="2024:05:06 12:00:00", offset="+02:00", fraction="25", gps=(-33, 151), heading=359.5,
        camera=("NIKON CORPORATION", "D750"), serial="6012",
    )  # fmt: skip
    assert found.captured_at == datetime(2024, 5, 6, 10, 0, 0, 250_000, UTC).timestamp()
    assert (found.latitude, found.longitude) == (pytest.approx(-33.51), 151.0)
    assert found.heading_deg == 359.5
    assert found.camera == "NIKON CORPORATION D750 6012"
    assert found.doubts == ()


@pytest.mark.parametrize(
    ("lie", "field", "said"),
    [
        ({"gps": (0, 0)}, "latitude", "the position 0, 0"),
        ({"gps": (95, 10)}, "latitude", "a position off the globe"),
        ({"gps": (10, 190)}, "longitude", "a position off the globe"),
        ({"time": "1970:01:01 00:00:00"}, "captured_at", "a capture time before 1990"),
        ({"time": "2090:01:01 00:00:00"}, "captured_at", "a capture time in the future"),
        ({"heading": 725.0}, "heading_deg", "a heading that is no direction"),
    ],
)
def test_what_cannot_be_true_is_left_out_and_counted(tmp_path, lie, field, said):
    found = facts(tmp_path, **lie)
    assert getattr(found, field) is None
    assert found.doubts == (said,)


def test_a_clock_that_was_never_set_and_nonsense_are_absent_and_no_doubt(tmp_path):
    for time in ("0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday"):
        found = facts(tmp_path, time=time)
        assert (found.captured_at, found.doubts) == (None, ())
    assert facts(tmp_path, heading=360.0).heading_deg == 0


def test_a_make_that_the_model_repeats_is_said_once(tmp_path):
    assert facts(tmp_path, camera=("Canon", "Canon EOS 5D")).camera == "Canon EOS 5D"
    assert facts(tmp_path, camera=("GoPro\0", "HERO9  Black\n")).camera == "GoPro HERO9 Black"
    assert facts(tmp_path).camera is None


def test_the_catalogue_has_the_camera_and_counts_the_doubts_once(tmp_path):
    with create_workspace(tmp_path / "w") as workspace:
        facts(tmp_path, gps=(0, 0), camera=("GoPro", "HERO9"))
        image, _ = workspace.images.take_in(tmp_path / "a.jpg", name="a.jpg")
        assert workspace.images.get(image.id).camera == "GoPro HERO9"
        assert workspace.images.take_doubts() == {"the position 0, 0": 1}
        assert workspace.images.take_doubts() == {}
