"""Ultralytics semantic masks: ids, the value that is ignored, label_mapping, kinds of PNG."""

import numpy as np
import pytest
from PIL import Image

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import detect_one
from townscape.formats.kinds import ultralytics_semantic as semantic
from townscape.formats.labels import ExportLabels

YAML = "path: ../datasets/town\ntrain: images/train\nval: images/val\nmasks_dir: masks\nnames:\n"
NAMES = "  0: road\n  1: building\n"


def put(root, files, text=YAML + NAMES):
    for name, image in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (image if isinstance(image, Image.Image) else Image.new("RGB", (3, 2))).save(path)
    root.mkdir(exist_ok=True)
    (root / "data.yaml").write_text(text, "utf-8")
    return Files.of(root)


def values(labels):
    return np.array(["", *(s.value for s in labels.slots)])[labels.plane_hw].tolist()


def grey(rows):
    return Image.fromarray(np.array(rows, dtype=np.uint8))


def test_ids_and_the_value_that_is_ignored(tmp_path):
    """docs.ultralytics.com/datasets/semantic: 0, 1, 2 … are ids of `names`, 255 is ignored."""
    files = {
        "images/train/aachen_000000_000019.jpg": None,
        "masks/train/aachen_000000_000019.png": grey([[0, 1, 255], [2, 0, 0]]),
        "images/val/b.jpg": None,
        "masks/val/lost.png": grey([[1]]),
    }
    listed = put(tmp_path, files)
    assert detect_one(listed).name == "ultralytics-semantic"
    source = semantic.read(listed)
    assert [(c.value, c.name, c.means) for c in source.classes] == [
        ("0", "road", None), ("1", "building", None), ("255", "ignore", "ignore"),
    ]  # fmt: skip
    a, b, lost = source.pictures
    assert (a.part, b.part, lost.part) == ("train", "val", "val")
    assert b.labels is None
    assert lost.image is None
    assert values(source.labels(a)) == [["0", "1", "255"], ["2", "0", "0"]]
    assert not source.labels(a).overlap_px


def test_label_mapping(tmp_path):
    """As in Ultralytics' cityscapes8.yaml: ids of the source become ids of `names` or `ignore_label`."""
    mapping = "label_mapping:\n  -1: ignore_label\n  7: 0\n  11: 1\n  9: ignore_label\n  4: 255\n"
    files = {"images/train/a.png": None, "masks/train/a.png": grey([[7, 11, 9], [4, 255, 3]])}
    source = semantic.read(put(tmp_path, files, YAML + NAMES + mapping))
    assert values(source.labels(source.pictures[0])) == [["0", "1", "255"], ["255", "255", "3"]]


def test_kinds_of_masks(tmp_path):
    indexed = grey([[0, 1, 1]])
    indexed.putpalette([9, 9, 0, 200, 0, 0])
    ramp = grey([[0, 1, 1]])
    ramp.putpalette([1, 1, 1, 0, 0, 0])
    masks = {
        "palette": (indexed, ["0", "1", "1"]),
        "grey palette": (ramp, ["1", "0", "0"]),
        "bits": (Image.fromarray(np.array([[False, True, True]])), ["0", "1", "1"]),
        "sixteen": (Image.fromarray(np.array([[0, 1, 300]], np.uint16)), ["0", "1", "300"]),
    }
    for name, (mask, expected) in masks.items():
        files = put(tmp_path / name, {"images/train/a.jpg": None, "masks/train/a.png": mask})
        source = semantic.read(files)
        assert values(source.labels(source.pictures[0])) == [expected], name


def test_other_folders_and_endings(tmp_path):
    text = "train: train/images\nval: train/images\nmasks_dir: gt/ids\nnames: [road, building]\n"
    files = {"train/Images/a.jpg": None, "train/gt/ids/a.tif": grey([[1]])}
    source = semantic.read(put(tmp_path / "one", files, text))
    assert values(source.labels(source.pictures[0])) == [["1"]]
    default = YAML.replace("masks_dir: masks\n", "") + NAMES
    files = {"images/train/a.jpg": None, "masks/train/a.png": grey([[1]])}
    assert detect_one(put(tmp_path / "two", files, default)).name == "ultralytics-semantic"
    apart = Files.of(tmp_path / "two", images=tmp_path / "one" / "train" / "Images")
    (picture,) = semantic.read(apart).pictures
    assert picture.image == tmp_path / "one/train/Images/a.jpg"
    assert picture.labels == tmp_path / "two/masks/train/a.png"


def test_bad_input(tmp_path):
    with pytest.raises(NothingToRead, match=r"data\.yaml"):
        semantic.read(put(tmp_path / "empty", {}, "names: 3\n"))
    with pytest.raises(NothingToRead, match="masks"):
        semantic.read(put(tmp_path / "bare", {"images/train/a.jpg": None}))
    files = {"images/train/a.jpg": None, "masks/train/a.png": Image.new("RGB", (3, 2))}
    source = semantic.read(put(tmp_path / "colours", files))
    with pytest.raises(InputError, match=r"a\.png has more than one channel"):
        source.labels(source.pictures[0])
    path = tmp_path / "colours/masks/train/a.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match=r"a\.png"):
        source.labels(source.pictures[0])


def test_one_class_is_explained(tmp_path):
    files = {"images/train/a.jpg": None, "masks/train/a.png": grey([[0, 1]])}
    source = semantic.read(put(tmp_path, files, YAML + "  0: road\n"))
    assert source.notes == ["With one class, Ultralytics takes 1 for road and 0 for all else."]


def test_writing(tmp_path):
    classes = [ExportClass(n, "#102030", "stuff") for n in ("road", "sky")]
    planned = semantic.scheme(classes, "png")
    assert (planned.values, planned.unlabelled, planned.ignore) == (["0", "1"], None, "255")
    out = Out(tmp_path)
    writer = semantic.write(out, Plan("town", classes, "png", parts=("train", "test")))
    assert (tmp_path / "data.yaml").read_text() == (
        "# town\ntrain: images/train\nval: images/train\ntest: images/test\nmasks_dir: masks\nnames:\n"
        '  0: "road"\n  1: "sky"\n'
    )
    item = Item("a", 2, 1, "test", ".jpg", lambda: b"")
    zeros = np.zeros((1, 2), np.uint32)
    files = writer.encode(item, ExportLabels(np.array([[2, IGNORE]], np.uint16), zeros)).files
    out.put("mask.png", files["masks/test/a.png"])
    assert np.asarray(Image.open(tmp_path / "mask.png")).tolist() == [[1, 255]]
    with pytest.raises(InputError, match="unlabelled"):
        writer.encode(item, ExportLabels(np.array([[0, 1]], np.uint16), zeros))
    with pytest.raises(UsageError, match="255 classes"):
        semantic.scheme([ExportClass(str(k), "#102030", "stuff") for k in range(256)], "png")
