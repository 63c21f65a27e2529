"""Importing what is found: resumed, from strangers, with objects, onto labels that are there."""

import json

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import InputError, MissingPair, RunCancelled, UnmatchedLabels
from townscape.core.events import Report
from townscape.core.labelmap import FIRST_OBJECT
from townscape.exchange import ImportOptions, run
from townscape.workspace import create_workspace

CAR, ROAD = "car", "road"


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="cityscapes") as opened:
        yield opened


def coco(tmp_path, annotations, *, n_images=1, size=(40, 30), **more):
    """A COCO file of images of noise; annotations are (image, category, segmentation, iscrowd)."""
    root = tmp_path / "coco"
    (root / "images").mkdir(parents=True, exist_ok=True)
    width, height = size
    images = []
    for k in range(n_images):
        pixels = np.random.default_rng(k).integers(0, 255, (height, width, 3), np.uint8)
        Pillow.fromarray(pixels).save(root / "images" / f"{k}.png")
        images.append({"id": k, "file_name": f"{k}.png", "width": width, "height": height})
    rows = [
        {
            "id": n,
            "image_id": i,
            "category_id": c,
            "segmentation": s,
            "iscrowd": crowd,
            "area": 1,
            "bbox": [0, 0, 1, 1],
        }
        for n, (i, c, s, crowd) in enumerate(annotations, start=1)
    ]
    categories = [{"id": 3, "name": CAR}, {"id": 7, "name": ROAD}]
    content = {"images": images, "annotations": rows, "categories": categories, **more}
    (root / "instances_train.json").write_text(json.dumps(content))
    return root


def box(x0, y0, x1, y1):
    return [[x0, y0, x1, y0, x1, y1, x0, y1]]


def labels(workspace, k=0):
    image = next(i for i in workspace.images.find() if i.name == f"{k}.png")
    return workspace.labels.read(workspace.labels.find(image_id=image.id)[0].id)


def test_objects_of_things_stay_objects_and_stuff_is_plain(workspace, tmp_path):
    root = coco(
        tmp_path,
        [(0, 7, box(0, 0, 40, 30), 0), (0, 3, box(0, 0, 5, 5), 0), (0, 3, box(10, 0, 15, 5), 0)],
    )
    result = run(workspace, ImportOptions(path=root), Report())
    found = labels(workspace)
    taxonomy = workspace.taxonomies.get("cityscapes")
    assert sorted(np.unique(found.segments_hw)) == [
        taxonomy.get_class(ROAD).number,
        FIRST_OBJECT,
        FIRST_OBJECT + 1,
    ]
    assert {row.class_number for row in found.objects.values()} == {taxonomy.get_class(CAR).number}
    assert result.overlap_share == pytest.approx(50 / 1200)
    (annotation,) = workspace.labels.find()
    assert annotation.official_part == "train"


def test_an_import_that_was_stopped_goes_on_behind_what_it_stored(workspace, tmp_path):
    root = coco(tmp_path, [(k, 7, box(0, 0, 9, 9), 0) for k in range(6)], n_images=6)
    options = ImportOptions(path=root, existing="replace")
    asked = []

    def stop_in_the_middle():
        asked.append(1)
        return len(workspace.labels.find()) == 3

    with pytest.raises(RunCancelled):
        run(workspace, options, Report(run_id="one", is_cancelled=stop_in_the_middle, min_interval_s=0))
    assert len(workspace.labels.find()) == 3
    result = run(workspace, options, Report(run_id="one"))
    assert result.images == 6
    assert {a.head for a in workspace.labels.find()} == {1}


def test_bad_shapes_are_left_out_and_counted(workspace, tmp_path):
    rows = [
        (0, 7, box(0, 0, 9, 9), 0),
        (0, 7, [[1, 2, 3, 4]], 0),
        (0, 7, [[0, 0, 1e400, 5, 5, 5]], 0),
        (0, 7, box(30, 20, 90, 90), 0),
        (0, 99, box(0, 0, 5, 5), 0),
        (0, 7, {"size": [30, 40], "counts": [1, 2, 3]}, 0),
        (0, 7, {"size": [30, 40], "counts": "not a run length"}, 1),
        (0, 7, {"size": [10**9, 10**9], "counts": "0"}, 1),
        (0, 7, None, 0),
        (5, 7, box(0, 0, 5, 5), 0),
    ]
    result = run(workspace, ImportOptions(path=coco(tmp_path, rows)), Report())
    repairs = {f.title for f in result.findings if f.kind == "repair"}
    assert len(repairs) >= 6
    assert any("fewer than 3 points" in r for r in repairs)
    assert any("cut off at the image's edge" in r for r in repairs)
    assert np.count_nonzero(labels(workspace).segments_hw) == 81 + 100


def test_a_cut_off_file_stops_before_anything_is_stored(workspace, tmp_path):
    root = coco(tmp_path, [(0, 7, box(0, 0, 9, 9), 0)])
    path = root / "instances_train.json"
    path.write_bytes(path.read_bytes()[:-40])
    for options in (ImportOptions(path=root), ImportOptions(path=root, format="coco")):
        with pytest.raises(InputError):
            run(workspace, options, Report())
    assert workspace.images.find() == []


def test_missing_images_are_named_and_may_lie_elsewhere(workspace, tmp_path):
    root = coco(tmp_path, [(0, 7, box(0, 0, 9, 9), 0)], n_images=2)
    (root / "images" / "1.png").unlink()
    with pytest.raises(MissingPair, match=r"1 labels have no image: 1\.png"):
        run(workspace, ImportOptions(path=root), Report())
    (root / "images").rename(tmp_path / "elsewhere")
    options = ImportOptions(
        path=root / "instances_train.json", images=tmp_path / "elsewhere", skip_missing=True
    )
    assert run(workspace, options, Report()).images == 1


def test_categories_without_a_class_are_asked_by_name(workspace, tmp_path):
    root = coco(tmp_path, [(0, 3, box(0, 0, 9, 9), 0)])
    content = json.loads((root / "instances_train.json").read_text())
    content["categories"][0]["name"] = "wheeled thing"
    (root / "instances_train.json").write_text(json.dumps(content))
    with pytest.raises(UnmatchedLabels, match="3 wheeled thing"):
        run(workspace, ImportOptions(path=root), Report())
    assert run(workspace, ImportOptions(path=root, map=("wheeled thing=car",)), Report()).images == 1


def test_files_that_are_nothing_are_refused_with_what_was_looked_for(workspace, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("Dear Ana")
    with pytest.raises(InputError, match="none of the formats") as caught:
        run(workspace, ImportOptions(path=tmp_path / "letters"), Report())
    assert "coco" in (caught.value.hint or "")
    with pytest.raises(InputError, match="does not exist"):
        run(workspace, ImportOptions(path=tmp_path / "nowhere"), Report())


def test_images_inside_a_file_are_copied_and_known_when_they_come_again(workspace, tmp_path):
    pytest.importorskip("pyarrow")
    from townscape.exchange import ExportOptions

    run(
        workspace,
        ImportOptions(
            path=coco(tmp_path, [(0, 3, box(1, 1, 9, 9), 0), (1, 7, box(0, 0, 5, 5), 0)], n_images=2)
        ),
        Report(),
    )
    run(workspace, ExportOptions(format="hugging-face", out=tmp_path / "hf"), Report())
    with create_workspace(tmp_path / "other", taxonomy="cityscapes") as other:
        for n_new in (2, 0):
            result = run(other, ImportOptions(path=tmp_path / "hf"), Report())
            assert (result.format, result.new_images) == ("hugging-face", n_new)
        assert all(image.blob and other.images.path(image).is_file() for image in other.images.find())
        assert len(other.images.find()) == 2
