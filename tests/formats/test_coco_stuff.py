"""COCO-Stuff: two ways to number pixels, told apart by what they hold; run lengths in JSON."""

import json

import numpy as np
import pytest
from PIL import Image

from townscape.core.errors import InputError, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats.files import Files
from townscape.formats.format import ExportClass
from townscape.formats.kinds import coco_stuff, detect_one
from townscape.formats.labels import ExportLabels
from townscape.formats.parts.stuff_maps import NAMES
from townscape.testing.conformance import formats


def test_the_names_are_those_of_its_list():
    """labels.txt of COCO-Stuff: `1: person`, `92: banner`, `149: road`, `182: wood`."""
    assert len(NAMES) == len(set(NAMES)) == 182
    assert [NAMES[k - 1] for k in (1, 91, 92, 149, 182)] == ["person", "hair brush", "banner", "road", "wood"]


def maps(root, folder, *planes, mode="L", images="images/train2017"):
    for k, plane in enumerate(planes):
        path = root / folder / f"{k:012d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(np.asarray(plane, np.uint8))
        if mode == "P":
            image.putpalette(list(range(256)) * 3)
        image.save(path)
        (root / images).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", image.size).save(root / images / f"{k:012d}.jpg")
    return root


def values(root):
    source = coco_stuff.read(Files.of(root))
    (labels,) = [source.labels(p) for p in source.pictures]
    return [labels.slots[k - 1].value for k in labels.plane_hw[0].tolist()], source


def test_maps_of_things_and_stuff_hold_the_id_less_one(tmp_path):
    root = maps(tmp_path, "stuffthingmaps/train2017", [[0, 91, 181, 255]])
    found, source = values(root)
    assert found == ["1", "92", "182", "0"]
    (picture,) = source.pictures
    assert picture.image == root / "images/train2017/000000000000.jpg"
    assert (picture.name, picture.part) == ("train2017/000000000000.jpg", "train")
    named = {c.value: (c.name, c.kind, c.means) for c in source.classes}
    assert named["92"] == ("banner", "stuff", None)
    assert named["1"] == ("person", "thing", None)
    assert named["0"] == ("unlabeled", None, "unlabelled")
    assert "183" not in named
    assert source.notes == ["In these pixel maps value 0 is category 1, and 255 is unlabelled: 255 occurs."]


def test_maps_of_the_stuff_challenge_hold_the_id(tmp_path):
    root = maps(tmp_path, "stuff_train2017_pixelmaps", [[0, 92, 182, 183]], mode="P", images="train2017")
    found, source = values(root)
    assert found == ["0", "92", "182", "183"]
    assert {c.value: c.name for c in source.classes}["183"] == "other"
    assert source.pictures[0].image is not None


@pytest.mark.parametrize(
    ("folder", "plane", "found"),
    [
        ("pixelmaps", [[91, 5, 255]], ["92", "6", "0"]),
        ("pixelmaps", [[91, 12, 0]], ["92", "13", "1"]),
        ("pixelmaps", [[92, 11, 0]], ["92", "11", "0"]),
        ("pixelmaps", [[91, 0, 1]], ["92", "1", "2"]),
        ("my_pixelmaps", [[100, 0, 1]], ["100", "0", "1"]),
        ("stuffthingmaps", [[100, 65, 1]], ["101", "66", "2"]),
        ("annotations/train2017", [[100, 0, 1]], ["101", "1", "2"]),
    ],
)
def test_the_numbers_decide_before_the_folder_does(tmp_path, folder, plane, found):
    """Ids 12 (street sign), 91 (hair brush) and nine others were given up: no pixel has them."""
    root = maps(tmp_path, folder, plane)
    (root / "labels.txt").write_text(
        "0: unlabeled\n" + "".join(f"{k}: {n}\n" for k, n in enumerate(NAMES, 1))
    )
    assert values(root)[0] == found


def test_masks_made_of_the_maps_are_left_out(tmp_path):
    root = maps(tmp_path, "stuffthingmaps/train2017", [[0, 255]])
    (root / "stuffthingmaps/train2017/000000000000_labelTrainIds.png").write_bytes(b"")
    assert values(root)[0] == ["1", "0"]


def test_a_list_of_names_of_ones_own(tmp_path):
    root = maps(tmp_path, "stuffthingmaps/val", [[0, 2, 255]])
    (root / "labels.txt").write_text("0: unlabeled\n1: Straße: Asphalt\n3: 行人\n", "utf-8")
    source = values(root)[1]
    assert [(c.value, c.name, c.kind) for c in source.classes] == [
        ("0", "unlabeled", None),
        ("1", "Straße: Asphalt", None),
        ("3", "行人", None),
    ]


def test_colors_are_no_pixel_map(tmp_path):
    root = maps(tmp_path, "stuffthingmaps/val", [[0, 1]])
    Image.new("RGB", (2, 1)).save(root / "stuffthingmaps/val/000000000000.png")
    source = coco_stuff.read(Files.of(root))
    with pytest.raises(InputError, match=r"000000000000\.png is no pixel map"):
        source.labels(source.pictures[0])


def test_classes_that_are_all_its_own_keep_its_ids(tmp_path):
    classes = [ExportClass("tree", "#6b8e23", "stuff"), ExportClass("person", "#dc143c", "thing")]
    assert coco_stuff.scheme(classes, "pixelmaps").values == ["169", "1"]
    plane = np.array([[1, 2, 0, IGNORE]], np.uint16)
    labels = ExportLabels(plane, np.zeros((1, 4), np.uint32))
    formats.write_all(coco_stuff, classes, "pixelmaps", [labels], tmp_path / "out")
    assert (tmp_path / "out/labels.txt").read_text() == "0: unlabeled\n1: person\n169: tree\n"
    (path,) = (tmp_path / "out/stuffthingmaps/train").iterdir()
    assert np.array(Image.open(path)).tolist() == [[168, 0, 255, 255]]
    mixed = [*classes, ExportClass("Baum", "#010203", "stuff")]
    assert coco_stuff.scheme(mixed, "pixelmaps").values == ["1", "2", "3"]


def test_more_classes_than_numbers():
    classes = [ExportClass(f"c{k}", "#010203", "stuff") for k in range(256)]
    assert len(coco_stuff.scheme(classes[:255], "pixelmaps").values) == 255
    with pytest.raises(UsageError, match="255 classes; these are 256"):
        coco_stuff.scheme(classes, "pixelmaps")
    assert len(coco_stuff.scheme(classes, "json").values) == 256


CATEGORIES = [
    {"supercategory": "textile", "id": 92, "name": "banner"},
    {"supercategory": "other", "id": 183, "name": "other"},
]


def stuff_json(root, annotations, *, width=3, height=2):
    content = {
        "images": [{"id": 934, "file_name": "000000000934.jpg", "width": width, "height": height}],
        "annotations": [{"id": k, "image_id": 934, "iscrowd": 0, **a} for k, a in enumerate(annotations)],
        "categories": CATEGORIES,
    }
    (root / "annotations").mkdir()
    (root / "annotations/stuff_val2017.json").write_text(json.dumps(content))
    return root


def test_run_lengths_go_down_the_columns(tmp_path):
    """Counts [1, 2, 3]: the second pixel of the first column and the first of the second."""
    root = stuff_json(
        tmp_path,
        [
            {"category_id": 92, "segmentation": {"size": [2, 3], "counts": [1, 2, 3]}},
            {"category_id": 183, "segmentation": {"size": [2, 3], "counts": "42"}},
        ],
    )
    assert detect_one(Files.of(root)).name == "coco-stuff"
    source = coco_stuff.read(Files.of(root))
    labels = source.labels(source.pictures[0])
    shown = [[labels.slots[k - 1].value if k else "" for k in row] for row in labels.plane_hw.tolist()]
    assert shown == [["", "92", "183"], ["92", "", "183"]]
    assert all(slot.object is None for slot in labels.slots)
    assert source.notes == ["Category 183 (other) covers everything that is not stuff: all things."]


@pytest.mark.parametrize(
    ("segmentation", "repair"),
    [
        ({"size": [2, 3], "counts": [1, 2]}, "run lengths left out: its run lengths fill 3 of 6 pixels"),
        ({"size": [2, 3], "counts": [1, -2, 7]}, "run lengths left out: a run length is out of range"),
        ({"size": [2, 3], "counts": [10**30]}, "run lengths left out: its run lengths are no whole numbers"),
        ({"size": [9, 9], "counts": [81]}, "run lengths left out: its size is not the image's"),
        ({"size": 9, "counts": [6]}, "run lengths left out: its size is not the image's"),
        ({"size": [2, 3], "counts": "1ü"}, "run lengths left out: it holds letters that no run length has"),
        ({"size": [2, 3]}, "run lengths left out: it has no counts"),
        ([[0, 0, 1, 1]], "polygons with fewer than 3 points"),
        ([[0, 0, 1, 1, 2]], "polygons that are no list of coordinates"),
        ([[0, 0, 1, "x", 2, 2]], "polygons that are no list of coordinates"),
        ([[0, 0, 1e999, 1, 2, 2]], "polygons with coordinates that are no numbers"),
        ([], "annotations without a segmentation"),
        (None, "annotations without a segmentation"),
    ],
)
def test_shapes_that_cannot_be_used_are_counted(tmp_path, segmentation, repair):
    root = stuff_json(tmp_path, [{"category_id": 92, "segmentation": segmentation}, {"category_id": 7}])
    source = coco_stuff.read(Files.of(root))
    labels = source.labels(source.pictures[0])
    assert labels.repairs == {repair: 1, "annotations of a category that is not listed": 1}
    assert not labels.plane_hw.any()


def test_a_size_that_cannot_be_is_not_believed(tmp_path):
    root = stuff_json(tmp_path, [], width=1_000_000, height=1_000_000)
    with pytest.raises(InputError, match=r"000000000934\.jpg: .* gives it no size, or one that cannot be"):
        coco_stuff.read(Files.of(root))


@pytest.mark.parametrize("cut", [2, 60, -3])
def test_a_file_that_is_cut_off_names_itself(tmp_path, cut):
    path = stuff_json(tmp_path, []) / "annotations/stuff_val2017.json"
    path.write_text(path.read_text()[:cut])
    with pytest.raises(InputError, match=r"stuff_val2017\.json is no whole JSON file"):
        coco_stuff.read(Files.of(tmp_path))
