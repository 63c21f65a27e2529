"""Datumaro JSON: the example of CVAT's documentation, order of painting, objects, and bad input."""

import json

import numpy as np
import pytest
from PIL import Image

from townscape.core.errors import InputError
from townscape.formats.files import Files
from townscape.formats.format import ExportClass, SourceClass
from townscape.formats.kinds import datumaro, detect_one
from townscape.formats.labels import ExportLabels, ExportObject, Slot
from townscape.testing.conformance import formats

SQUARE = [1.0, 1.0, 3.0, 1.0, 3.0, 3.0, 1.0, 3.0]


def labels_named(*names):
    return {
        "label": {"labels": [{"name": n, "parent": "", "attributes": []} for n in names], "attributes": []}
    }


def dataset(root, items, *, categories=None, name="default", **more):
    content = {"info": {}, "categories": categories or labels_named("road", "car"), "items": items, **more}
    (root / "annotations").mkdir(parents=True, exist_ok=True)
    (root / f"annotations/{name}.json").write_text(json.dumps(content), "utf-8")
    return root


def item(annotations, **more):
    return {"id": "img1", "annotations": annotations, "attr": {"frame": 0}, "image": {"size": [4, 5]}, **more}


def polygon(label, points=SQUARE, **more):
    return {
        "id": 0, "type": "polygon", "attributes": {}, "group": 0, "label_id": label, "points": points,
        "z_order": 0, **more,
    }  # fmt: skip


def mask(label, counts, **more):
    return {"type": "mask", "group": 0, "label_id": label, "rle": {"counts": counts, "size": [4, 5]}, **more}


def read(root):
    source = datumaro.read(Files.of(root))
    return source, source.labels(source.pictures[0])


def test_the_example_of_the_documentation(tmp_path):
    """docs.cvat.ai, Datumaro format: a polygon and a box; boxes are no areas."""
    example = {
        "id": "img1",
        "annotations": [
            {
                "id": 0, "type": "polygon", "attributes": {}, "group": 0, "label_id": 1,
                "points": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], "z_order": 0,
            },
            {
                "id": 1, "type": "bbox", "attributes": {}, "group": 1, "label_id": 0, "z_order": 0,
                "bbox": [1.0, 2.0, 3.0, 4.0],
            },
        ],
    }  # fmt: skip
    (tmp_path / "images/default").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(tmp_path / "images/default/img1.jpg")
    root = dataset(tmp_path, [example], categories=labels_named("label_0", "label_1"))
    assert detect_one(Files.of(root)).name == "datumaro"
    source, labels = read(root)
    (picture,) = source.pictures
    assert (picture.name, picture.part) == ("img1.jpg", None)
    assert picture.image == tmp_path / "images/default/img1.jpg"
    assert source.classes == [SourceClass("label_0", "label_0"), SourceClass("label_1", "label_1")]
    assert labels.plane_hw.shape == (9, 9)
    assert labels.repairs["annotations that are no area: bbox"] == 1


def test_higher_z_order_lies_on_top_then_the_later_one(tmp_path):
    shapes = [
        polygon(1, [0, 0, 5, 0, 5, 4, 0, 4], z_order=2, group=8),
        polygon(0, [0, 0, 5, 0, 5, 4, 0, 4], z_order=1),
        polygon(0, SQUARE, z_order=2, attributes={"is_crowd": True, "wet": 1}),
    ]
    _, labels = read(dataset(tmp_path, [item(shapes)]))
    shown = [[labels.slots[k - 1] for k in row] for row in labels.plane_hw.tolist()]
    car, wet = Slot("car", ("group", 8)), Slot("road", attributes={"wet": 1})
    assert shown[0] == [car] * 5
    assert shown[1] == shown[2] == [car, wet, wet, car, car]
    assert labels.overlap_px == 24
    assert labels.repairs == {"shapes of which no pixel is to be seen": 1}


def test_pieces_of_a_group_are_one_object(tmp_path):
    shapes = [
        mask(1, [0, 1, 19], group=3),
        mask(1, [1, 1, 18], group=3),
        mask(1, [2, 1, 17], group=3, object_id=5, attributes={"is_crowd": True}),
        mask(1, [3, 1, 16]),
        mask(1, [4, 1, 15], attributes={"is_crowd": True}),
    ]
    _, labels = read(dataset(tmp_path, [item(shapes)]))
    assert [slot.object for slot in labels.slots] == [
        ("group", 3), ("group", 3), ("object", 5), ("annotation", 3), None,
    ]  # fmt: skip


def test_colors_parts_and_the_same_name_in_two_parts(tmp_path):
    categories = {
        **labels_named("road", "car"),
        "mask": {"colormap": [{"label_id": 1, "r": 0, "g": 0, "b": 142}]},
    }
    dataset(tmp_path, [item([])], name="train", categories=categories)
    dataset(tmp_path, [item([], image={"path": "süd\\img1.png", "size": [4, 5]})], name="val")
    for path in ("images/train/img1.jpg", "images/val/süd/img1.png"):
        (tmp_path / path).parent.mkdir(parents=True)
        Image.new("RGB", (5, 4)).save(tmp_path / path)
    source = datumaro.read(Files.of(tmp_path))
    assert [(p.name, p.image.relative_to(tmp_path).as_posix(), p.part) for p in source.pictures] == [
        ("img1.jpg", "images/train/img1.jpg", "train"),
        ("img1.png", "images/val/süd/img1.png", "val"),
    ]
    assert [c.color for c in source.classes] == [None, "#00008e"]


def test_labels_are_numbered_by_each_file(tmp_path):
    dataset(tmp_path, [item([mask(0, [0, 20])])], name="train", categories=labels_named("road", "car"))
    dataset(tmp_path, [item([mask(0, [0, 20])], id="b")], name="val", categories=labels_named("car"))
    source = datumaro.read(Files.of(tmp_path))
    assert [source.labels(p).slots[0].value for p in source.pictures] == ["road", "car"]


@pytest.mark.parametrize(
    ("shape", "repair"),
    [
        (polygon(0, [1, 1, 2, 2]), "polygons with fewer than 3 points"),
        (polygon(0, None), "polygons that are no list of coordinates"),
        (polygon(0, [1, 1, float("nan"), 2, 3, 3]), "polygons with coordinates that are no numbers"),
        (polygon(7), "annotations of a label that is not listed"),
        (polygon(None), "annotations of a label that is not listed"),
        (polygon(-1), "annotations of a label that is not listed"),
        (mask(0, [3]), "run lengths left out: its run lengths fill 3 of 20 pixels"),
        (mask(0, "!"), "run lengths left out: it is no run-length string"),
        ({**mask(0, [20]), "rle": None}, "run lengths left out: its size is not the image's"),
        ({"type": "caption", "caption": "a street"}, "annotations that are no area: caption"),
        ({}, "annotations that are no area: None"),
    ],
)
def test_shapes_that_cannot_be_used_are_counted(tmp_path, shape, repair):
    _, labels = read(dataset(tmp_path, [item([shape, "no object"])]))
    assert labels.repairs == {repair: 1}
    assert not labels.plane_hw.any()


def test_polygons_are_cut_off_at_the_edge(tmp_path):
    _, labels = read(dataset(tmp_path, [item([polygon(0, [-9, -9, 1e300, -9, 1e300, 1e300, -9, 1e300])])]))
    assert labels.plane_hw.all()
    assert labels.repairs == {"polygons cut off at the image's edge": 1}


@pytest.mark.parametrize("size", [[10**6, 10**6], [0, 5], [4], "4x5", None])
def test_a_size_that_cannot_be_needs_its_image(tmp_path, size):
    root = dataset(tmp_path, [item([], image={"size": size})])
    with pytest.raises(InputError, match="img1"):
        read(root)
    (tmp_path / "images/default").mkdir(parents=True)
    Image.new("RGB", (5, 4)).save(tmp_path / "images/default/img1.png")
    if size != [10**6, 10**6]:
        assert read(root)[1].plane_hw.shape == (4, 5)


@pytest.mark.parametrize("cut", [60, 200, -2])
def test_a_file_that_is_cut_off_names_itself(tmp_path, cut):
    path = dataset(tmp_path, [item([polygon(0)])], dm_format_version="1.0") / "annotations/default.json"
    content = path.read_text()
    path.write_text('{"dm_format_version": "1.0",' + content[1:cut])
    with pytest.raises(InputError, match=r"default\.json is no whole JSON file"):
        datumaro.read(Files.of(tmp_path))


@pytest.mark.parametrize(
    "categories", [{"label": {}}, {"label": {"labels": [5]}}, {"mask": {}}, {"label": None}]
)
def test_labels_that_are_not_listed_are_said_so(tmp_path, categories):
    with pytest.raises(InputError, match="does not list its labels"):
        datumaro.read(Files.of(dataset(tmp_path, [item([])], categories=categories)))


@pytest.mark.parametrize("variant", datumaro.VARIANTS)
def test_what_is_written_says_which_classes_are_things(tmp_path, variant):
    classes = [
        ExportClass("road", "#804080", "stuff"),
        ExportClass("car", "#00008e", "thing"),
        ExportClass("ignore", "#010203", "stuff", means="ignore"),
    ]
    plane = np.array([[1, 2, 2, 3]], np.uint16)
    numbers = np.array([[0, 1, 0, 0]], np.uint32)
    labels = ExportLabels(plane, numbers, [ExportObject(2, {"is_crowd": True, "note": "x"})])
    formats.write_all(datumaro, classes, variant, [labels], tmp_path / "out")
    source, found = read(tmp_path / "out")
    assert source.classes == [
        SourceClass("road", "road", "#804080", "stuff"),
        SourceClass("car", "car", "#00008e", "thing"),
        SourceClass("ignore", "ignore", "#010203", "stuff", "ignore"),
    ]
    assert [found.slots[k - 1] for k in found.plane_hw[0].tolist()] == [
        Slot("road"),
        Slot("car", ("object", 1), {"is_crowd": True, "note": "x"}),
        Slot("car"),
        Slot("ignore"),
    ]
