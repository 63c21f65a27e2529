"""Cityscapes, KITTI, CamVid, ADE20K and Mapillary Vistas as their own data sets lay them out."""

import json

import numpy as np
import pytest
from cityscapesscripts.preparation.json2labelImg import json2labelImg
from hypothesis import given, settings
from PIL import Image as Pillow

from townscape.formats.codecs import png
from townscape.formats.files import Files
from townscape.formats.format import ExportClass
from townscape.formats.kinds import detect_one, get_format
from townscape.formats.labels import Slot
from townscape.formats.parts.cityscapes_ids import LABELS, plan_ids
from townscape.testing.conformance import formats
from townscape.testing.strategies import exchange_maps


def put(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def image(height=4, width=6):
    return png.encode_rgb(np.zeros((height, width, 3), np.uint8))


def read_one(root, name):
    assert detect_one(Files.of(root)).name == name
    source = get_format(name).read(Files.of(root))
    (picture,) = source.pictures
    assert picture.image is not None
    return source, picture, source.labels(picture)


def slots_at(labels, *places):
    return [labels.slots[labels.plane_hw[p] - 1] if labels.plane_hw[p] else None for p in places]


def test_the_ids_are_the_official_ones():
    from cityscapesscripts.helpers.labels import labels as official

    theirs = [
        (
            o.id,
            o.name,
            o.trainId,
            "thing" if o.hasInstances else "stuff",
            "#{:02x}{:02x}{:02x}".format(*o.color),
        )
        for o in official
        if o.id >= 0
    ]
    assert [(x.id, x.name, x.train_id, x.kind, x.color) for x in LABELS] == theirs


@given(maps=exchange_maps())
@settings(max_examples=40)
def test_the_official_script_draws_our_polygons_as_our_ids(tmp_path, maps):
    names = ("road", "car", "person", "vegetation", "sky")
    classes = [ExportClass(n, "#000000", "thing" if n in ("car", "person") else "stuff") for n in names]
    kind = get_format("cityscapes")
    labels = formats.labels_of(classes, *maps, kind, "fine")
    root = tmp_path / f"set{len(list(tmp_path.iterdir()))}"
    formats.write_all(kind, classes, "fine", [labels], root)
    (polygons,) = root.rglob("*_polygons.json")
    (ids,) = root.rglob("*_labelIds.png")
    json2labelImg(str(polygons), str(root / "drawn.png"), "ids")
    assert np.array_equal(png.decode(root / "drawn.png").values, png.decode(ids).values)
    for name in ("labelIds", "instanceIds"):
        for path in root.rglob(f"*_{name}.png"):
            path.unlink()
    source = kind.read(Files.of(root))
    read = source.labels(source.pictures[0])
    numbers = np.array([0, *(int(s.value) for s in read.slots)])[read.plane_hw]
    assert np.array_equal(numbers, png.decode(root / "drawn.png").values)


def test_cityscapes_groups_are_crowds_and_void_is_left_out(tmp_path):
    base = "aachen_000000_000019"
    put(tmp_path, f"leftImg8bit/train/aachen/{base}_leftImg8bit.png", image())
    ids = np.array([[26, 26, 26, 7, 1, 9]] * 4, np.uint8)
    numbers = np.array([[26000, 26001, 26, 7, 1, 9]] * 4, np.uint16)
    put(tmp_path, f"gtFine/train/aachen/{base}_gtFine_labelIds.png", png.encode_index(ids))
    put(tmp_path, f"gtFine/train/aachen/{base}_gtFine_instanceIds.png", png.encode_16bit(numbers))
    source, picture, labels = read_one(tmp_path, "cityscapes")
    assert (picture.part, picture.sequence, round(picture.sequence_s * 17)) == ("train", "aachen_000000", 19)
    assert slots_at(labels, *[(0, x) for x in range(4)]) == [
        Slot("26", 26000), Slot("26", 26001), Slot("26"), Slot("7"),
    ]  # fmt: skip
    classes = {c.value: c for c in source.classes}
    assert (classes["3"].means, classes["9"].otherwise, classes["7"].otherwise) == ("ignore", "ignore", None)


def test_cityscapes_polygons_are_drawn_in_order_and_deleted_ones_skipped(tmp_path):
    square = [[0, 0], [5, 0], [5, 3], [0, 3]]
    content = {
        "imgHeight": 4,
        "imgWidth": 6,
        "objects": [
            {"label": "road", "polygon": square},
            {"label": "cargroup", "polygon": [[1, 1], [2, 1], [2, 2], [1, 2]]},
            {"label": "sky", "polygon": square, "deleted": 1},
            {"label": "license plate", "polygon": square},
            {"label": "dragon", "polygon": square},
            {"label": "car", "polygon": [[0, 0]]},
        ],
    }
    put(tmp_path, "leftImg8bit/val/bonn/bonn_1_2_leftImg8bit.png", image())
    put(tmp_path, "gtFine/val/bonn/bonn_1_2_gtFine_polygons.json", json.dumps(content))
    _, _, labels = read_one(tmp_path, "cityscapes")
    assert slots_at(labels, (0, 0), (1, 1)) == [Slot("7", 0), Slot("26")]
    assert sum(labels.repairs.values()) == 2


def test_classes_of_ones_own_get_ids_of_their_own():
    ids = plan_ids([ExportClass("kiosk", "#111111", "stuff"), ExportClass("tram", "#222222", "thing")])
    assert (ids.ids, ids.ignore, ids.is_official) == ((2, 1), 3, False)
    assert ids.label_colors().splitlines() == [
        "0 0 0 unlabelled",
        "34 34 34 tram",
        "17 17 17 kiosk",
        "255 255 255 ignore",
    ]


def test_kitti_instances_are_numbered_by_256(tmp_path):
    put(tmp_path, "training/image_2/000000_10.png", image())
    put(tmp_path, "training/semantic/000000_10.png", png.encode_index(np.array([[26, 26, 7]] * 2, np.uint8)))
    numbers = np.array([[26 * 256 + 1, 26 * 256, 7 * 256]] * 2, np.uint16)
    put(tmp_path, "training/instance/000000_10.png", png.encode_16bit(numbers))
    _, picture, labels = read_one(tmp_path, "kitti")
    assert picture.part == "train"
    assert slots_at(labels, (0, 0), (0, 1), (0, 2)) == [Slot("26", 26 * 256 + 1), Slot("26"), Slot("7")]


def test_camvid_is_read_as_it_lies(real_data):
    files = Files.of(real_data / "camvid")
    assert detect_one(files).name == "camvid"
    source = get_format("camvid").read(files)
    assert sum(p.part == "train" for p in source.pictures) == 367
    assert sum(p.part == "val" for p in source.pictures) == 101
    assert all(p.image is not None for p in source.pictures)
    first = next(p for p in source.pictures if p.name.endswith("0016E5_07959.png"))
    assert (first.sequence, first.sequence_s) == ("0016E5", 7959 / 30)
    assert {c.value: c.means for c in source.classes}["11"] == "ignore"


def test_camvid_original_colors_are_named_by_its_list(tmp_path):
    put(tmp_path, "701_StillsRaw_full/0001TP_006690.png", image(1, 3))
    colors = np.array([[[128, 64, 128], [0, 0, 0], [64, 0, 64]]], np.uint8)
    put(tmp_path, "LabeledApproved_full/0001TP_006690_L.png", png.encode_rgb(colors))
    put(tmp_path, "label_colors.txt", "128 64 128\t\tRoad\n0 0 0\t\tVoid\n64 0 64\tCart Luggage Pram\n")
    source, picture, labels = read_one(tmp_path, "camvid")
    assert (picture.name, picture.sequence) == ("0001TP_006690.png", "0001TP")
    assert [s.value for s in slots_at(labels, (0, 0), (0, 1), (0, 2))] == ["#804080", "#000000", "#400040"]
    assert [(c.name, c.means) for c in source.classes][1:] == [
        ("Void", "ignore"),
        ("Cart Luggage Pram", None),
    ]


def test_ade20k_zero_is_no_class(tmp_path):
    put(tmp_path, "images/training/ADE_train_00000001.jpg", image(1, 3))
    put(
        tmp_path,
        "annotations/training/ADE_train_00000001.png",
        png.encode_index(np.array([[0, 1, 150]], np.uint8)),
    )
    source, picture, labels = read_one(tmp_path, "ade20k")
    assert picture.part == "train"
    names = {c.value: (c.name, c.means) for c in source.classes}
    assert (names["0"], names["1"], names["150"]) == (("other", "unlabelled"), ("wall", None), ("flag", None))
    assert [s.value for s in slots_at(labels, (0, 0), (0, 1), (0, 2))] == ["0", "1", "150"]


def test_the_full_ade20k_counts_classes_in_red_and_green(tmp_path):
    put(tmp_path, "images/training/a/ADE_train_00000001.jpg", image(1, 2))
    colors = np.array([[[120, 29, 3], [0, 0, 0]]], np.uint8)
    put(tmp_path, "images/training/a/ADE_train_00000001_seg.png", png.encode_rgb(colors))
    source = get_format("ade20k").read(Files.of(tmp_path))
    (picture,) = source.pictures
    assert slots_at(source.labels(picture), (0, 0))[0] == Slot(str(12 * 256 + 29), 3)


@pytest.mark.parametrize("version", ["", "v2.0/"])
def test_mapillary_names_come_from_its_configuration(tmp_path, version):
    labels = [
        {"name": "object--vehicle--car", "readable": "Car", "color": [0, 0, 142], "instances": True},
        {"name": "void--unlabeled", "readable": "Unlabeled", "color": [0, 0, 0], "instances": False},
    ]
    put(tmp_path, f"config{'_v2.0' if version else ''}.json", json.dumps({"labels": labels}))
    put(tmp_path, "training/images/abc.jpg", image(1, 3))
    put(
        tmp_path,
        f"training/{version}labels/abc.png",
        png.encode_index(np.array([[0, 0, 1]], np.uint8), [(0, 0, 142), (0, 0, 0)]),
    )
    put(
        tmp_path, f"training/{version}instances/abc.png", png.encode_16bit(np.array([[1, 0, 256]], np.uint16))
    )
    source, picture, read = read_one(tmp_path, "mapillary")
    assert picture.part == "train"
    assert slots_at(read, (0, 0), (0, 1), (0, 2)) == [Slot("0", 1), Slot("0", 0), Slot("1")]
    assert [(c.name, c.kind, c.means) for c in source.classes] == [
        ("Car", "thing", None), ("Unlabeled", "stuff", "unlabelled"),
    ]  # fmt: skip


def test_a_damaged_mask_is_named(tmp_path):
    put(tmp_path, "trainannot/a.png", b"\x89PNG damaged")
    put(tmp_path, "train/a.png", image())
    source = get_format("camvid").read(Files.of(tmp_path))
    with pytest.raises(Exception, match=r"a\.png cannot be read"):
        source.labels(source.pictures[0])
    Pillow.new("L", (3, 2)).save(tmp_path / "trainannot" / "a.png")
    assert source.labels(source.pictures[0]).plane_hw.shape == (2, 3)
