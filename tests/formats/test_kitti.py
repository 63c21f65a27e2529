"""KITTI semantics: ids of Cityscapes, objects by 256, and folders as strangers leave them."""

import numpy as np
import pytest

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import png
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import detect, get_format
from townscape.formats.labels import ExportLabels, ExportObject, Slot

KITTI = get_format("kitti")


def put(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def image(height=2, width=3):
    return png.encode_rgb(np.zeros((height, width, 3), np.uint8))


def dataset(root, ids, numbers=None):
    put(root, "training/image_2/000000_10.png", image())
    put(root, "training/semantic/000000_10.png", ids)
    if numbers is not None:
        put(root, "training/instance/000000_10.png", numbers)
    source = KITTI.read(Files.of(root))
    return source, source.pictures[0]


def item(name):
    return Item(name, 3, 1, "train", ".png", bytes)


def test_files_as_the_development_kit_has_them(tmp_path):
    classes = [ExportClass("car", "#00008e", "thing"), ExportClass("sky", "#4682b4", "stuff")]
    writer = KITTI.write(Out(tmp_path), Plan("k", classes, "semantics"))
    labels = ExportLabels(
        np.array([[1, 1, IGNORE]], np.uint16), np.array([[1, 0, 0]], np.uint32), [ExportObject(1)]
    )
    files = writer.encode(item("000000_10"), labels).files
    assert sorted(files) == [f"training/{f}/000000_10.png" for f in ("instance", "semantic", "semantic_rgb")]
    found = {name.split("/")[1]: png.decode(content).values.tolist() for name, content in files.items()}
    assert found["semantic"] == [[26, 26, 3]]
    assert found["instance"] == [[26 * 256 + 1, 26 * 256, 3 * 256]]
    assert found["semantic_rgb"] == [[[0, 0, 142], [0, 0, 142], [0, 0, 0]]]


def test_more_objects_than_can_be_numbered_are_refused(tmp_path):
    writer = KITTI.write(Out(tmp_path), Plan("k", [ExportClass("car", "#00008e", "thing")], "semantics"))
    numbers = np.arange(1, 257, dtype=np.uint32)[None]
    labels = ExportLabels(np.ones((1, 256), np.uint16), numbers, [ExportObject(1)] * 256)
    with pytest.raises(UsageError, match="busy has more than 255 objects of a class"):
        writer.encode(item("busy"), labels)


def test_images_are_missing_or_have_no_labels(tmp_path):
    dataset(tmp_path, png.encode_index(np.full((2, 3), 7)))
    put(tmp_path, "training/image_2/000001_10.png", image())
    put(tmp_path, "training/semantic/000002_10.png", png.encode_index(np.full((2, 3), 7)))
    put(tmp_path, "testing/image_2/000002_10.png", image())
    found = {p.name: (p.image is None, p.labels is None) for p in KITTI.read(Files.of(tmp_path)).pictures}
    assert found == {
        "training/000000_10.png": (False, False),
        "training/000002_10.png": (True, False),
        "training/image_2/000001_10.png": (False, True),
    }


def test_objects_of_another_class_or_size(tmp_path):
    ids = png.encode_index(np.array([[26, 26, 7]] * 2))
    source, picture = dataset(
        tmp_path, ids, png.encode_16bit(np.array([[26 * 256 + 1, 24 * 256 + 1, 7 * 256]] * 2))
    )
    labels = source.labels(picture)
    assert {(s.value, s.object) for s in labels.slots} == {("26", 26 * 256 + 1), ("26", None), ("7", None)}
    assert labels.repairs == {"objects that reach into another class": 1}
    source, picture = dataset(tmp_path, ids, png.encode_16bit(np.array([[26 * 256 + 1]])))
    assert source.labels(picture).repairs == {"object masks of another size than their class mask": 1}


def test_case_and_damage(tmp_path):
    put(tmp_path, "Training/Image_2/A.PNG", image())
    put(tmp_path, "Training/Semantic/a.png", b"\x89PNG damaged")
    assert [d.name for d in detect(Files.of(tmp_path))][:1] == ["kitti"]
    source = KITTI.read(Files.of(tmp_path))
    (picture,) = source.pictures
    assert picture.image is not None
    with pytest.raises(InputError, match=r"a\.png"):
        source.labels(picture)
    put(tmp_path, "Training/Semantic/a.png", png.encode_index(np.full((2, 3), 255)))
    assert source.labels(picture).slots == [Slot("255")]
    assert {c.value: c.otherwise for c in source.classes}["255"] == "ignore"


def test_nothing_to_read(tmp_path):
    put(tmp_path, "training/image_2/000000_10.png", image())
    with pytest.raises(NothingToRead):
        KITTI.read(Files.of(tmp_path))
