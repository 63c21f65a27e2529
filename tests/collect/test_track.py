"""Positions from a recorded track, and recordings that one folder holds told apart."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from tests.collect.conftest import collect, picture

from townscape.collect.arranging import split
from townscape.collect.gpx import read_gpx
from townscape.collect.track import Track, TrackPoint, distance_m
from townscape.core.errors import InputError, NothingToRead
from townscape.workspace.records import Image

BEGIN = 1_700_000_000.0


def gpx(path, points, *, prefix="", before=""):
    """A GPX 1.1 file; points are (seconds after BEGIN, latitude, longitude)."""
    from datetime import UTC, datetime

    p = f"{prefix}:" if prefix else ""
    space = f'xmlns{":" + prefix if prefix else ""}="http://www.topografix.com/GPX/1/1"'
    lines = [
        f'<{p}trkpt lat="{lat}" lon="{lon}"><{p}ele>3</{p}ele><{p}time>'
        f"{datetime.fromtimestamp(BEGIN + at, UTC):%Y-%m-%dT%H:%M:%S}Z</{p}time>"
        f"<{p}extensions><x:hr xmlns:x='urn:x'>90</x:hr></{p}extensions></{p}trkpt>"
        for at, lat, lon in points
    ]
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<{p}gpx {space} version="1.1">'
        f"<{p}metadata><{p}time>2001-01-01T00:00:00Z</{p}time></{p}metadata>"
        f"<{p}trk><{p}trkseg>{''.join(lines)}</{p}trkseg></{p}trk></{p}gpx>"
    )
    return path


def test_the_distance_between_two_cities_is_the_published_one():
    paris, london = TrackPoint(0, 48.8566, 2.3522), TrackPoint(0, 51.5074, -0.1278)
    assert distance_m(paris, london) == pytest.approx(343_560, rel=0.002)


@pytest.mark.parametrize(
    ("to", "heading"), [((1.0, 0.0), 0), ((0.0, 1.0), 90), ((-1.0, 0.0), 180), ((0.0, -1.0), 270)]
)
def test_the_heading_is_the_direction_of_movement(to, heading):
    track = Track.of([TrackPoint(0, 0.0, 0.0), TrackPoint(10, *to)])
    place = track.place_at(5)
    assert place is not None
    assert place.heading_deg == pytest.approx(heading)


def test_half_way_in_time_is_half_way_in_space_and_gaps_and_ends_are_unknown():
    track = Track.of([TrackPoint(0, 10.0, 20.0), TrackPoint(10, 10.002, 20.004), TrackPoint(500, 11.0, 21.0)])
    place = track.place_at(2.5)
    assert (place.latitude, place.longitude) == (pytest.approx(10.0005), pytest.approx(20.001))
    assert track.place_at(-0.1) is None
    assert track.place_at(500.1) is None
    assert track.place_at(200) is None, "nobody knows where it was for eight minutes"
    assert track.place_at(500).latitude == 11.0
    assert track.place_at(200, max_gap_s=600) is not None


def test_who_stands_has_no_heading_and_the_date_line_is_no_way_round_the_world():
    standing = Track.of([TrackPoint(0, 10.0, 20.0), TrackPoint(10, 10.000001, 20.0)])
    assert standing.place_at(5).heading_deg is None
    across = Track.of([TrackPoint(0, 0.0, 179.9), TrackPoint(10, 0.0, -179.9)])
    assert abs(across.place_at(5).longitude) == pytest.approx(180)
    assert across.place_at(5).heading_deg == pytest.approx(90)


@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.floats(-80, 80), st.floats(-170, 170)), min_size=1, max_size=20
    ),
    st.floats(-10, 1010),
)
def test_every_place_lies_between_its_neighbours(points, at):
    track = Track.of(TrackPoint(*p) for p in points)
    place = track.place_at(at)
    before = [p for p in track.points if p.at <= at]
    after = [p for p in track.points if p.at >= at]
    if not before or not after or after[0].at - before[-1].at > 60:
        assert place is None
        return
    low, high = sorted((before[-1].latitude, after[0].latitude))
    assert low - 1e-9 <= place.latitude <= high + 1e-9
    assert -180 <= place.longitude <= 180
    assert place.heading_deg is None or 0 <= place.heading_deg < 360


def test_a_gpx_file_is_read_with_and_without_a_prefix(tmp_path):
    points = [(0, 48.0, 11.0), (10, 48.001, 11.0)]
    expected = Track.of(TrackPoint(BEGIN + at, lat, lon) for at, lat, lon in points)
    assert read_gpx(gpx(tmp_path / "a.gpx", points)) == expected
    assert read_gpx(gpx(tmp_path / "b.gpx", points, prefix="g")) == expected


def test_a_gpx_file_that_is_cut_off_dangerous_or_without_times_is_refused(tmp_path):
    path = gpx(tmp_path / "a.gpx", [(0, 1.0, 2.0)])
    path.write_text(path.read_text()[:-20])
    with pytest.raises(InputError, match="no whole GPX"):
        read_gpx(path)
    bomb = '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(InputError, match="DOCTYPE"):
        read_gpx(gpx(tmp_path / "b.gpx", [(0, 1.0, 2.0)], before=bomb))
    (tmp_path / "c.gpx").write_text('<gpx><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>')
    with pytest.raises(NothingToRead, match="has a time"):
        read_gpx(tmp_path / "c.gpx")
    with pytest.raises(InputError, match="cannot be read"):
        read_gpx(tmp_path / "nowhere.gpx")


def photo(path, at, *, camera=None, heading=None, gps=None):
    """A photo with EXIF: a time (seconds after BEGIN), a camera, a heading, a position."""
    from datetime import UTC, datetime

    exif = Pillow.Exif()
    details = exif.get_ifd(0x8769)
    details[0x9003] = f"{datetime.fromtimestamp(BEGIN + at, UTC):%Y:%m:%d %H:%M:%S}"
    if camera:
        exif[0x010F], exif[0x0110] = camera
    place = exif.get_ifd(0x8825)
    if heading is not None:
        place[17] = float(heading)
    if gps:
        place[1], place[2], place[3], place[4] = "N", (gps[0], 0.0, 0.0), "E", (gps[1], 0.0, 0.0)
    return picture(path, seed=at, exif=exif)


def test_photos_without_a_position_get_it_from_the_track(workspace, tmp_path):
    photo(tmp_path / "p" / "a.jpg", 5)
    photo(tmp_path / "p" / "b.jpg", 15, heading=270)
    photo(tmp_path / "p" / "c.jpg", 12, gps=(40.0, 9.0))
    photo(tmp_path / "p" / "late.jpg", 4000)
    picture(tmp_path / "p" / "timeless.jpg")
    track = gpx(tmp_path / "t.gpx", [(0, 48.0, 11.0), (10, 48.001, 11.0), (20, 48.001, 11.002)])
    result = collect(workspace, tmp_path / "p", gpx=track)
    by_name = {i.name: i for i in workspace.images.find()}
    a, b, c = (by_name[f"{n}.jpg"] for n in "abc")
    assert (a.latitude, a.longitude, a.heading_deg) == (pytest.approx(48.0005), 11.0, pytest.approx(0))
    assert (b.longitude, b.heading_deg) == (pytest.approx(11.001), 270), "what the camera said goes first"
    assert (c.latitude, c.longitude) == (40.0, 9.0)
    assert by_name["late.jpg"].latitude is None
    assert by_name["timeless.jpg"].latitude is None
    assert any("2 images got their position" in remark for remark in result.remarks)


def test_a_camera_whose_clock_was_wrong_is_told_by_how_much(workspace, tmp_path):
    photo(tmp_path / "p" / "a.jpg", 3600 + 5)
    track = gpx(tmp_path / "t.gpx", [(0, 48.0, 11.0), (10, 48.001, 11.0)])
    result = collect(workspace, tmp_path / "p", gpx=track)
    assert any("--clock-offset-s -3595" in remark for remark in result.remarks), result.remarks
    collect(workspace, tmp_path / "p", gpx=track, clock_offset_s=-3600.0)
    assert workspace.images.find()[0].latitude == pytest.approx(48.0005)


def image(name, *, camera=None, at=None, sequence="p"):
    return Image(
        id=name, kind="photo", name=name, source=name, source_version="1", blob=None, content_sha256=None,
        width=1, height=1, bands=("gray",), dtype="uint8", camera=camera, captured_at=at, sequence=sequence,
    )  # fmt: skip


def test_one_camera_without_a_pause_stays_one_sequence():
    assert split("p", [image(str(k), camera="A", at=k * 60.0) for k in range(9)]) == {}
    assert split("p", [image("a"), image("b", at=1.0)]) == {}


def test_two_cameras_and_long_pauses_are_told_apart_and_stay_so():
    images = [
        image("a1", camera="A", at=0.0),
        image("a2", camera="A", at=9000.0),
        image("b", camera="B", at=1.0),
    ]
    found = split("p", images)
    assert found == {"a1": "p · A · 1970-01-01 00:00", "a2": "p · A · 1970-01-01 02:30", "b": "p · B"}
    again = [replace(i, sequence=found[i.id]) for i in images]
    assert split("p", again) == {}
    more = [*again, image("a3", camera="A", at=9060.0), image("mine", camera="B", at=2.0, sequence="by hand")]
    assert split("p", more) == {"a3": "p · A · 1970-01-01 02:30"}


@given(st.lists(st.tuples(st.sampled_from(["A", "B", None]), st.none() | st.integers(0, 20)), max_size=12))
def test_splitting_twice_changes_nothing_more(shots):
    images = [
        image(str(k), camera=c, at=None if at is None else at * 1000.0) for k, (c, at) in enumerate(shots)
    ]
    found = split("p", images)
    again = [replace(i, sequence=found.get(i.id, "p")) for i in images]
    assert split("p", again) == {}


def test_a_folder_of_two_cameras_becomes_two_sequences(workspace, tmp_path):
    photo(tmp_path / "p" / "a.jpg", 0, camera=("Canon", "Canon EOS 5D"))
    photo(tmp_path / "p" / "b.jpg", 1, camera=("GoPro", "HERO9 Black"))
    collect(workspace, tmp_path / "p")
    assert {i.name: i.sequence for i in workspace.images.find()} == {
        "a.jpg": "p · Canon EOS 5D",
        "b.jpg": "p · GoPro HERO9 Black",
    }
    photo(tmp_path / "p" / "c.jpg", 2, camera=("Canon", "Canon EOS 5D"))
    collect(workspace, tmp_path / "p")
    assert {i.sequence for i in workspace.images.find()} == {"p · Canon EOS 5D", "p · GoPro HERO9 Black"}
    assert math.isclose(sum(i.captured_at - BEGIN for i in workspace.images.find()), 3)


def test_what_cameras_say_and_cannot_be_true_is_counted_in_the_result(workspace, tmp_path):
    photo(tmp_path / "p" / "a.jpg", 0, gps=(0, 0))
    photo(tmp_path / "p" / "b.jpg", 1, gps=(0, 0))
    photo(tmp_path / "p" / "c.jpg", 2, gps=(95, 10))
    result = collect(workspace, tmp_path / "p")
    assert result.remarks == [
        "1 image says a position off the globe, which was left out.",
        "2 images say the position 0, 0, which was left out.",
    ]
    assert [i.latitude for i in workspace.images.find()] == [None] * 3
