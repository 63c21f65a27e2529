"""Supervisely: its own encoded bitmap, figures with holes, tags, projects of several datasets, bad input."""

import base64
import json
import zlib

import numpy as np
import pytest
from PIL import Image

from townscape.core.errors import InputError, NothingToRead
from townscape.formats.codecs import bit_png
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import detect_one, supervisely
from townscape.formats.labels import ExportLabels, ExportObject

RING = (
    "eJzrDPBz5+WS4mJgYOD19HAJAtLMIMwIInOeqf8BUmwBPiGuQPr///9Lb86/C2QxlgT5BTM4PLuRBuTwebo4hlTMSa44sKHhISMDuxpT"
    "Yrr03F6gDIOnq5/LOqeEJgDM5ht6"
)
META = {
    "classes": [
        {"title": "car", "shape": "any", "color": "#8A0F7B"},
        {"title": "void", "shape": "bitmap", "color": "#000000", "description": "ignore"},
    ],
    "tags": [
        {"name": "parked", "value_type": "oneof_string", "values": ["true", "false"]},
        {"name": "colour", "value_type": "oneof_string", "values": ["red", "true"]},
    ],
}


def figure(**more):
    return {"classTitle": "car", "description": "", "tags": [], **more}


def bitmap(data, origin):
    return figure(bitmap={"data": data, "origin": origin}, geometryType="bitmap", shape="bitmap")


def content(*figures, size=(10, 10)):
    return json.dumps(
        {"description": "", "tags": [], "size": {"height": size[0], "width": size[1]}, "objects": figures}
    )


def put(root, files, meta=META):
    for name, text in {**files, "meta.json": json.dumps(meta)}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            Image.new("RGB", (10, 10)).save(path)
        else:
            path.write_text(text, "utf-8")
    return Files.of(root)


def one(root, *figures, **more):
    source = supervisely.read(put(root, {"ds/ann/a.png.json": content(*figures, **more)}))
    return source.labels(source.pictures[0])


def test_the_bitmap_of_the_sdk(tmp_path):
    """supervisely 6.74, `Bitmap.base64_2_data`: a ring of 3 × 3."""
    labels = one(tmp_path, bitmap(RING, [1, 2]))
    assert labels.plane_hw[2:5, 1:4].tolist() == [[1, 1, 1], [1, 0, 1], [1, 1, 1]]
    assert np.count_nonzero(labels.plane_hw) == 8
    plain = base64.b64encode(zlib.decompress(base64.b64decode(RING))).decode()
    assert np.array_equal(one(tmp_path, bitmap(plain, [1, 2])).plane_hw, labels.plane_hw)


def test_polygons_and_rectangles(tmp_path):
    """Filled with their outlines, holes likewise; points are rounded down (SDK, `PointLocation`)."""
    square = [[0.9, 0.2], [8, 0], [8, 8], [0, 8.7]]
    hole = [[2, 2], [4, 2], [4, 4], [2, 4]]
    polygon = figure(geometryType="polygon", points={"exterior": square, "interior": [hole]})
    labels = one(tmp_path, polygon)
    assert np.count_nonzero(labels.plane_hw) == 81 - 9
    parts = [{"exterior": [[0, 0], [1, 0], [0, 1]]}, {"exterior": [[9, 9], [8, 9], [9, 8]], "interior": []}]
    labels = one(
        tmp_path,
        figure(shape="multipolygon", parts=parts),
        figure(geometryType="rectangle", points={"exterior": [[5, 7], [3, 6]], "interior": []}),
    )
    assert [np.count_nonzero(labels.plane_hw == k + 1) for k in range(len(labels.slots))] == [3, 3, 6]
    assert labels.slots[0].object == labels.slots[1].object != labels.slots[2].object


def test_tags_and_objects(tmp_path):
    dot = {"geometryType": "rectangle", "points": {"exterior": [[1, 1], [1, 1]], "interior": []}}
    tags = [
        {"name": "parked", "value": "false"}, {"name": "colour", "value": "true"},
        {"name": "doors", "value": 4}, {"name": "like", "value": None}, "old", {"value": 3},
        {"name": "list", "value": ["true"]},
    ]  # fmt: skip
    labels = one(
        tmp_path,
        figure(**dot, instance="k1", tags=tags),
        figure(**dot, instance="k1"),
        figure(**dot),
        figure(**dot, tags=[{"name": "crowd", "value": None}]),
    )
    assert dict(labels.slots[0].attributes) == {
        "parked": False, "colour": "true", "doors": 4, "like": True, "list": ["true"],
    }  # fmt: skip
    objects = [s.object for s in labels.slots]
    assert objects[0] == objects[1] != objects[2]
    assert objects[3] is None
    assert not labels.slots[3].attributes


def test_projects(tmp_path):
    files = {
        "town/train/ann/a.png.json": content(),
        "town/train/img/a.png": None,
        "town/val/ann/a.json": content(),
        "town/val/img/A.jpg": None,
        "town/val/img/bare.jpg": None,
        "town/test/datasets/more/ann/a.png.json": content(),
        "town/val/ann/A.jpg.json": content(),
    }
    listed = put(tmp_path, files)
    assert detect_one(listed).name == "supervisely"
    source = supervisely.read(listed)
    assert [(p.name, p.image is not None, p.labels is not None, p.part) for p in source.pictures] == [
        ("town/test/datasets/more/ann/a.png.json", False, True, "test"),
        ("town/train/img/a.png", True, True, "train"),
        ("town/val/img/A.jpg", True, True, "val"),
        ("town/val/img/bare.jpg", True, False, "val"),
    ]
    assert [name for name, _ in source.problems] == ["town/val/ann/a.json"]
    assert [(c.value, c.color, c.means) for c in source.classes] == [
        ("car", "#8a0f7b", None), ("void", "#000000", "ignore"),
    ]  # fmt: skip


def square(**points):
    return figure(geometryType="polygon", points={"interior": [], **points})


@pytest.mark.parametrize(
    ("bad", "repair"),
    [
        (bitmap(RING, None), "bitmaps without a first corner"),
        (bitmap(RING, [1]), "bitmaps without a first corner"),
        (bitmap(None, [0, 0]), "bitmaps that cannot be read, because they are no base64"),
        (bitmap("QUJD", [0, 0]), "bitmaps that cannot be read, because they are no PNG, or a damaged one"),
        (bitmap(RING[:80], [0, 0]), "bitmaps that cannot be read, because they are no PNG, or a damaged one"),
        (
            bitmap(
                base64.b64encode(zlib.compress(bit_png.encode_grey(np.ones((99, 99), bool)))).decode(), [0, 0]
            ),
            "bitmaps that cannot be read, because they are larger than their image",
        ),
        (square(exterior=[[0, 0], [1, 1]]), "polygons with fewer than 3 points"),
        (square(exterior=[[0, 0], [1, "x"], [2, 2]]), "figures with coordinates that are no numbers"),
        (
            square(exterior=[[0, 0], [1, float("inf")], [2, 2]]),
            "figures with coordinates that are no numbers",
        ),
        (
            square(exterior=[[0, 0], [1, 0], [2, 2]], interior=[["a"]]),
            "figures with coordinates that are no numbers",
        ),
        (figure(geometryType="rectangle", points={"exterior": [[0, 0]]}), "rectangles without two corners"),
        (figure(geometryType="line", points={}), "points and lines, which have no area"),
        ({"tags": []}, "objects without a class"),
        (7, "objects without a class"),
    ],
)
def test_bad_figures_are_left_out_and_counted(tmp_path, bad, repair):
    labels = one(tmp_path, bad, bitmap(RING, [0, 0]))
    assert labels.repairs == {repair: 1}
    assert [s.value for s in labels.slots] == ["car"]


def test_figures_that_leave_the_image_are_cut(tmp_path):
    labels = one(tmp_path, bitmap(RING, [8, -1]), bitmap(RING, [50, 50]))
    assert np.argwhere(labels.plane_hw).tolist() == [[0, 8], [1, 8], [1, 9]]
    labels = one(tmp_path, square(exterior=[[-5, -5], [3, -5], [3, 3], [-5, 3]]))
    assert np.count_nonzero(labels.plane_hw) == 16
    assert labels.repairs == {"polygons cut off at the image's edge": 1}


def test_bad_files(tmp_path):
    files = {
        "ds/ann/cut.png.json": content(bitmap(RING, [0, 0]))[:60],
        "ds/ann/huge.png.json": content(size=(10**6, 10**6)),
        "ds/ann/none.png.json": '{"size": {}}',
        "ds/ann/sizeless.png.json": '{"objects": []}',
    }
    source = supervisely.read(put(tmp_path, files))
    for picture in source.pictures:
        with pytest.raises(InputError, match=picture.labels.name):
            source.labels(picture)
    with pytest.raises(NothingToRead):
        supervisely.read(put(tmp_path / "none", {"a.json": "{}"}))
    assert supervisely.detect(Files.of(tmp_path / "none")) is None


def test_what_is_written(tmp_path):
    classes = [
        ExportClass("road", "#aabbcc", "stuff"),
        ExportClass("car", "#102030", "thing"),
        ExportClass("void", "#000000", "stuff", means="ignore"),
    ]
    out = Out(tmp_path)
    writer = supervisely.write(out, Plan("town", classes, "bitmap", parts=("train",)))
    attributes = {"parked": False, "doors": 4, "colour": "red", "list": [1]}
    plane = np.array([[2, 1, 2, 2, 3, 0]], np.uint16)
    labels = ExportLabels(plane, np.array([[1, 0, 1, 0, 0, 0]], np.uint32), [ExportObject(2, attributes)])
    item = Item("a", 6, 1, "train", ".jpg", lambda: b"")
    encoded = writer.encode(item, labels)
    for name, text in encoded.files.items():
        out.put(name, text)
    writer.add(out, item, encoded.entry)
    writer.close(out)
    meta = json.loads((tmp_path / "meta.json").read_text())
    assert {t["name"]: t["value_type"] for t in meta["tags"]} == {
        "crowd": "none", "parked": "oneof_string", "doors": "any_number", "colour": "any_string",
        "list": "any_string",
    }  # fmt: skip
    source = supervisely.read(Files.of(tmp_path))
    assert [(c.value, c.color, c.means) for c in source.classes] == [
        ("road", "#aabbcc", None), ("car", "#102030", None), ("void", "#000000", "ignore"),
    ]  # fmt: skip
    read = source.labels(source.pictures[0])
    slots = [None, *read.slots]
    found = [slots[k] for k in read.plane_hw[0]]
    assert [s and s.value for s in found] == ["car", "road", "car", "car", "void", None]
    assert found[0].object == found[2].object is not None
    assert found[3].object is None
    assert dict(found[0].attributes) == {**attributes, "list": "[1]"}
