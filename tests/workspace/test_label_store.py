"""The label store: revisions, merge, objects, time travel, and no acknowledged save ever lost."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from PIL import Image as Pillow

from townscape.core.errors import LabelError, NotFound
from townscape.core.labelmap import FIRST_OBJECT, IGNORE, LabelMap, ObjectRow
from townscape.core.tiles import TileKey, cut, halve
from townscape.testing.label_machine import LabelStoreMachine
from townscape.workspace import create_workspace
from townscape.workspace.label_save import Save, TileConflict

TestLabelStore = LabelStoreMachine.TestCase
TestLabelStore.settings = settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        yield opened


def annotate(workspace, tmp_path, *, width=700, height=600, name="a.png"):
    Pillow.fromarray(np.zeros((height, width, 3), dtype=np.uint8)).save(tmp_path / name)
    image, _ = workspace.images.take_in(tmp_path / name, name=name)
    return workspace.labels.open(image, "camvid")


def tile_of(value, *, rows=slice(None), columns=slice(None)):
    tile = np.zeros((512, 512), dtype=np.uint32)
    tile[rows, columns] = value
    return tile


def test_a_new_annotation_is_empty_at_revision_zero(workspace, tmp_path):
    annotation = annotate(workspace, tmp_path)
    assert annotation.head == 0
    assert not workspace.labels.read(annotation.id).segments_hw.any()
    coverage = workspace.labels.coverage(annotation.id)
    assert (coverage.total_px, coverage.labelled_share) == (420_000, 0)


def test_two_people_paint_the_same_image(workspace, tmp_path):
    labels, annotation = workspace.labels, annotate(workspace, tmp_path)
    base = labels.save(annotation.id, Save(0, {(0, 0): tile_of(1)})).revision
    mine = tile_of(1)
    mine[:100] = 2
    theirs = tile_of(1)
    theirs[50:150] = 3
    labels.save(annotation.id, Save(base, {(0, 0): theirs}, author="theirs"))
    answer = labels.save(annotation.id, Save(base, {(0, 0): mine}, author="mine"))
    found = labels.read(annotation.id).segments_hw
    assert (found[:100, :512] == 2).all()
    assert (found[100:150, :512] == 3).all()
    assert (found[150:512, :512] == 1).all()
    assert answer.conflicts == (TileConflict(0, 0, 50 * 512, (0, 50, 512, 100)),)
    assert answer.merged == ((0, 0),)
    assert (labels.read(annotation.id, revision=2).segments_hw[50:100, :512] == 3).all()


def test_objects_made_on_both_sides_get_ids_of_their_own(workspace, tmp_path):
    labels, annotation = workspace.labels, annotate(workspace, tmp_path)
    one = Save(
        0,
        {(0, 0): tile_of(FIRST_OBJECT, rows=slice(0, 9))},
        {FIRST_OBJECT: ObjectRow(FIRST_OBJECT, 9)},
        frozenset({FIRST_OBJECT}),
    )
    two = Save(
        0,
        {(0, 0): tile_of(FIRST_OBJECT, rows=slice(20, 29))},
        {FIRST_OBJECT: ObjectRow(FIRST_OBJECT, 10)},
        frozenset({FIRST_OBJECT}),
    )
    assert labels.save(annotation.id, one).renumbered == {}
    answer = labels.save(annotation.id, two)
    assert answer.renumbered == {FIRST_OBJECT: FIRST_OBJECT + 1}
    found = labels.read(annotation.id)
    assert found.segments_hw[0, 0] == FIRST_OBJECT
    assert found.segments_hw[25, 0] == FIRST_OBJECT + 1
    assert {i: row.class_number for i, row in found.objects.items()} == {
        FIRST_OBJECT: 9,
        FIRST_OBJECT + 1: 10,
    }


def test_ids_of_objects_are_never_used_again(workspace, tmp_path):
    labels, annotation = workspace.labels, annotate(workspace, tmp_path)
    row = {FIRST_OBJECT: ObjectRow(FIRST_OBJECT, 9)}
    labels.save(annotation.id, Save(0, {(0, 0): tile_of(FIRST_OBJECT)}, row, frozenset(row)))
    workspace.history.revert(annotation.id, 0)
    assert labels.read(annotation.id).objects == {}
    answer = labels.save(annotation.id, Save(2, {(0, 0): tile_of(FIRST_OBJECT)}, row, frozenset(row)))
    assert answer.renumbered == {FIRST_OBJECT: FIRST_OBJECT + 1}


def test_an_object_that_was_reverted_away_comes_back_when_it_is_painted_again(workspace, tmp_path):
    labels, annotation = workspace.labels, annotate(workspace, tmp_path)
    row = {FIRST_OBJECT: ObjectRow(FIRST_OBJECT, 9, {"note": "red"})}
    labels.save(annotation.id, Save(0, {(0, 0): tile_of(FIRST_OBJECT)}, row, frozenset(row)))
    workspace.history.revert(annotation.id, 0)
    labels.save(annotation.id, Save(1, {(1, 1): tile_of(FIRST_OBJECT, rows=slice(0, 5))}))
    assert labels.read(annotation.id).objects == row


def test_replaying_a_save_returns_the_first_answer(workspace, tmp_path):
    labels, annotation = workspace.labels, annotate(workspace, tmp_path)
    save = Save(0, {(0, 0): tile_of(4)})
    first = labels.save(annotation.id, save)
    labels.save(annotation.id, Save(1, {(0, 1): tile_of(5)}))
    assert labels.save(annotation.id, save) == first
    assert labels.get(annotation.id).head == 2


@pytest.mark.parametrize(
    ("save", "reason"),
    [
        (Save(0, {(0, 0): tile_of(99)}), "no class number 99"),
        (Save(0, {(0, 0): tile_of(FIRST_OBJECT)}), "no row says"),
        (Save(7, {(0, 0): tile_of(1)}), "does not exist"),
        (Save(0, {(9, 0): tile_of(1)}), "outside the image"),
        (Save(0, {(0, 0): np.zeros((5, 5), dtype=np.uint32)}), "512×512"),
        (
            Save(0, {}, {FIRST_OBJECT: ObjectRow(FIRST_OBJECT, 77)}, frozenset({FIRST_OBJECT})),
            "class number 77",
        ),
        (Save(0, {}, {12: ObjectRow(12, 1)}), "below 65,536"),
        (Save(0, {}, {12: ObjectRow(12, 1)}, frozenset({12})), "below 65,536"),
    ],
)
def test_a_save_that_breaks_a_rule_stores_nothing(workspace, tmp_path, save, reason):
    annotation = annotate(workspace, tmp_path)
    with pytest.raises(LabelError, match=reason):
        workspace.labels.save(annotation.id, save)
    assert workspace.labels.get(annotation.id).head == 0
    assert len(workspace.history.revisions(annotation.id)) == 1


def test_paint_beyond_the_edge_of_the_image_is_dropped(workspace, tmp_path):
    annotation = annotate(workspace, tmp_path)
    workspace.labels.save(annotation.id, Save(0, {(1, 1): tile_of(3)}))
    coverage = workspace.labels.coverage(annotation.id)
    assert coverage.by_class == {3: (600 - 512) * (700 - 512)}


def test_coverage_counts_objects_under_their_class_and_ignore_as_labelled(workspace, tmp_path):
    annotation = annotate(workspace, tmp_path)
    segments = np.zeros((600, 700), dtype=np.uint32)
    segments[:10], segments[10:20], segments[20:30] = 2, FIRST_OBJECT, IGNORE
    workspace.labels.save_map(annotation.id, LabelMap(segments, {FIRST_OBJECT: ObjectRow(FIRST_OBJECT, 9)}))
    coverage = workspace.labels.coverage(annotation.id)
    assert dict(coverage.by_class) == {2: 7000, 9: 7000, IGNORE: 7000}
    assert coverage.labelled_share == pytest.approx(30 / 600)


def test_overviews_follow_every_save(workspace, tmp_path):
    annotation = annotate(workspace, tmp_path, width=1500, height=1100)
    rng = np.random.default_rng(0)
    plane = np.kron(rng.integers(0, 12, (11, 15)), np.ones((100, 100), dtype=int)).astype(np.uint32)
    workspace.labels.save_map(annotation.id, LabelMap(plane))
    plane[300:900, 300:900] = 5
    changed = {(k.row, k.column): t for k, t in cut(plane) if k.row < 2 and k.column < 2}
    workspace.labels.save(annotation.id, Save(1, changed))
    assert np.array_equal(workspace.labels.read(annotation.id, level=1).segments_hw, halve(plane))
    assert np.array_equal(workspace.labels.read(annotation.id, level=2).segments_hw, halve(halve(plane)))


def test_large_maps_are_saved_tile_by_tile_with_the_same_result(workspace, tmp_path):
    annotation = annotate(workspace, tmp_path, width=2600, height=2300)
    rng = np.random.default_rng(1)
    plane = np.kron(rng.integers(0, 12, (23, 26)), np.ones((100, 100), dtype=int)).astype(np.uint32)
    tiles = (((k.row, k.column), t) for k, t in cut(plane))
    assert workspace.labels.save_large(annotation.id, tiles).revision == 1
    assert np.array_equal(workspace.labels.read(annotation.id).segments_hw, plane)
    assert np.array_equal(workspace.labels.read(annotation.id, level=1).segments_hw, halve(plane))
    assert workspace.labels.read_tile(annotation.id, TileKey(0, 4, 5)).any()


def test_reading_an_unknown_revision_says_which_exist(workspace, tmp_path):
    annotation = annotate(workspace, tmp_path)
    with pytest.raises(NotFound, match="revision 3") as caught:
        workspace.labels.read(annotation.id, revision=3)
    assert caught.value.hint == "they go from 0 to 0."


def test_layers_are_kept_apart(workspace, tmp_path):
    annotation = annotate(workspace, tmp_path)
    image = workspace.images.find()[0]
    second = workspace.labels.open(image, "camvid", layer="second:anna")
    workspace.labels.save(second.id, Save(0, {(0, 0): tile_of(4)}))
    assert not workspace.labels.read(annotation.id).segments_hw.any()
    assert workspace.labels.open(image, "camvid", layer="second:anna").id == second.id


def test_saves_under_an_older_taxonomy_version_are_accepted(workspace, tmp_path):
    annotation = annotate(workspace, tmp_path)
    old = workspace.taxonomy()
    classes = tuple(c.model_copy(update={"merged_into": 1}) if c.number == 6 else c for c in old.classes)
    newer = workspace.taxonomies.put(old.model_copy(update={"classes": classes}))
    assert newer.version == 2
    workspace.labels.save(annotation.id, Save(0, {(0, 0): tile_of(6)}, taxonomy_version=1))
    assert workspace.history.revisions(annotation.id)[-1].taxonomy_version == 1
    assert workspace.labels.read(annotation.id).class_numbers(newer)[0, 0] == 1
    assert workspace.labels.coverage(annotation.id).by_class.keys() == {1}


def test_classes_are_never_removed(workspace):
    old = workspace.taxonomy()
    with pytest.raises(LabelError, match="lacks bicyclist"):
        workspace.taxonomies.put(old.model_copy(update={"classes": old.classes[:-1]}))
    assert workspace.taxonomies.put(old).version == 1
