"""What to label first: choices cover better than chance, set copies aside, and share out fairly."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from townscape import engine
from townscape.core.errors import NotFound, NothingToRead
from townscape.core.labelmap import LabelMap
from townscape.curate.first.choosing import choose, choose_randomly, strata_of
from townscape.curate.first.clusters import cluster
from townscape.curate.first.covering import (
    coverage,
    distances_to,
    distinct,
    nearest,
    share_out,
    spread,
    stand_for,
)
from townscape.curate.first.scatter import lay_out
from townscape.curate.kinds.label_first import Options
from townscape.curate.kinds.similar import Options as SimilarOptions
from townscape.workspace import create_workspace
from townscape.workspace.features import ENCODER, Feature
from townscape.workspace.pairs import ImagePair


def unit(rows):
    rows = np.asarray(rows, float)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def scenes(n_scenes, n_each, *, noise=0.05, seed=0, n_dimensions=24):
    """Groups of like vectors: rows of one scene follow each other."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(n_scenes, n_dimensions))
    rows = np.repeat(unit(centres), n_each, axis=0)
    return unit(rows + rng.normal(0, noise, rows.shape) / n_dimensions**0.5)


vectors = st.tuples(st.integers(1, 40), st.integers(0, 10_000)).map(
    lambda t: unit(np.random.default_rng(t[1]).normal(size=(t[0], 5)))
)


@given(vectors, st.integers(1, 45))
def test_choices_have_the_size_asked_for_and_no_row_twice(rows, count):
    for choice in (spread(rows, count), stand_for(rows, count)):
        assert len(choice) == len(set(choice)) == min(count, len(rows))


@given(st.integers(0, 2000), st.integers(2, 3))
def test_spread_is_within_twice_the_best_possible(seed, count):
    rows = unit(np.random.default_rng(seed).normal(size=(9, 3)))
    away = distances_to(rows, rows)
    best = min(away[:, list(some)].min(axis=1).max() for some in itertools.combinations(range(9), count))
    assert coverage(rows, rows[spread(rows, count)]).max <= 2 * best + 1e-3


@given(st.integers(0, 2000), st.integers(2, 3))
def test_stand_for_reaches_63_per_cent_of_the_best_possible_gain(seed, count):
    rows = unit(np.random.default_rng(seed).normal(size=(9, 3)))
    away = distances_to(rows, rows)

    def gain(some):
        return float((2 - away[:, list(some)].min(axis=1)).sum())

    best = max(gain(some) for some in itertools.combinations(range(9), count))
    assert gain(stand_for(rows, count)) >= (1 - 1 / np.e) * best - 1e-3


@given(vectors, st.floats(0.05, 1.5))
def test_what_is_kept_as_distinct_is_apart_and_near_to_all_the_rest(rows, apart):
    kept = distinct(rows, min_distance=apart)
    away = distances_to(rows[kept], rows[kept]) + 9 * np.eye(len(kept))
    assert away.min() >= apart - 1e-3
    others = np.delete(rows, kept, axis=0)
    assert (nearest(others, rows[kept]) < apart + 1e-3).all()


def test_one_of_every_scene_is_chosen_where_chance_misses_some():
    rows = scenes(20, 15)
    for method in ("stand-for", "spread"):
        made = choose(rows, ["all"] * len(rows), 20, method=method, min_distance=0.2)
        assert {row // 15 for row in made.rows} == set(range(20))
        assert made.n_distinct < len(rows)
    drawn = choose_randomly(len(rows), 20, seed=0)
    assert len({row // 15 for row in drawn}) < 18
    assert coverage(rows, rows[made.rows]).mean < 0.6 * coverage(rows, rows[drawn]).mean


def test_what_is_known_already_is_not_chosen_again():
    rows = scenes(6, 10)
    known = rows[:20]
    made = choose(rows[20:], ["all"] * 40, 4, method="stand-for", min_distance=0.2, known=known)
    assert {row // 10 for row in made.rows} == {0, 1, 2, 3}


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12), st.integers(0, 900))
def test_budgets_are_shared_out_fully_and_nobody_goes_without(sizes, count):
    shares = share_out(sizes, count)
    assert sum(shares) == min(count, sum(sizes))
    assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))
    if count >= sum(size > 0 for size in sizes):
        assert all(share > 0 for share, size in zip(shares, sizes, strict=True) if size)
    for (a, share_a), (b, share_b) in itertools.combinations(zip(sizes, shares, strict=True), 2):
        assert (a <= b) or (share_a >= share_b)


def test_large_choices_fall_back_on_alike_ones_rather_than_be_short():
    rows = scenes(3, 4, noise=0.001)
    made = choose(rows, ["all"] * 12, 10, method="stand-for", min_distance=0.2)
    assert made.n_distinct == 3
    assert len(set(made.rows)) == 10


@given(st.integers(0, 500), st.integers(2, 6))
def test_every_row_is_in_one_cluster_and_like_rows_are_together(seed, count):
    rows = scenes(count, 7, seed=seed, noise=0.01, n_dimensions=40)
    found = cluster(rows, count)
    assert sorted(row for c in found for row in c.rows) == list(range(len(rows)))
    assert all(len({row // 7 for row in c.rows}) == 1 for c in found)


def test_the_plane_shows_the_two_widest_directions_the_same_way_every_time():
    rng = np.random.default_rng(0)
    rows = np.zeros((300, 10))
    rows[:, 4], rows[:, 7] = rng.normal(0, 3, 300), rng.normal(0, 1, 300)
    placed = lay_out(rows)
    assert np.array_equal(placed, lay_out(rows.copy()))
    assert abs(np.corrcoef(placed[:, 0], rows[:, 4])[0, 1]) > 0.999
    assert abs(np.corrcoef(placed[:, 1], rows[:, 7])[0, 1]) > 0.995
    assert np.abs(placed).max() == pytest.approx(1)
    assert lay_out(rows[:1]).tolist() == [[0, 0]]


@pytest.fixture
def workspace(tmp_path: Path):
    """Four scenes of six pictures in two recordings, with features as the encoder would give them."""
    rows = scenes(4, 6, noise=0.3, n_dimensions=1280)
    rng = np.random.default_rng(0)
    with create_workspace(tmp_path / "w", taxonomy="land-cover") as opened:
        for k in range(24):
            path = tmp_path / f"{k:02d}.png"
            Pillow.fromarray(rng.integers(0, 255, (32, 48, 3), dtype=np.uint8)).save(path)
            image, _ = opened.images.take_in(path, name=path.name, sequence=f"drive {k // 12}")
            feature = Feature(image.id, image.version, rows[k].astype(np.float16))
            opened.features.put([feature], ENCODER)
        yield opened


def names(workspace, selection_id):
    windows = workspace.selections.get(selection_id).windows
    return [i.name for i in workspace.images.get_many([w.image_id for w in windows])]


def test_a_choice_comes_beside_a_random_one_with_the_coverage_of_both(workspace):
    result = engine.run_here(workspace, Options(count=4))
    ours, drawn = (names(workspace, s) for s in result["selections"])
    assert sorted(int(name[:2]) // 6 for name in ours) == [0, 1, 2, 3]
    assert len(set(drawn)) == 4
    assert result["strata"] == {"drive 0": 2, "drive 1": 2}
    assert result["chosen"]["mean_distance"] < result["random"]["mean_distance"]
    reasons = {s.name: s.reason for s in workspace.selections.find()}
    assert "4 of 24 images to label first" in reasons["Label first"]
    assert "drawn at random (seed 0)" in reasons["Label first: random"]
    again = engine.run_here(workspace, Options(count=4, seed=1))
    assert names(workspace, again["selections"][0]) == ours
    assert names(workspace, again["selections"][1]) != drawn


def test_labelled_images_and_copies_are_set_aside(workspace):
    images = workspace.images.find()
    annotation = workspace.labels.open(images[0], "land-cover")
    workspace.labels.save_map(annotation.id, LabelMap(np.ones((32, 48), dtype=np.uint32)))
    pair = ImagePair(first=images[6].id, second=images[7].id, kind="copy", distance=2, reason="same picture")
    workspace.pairs.put([pair])
    result = engine.run_here(workspace, Options(count=3))
    assert (result["n_labelled"], result["n_copies"], result["n_images"]) == (1, 1, 23)
    chosen = names(workspace, result["selections"][0])
    assert sorted(int(name[:2]) // 6 for name in chosen) == [1, 2, 3]
    anew = engine.run_here(workspace, Options(count=4, include_labelled=True))
    assert anew["n_images"] == 24


def test_nothing_left_to_label_is_said(workspace):
    for image in workspace.images.find():
        annotation = workspace.labels.open(image, "land-cover")
        workspace.labels.save_map(annotation.id, LabelMap(np.ones((32, 48), dtype=np.uint32)))
    with pytest.raises(NothingToRead, match="labelled already"):
        engine.run_here(workspace, Options())


def test_features_of_changed_pixels_do_not_count(workspace):
    image = workspace.images.find()[0]
    stale = Feature(image.id, "other pixels", np.ones(1280, np.float16))
    workspace.features.put([stale], ENCODER)
    assert [i.id for i in workspace.features.missing(workspace.images.find(), ENCODER)] == [image.id]
    kept, table = workspace.features.table(workspace.images.find(), ENCODER)
    assert len(kept) == len(table) == 23


def test_similar_scenes_come_nearest_first_and_without_the_given_one(workspace):
    result = engine.run_here(workspace, SimilarOptions(like=("07.png",), count=5))
    found = names(workspace, result["selections"][0])
    assert sorted(found) == ["06.png", "08.png", "09.png", "10.png", "11.png"]
    distances = [one["distance"] for one in result["nearest"]]
    assert distances == sorted(distances)
    with pytest.raises(NotFound, match="no image 'x'"):
        engine.run_here(workspace, SimilarOptions(like=("x",)))


def test_groups_of_like_scenes_hold_every_image_once(workspace):
    result = engine.run_here(workspace, SimilarOptions(clusters=4))
    groups = [names(workspace, s) for s in result["selections"]]
    assert sorted(name for group in groups for name in group) == [f"{k:02d}.png" for k in range(24)]
    assert all(len({int(name[:2]) // 6 for name in group}) == 1 for group in groups)


def test_strata_are_what_the_images_have(workspace):
    images = workspace.images.find()
    assert set(strata_of(images, "auto")) == {"drive 0", "drive 1"}
    assert set(strata_of(images, "time")) == {"no time"}
    assert set(strata_of(images, "none")) == {"all"}


def test_the_encoder_finds_neighbours_of_a_recording_more_alike_than_other_streets(tmp_path, real_data):
    folder = real_data / "camvid" / "train"
    chosen = [f"{s}_{n}.png" for s, n in (
        ("0001TP", "006690"), ("0001TP", "006720"), ("0006R0", "f00930"), ("0006R0", "f00960"),
        ("0016E5", "00390"), ("0016E5", "00420"),
    )]  # fmt: skip
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        for name in chosen:
            if (folder / name).is_file():
                opened.images.take_in(folder / name, name=name, sequence=name[:6])
        images = opened.images.find()
        engine.run_here(opened, Options(count=1))
        kept, table = opened.features.table(images, ENCODER)
        assert table.dtype == np.float16
        assert np.linalg.norm(table.astype(float), axis=1) == pytest.approx(1, abs=2e-3)
        away = distances_to(table, table)
        same = [away[i, j] for i, j in itertools.combinations(range(len(kept)), 2)
                if kept[i].sequence == kept[j].sequence]  # fmt: skip
        other = [away[i, j] for i, j in itertools.combinations(range(len(kept)), 2)
                 if kept[i].sequence != kept[j].sequence]  # fmt: skip
        assert len(same) >= 2
        assert max(same) < min(other)
