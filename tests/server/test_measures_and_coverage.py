"""Over HTTP: distributions of quality, thresholds with examples, the plane of scenes, the map, gaps."""

import numpy as np
import pytest

from townscape.curate.quality.measures import ALGORITHM
from townscape.workspace.features import ENCODER, Feature
from townscape.workspace.measures import Measured
from townscape.workspace.records import SelectionWindow


@pytest.fixture
def images(served):
    """Ten images whose blur is 0.0, 0.1 … 0.9, with features and, for six of them, positions."""
    found = [served.add_image(f"{k}.png", height=40, width=60, seed=k) for k in range(10)]
    workspace = served.workspace
    workspace.measures.put(
        [Measured(image.id, {"blur": k / 10, "tilt": None}) for k, image in enumerate(found)],
        algorithm=ALGORITHM,
    )
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(10, 1280))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    workspace.features.put(
        [Feature(i.id, i.version, row.astype(np.float16)) for i, row in zip(found, rows, strict=True)],
        ENCODER,
    )
    workspace.images.locate(
        [(image.id, {"longitude": 13 + k / 10, "latitude": 52.5}) for k, image in enumerate(found[:6])]
    )
    return found


def test_measures_are_listed_with_what_is_known_of_them(served, images):
    listed = {m["key"]: m for m in served.client.get("/v1/measures").json()}
    assert listed["blur"]["n_images"] == 10
    assert listed["tilt"]["n_images"] == listed["contrast"]["n_images"] == 0
    assert served.client.get(f"/v1/measures/of/{images[3].id}").json() == {"blur": 0.3, "tilt": None}
    assert served.client.get("/v1/measures/beauty/histogram").status_code == 404


def test_a_histogram_counts_every_image(served, images):
    found = served.client.get("/v1/measures/blur/histogram", params={"bins": 9}).json()
    assert sum(found["counts"]) == found["n_images"] == 10
    assert (found["edges"][0], found["edges"][-1]) == (0.0, 0.9)
    assert found["percentiles"]["50"] == pytest.approx(0.45)
    empty = served.client.get("/v1/measures/tilt/histogram").json()
    assert empty == {"n_images": 0, "edges": [], "counts": [], "percentiles": {}}


def test_a_threshold_is_shown_with_the_images_nearest_to_it_on_both_sides(served, images):
    ask = {"threshold": 0.55, "limit": 2}
    found = served.client.get("/v1/measures/blur/preview", params=ask).json()
    assert (found["n_beyond"], found["n_images"]) == (4, 10)
    assert [i["name"] for i in found["beyond"]] == ["6.png", "7.png"]
    assert [i["name"] for i in found["before"]] == ["5.png", "4.png"]
    worst = served.client.get("/v1/measures/blur/preview", params={"percent": 20}).json()
    assert (worst["threshold"], worst["n_beyond"]) == (0.8, 2)
    assert served.client.get("/v1/measures/sharpness/preview").status_code == 409


def test_a_threshold_becomes_a_selection_worst_first(served, images):
    made = served.client.post("/v1/measures/blur/selections", json={"threshold": 0.7})
    assert made.status_code == 201
    assert made.json()["reason"] == "Blur at least 0.7 (set by hand): 3 of 10 images"
    windows = served.workspace.selections.get(made.json()["id"]).windows
    assert [w.image_id for w in windows] == [images[k].id for k in (9, 8, 7)]
    none = served.client.post("/v1/measures/blur/selections", json={"threshold": 5})
    assert none.status_code == 409


def test_the_plane_of_scenes_marks_chosen_random_and_labelled_images(served, images):
    put = served.workspace.selections.put
    ours, drawn = (
        put(
            name,
            [SelectionWindow(image_id=images[k].id, window=images[k].whole) for k in rows],
            reason="test",
        )
        for name, rows in (("ours", (0, 1)), ("random", (1, 2)))
    )
    found = served.client.get("/v1/coverage/scatter", params={"chosen": ours.id, "random": drawn.id}).json()
    assert found["n_images"] == len(found["points"]) == 10
    assert found["n_without"] == 0
    marked = {p["name"]: (p["is_chosen"], p["is_random"]) for p in found["points"]}
    assert (marked["0.png"], marked["1.png"]) == ((True, False), (True, True))
    assert max(max(abs(p["x"]), abs(p["y"])) for p in found["points"]) == pytest.approx(1, abs=1e-3)
    assert found["chosen"]["n_chosen"] == 2
    assert 0 < found["chosen"]["mean"] <= found["chosen"]["max"] <= 2


def test_the_map_shows_images_with_a_position_within_bounds(served, images):
    found = served.client.get("/v1/coverage/map").json()
    assert (found["type"], found["n_images"], len(found["features"])) == ("FeatureCollection", 6, 6)
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [13.0, 52.5]}
    some = served.client.get("/v1/coverage/map", params={"bounds": "13.15,52,13.45,53"}).json()
    assert {f["properties"]["name"] for f in some["features"]} == {"2.png", "3.png", "4.png"}
    wrong = served.client.get("/v1/coverage/map", params={"bounds": "here"})
    assert wrong.status_code == 409


def test_gaps_are_served_in_words(served, images):
    found = served.client.get("/v1/coverage/gaps").json()
    assert found["n_images"] == 10
    assert found["n_with_position"] == 6
    assert any("do not say where" in text for text in found["unknown"])
