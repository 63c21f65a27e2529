"""Gaps: what is missing is said in a sentence, and nothing is said of what is there."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from townscape import engine
from townscape.core.ids import new_id
from townscape.core.labelmap import LabelMap
from townscape.curate.gaps import finding, moments, places
from townscape.curate.kinds.gaps import Options
from townscape.paper.charts import draw_chart
from townscape.server.map_points import as_features
from townscape.workspace import create_workspace
from townscape.workspace.browsing import PlacedImage
from townscape.workspace.records import Image, Zone


def image(*, longitude=None, latitude=None, at=None, name="a.png", camera=None):
    return Image(
        id=new_id(), kind="photo", name=name, source=new_id(), source_version="1", blob=None,
        content_sha256=None, width=64, height=48, bands=("red", "green", "blue"), dtype="uint8",
        captured_at=None if at is None else datetime(*at, tzinfo=UTC).timestamp(),
        longitude=longitude, latitude=latitude, camera=camera,
    )  # fmt: skip


def zone(name, position, *, west, crs="EPSG:4326"):
    outline = shapely.box(west, 52.0, west + 0.1, 52.1)
    return Zone(id=new_id(), zone_set="zones", position=position, name=name, crs=crs, outline_wkb=outline.wkb)


@pytest.mark.parametrize(
    ("latitude", "month", "expected"),
    [
        (52.5, 1, "winter"), (52.5, 12, "winter"), (52.5, 4, "spring"), (52.5, 8, "summer"),
        (-33.9, 1, "summer"), (-33.9, 7, "winter"), (-33.9, 4, "autumn"),
        (1.3, 1, "December to February"), (None, 7, "June to August"),
    ],
)  # fmt: skip
def test_seasons_are_those_of_the_hemisphere(latitude, month, expected):
    one = image(longitude=0.0 if latitude is not None else None, latitude=latitude, at=(2024, month, 15))
    assert moments.season(moments.moment(one), moments.season_names([one])) == expected


def test_hours_are_those_of_the_sun_there():
    noon_utc = (2024, 6, 1, 12)
    assert moments.time_of_day(moments.moment(image(at=noon_utc))) == "midday"
    assert moments.time_of_day(moments.moment(image(at=noon_utc, longitude=151.2, latitude=-33.9))) == "night"
    assert (
        moments.time_of_day(moments.moment(image(at=noon_utc, longitude=-74.0, latitude=40.7))) == "morning"
    )
    assert moments.moment(image()) is None


@given(st.integers(0, 23))
def test_every_hour_has_one_time_of_day(hour):
    names = [name for name, _, _ in moments.TIMES_OF_DAY]
    assert moments.time_of_day(datetime(2024, 1, 1, hour, tzinfo=UTC)) in names


def test_a_district_without_winter_is_told():
    seasons = ("winter", "spring", "summer", "autumn")
    counts = {("district 1", "winter"): 3, ("district 1", "summer"): 2, ("district 4", "summer"): 9}
    found = finding.zone_gaps(["district 1", "district 4", "district 5"], counts, seasons)
    assert found == ["No image of district 5.", "No image of district 4 in winter."]
    found = finding.zone_gaps(["district 1", "district 4"], counts | {("district 1", "spring"): 1}, seasons)
    assert found == ["No image of district 4 in winter or in spring."]


def test_absent_and_rare_classes_are_told_and_what_a_model_sees():
    def use(name, px, images, predicted=0):
        return finding.ClassUse(name, "#808080", px, images, predicted * 10, predicted)

    classes = [use("Road", 90_000, 40, 40), use("Pole", 30, 12), use("Bus", 0, 0), use("Tree", 9_970, 3, 30)]
    assert finding.class_gaps(classes, model="city-1") == [
        "No pixel is labelled as Bus.",
        "Pole is rare: less than 0.1% of the labelled pixels, on 12 images.",
        "Tree is rare: 10.0% of the labelled pixels, on 3 images.",
        "city-1 sees Tree on 30 images, people on 3.",
    ]
    assert finding.class_gaps([use("Road", 0, 0)], model=None) == [
        "Nothing is labelled yet, so nothing is known of the classes."
    ]


def test_images_find_their_zone_and_the_first_of_two_counts():
    zones = [zone("west", 0, west=13.0), zone("east", 1, west=13.05)]
    inside = [image(longitude=x, latitude=52.05) for x in (13.01, 13.07, 13.12, 13.3)]
    found = places.zones_of([*inside, image()], zones)
    assert [found.get(one.id) for one in inside] == ["west", "west", "east", None]


def test_zones_in_metres_are_laid_on_degrees():
    pytest.importorskip("pyproj")
    from pyproj import Transformer

    forward = Transformer.from_crs("EPSG:4326", "EPSG:25833", always_xy=True)
    x, y = forward.transform(13.4, 52.5)
    square = Zone(id=new_id(), zone_set="zones", position=0, name="centre", crs="EPSG:25833",
                  outline_wkb=shapely.box(x - 100, y - 100, x + 100, y + 100).wkb)  # fmt: skip
    near, far = image(longitude=13.4005, latitude=52.5), image(longitude=13.41, latitude=52.5)
    assert places.zones_of([near, far], [square]) == {near.id: "centre"}


positions = st.lists(st.tuples(st.floats(13.0, 13.5), st.floats(52.3, 52.7)), min_size=1, max_size=30)


@given(positions, st.integers(1, 26))
def test_every_placed_image_is_in_a_cell_of_the_grid_and_the_north_west_is_a1(found, side):
    images = [image(longitude=x, latitude=y) for x, y in found]
    cells = places.grid_of(images, side)
    assert cells.keys() == {i.id for i in images}
    assert all(cell[0] <= chr(64 + side) and 1 <= int(cell[1:]) <= side for cell in cells.values())
    north_west = image(longitude=12.9, latitude=52.8)
    assert places.grid_of([*images, north_west], side)[north_west.id] == "A1"


def test_many_points_come_as_clusters_that_hold_every_image():
    rng = np.random.default_rng(0)
    few = [PlacedImage(str(k), f"{k}.jpg", 13 + x, 52 + y) for k, (x, y) in enumerate(rng.random((50, 2)))]
    assert [f["properties"]["count"] for f in as_features(few)] == [1] * 50
    rows = rng.random((12_000, 2))
    many = [PlacedImage(str(k), f"{k}.jpg", 13 + x, 52 + y) for k, (x, y) in enumerate(rows)]
    found = as_features(many)
    assert len(found) <= 64 * 64
    assert sum(f["properties"]["count"] for f in found) == 12_000
    weights = [f["properties"]["count"] for f in found]
    middle = np.average([f["geometry"]["coordinates"] for f in found], axis=0, weights=weights)
    assert middle == pytest.approx(rows.mean(axis=0) + np.array([13, 52]), abs=1e-6)


@pytest.fixture
def workspace(tmp_path: Path):
    """Summer everywhere, winter in district 1 only; roads labelled, nothing else."""
    with create_workspace(tmp_path / "w", taxonomy="land-cover") as opened:
        opened.insights.put_zones(
            "zones", [zone("district 1", 0, west=13.0), zone("district 4", 1, west=13.2)]
        )
        for k in range(12):
            path = tmp_path / f"{k:02d}.png"
            Pillow.fromarray(np.full((48, 64, 3), k * 9, dtype=np.uint8)).save(path)
            is_winter, west = k < 4, 13.05 if k < 8 else 13.25
            at = datetime(2024, 1 if is_winter else 7, 10, 11, k, tzinfo=UTC).timestamp()
            facts = {**opened.images.inspect(path), "captured_at": at, "longitude": west, "latitude": 52.05}
            found, _ = opened.images.take_in(path, name=path.name, facts={**facts, "camera": "Old 5"})
            annotation = opened.labels.open(found, "land-cover")
            opened.labels.save_map(annotation.id, LabelMap(np.ones((48, 64), dtype=np.uint32)))
        yield opened


def test_gaps_of_a_workspace_come_as_sentences_and_charts_that_can_be_drawn(workspace):
    result = engine.run_here(workspace, Options())
    sentences = result["sentences"]
    assert "No image of district 4 in winter." in sentences
    assert "No image in spring." in sentences
    assert "No image at night." in sentences
    assert not any("district 1" in s for s in sentences)
    assert any(s.startswith("No pixel is labelled as") for s in sentences)
    assert "All images that say so are of one camera, Old 5." in sentences
    assert result["n_with_position"] == result["n_with_time"] == 12
    assert {c["key"] for c in result["charts"]} == {"classes", "times", "places", "cameras", "sizes"}
    for chart in result["charts"]:
        assert "<svg" in draw_chart(chart["spec"])


def test_without_zones_the_cells_of_a_grid_stand_in(workspace):
    workspace.insights.put_zones("zones", [])
    result = engine.run_here(workspace, Options(grid=2))
    assert "No image of cell B1 in winter." in result["sentences"]
    assert any("--zones" in text for text in result["unknown"])
