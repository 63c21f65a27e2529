"""What an import finds wrong with labels before it writes anything, and the click that helps."""

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.events import Report
from townscape.exchange import ImportOptions, run
from townscape.workspace import create_workspace

RNG = np.random.default_rng(0)


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        yield opened


def write(tmp_path, name, mask, **saving):
    for folder in ("images", "masks"):
        (tmp_path / "data" / folder).mkdir(parents=True, exist_ok=True)
    height, width = mask.shape[:2]
    pixels = RNG.integers(0, 255, (height, width, 3), dtype=np.uint8)
    Pillow.fromarray(pixels).save(tmp_path / "data" / "images" / f"{name}.png")
    Pillow.fromarray(mask).save(
        tmp_path / "data" / "masks" / f"{name}{saving.pop('ending', '.png')}", **saving
    )


def look(workspace, tmp_path, **values):
    return run(workspace, ImportOptions(path=tmp_path / "data", look=True, **values), Report())


def finding(result, kind):
    return next((f for f in result.findings if f.kind == kind), None)


def test_looking_writes_nothing_and_says_what_would_be(workspace, tmp_path):
    write(tmp_path, "a", np.full((20, 30), 3, np.uint8))
    result = look(workspace, tmp_path)
    assert (result.looked_only, result.images, result.unmatched) == (True, 1, ["3"])
    assert finding(result, "unknown").remedies[0].options == {"map": ["other=unlabelled"]}
    assert workspace.images.find() == []


def test_255_looks_like_foreground(workspace, tmp_path):
    write(tmp_path, "a", np.where(np.eye(20), 255, 0).astype(np.uint8))
    assert "most likely the class itself" in finding(look(workspace, tmp_path), "foreground").text


def test_values_shifted_by_one_are_found_and_the_remedy_works(workspace, tmp_path):
    write(tmp_path, "a", RNG.choice([1, 2, 3], (20, 30)).astype(np.uint8))
    (tmp_path / "data" / "masks" / "classes.txt").write_text("sky\nbuilding\nroad\n")
    found = finding(look(workspace, tmp_path), "off-by-one")
    result = look(workspace, tmp_path, **{k: tuple(v) for k, v in found.remedies[0].options.items()})
    assert {row["value"]: row["class"] for row in result.values} == {"1": "sky", "2": "building", "3": "road"}
    assert not result.unmatched


def test_jpeg_masks_sizes_that_differ_and_broken_files_are_listed(workspace, tmp_path):
    color = np.full((20, 30, 3), (128, 64, 128), np.uint8)
    color[:10] = (128, 0, 0)
    write(tmp_path, "a", color, ending=".jpg", quality=40)
    write(tmp_path, "b", color)
    write(tmp_path, "c", color)
    Pillow.fromarray(color[:10, :15]).save(tmp_path / "data" / "masks" / "b.png")
    (tmp_path / "data" / "masks" / "c.png").write_bytes(b"\x89PNG broken")
    result = look(workspace, tmp_path)
    assert "JPEG" in finding(result, "lossy").title
    rejected = finding(result, "rejected")
    assert rejected.n_pictures == 3
    assert {r.title for r in rejected.remedies} == {"Import the rest", "Bring labels to the image's size"}
    result = look(workspace, tmp_path, snap=60, resize_labels=True)
    assert result.images == 2
    assert not result.unmatched


def test_nearly_empty_pictures_and_specks_are_named(workspace, tmp_path):
    empty = np.zeros((60, 60), np.uint8)
    empty[0, 0] = 3
    specks = np.zeros((60, 60), np.uint8)
    specks[::3, ::3] = 2
    write(tmp_path, "empty", empty)
    write(tmp_path, "specks", specks)
    result = look(workspace, tmp_path, map=("0=unlabelled", "3=road", "2=building"))
    assert finding(result, "specks").pictures == ["specks.png"]


def test_a_taxonomy_can_be_made_of_the_names_in_the_files(workspace, tmp_path):
    write(tmp_path, "a", RNG.choice([0, 1, 2], (20, 30)).astype(np.uint8))
    names = {
        "classes": [
            {"value": 0, "name": "void"},
            {"value": 1, "name": "Bus stop"},
            {"value": 2, "name": "Kiosk"},
        ]
    }
    (tmp_path / "data" / "masks" / "classes.json").write_text(json.dumps(names))
    result = run(workspace, ImportOptions(path=tmp_path / "data", new_taxonomy="stops"), Report())
    taxonomy = workspace.taxonomies.get("stops")
    assert [c.key for c in taxonomy.classes] == ["bus-stop", "kiosk"]
    assert {row["name"]: row["class"] for row in result.values} == {
        "void": "ignore", "Bus stop": "bus-stop", "Kiosk": "kiosk",
    }  # fmt: skip


def test_dubai_lists_colors_that_its_masks_do_not_have(real_data, tmp_path):
    """`classes.json` names other colours than the masks use: found out, asked, resolved."""
    tile = real_data / "dubai" / "Tile 8"
    with create_workspace(tmp_path / "w", taxonomy="land-cover") as workspace:
        options = {"path": tile / "images", "masks": tile / "masks", "look": True}
        result = run(workspace, ImportOptions.parse(options), Report())
        assert set(result.unmatched) == {
            "#3c1098", "#8429f6", "#6ec1e4", "#fedd3a", "#e2a929", "#000000",
        }  # fmt: skip
        assert any("but only 1 of them (#9b9b9b) can be found" in f.text for f in result.findings)
        answers = (
            "#3c1098=building", "#8429f6=bare-ground", "#6ec1e4=road", "#fedd3a=grass", "#e2a929=water",
            "#000000=ignore",
        )  # fmt: skip
        result = run(workspace, ImportOptions.parse({**options, "map": answers}), Report())
        assert not result.unmatched
