"""YOLO segmentation: where Ultralytics looks for labels, how it fills them, what it cannot hold."""

import pickle

import numpy as np
import pytest

from townscape.core.errors import InputError, NothingToRead
from townscape.formats.codecs.png import encode_rgb
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import detect_one, yolo
from townscape.formats.labels import ExportLabels, ExportObject

YAML = "train: images/train\nval: images/val\nnames:\n  0: person\n  1: car\n"


def put(root, files, *, size=(10, 10)):
    picture = encode_rgb(np.zeros((*size, 3), np.uint8))
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture if content is None else content.encode())
    return Files.of(root)


def one(root, text, **options):
    source = yolo.read(put(root, {"images/a.png": None, "labels/a.txt": text, "data.yaml": YAML}, **options))
    return source.labels(source.pictures[0])


def write(root, labels, *, classes=("road", "car"), parts=("train", "val"), part="train"):
    height, width = labels.classes_hw.shape
    out = Out(root)
    plan = Plan("town", [ExportClass(n, "#102030", "thing") for n in classes], "polygon", parts=parts)
    writer = pickle.loads(pickle.dumps(yolo.write(out, plan)))
    item = Item("a", width, height, part, ".png", lambda: b"")
    put(root, {writer.image_path(item): None}, size=(height, width))
    for name, content in writer.encode(item, labels).files.items():
        out.put(name, content)
    source = yolo.read(Files.of(root))
    return source, source.labels(source.pictures[0])


def test_the_square_of_supervision_has_25_pixels(tmp_path):
    """supervision 0.31, `polygon_to_mask`: corners (2, 2) to (6, 6) fill 25 pixels of 10 × 10."""
    labels = one(tmp_path, "1 0.2 0.2 0.6 0.2 0.6 0.6 0.2 0.6\n")
    assert np.argwhere(labels.plane_hw).min() == 2
    assert np.argwhere(labels.plane_hw).max() == 6
    assert np.count_nonzero(labels.plane_hw) == 25
    assert labels.slots[0].value == "1"


@pytest.mark.parametrize("side", [7, 360, 481, 1080, 4096])
def test_whole_pixels_written_with_five_decimals_are_those_pixels(tmp_path, side):
    """As `supervision` writes them; 33 / 360 becomes 0.09167, 41 / 360 becomes 0.11389, a little less."""
    first, last = side // 3, side - 1
    x, y = f"{first / side:.5f}", f"{last / side:.5f}"
    labels = one(tmp_path, f"0 {x} {x} {y} {x} {y} {y} {x} {y}\n", size=(side, side))
    there = np.argwhere(labels.plane_hw)
    assert (there.min(), there.max()) == (first, last)
    assert len(there) == (last - first + 1) ** 2


def test_a_hundredth_of_a_pixel_short_is_cut_off(tmp_path):
    labels = one(tmp_path, "0 0.199 0.199 0.6 0.199 0.6 0.6 0.199 0.6\n")
    assert np.argwhere(labels.plane_hw).min() == 1


def test_the_example_of_the_documentation(tmp_path):
    """docs.ultralytics.com/datasets/segment: a segment of 3 points and one of 5."""
    text = (
        "0 0.681 0.485 0.670 0.487 0.676 0.487\n"
        "1 0.504 0.000 0.501 0.004 0.498 0.004 0.493 0.010 0.492 0.0104\n"
    )
    labels = one(tmp_path, text, size=(1000, 1000))
    assert [s.value for s in labels.slots] == ["0", "1"]
    assert [s.object for s in labels.slots] == [1, 2]
    assert labels.plane_hw[485, 681] == labels.plane_hw[487, 670] == 1
    assert labels.plane_hw[0, 504] == labels.plane_hw[10, 493] == 2
    assert not labels.repairs


def test_small_outlines_lie_on_large_ones_whatever_their_order(tmp_path):
    small, large = "0 0.2 0.2 0.4 0.2 0.4 0.4 0.2 0.4", "1 0 0 0.9 0 0.9 0.9 0 0.9"
    for k, text in enumerate((f"{small}\n{large}\n", f"{large}\n{small}\n")):
        labels = one(tmp_path / str(k), text)
        assert labels.slots[labels.plane_hw[3, 3] - 1].value == "0"
        assert labels.slots[labels.plane_hw[8, 8] - 1].value == "1"
        assert labels.overlap_px == 9


def test_no_file_is_unlabelled_and_an_empty_one_is_labelled(tmp_path):
    files = {"images/train/a.png": None, "images/train/b.png": None, "labels/train/b.txt": "\n"}
    source = yolo.read(put(tmp_path, {**files, "data.yaml": YAML}))
    missing, empty = source.pictures
    assert (missing.name, missing.labels) == ("images/train/a.png", None)
    labels = source.labels(empty)
    assert not labels.plane_hw.any()
    assert not labels.slots


def test_layouts(tmp_path):
    """images/<part>, <part>/images (Roboflow), lists of images, labels beside images; Windows paths."""
    row = "0 0 0 0.5 0 0.5 0.5\n"
    roboflow = "train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['person', 'car']\n"
    layouts = {
        "parts": {"images/val/a.png": None, "labels/val/a.txt": row, "data.yaml": YAML},
        "roboflow": {"valid/images/a.png": None, "valid/labels/a.txt": row, "data.yaml": roboflow},
        "lists": {
            "images/a.png": None,
            "labels/a.txt": row,
            "val.txt": "data\\images\\a.png\n",
            "train.txt": "",
            "data.yaml": "path: ../elsewhere\ntrain: train.txt\nval: val.txt\nnames: [person, car]\n",
        },
        "beside": {"val/a.PNG": None, "val/a.txt": row, "town.yml": "val: val\nnames: {0: person, 1: car}\n"},
        "below": {"set/images/val/a.png": None, "set/labels/val/a.txt": row, "set/data.yaml": YAML},
    }
    for name, files in layouts.items():
        listed = put(tmp_path / name, files)
        assert detect_one(listed).name == "yolo", name
        source = yolo.read(listed)
        assert [p.part for p in source.pictures] == ["val"], name
        assert [c.name for c in source.classes] == ["person", "car"], name
        assert np.count_nonzero(source.labels(source.pictures[0]).plane_hw) == 21, name
    by_yaml = yolo.read(Files.of(tmp_path / "below" / "set" / "data.yaml"))
    assert [p.name for p in by_yaml.pictures] == ["images/val/a.png"]


def test_without_data_yaml_classes_are_numbers(tmp_path):
    files = {"images/a.png": None, "labels/a.txt": "7 0 0 0.5 0 0.5 0.5\n"}
    assert detect_one(put(tmp_path / "bare", files)).name == "yolo"
    source = yolo.read(Files.of(tmp_path / "bare"))
    assert source.classes == []
    assert source.labels(source.pictures[0]).slots[0].value == "7"
    source = yolo.read(put(tmp_path / "listed", {**files, "labels/classes.txt": "person\ncar\n"}))
    assert [c.name for c in source.classes] == ["person", "car"]
    assert not source.problems


def test_a_part_that_is_not_known_stays_unknown(tmp_path):
    labels = ExportLabels(np.ones((4, 4), np.uint16), np.zeros((4, 4), np.uint32))
    source, _ = write(tmp_path, labels, parts=("default",), part="default")
    assert source.pictures[0].part is None
    assert (tmp_path / "data.yaml").read_text() == (
        '# town\ntrain: images/default\nval: images/default\nnames:\n  0: "road"\n  1: "car"\n'
    )


def test_names_that_yaml_could_mistake(tmp_path):
    labels = ExportLabels(np.ones((4, 4), np.uint16), np.zeros((4, 4), np.uint32))
    names = ("yes", "0x1f", "a: b # c", "'quoted' \"twice\"", "- 行人\u2028\x7f", "null", "{}")
    source, _ = write(tmp_path, labels, classes=names)
    assert [c.name for c in source.classes] == list(names)


def test_what_it_cannot_hold(tmp_path):
    """Each as `LOSSES` says: pieces of an object, objects that are not known, attributes. Holes come back."""
    assert {loss.what for loss in yolo.LOSSES["polygon"]} == {
        "disconnected objects",
        "unknown objects",
        "attributes",
    }
    classes = np.full((9, 9), 2, np.uint16)
    classes[3:6, 3:6] = 1
    classes[:, 7] = 0
    objects = np.where(classes == 2, 1, 0).astype(np.uint32)
    source, labels = write(tmp_path, ExportLabels(classes, objects, [ExportObject(2, {"note": "red"})]))
    values = np.array(["", *(s.value for s in labels.slots)])[labels.plane_hw]
    assert np.array_equal(values == "1", classes == 2)
    assert np.array_equal(values == "0", classes == 1)
    assert not labels.plane_hw[:, 7].any()
    assert [s.value for s in labels.slots] == ["0", "1", "1"]
    assert all(s.object is not None and not s.attributes for s in labels.slots)
    assert not source.notes


@pytest.mark.parametrize(
    ("line", "repair"),
    [
        ("0 0.5 0.5 0.2 0.2", "boxes, which do not say which pixels are meant"),
        ("0 0.5 0.5", "outlines with fewer than 3 points"),
        ("0 nan 0 0.5 0 0.5 0.5", "outlines with coordinates that are no numbers"),
        ("0 1e999 0 0.5 0 0.5 0.5", "outlines with coordinates that are no numbers"),
        ("0 120 40 300 40 300 200", "outlines that are no shares of the image's size"),
        ("-1 0 0 0.5 0 0.5 0.5", "lines that do not begin with a class number"),
        ("0.5 0 0 0.5 0 0.5 0.5", "lines that do not begin with a class number"),
        ("nan 0 0 0.5 0 0.5 0.5", "lines that do not begin with a class number"),
        ("car 0 0 0.5 0 0.5 0.5", "lines with words that are no numbers"),
        ("0 0,1 0 0.5 0 0.5 0.5", "lines with words that are no numbers"),
        ("0 0.1.2 0 0.5 0 0.5 0.5", "lines with words that are no numbers"),
    ],
)
def test_bad_lines_are_left_out_and_counted(tmp_path, line, repair):
    labels = one(tmp_path, f"{line}\r\n1.0 0 0 0.5 0 0.5 0.5\r\n")
    assert labels.repairs == {repair: 1}
    assert [s.value for s in labels.slots] == ["1"]


def test_lines_that_are_used_in_spite_of_something(tmp_path):
    labels = one(tmp_path, "\ufeff1 0 0 0.5 0 0.5 0.5 0.93\n0 0.6 0.6 1.5 0.6 1.5 1.5\n")
    assert labels.repairs == {"numbers after an outline": 1, "outlines cut off at the image's edge": 1}
    assert labels.plane_hw[0, 0] == 1
    assert labels.plane_hw[9, 9] == 2


def test_what_is_refused(tmp_path):
    boxes = {"images/a.png": None, "labels/a.txt": "0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1 0.9\n"}
    with pytest.raises(InputError, match="boxes, which do not say which pixels") as refused:
        yolo.read(put(tmp_path / "boxes", {**boxes, "data.yaml": YAML}))
    assert refused.value.hint
    with pytest.raises(InputError, match="keypoints"):
        yolo.read(put(tmp_path / "pose", {**boxes, "data.yaml": YAML + "kpt_shape: [17, 3]\n"}))
    with pytest.raises(NothingToRead):
        yolo.read(put(tmp_path / "none", {"images/a.png": None, "data.yaml": YAML}))
    assert yolo.detect(put(tmp_path / "bare", boxes)) is None


def test_labels_without_an_image_and_damaged_files(tmp_path):
    files = {
        "images/train/a.png": None,
        "labels/train/a.txt": "0 0 0 0.5 0 0.5 0.5\n",
        "labels/val/a.txt": "0 0 0 0.5 0 0.5 0.5\n",
        "data.yaml": YAML,
        "broken.yaml": "names: [a\n",
        "other.yaml": "names: [x, y]\n",
    }
    source = yolo.read(put(tmp_path, files))
    assert [name for name, _ in source.problems] == ["labels/val/a.txt"]
    assert [c.name for c in source.classes] == ["person", "car"]
    (tmp_path / "labels/train/a.txt").write_bytes(b"\xff\xfe0\x00")
    with pytest.raises(InputError, match=r"a\.txt"):
        source.labels(source.pictures[0])
    (tmp_path / "labels/train/a.txt").write_text("0 0 0 0.5 0 0.5 0.5\n")
    (tmp_path / "images/train/a.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"a\.png"):
        source.labels(source.pictures[0])


def test_an_image_on_its_side_is_upright(tmp_path):
    from PIL import Image

    files = put(tmp_path, {"labels/a.txt": "0 0 0 0.3 0 0.3 0.9 0 0.9\n", "data.yaml": YAML})
    (tmp_path / "images").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (20, 10)).save(tmp_path / "images/a.jpg", exif=exif)
    source = yolo.read(Files.of(files.root))
    assert source.labels(source.pictures[0]).plane_hw.shape == (20, 10)
