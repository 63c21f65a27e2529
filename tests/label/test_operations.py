"""Whole-map operations: what they change, what they leave, and how they stand in the history."""

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import NotFound, UsageError
from townscape.core.labelmap import FIRST_OBJECT, LabelMap, ObjectRow
from townscape.core.taxonomy import read_taxonomy
from townscape.label import apply_operation
from townscape.label.locks import Locks
from townscape.label.operations import CopyLabels, Fill, FillUnlabelled, TakePrediction, UndoRevision
from townscape.testing.tiny_models import tiny_card
from townscape.workspace import create_workspace
from townscape.workspace.label_save import Save
from townscape.workspace.prediction_files import put_plane
from townscape.workspace.records import Model, Prediction

SHAPE = (700, 900)
LAND = read_taxonomy("land-cover")


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="land-cover") as opened:
        yield opened


def take_in(workspace, tmp_path, name="a.png", shape=SHAPE):
    Pillow.new("RGB", shape[::-1]).save(tmp_path / name)
    image, _ = workspace.images.take_in(tmp_path / name, name=name)
    return image, workspace.labels.open(image, "land-cover")


def put(workspace, annotation, plane, objects=()):
    rows = {row.id: row for row in objects}
    workspace.labels.save_map(annotation.id, LabelMap(plane.astype(np.uint32), rows))


def plane_of(workspace, annotation):
    return workspace.labels.read(annotation.id).segments_hw


def do(workspace, annotation, operation):
    return apply_operation(workspace, annotation.id, operation, author="Ana")


def test_filling_goes_over_tiles_and_stops_at_locks(workspace, tmp_path):
    _, annotation = take_in(workspace, tmp_path)
    plane = np.zeros(SHAPE, dtype=np.uint32)
    plane[:, 600:610] = 2
    put(workspace, annotation, plane)
    answer = do(workspace, annotation, Fill(x=3, y=690, segment=4))
    plane[:, :600] = 4
    assert np.array_equal(plane_of(workspace, annotation), plane)
    assert answer.pixels == 600 * SHAPE[0]
    nothing = do(workspace, annotation, Fill(x=3, y=3, segment=5, locks=Locks(protect=(4,))))
    assert (nothing.revision, nothing.pixels) == (None, 0)


def test_filling_everything_alike_does_not_need_to_hang_together(workspace, tmp_path):
    _, annotation = take_in(workspace, tmp_path)
    plane = np.zeros(SHAPE, dtype=np.uint32)
    plane[:5, :5] = plane[-5:, -5:] = 2
    put(workspace, annotation, plane)
    assert do(workspace, annotation, Fill(x=0, y=0, segment=3, contiguous=False)).pixels == 50


def test_fill_unlabelled_fills_the_image_and_not_its_tiles(workspace, tmp_path):
    _, annotation = take_in(workspace, tmp_path)
    answer = do(workspace, annotation, FillUnlabelled(segment=3))
    assert answer.pixels == SHAPE[0] * SHAPE[1]
    assert workspace.labels.get(annotation.id).labelled_share == 1.0


def test_a_class_or_an_object_that_is_not_there_is_refused(workspace, tmp_path):
    _, annotation = take_in(workspace, tmp_path)
    for segment in (77, FIRST_OBJECT):
        with pytest.raises((NotFound, UsageError)):
            do(workspace, annotation, FillUnlabelled(segment=segment))
    with pytest.raises(UsageError, match="outside the image"):
        do(workspace, annotation, Fill(x=900, y=0, segment=3))


def predict(workspace, image, numbers, confidence):
    card = tiny_card(LAND, name="tiny")
    model = workspace.models.put(
        Model(
            id="01890000-0000-7000-8000-000000000001",
            name="tiny",
            dataset_id=None,
            run_id=None,
            onnx_sha256="",
            created_at=0.0,
            card=card.model_dump(mode="json"),
        )
    )
    workspace.predictions.put(
        Prediction(
            id="01890000-0000-7000-8000-000000000002", image_id=image.id, model_id=model.id, kind="photo",
            classes_blob=put_plane(workspace.blobs, numbers.astype(np.uint16)),
            confidence_blob=put_plane(workspace.blobs, confidence.astype(np.uint8)),
            class_pixels={}, options={}, run_id=None, created_at=0.0,
        )
    )  # fmt: skip
    return model


def test_a_prediction_is_taken_by_class_confidence_and_region_and_stays_told_apart(workspace, tmp_path):
    image, annotation = take_in(workspace, tmp_path)
    plane = np.zeros(SHAPE, dtype=np.uint32)
    plane[:100] = 5
    put(workspace, annotation, plane)
    numbers = np.full(SHAPE, 1)
    numbers[:, 450:] = 2
    confidence = np.full(SHAPE, 100)
    confidence[350:] = 200
    model = predict(workspace, image, numbers, confidence)
    taken = TakePrediction(model=model.id, classes=(2,), min_confidence=0.7, region=(0, 0, 800, 700))
    answer = do(workspace, annotation, taken)
    plane[350:, 450:800] = 2
    assert np.array_equal(plane_of(workspace, annotation), plane)
    assert workspace.history.revisions(annotation.id)[-1].kind == "prediction"
    do(workspace, annotation, TakePrediction(model=model.id))
    plane[plane == 0] = numbers[plane == 0]
    assert np.array_equal(plane_of(workspace, annotation), plane)
    assert answer.pixels == 350 * 350
    do(workspace, annotation, TakePrediction(model=model.id, over="everything"))
    assert np.array_equal(plane_of(workspace, annotation), numbers)


def test_copied_objects_are_new_objects(workspace, tmp_path):
    first, source = take_in(workspace, tmp_path)
    _, annotation = take_in(workspace, tmp_path, "b.png")
    plane = np.zeros(SHAPE, dtype=np.uint32)
    plane[10:20, 10:20], plane[30:40, 10:20] = FIRST_OBJECT, FIRST_OBJECT + 1
    rows = [ObjectRow(FIRST_OBJECT, 1, {"note": "x"}), ObjectRow(FIRST_OBJECT + 1, 1, {})]
    put(workspace, source, plane, rows)
    mine = np.zeros(SHAPE, dtype=np.uint32)
    mine[500:, 500:] = FIRST_OBJECT
    put(workspace, annotation, mine, [ObjectRow(FIRST_OBJECT, 2, {})])
    do(workspace, annotation, CopyLabels(from_image=first.id))
    found = plane_of(workspace, annotation)
    assert sorted(np.unique(found)) == [0, FIRST_OBJECT, FIRST_OBJECT + 1, FIRST_OBJECT + 2]
    head = workspace.labels.get(annotation.id).head
    objects = workspace.labels.objects(annotation.id, head)
    assert objects[int(found[10, 10])].attributes == {"note": "x"}
    assert objects[FIRST_OBJECT].class_number == 2


def test_labels_of_another_size_do_not_fit(workspace, tmp_path):
    other, source = take_in(workspace, tmp_path, "small.png", (50, 60))
    put(workspace, source, np.ones((50, 60)))
    _, annotation = take_in(workspace, tmp_path)
    with pytest.raises(UsageError, match="another size"):
        do(workspace, annotation, CopyLabels(from_image=other.id))


def test_undoing_a_revision_spares_what_others_painted_since(workspace, tmp_path):
    _, annotation = take_in(workspace, tmp_path)
    filled = do(workspace, annotation, FillUnlabelled(segment=3)).revision
    tile = np.full((512, 512), 3, dtype=np.uint32)
    tile[:100, :100] = 5
    workspace.labels.save(annotation.id, Save(filled, {(0, 0): tile}, author="Ben"))
    answer = do(workspace, annotation, UndoRevision(revision=filled))
    wanted = np.zeros(SHAPE, dtype=np.uint32)
    wanted[:100, :100] = 5
    assert np.array_equal(plane_of(workspace, annotation), wanted)
    assert answer.skipped == 100 * 100
