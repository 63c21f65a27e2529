"""LabelMe: what each kind of shape covers, which shapes are one object, and bad input."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from townscape.core.errors import InputError, NothingToRead
from townscape.core.labelmap import IGNORE
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import detect_one, labelme
from townscape.formats.labels import ExportLabels, ExportObject


def png(mask):
    buffer = io.BytesIO()
    Image.fromarray(np.array(mask, dtype=np.uint8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def shape(label, points, kind="polygon", **more):
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}, **more}


def content(*shapes, size=(10, 10), image="a.jpg", **more):
    found = {"version": "5.4.1", "flags": {}, "shapes": list(shapes), "imagePath": image, "imageData": None}
    return json.dumps({**found, "imageHeight": size[0], "imageWidth": size[1], **more})


def put(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            Image.new("RGB", (10, 10)).save(path)
        else:
            path.write_text(text, "utf-8")
    return Files.of(root)


def one(root, *shapes, **more):
    source = labelme.read(put(root, {"a.json": content(*shapes, **more)}))
    return source.labels(source.pictures[0])


def test_shapes_cover_what_labelme_draws(tmp_path):
    """labelme 6.3.1, `shape_to_mask`: polygon, rectangle and circle with their outlines; a mask between
    two corners, both included. Later shapes lie on top.
    """
    labels = one(
        tmp_path,
        shape("road", [[0, 0], [9, 0], [9, 9], [0, 9]]),
        shape("sky", [[4.0, 3.0], [1.0, 1.0]], "rectangle"),
        shape("tree", [[7, 7], [7, 9]], "circle"),
        shape("car", [[5.0, 1.0], [7.0, 2.0]], "mask", mask=png([[1, 0, 1], [0, 0, 255]])),
    )
    names = np.array(["", *(s.value for s in labels.slots)])[labels.plane_hw]
    assert {n: np.count_nonzero(names == n) for n in ("sky", "car", "")} == {"sky": 12, "car": 3, "": 0}
    assert names[1, 5:8].tolist() == ["car", "road", "car"]
    assert names[2, 5:8].tolist() == ["road", "road", "car"]
    assert names[7, 5] == names[5, 7] == names[9, 7] == "tree"
    assert names[5, 5] == "road"
    assert labels.overlap_px == 15 + np.count_nonzero(names == "tree")


def test_a_polygon_without_a_kind_is_from_an_old_version(tmp_path):
    old = {"label": "road", "points": [[0, 0], [3, 0], [3, 3]], "line_color": None}
    assert np.count_nonzero(one(tmp_path, old).plane_hw) == 10


def test_groups_flags_and_attributes(tmp_path):
    """Shapes of one label and group are one object (labelme, `shapes_to_label`)."""
    dot = [[0, 0], [0, 0]]
    labels = one(
        tmp_path,
        shape("car", dot, "rectangle", group_id=3, flags={"parked": True, "occluded": False}),
        shape("car", dot, "rectangle", group_id=3, attributes={"doors": 4}, description="red"),
        shape("bus", dot, "rectangle", group_id=3),
        shape("car", dot, "rectangle"),
        shape("car", dot, "rectangle", flags={"crowd": True}),
    )
    objects = [s.object for s in labels.slots]
    assert objects[0] == objects[1] != objects[2]
    assert objects[3] not in (*objects[:3], None)
    assert objects[4] is None
    assert dict(labels.slots[0].attributes) == {"parked": True, "occluded": False}
    assert dict(labels.slots[1].attributes) == {"doors": 4, "description": "red"}
    assert dict(labels.slots[4].attributes) == {}


def test_where_the_image_lies(tmp_path):
    files = {
        "beside/a.json": content(image="other.jpg"),
        "beside/a.png": None,
        "beside/bare.png": None,
        "elsewhere/plot.png": None,
        "json/b.json": content(image="..\\photos\\street b.jpg"),
        "photos/street b.jpg": None,
        "json/c.json": content(image="C:\\Users\\me\\c.jpg"),
        "json/c_other.json": content(image="../photos/street b.jpg"),
        "train/d.json": content(image="gone.jpg"),
        "train/a.json": content(image="a.png"),
        "list.json": '[{"flags": {}, "shapes": []}]',
        "labels.txt": "__ignore__\n_background_\nroad\ncar\n",
        "package.json": '{"name": "x"}',
    }
    listed = put(tmp_path, files)
    assert detect_one(listed).name == "labelme"
    source = labelme.read(listed)
    found = {p.name: p for p in source.pictures}
    assert list(found) == [
        "beside/a.png", "photos/street b.jpg", "json/c.json", "train/a.json", "train/d.json",
        "beside/bare.png",
    ]  # fmt: skip
    assert found["beside/bare.png"].labels is None
    assert found["train/d.json"].part == "train"
    assert found["json/c.json"].image is None
    assert source.problems == [
        ("json/c_other.json", "the labels of photos/street b.jpg are in another file as well")
    ]
    assert source.notes == ["2 JSON files have no shapes and were left out."]
    assert [(c.value, c.means) for c in source.classes] == [
        ("road", None), ("car", None), ("__ignore__", "ignore"),
    ]  # fmt: skip


def test_an_image_inside_gives_the_size(tmp_path):
    inside = png(np.zeros((4, 7)))
    labels = one(tmp_path, imageData=inside, imageHeight=None, imageWidth=None)
    assert labels.plane_hw.shape == (4, 7)


@pytest.mark.parametrize(
    ("bad", "repair"),
    [
        (shape("a", [[0, 0], [3, 3]]), "polygons with fewer than 3 points"),
        (shape("a", [[0, 0], [3, float("nan")], [1, 1]]), "shapes with coordinates that are no numbers"),
        (shape("a", [[0, 0], [1e300, 0], [1, 1]]), "shapes with coordinates that are no numbers"),
        (shape("a", [[0, 0], [1e9, 0]], "circle"), "shapes with coordinates that are no numbers"),
        (shape("a", [[0, 0], [1e5, 0]], "circle"), "circles far larger than their image"),
        (shape("a", "0 0"), "shapes with coordinates that are no numbers"),
        (shape("a", [[0, 0], [3]]), "shapes with coordinates that are no numbers"),
        (shape("a", [[0, 0], [3, 3]], "line"), "points and lines, which have no area"),
        (shape("a", [[0, 0]], "star"), "shapes of the kind star"),
        (shape("a", [[0, 0], [1, 1]], "mask"), "masks that cannot be read, because they are no base64"),
        (
            shape("a", [[0, 0], [1, 1]], "mask", mask="QUJD"),
            "masks that cannot be read, because they are no PNG, or a damaged one",
        ),
        (
            shape("a", [[0, 0], [99, 99]], "mask", mask=png(np.ones((100, 100)))),
            "masks that cannot be read, because they are larger than their image",
        ),
        (
            shape("a", [[0, 0], [1, 1]], "mask", mask=png([[1]])),
            "masks of another size than their corners say",
        ),
        (shape("a", [[0, 0]], "mask", mask=png([[1]])), "masks without two corners"),
        (shape(None, [[0, 0], [3, 3], [0, 3]]), "shapes without a label"),
        ("no shape", "shapes without a label"),
    ],
)
def test_bad_shapes_are_left_out_and_counted(tmp_path, bad, repair):
    labels = one(tmp_path, bad, shape("b", [[0, 0], [1, 0], [1, 1]]))
    assert labels.repairs == {repair: 1}
    assert [s.value for s in labels.slots] == ["b"]


def test_a_mask_that_leaves_the_image_is_cut(tmp_path):
    labels = one(tmp_path, shape("a", [[-1, 8], [1, 10]], "mask", mask=png(np.ones((3, 3)))))
    assert np.argwhere(labels.plane_hw).tolist() == [[8, 0], [8, 1], [9, 0], [9, 1]]


def test_bad_files(tmp_path):
    whole = content(shape("a", [[0, 0], [1, 0], [1, 1]]))
    files = {
        "cut.json": whole[:90],
        "huge.json": content(size=(10**6, 10**6)),
        "text.json": content(size=("10", None)),
        "list.json": content().replace('"shapes": []', '"shapes": 3'),
        "other.json": "[1, 2",
    }
    source = labelme.read(put(tmp_path, files))
    assert {p.name for p in source.pictures} == {"huge.json", "text.json", "list.json"}
    assert {name for name, _ in source.problems} == {"cut.json"}
    for picture in source.pictures:
        with pytest.raises(InputError, match=picture.name):
            source.labels(picture)
    with pytest.raises(NothingToRead):
        labelme.read(put(tmp_path / "none", {"a.json": "{}"}))
    assert labelme.detect(Files.of(tmp_path / "none")) is None


@pytest.mark.parametrize("variant", labelme.VARIANTS)
def test_what_is_written(tmp_path, variant):
    """An object in two pieces is one group; void is `__ignore__`; a thing that is not known is a crowd."""
    classes = np.array([[2, 2, 1, 2, IGNORE, 2]], np.uint16)
    objects = np.array([[1, 1, 0, 1, 0, 0]], np.uint32)
    plan = Plan(
        "town", [ExportClass("road", "#102030", "stuff"), ExportClass("car", "#102030", "thing")], variant
    )
    out = Out(tmp_path)
    writer = labelme.write(out, plan)
    attributes = {"parked": True, "doors": 4, "crowd": True}
    labels = ExportLabels(classes, objects, [ExportObject(2, attributes)])
    for name, text in writer.encode(Item("a", 6, 1, "default", ".jpg", lambda: b""), labels).files.items():
        out.put(name, text)
    assert (tmp_path / "labels.txt").read_text() == "__ignore__\n_background_\nroad\ncar\n"
    written = json.loads((tmp_path / "a.json").read_text())
    assert (written["imagePath"], written["imageData"], written["imageWidth"]) == ("a.jpg", None, 6)
    cars = [s for s in written["shapes"] if s["label"] == "car"]
    assert {s["shape_type"] for s in cars} == {variant}
    assert sorted((s["group_id"] or 0, s["flags"].get("crowd", False)) for s in cars) == (
        [(0, True), (1, False)] if variant == "mask" else [(0, True), (1, False), (1, False)]
    )
    source = labelme.read(Files.of(tmp_path))
    read = source.labels(source.pictures[0])
    slots = [None, *read.slots]
    found = [slots[k] for k in read.plane_hw[0]]
    assert [s.value for s in found] == ["car", "car", "road", "car", "__ignore__", "car"]
    assert found[0].object == found[1].object == found[3].object is not None
    assert found[5].object is None
    assert dict(found[0].attributes) == attributes
