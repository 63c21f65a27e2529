"""Exporting: exact, repeatable, honest about what a format cannot hold."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from townscape.core.errors import ExportQuestion, NothingToRead, UsageError
from townscape.core.events import Report
from townscape.core.labelmap import FIRST_OBJECT, IGNORE, LabelMap, ObjectRow
from townscape.core.spaces import Window
from townscape.core.taxonomy import read_taxonomy
from townscape.exchange import ExportOptions, ImportOptions, run
from townscape.workspace import create_workspace
from townscape.workspace.records import SelectionWindow

CITYSCAPES = read_taxonomy("cityscapes")
ROAD, CAR = CITYSCAPES.get_class("road").number, CITYSCAPES.get_class("car").number


def a_map(seed=0, *, ignore=True):
    """Road, ignore, unlabelled, two cars that touch, and car pixels whose object is not known."""
    rng = np.random.default_rng(seed)
    plane = np.full((60, 80), ROAD, np.uint32)
    plane[:10] = 0
    plane[50:] = IGNORE if ignore else ROAD
    plane[20:30, 10:30] = FIRST_OBJECT
    plane[20:30, 30:50] = FIRST_OBJECT + 1
    plane[24:26, 15:20] = ROAD
    plane[40:45, 60:70] = CAR
    plane[rng.random(plane.shape) < 0.02] = ROAD
    rows = {i: ObjectRow(i, CAR, {"parked": bool(i % 2)}) for i in (FIRST_OBJECT, FIRST_OBJECT + 1)}
    return LabelMap(plane, rows)


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="cityscapes") as opened:
        for k, name in enumerate(["north/a.png", "north/b.jpg", "south/a.png"]):
            path = tmp_path / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Pillow.fromarray(np.random.default_rng(k).integers(0, 255, (60, 80, 3), np.uint8)).save(path)
            image, _ = opened.images.take_in(path, name=name)
            annotation = opened.labels.open(image, "cityscapes", official_part="val" if k == 2 else "train")
            opened.labels.save_map(annotation.id, a_map(k))
        yield opened


def export(workspace, out, name="coco", **values):
    return run(workspace, ExportOptions(format=name, out=out, **values), Report())


def content(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def size_of(path):
    with Pillow.open(path) as image:
        return image.size


def test_what_is_exported_comes_back_into_an_empty_workspace(workspace, tmp_path):
    result = export(workspace, tmp_path / "out", ignore="class", licence="CC0-1.0")
    assert (result.pictures, result.parts, result.is_exact) == (3, {"train": 2, "val": 1}, True)
    assert (result.objects, result.same_objects) == (6, 6)
    with create_workspace(tmp_path / "other", taxonomy="cityscapes") as other:
        back = run(other, ImportOptions(path=tmp_path / "out"), Report())
        assert (back.format, back.images) == ("coco", 3)
        for before in workspace.labels.find():
            name = workspace.images.get(before.image_id).name
            stem = {"north/a.png": "north_a", "north/b.jpg": "b", "south/a.png": "south_a"}[name]
            image = next(i for i in other.images.find() if i.stem == stem)
            after = other.labels.find(image_id=image.id)[0]
            assert after.official_part == before.official_part
            one, two = workspace.labels.read(before.id), other.labels.read(after.id)
            assert np.array_equal(one.class_numbers(CITYSCAPES), two.class_numbers(CITYSCAPES))
            assert np.array_equal(one.segments_hw >= FIRST_OBJECT, two.segments_hw >= FIRST_OBJECT)
            assert sorted(r.attributes["parked"] for r in two.objects.values()) == [False, True]


def test_two_exports_are_the_same_bytes_and_so_are_archives(workspace, tmp_path):
    for name in ("one", "two"):
        export(workspace, tmp_path / name, ignore="class")
        export(workspace, tmp_path / f"{name}.zip", ignore="class")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with create_workspace(tmp_path / "other", taxonomy="cityscapes") as other:
        back = run(other, ImportOptions(path=tmp_path / "one.zip"), Report())
        assert back.images == 3
        assert all(image.blob for image in other.images.find())
        assert not list((tmp_path / "other" / "unpacked").glob("*"))


def test_what_a_format_has_no_place_for_is_asked_once_and_recorded(workspace, tmp_path):
    with pytest.raises(ExportQuestion, match="no place for ignored pixels") as caught:
        export(workspace, tmp_path / "out")
    assert (caught.value.field, caught.value.choices) == ("ignore", ("unlabelled", "class"))
    assert not (tmp_path / "out").exists()
    result = export(workspace, tmp_path / "out", ignore="unlabelled")
    assert result.answers == {"ignore": "unlabelled"}
    assert json.loads((tmp_path / "out" / "townscape.json").read_text())["answers"] == result.answers
    assert "were written as unlabelled" in (tmp_path / "out" / "data_card.md").read_text()


def test_classes_can_be_renamed_merged_and_left_out(workspace, tmp_path):
    result = export(
        workspace, tmp_path / "out", "mask-folder", map=("car=vehicle", "truck=vehicle", "road=unlabelled")
    )
    names = [c.name for c in result.classes]
    assert names.count("vehicle") == 1
    assert "road" not in [name.lower() for name in names]
    by_name = {c.name: c.pixels for c in result.classes}
    numbers = [workspace.labels.read(a.id).class_numbers(CITYSCAPES) for a in workspace.labels.find()]
    assert by_name["vehicle"] == sum(int((n == CAR).sum()) for n in numbers)
    assert by_name["unlabelled"] == sum(int(((n == 0) | (n == ROAD)).sum()) for n in numbers)
    with pytest.raises(UsageError, match="CLASS=NAME"):
        export(workspace, tmp_path / "two", map=("car",))


def test_parts_selections_and_frozen_datasets_choose_what_is_written(workspace, tmp_path):
    assert export(workspace, tmp_path / "val", ignore="class", parts=("val",)).parts == {"val": 1}
    image = workspace.images.find()[0]
    windows = [SelectionWindow(image_id=image.id, window=Window(5, 6, 40, 30))]
    selection = workspace.selections.put("corner", windows, reason="test")
    result = export(workspace, tmp_path / "corner", "mask-folder", selection=selection.id)
    assert result.pictures == 1
    (mask,) = (tmp_path / "corner" / "masks").rglob("*.png")
    assert mask.stem.endswith("_x5_y6")
    assert size_of(mask) == (40, 30)
    assert size_of(next((tmp_path / "corner" / "images").rglob("*.png"))) == (40, 30)
    with pytest.raises(NothingToRead):
        export(workspace, tmp_path / "none", ignore="class", state="accepted")


def test_a_revision_that_was_frozen_is_exported_whatever_came_later(workspace, tmp_path):
    from townscape.workspace.freeze import freeze_dataset

    dataset = freeze_dataset(workspace, CITYSCAPES, Report())
    export(workspace, tmp_path / "before", "mask-folder", dataset=dataset.id)
    for annotation in workspace.labels.find():
        workspace.labels.save_map(annotation.id, LabelMap(np.full((60, 80), ROAD, np.uint32), {}))
    export(workspace, tmp_path / "after", "mask-folder", dataset=dataset.id)
    assert content(tmp_path / "before") == content(tmp_path / "after")


def test_images_are_copied_linked_or_left_out(workspace, tmp_path):
    for how, n in (("copy", 3), ("link", 3), ("none", 0)):
        export(workspace, tmp_path / how, ignore="class", images=how)
        files = list((tmp_path / how / "images").rglob("*.*")) if n else []
        assert len(files) == n
        assert all(f.is_symlink() == (how == "link") for f in files)
    jpeg = next((tmp_path / "copy").rglob("b.jpg"))
    assert jpeg.read_bytes() == (tmp_path / "photos" / "north" / "b.jpg").read_bytes()


def test_a_turned_photo_is_written_the_way_its_labels_lie(workspace, tmp_path):
    path = tmp_path / "photos" / "turned.jpg"
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.fromarray(np.zeros((80, 60, 3), np.uint8)).save(path, exif=exif)
    image, _ = workspace.images.take_in(path, name="turned.jpg")
    assert (image.width, image.height) == (80, 60)
    annotation = workspace.labels.open(image, "cityscapes")
    workspace.labels.save_map(annotation.id, a_map(9))
    export(workspace, tmp_path / "out", ignore="class")
    (written,) = (tmp_path / "out").rglob("turned.*")
    assert written.suffix == ".png"
    assert size_of(written) == (80, 60)


def test_nothing_is_overwritten_and_mistakes_are_named(workspace, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        export(workspace, tmp_path / "there")
    with pytest.raises(UsageError, match="no format 'crayon'"):
        export(workspace, tmp_path / "out", "crayon")
    with pytest.raises(UsageError, match="no variant 'oil'"):
        export(workspace, tmp_path / "out", variant="oil")
    with pytest.raises(UsageError, match="cannot hold links"):
        export(workspace, tmp_path / "out.zip", ignore="class", images="link")


@given(tolerance=st.sampled_from([0.0, 1.5, 4.0]))
@settings(max_examples=3)
def test_simplified_outlines_print_what_they_cost(workspace, tmp_path, tolerance):
    out = tmp_path / f"simple-{tolerance}"
    if out.exists():
        return
    result = export(workspace, out, variant="polygons", ignore="class", simplify=tolerance)
    assert result.is_exact == (tolerance == 0)
    assert 0.9 < result.agreement <= 1
