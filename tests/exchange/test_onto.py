"""Labels put onto images that are here already, and images without labels written all the same."""

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import InputError, NotFound, UsageError
from townscape.core.events import Report
from townscape.core.labelmap import LabelMap
from townscape.core.spaces import Window
from townscape.core.taxonomy import read_taxonomy
from townscape.exchange import ExportOptions, ImportOptions, run
from townscape.workspace import create_workspace
from townscape.workspace.records import SelectionWindow

ROAD = read_taxonomy("cityscapes").get_class("road").number


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="cityscapes") as opened:
        yield opened


def add(workspace, tmp_path, *names):
    """Images of one size under these names, and the selection of them."""
    windows = []
    for k, name in enumerate(names):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(np.random.default_rng(k).integers(0, 255, (30, 40, 3), np.uint8)).save(path)
        image, _ = workspace.images.take_in(path, name=name)
        windows.append(SelectionWindow(image_id=image.id, window=image.whole))
    return workspace.selections.put("some", windows, reason="a test")


def plane(workspace, selection, k):
    (annotation,) = workspace.labels.find(image_id=workspace.selections.get(selection.id).windows[k].image_id)
    return workspace.labels.read(annotation.id).segments_hw


def coco_file(tmp_path, *names):
    images = [{"id": k, "file_name": n, "width": 40, "height": 30} for k, n in enumerate(names)]
    box = [[0, 0, 10, 0, 10, 10, 0, 10]]
    annotations = [
        {"id": k, "image_id": k, "category_id": 1, "segmentation": box, "iscrowd": 0}
        for k in range(len(names))
    ]
    path = tmp_path / "labels" / "instances.json"
    path.parent.mkdir()
    categories = [{"id": 1, "name": "road"}]
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    return path.parent


def put_onto(workspace, path, selection, **values):
    return run(workspace, ImportOptions(path=path, onto=selection.id, existing="replace", **values), Report())


def test_labels_find_their_images_by_name_and_no_image_is_taken_in(workspace, tmp_path):
    selection = add(workspace, tmp_path, "north/a.png", "b.png")
    labels = coco_file(tmp_path, "somewhere/else/a.png", "b.jpg")
    result = put_onto(workspace, labels, selection, author="ana")
    assert (result.images, result.new_images, result.kept) == (2, 0, 0)
    assert len(workspace.images.find()) == 2
    for k in (0, 1):
        assert (plane(workspace, selection, k)[:10, :10] == ROAD).all()
    (annotation, _) = workspace.labels.find()
    assert workspace.history.revisions(annotation.id)[-1].author == "ana"
    assert not list((workspace.root / "unpacked").iterdir())


def test_names_of_cityscapes_are_understood(workspace, tmp_path):
    selection = add(workspace, tmp_path, "a.png", "street_000002_000019.png")
    for k in (0, 1):
        image = workspace.images.get(workspace.selections.get(selection.id).windows[k].image_id)
        annotation = workspace.labels.open(image, "cityscapes")
        workspace.labels.save_map(annotation.id, LabelMap(np.full((30, 40), ROAD + k, np.uint32)))
    options = ExportOptions(format="cityscapes", out=tmp_path / "out", images="none")
    run(workspace, options, Report())
    other = add(workspace, tmp_path / "other", "a.png", "street_000002_000019.png")
    put_onto(workspace, tmp_path / "out", other)
    assert [int(plane(workspace, other, k)[0, 0]) for k in (0, 1)] == [ROAD, ROAD + 1]


def test_what_has_no_image_here_is_said(workspace, tmp_path):
    selection = add(workspace, tmp_path, "a.png")
    labels = coco_file(tmp_path, "a.png", "c.png")
    with pytest.raises(InputError, match=r"labels have no image: c\.png"):
        put_onto(workspace, labels, selection)
    result = put_onto(workspace, labels, selection, skip_missing=True)
    assert result.rejected == [{"file": "c.png", "reason": "its image was not found"}]


def test_two_images_of_one_name_are_no_answer(workspace, tmp_path):
    selection = add(workspace, tmp_path, "north/a.png", "south/a.png")
    labels = coco_file(tmp_path, "a.png")
    with pytest.raises(InputError, match="no image"):
        put_onto(workspace, labels, selection)


def test_selections_of_parts_and_unknown_ones_are_refused(workspace, tmp_path):
    add(workspace, tmp_path, "a.png")
    image = workspace.images.find()[0]
    part = SelectionWindow(image_id=image.id, window=Window(0, 0, 5, 5))
    selection = workspace.selections.put("part", [part], reason="a test")
    labels = coco_file(tmp_path, "a.png")
    with pytest.raises(UsageError, match=r"a part of a\.png"):
        put_onto(workspace, labels, selection)
    with pytest.raises(NotFound):
        run(workspace, ImportOptions(path=labels, onto="nothing"), Report())


def test_images_without_labels_are_written_where_that_is_asked(workspace, tmp_path):
    selection = add(workspace, tmp_path, "a.png", "b.png")
    add(workspace, tmp_path / "more", "c.png")
    options = {"format": "coco", "selection": selection.id, "with_unlabelled": True}
    result = run(workspace, ExportOptions(out=tmp_path / "out", **options), Report())
    assert result.pictures == 2
    listed = json.loads((tmp_path / "out/annotations/instances_default.json").read_text())
    assert [i["file_name"] for i in listed["images"]] == ["a.png", "b.png"]
    assert listed["annotations"] == []
