"""Cityscapes against its own scripts, names that are not its own, and files as strangers leave them."""

import json

import numpy as np
import pytest
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling
from cityscapesscripts.helpers.csHelpers import getCoreImageFileName
from cityscapesscripts.preparation.json2labelImg import json2labelImg
from hypothesis import given
from hypothesis import strategies as st

from townscape.core.errors import InputError
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import png
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import get_format
from townscape.formats.labels import ExportLabels, ExportObject, Slot
from townscape.formats.parts.cityscapes_ids import plan_ids
from townscape.formats.parts.cityscapes_names import frame_name

CITYSCAPES = get_format("cityscapes")
FRAME = "bonn_000001_000019"
CLASSES = (
    ExportClass("road", "#804080", "stuff"),
    ExportClass("Traffic-Light", "#faaa1e", "stuff"),
    ExportClass("car", "#00008e", "thing"),
    ExportClass("pole", "#999999", "thing"),
)


def put(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def image(height=4, width=6):
    return png.encode_rgb(np.zeros((height, width, 3), np.uint8))


def write(root, pictures, classes=CLASSES):
    """Export pictures: name → labels."""
    out = Out(root)
    writer = CITYSCAPES.write(out, Plan("streets", classes, "fine", parts=("val",)))
    for name, labels in pictures.items():
        item = Item(name, labels.classes_hw.shape[1], labels.classes_hw.shape[0], "val", ".png", bytes)
        encoded = writer.encode(item, labels)
        for path, content in {
            writer.image_path(item): image(item.height, item.width),
            **encoded.files,
        }.items():
            assert not (root / path).exists(), f"{path} is written twice"
            out.put(path, content)
        writer.add(out, item, encoded.entry)
    writer.close(out)
    out.close()


def labels_of(classes_hw, objects_hw=None, objects=()):
    plane = np.array(classes_hw, np.uint16)
    numbers = np.zeros(plane.shape, np.uint32) if objects_hw is None else np.array(objects_hw, np.uint32)
    return ExportLabels(plane, numbers, objects)


def random_labels(seed):
    rng = np.random.default_rng(seed)
    coarse = rng.choice([0, 1, 2, 3, 4, IGNORE], (9, 12)).astype(np.uint16)
    return labels_of(np.kron(coarse, np.ones((5, 5), np.uint16)))


def read_one(root):
    source = CITYSCAPES.read(Files.of(root))
    (picture,) = source.pictures
    return source, picture


def ground_truth(root, kind, content, truth="gtFine", frame=FRAME):
    put(root, f"leftImg8bit/val/bonn/{frame}_leftImg8bit.png", image())
    put(root, f"{truth}/val/bonn/{frame}_{truth}_{kind}", content)


def test_an_export_scores_1_against_itself_in_the_official_evaluation(tmp_path):
    write(tmp_path, {f"bonn_000000_{k:06d}": random_labels(k) for k in range(1, 4)})
    ids = sorted(str(p) for p in tmp_path.rglob("*_labelIds.png"))
    options = evalPixelLevelSemanticLabeling.args
    options.quiet, options.JSONOutput, options.evalInstLevelScore = True, False, False
    result = evalPixelLevelSemanticLabeling.evaluateImgLists(ids, ids, options)
    scores = {name: score for name, score in result["classScores"].items() if not np.isnan(score)}
    assert scores == {"road": 1.0, "traffic light": 1.0, "car": 1.0, "pole": 1.0}


@pytest.mark.parametrize("seed", range(5))
def test_the_official_script_draws_the_written_polygons(tmp_path, seed):
    """Also for a group of poles, which must not be called polegroup: that is a class of its own."""
    write(tmp_path, {FRAME: random_labels(seed)})
    (polygons,) = tmp_path.rglob("*_polygons.json")
    (ids,) = tmp_path.rglob("*_labelIds.png")
    json2labelImg(str(polygons), str(tmp_path / "drawn.png"), "ids")
    assert np.array_equal(png.decode(tmp_path / "drawn.png").values, png.decode(ids).values)


def test_holes_are_what_is_drawn_into_them(tmp_path):
    """A ring of road around a car around something unlabelled: three polygons, the largest first."""
    y, x = np.indices((9, 9))
    depth = np.minimum.reduce([y, x, 8 - y, 8 - x])
    write(tmp_path, {FRAME: labels_of(np.array([1, 1, 3, 0, 0])[depth])})
    (polygons,) = tmp_path.rglob("*_polygons.json")
    objects = json.loads(polygons.read_text())["objects"]
    assert [o["label"] for o in objects] == ["road", "cargroup", "unlabeled"]


def test_instances_are_numbered_by_1000_and_unknown_ones_keep_the_plain_id(tmp_path):
    objects = [ExportObject(3), ExportObject(3)]
    write(tmp_path, {FRAME: labels_of([[3, 3, 3, 1, 0, IGNORE]], [[1, 2, 0, 0, 0, 0]], objects)})
    (numbers,) = tmp_path.rglob("*_instanceIds.png")
    assert png.decode(numbers).values.tolist() == [[26000, 26001, 26, 7, 0, 3]]
    source, picture = read_one(tmp_path)
    assert {(s.value, s.object) for s in source.labels(picture).slots} == {
        ("0", None), ("3", None), ("7", None), ("26", None), ("26", 26000), ("26", 26001),
    }  # fmt: skip


def test_official_ids_also_for_void_classes_that_somebody_labels():
    ids = plan_ids([ExportClass("Ego Vehicle", "#000000", "stuff"), ExportClass("road", "#804080", "stuff")])
    assert (ids.ids, ids.is_official) == ((1, 7), True)
    assert not plan_ids([ExportClass("out of roi", "#000000", "stuff")]).is_official


NAMES = [
    "a",
    "a_000000",
    "a_b",
    "a_b_000000",
    "a_b_c",
    "a-b_c_d",
    "a_b_c_d",
    "_a",
    "a_",
    "a%5Fb",
    "a_000000_000000",
]


def test_names_of_any_form_stay_apart_and_come_back(tmp_path):
    write(tmp_path, {name: labels_of([[k % 4 + 1] * 6] * 4) for k, name in enumerate(NAMES)})
    source = CITYSCAPES.read(Files.of(tmp_path))
    assert len(source.pictures) == len(NAMES)
    by_stem = {
        p.name.rpartition("/")[2].removesuffix(".png").removesuffix("_leftImg8bit"): p
        for p in source.pictures
    }
    for k, name in enumerate(NAMES):
        (slot,) = source.labels(by_stem[name]).slots
        assert slot.value == str(plan_ids(CLASSES).ids[k % 4])
    for path in tmp_path.rglob("*_labelIds.png"):
        assert path.parent.name == getCoreImageFileName(path.name).partition("_")[0]


@given(
    st.sets(
        st.text(st.sampled_from("ab_0%-5F"), min_size=1, max_size=9) | st.just("a_000000_000000"), max_size=20
    )
)
def test_made_up_names_have_three_parts_and_are_all_different(names):
    made_up = {frame_name(name) for name in names}
    assert len(made_up) == len(names)
    assert all(len(name.split("_")) == 3 and all(name.split("_")) for name in made_up)


def test_names_of_cityscapes_stay_as_they_are():
    assert frame_name("aachen_000000_000019") == "aachen_000000_000019"
    assert frame_name("0016E5_07959") == "0016E5_07959_000000"


def test_coarse_ground_truth_is_read_where_there_is_no_fine_one(tmp_path):
    ground_truth(tmp_path, "labelIds.png", png.encode_index(np.full((4, 6), 7)))
    ground_truth(tmp_path, "labelIds.png", png.encode_index(np.full((4, 6), 8)), "gtCoarse")
    ground_truth(
        tmp_path, "labelIds.png", png.encode_index(np.full((4, 6), 11)), "gtCoarse", "bonn_000002_000019"
    )
    source = CITYSCAPES.read(Files.of(tmp_path))
    assert [source.labels(p).slots for p in source.pictures] == [[Slot("7")], [Slot("11")]]
    assert source.notes == ["1 images have coarse ground truth only; it is read."]


def test_upper_and_lower_case_do_not_matter(tmp_path):
    put(tmp_path, f"LEFTIMG8BIT/val/bonn/{FRAME}_leftimg8bit.PNG", image())
    put(tmp_path, f"GTFINE/val/bonn/{FRAME}_gtfine_labelids.PNG", png.encode_index(np.full((4, 6), 7)))
    source, picture = read_one(tmp_path)
    assert picture.image is not None
    assert source.labels(picture).slots == [Slot("7")]


@pytest.mark.parametrize(
    ("kind", "content", "slots"),
    [
        (
            "instanceIds.png",
            png.encode_16bit(np.array([[7, 26, 26001]])),
            [Slot("7"), Slot("26"), Slot("26", 26001)],
        ),
        ("color.png", png.encode_rgb(np.array([[[128, 64, 128], [1, 2, 3]]])), [Slot("#010203"), Slot("7")]),
        ("labelTrainIds.png", png.encode_index(np.array([[0, 13, 255]])), [Slot("7"), Slot("26"), Slot("3")]),
    ],
)
def test_what_is_read_where_ids_are_missing(tmp_path, kind, content, slots):
    ground_truth(tmp_path, kind, content)
    source, picture = read_one(tmp_path)
    assert source.labels(picture).slots == slots


def test_colors_of_ones_own_classes_are_known_by_their_list(tmp_path):
    kiosk = ExportClass("kiosk", "#112233", "stuff")
    write(tmp_path, {FRAME: labels_of([[1] * 6] * 4)}, [kiosk])
    for path in [*tmp_path.rglob("*Ids.png"), *tmp_path.rglob("*.json")]:
        path.unlink()
    source, picture = read_one(tmp_path)
    assert source.labels(picture).slots == [Slot("1")]


def test_numbers_of_another_class_or_size_are_left_out_and_counted(tmp_path):
    ground_truth(tmp_path, "labelIds.png", png.encode_index(np.array([[26, 26, 7]])))
    ground_truth(tmp_path, "instanceIds.png", png.encode_16bit(np.array([[26000, 24000, 7]])))
    source, picture = read_one(tmp_path)
    labels = source.labels(picture)
    assert {(s.value, s.object) for s in labels.slots} == {("26", 26000), ("26", None), ("7", None)}
    assert labels.repairs == {"objects that reach into another class": 1}
    ground_truth(tmp_path, "instanceIds.png", png.encode_16bit(np.array([[26000, 24000]])))
    assert source.labels(picture).repairs == {"object masks of another size than their class mask": 1}


def test_colors_in_place_of_ids_are_refused_by_name(tmp_path):
    ground_truth(tmp_path, "labelIds.png", png.encode_rgb(np.array([[[128, 64, 128]]])))
    source, picture = read_one(tmp_path)
    with pytest.raises(InputError, match=r"labelIds\.png does not hold one whole number per pixel"):
        source.labels(picture)


@pytest.mark.parametrize(
    "content",
    ['{"imgHeight": 4, "imgWidth": 6, "objects": [{"lab', "[]", '{"imgHeight": 4, "objects": 7}',
     '{"imgHeight": 1000000, "imgWidth": 1000000, "objects": []}', "[" * 100_000],
)  # fmt: skip
def test_damaged_polygons_are_named(tmp_path, content):
    ground_truth(tmp_path, "polygons.json", content)
    source, picture = read_one(tmp_path)
    with pytest.raises(InputError, match=r"polygons\.json"):
        source.labels(picture)


def test_single_bad_polygons_are_left_out_and_counted(tmp_path):
    bad = [[[0, 0]], [[0, 0], [1, float("nan")], [2, 2]], "text", None, [[1e400, 0], [0, 1], [1, 1]]]
    objects = [{"label": "road", "polygon": [[-9, -9], [99, -9], [99, 99], [-9, 99]]}]
    objects += [{"label": "car", "polygon": points} for points in bad] + [7]
    ground_truth(tmp_path, "polygons.json", json.dumps({"imgHeight": 4, "imgWidth": 6, "objects": objects}))
    source, picture = read_one(tmp_path)
    labels = source.labels(picture)
    assert (labels.plane_hw == 1).all()
    assert sum(labels.repairs.values()) == len(bad)


def test_images_among_labelled_ones_without_labels_are_listed(tmp_path):
    ground_truth(tmp_path, "labelIds.png", png.encode_index(np.full((4, 6), 7)))
    put(tmp_path, "leftImg8bit/val/bonn/bonn_000001_000020_leftImg8bit.png", image())
    put(tmp_path, "leftImg8bit/test/berlin/berlin_000000_000019_leftImg8bit.png", image())
    source = CITYSCAPES.read(Files.of(tmp_path))
    assert [(p.image.name, p.labels is None) for p in source.pictures] == [
        (f"{FRAME}_leftImg8bit.png", False),
        ("bonn_000001_000020_leftImg8bit.png", True),
    ]
