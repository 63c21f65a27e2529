"""Mapillary Vistas: instances from number 0, crowds and attributes in its panoptic files, both versions."""

import json

import numpy as np
import pytest

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import id_image, png
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import get_format
from townscape.formats.labels import ExportLabels, ExportObject, Slot

MAPILLARY = get_format("mapillary")
CONFIG = {
    "labels": [
        {"name": "object--vehicle--car", "readable": "Car", "color": [0, 0, 142], "instances": True},
        {"name": "nature--sky", "readable": "Sky", "color": [70, 130, 180], "instances": False},
        {"name": "void--unlabeled", "readable": "Unlabeled", "color": [0, 0, 0], "instances": False},
    ]
}
CLASSES = [ExportClass("car", "#00008e", "thing"), ExportClass("sky", "#4682b4", "stuff")]


def put(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def image(height=1, width=3):
    return png.encode_rgb(np.zeros((height, width, 3), np.uint8))


def dataset(root, labels, instances=None, version="", config=CONFIG):
    if config is not None:
        put(root, f"config{f'_{version[:-1]}' if version else ''}.json", json.dumps(config))
    put(root, "training/images/abc.jpg", image())
    put(root, f"training/{version}labels/abc.png", png.encode_index(np.array([labels])))
    if instances is not None:
        put(root, f"training/{version}instances/abc.png", png.encode_16bit(np.array([instances])))


def read_one(root):
    source = MAPILLARY.read(Files.of(root))
    (picture,) = source.pictures
    labels = source.labels(picture)
    return source, labels, [labels.slots[k - 1] for k in labels.plane_hw[0].tolist()]


def write(root, variant, labels, name="abc"):
    out = Out(root)
    writer = MAPILLARY.write(out, Plan("m", CLASSES, variant, parts=("train", "val")))
    item = Item(name, labels.classes_hw.shape[1], 1, "train", ".jpg", bytes)
    put(root, writer.image_path(item), image(1, item.width))
    encoded = writer.encode(item, labels)
    for path, content in encoded.files.items():
        out.put(path, content)
    writer.add(out, item, encoded.entry)
    writer.close(out)
    out.close()


def labels_of(classes, objects, listed=()):
    return ExportLabels(np.array([classes], np.uint16), np.array([objects], np.uint32), listed)


def test_number_0_is_the_first_instance(tmp_path):
    """mapillary_vistas/evaluation takes every number of a class with instances for one, 0 as well."""
    dataset(tmp_path, [0, 0, 1], [0, 1, 256])
    _, _, slots = read_one(tmp_path)
    assert slots == [Slot("0", 0), Slot("0", 1), Slot("1")]


@pytest.mark.parametrize(("variant", "folder", "year"), [("v1.2", "", 2018), ("v2.0", "v2.0/", 2020)])
def test_files_as_the_data_set_has_them(tmp_path, variant, folder, year):
    objects = [ExportObject(1, {"parked": True}), ExportObject(1)]
    write(tmp_path, variant, labels_of([1, 1, 1, 2, 0, IGNORE], [1, 2, 0, 0, 0, 0], objects))
    base = tmp_path / "training" / folder
    assert png.decode(base / "labels/abc.png").values.tolist() == [[0, 0, 0, 1, 3, 2]]
    assert png.decode(base / "labels/abc.png").palette is not None
    assert png.decode(base / "instances/abc.png").values.tolist() == [[0, 1, 2, 256, 768, 512]]
    listed = json.loads((base / f"panoptic/panoptic_{year}.json").read_text())
    assert listed["images"] == [{"id": "abc", "file_name": "abc.jpg", "width": 6, "height": 1}]
    (annotation,) = listed["annotations"]
    assert annotation["image_id"] == "abc"
    ids = id_image.decode(base / "panoptic" / annotation["file_name"])[0].tolist()
    segments = {s["id"]: s for s in annotation["segments_info"]}
    assert set(ids) - {0} == segments.keys()
    assert [segments[k]["iscrowd"] for k in ids[:4]] == [0, 0, 1, 0]
    assert segments[ids[3]] == {"id": ids[3], "category_id": 2, "area": 1, "bbox": [3, 0, 1, 1], "iscrowd": 0}
    assert [c["id"] for c in listed["categories"]] == [1, 2]
    assert (
        json.loads((tmp_path / f"validation/{folder}panoptic/panoptic_{year}.json").read_text())["images"]
        == []
    )
    _, _, slots = read_one(tmp_path)
    assert slots == [Slot("0", 0, {"parked": True}), Slot("0", 1), Slot("0"), Slot("1"), Slot("3"), Slot("2")]


def test_void_classes_that_nobody_has_are_ignored(tmp_path):
    config = {
        "labels": [{"name": "void--car-mount", "readable": "Car Mount", "color": "red"}, *CONFIG["labels"]]
    }
    dataset(tmp_path, [0, 1, 3], config=config)
    source, _, _ = read_one(tmp_path)
    assert [(c.name, c.color, c.kind, c.means, c.otherwise) for c in source.classes] == [
        ("Car Mount", None, "stuff", None, "ignore"),
        ("Car", "#00008e", "thing", None, None),
        ("Sky", "#4682b4", "stuff", None, None),
        ("Unlabeled", "#000000", "stuff", "unlabelled", None),
    ]


def test_the_newest_version_is_read(tmp_path):
    dataset(tmp_path, [0, 0, 1], version="v1.2/")
    dataset(tmp_path, [1, 1, 1], version="v2.0/")
    source, _, slots = read_one(tmp_path)
    assert {s.value for s in slots} == {"1"}
    assert source.notes == ["Versions v1.2 and v2.0 are here; v2.0 is read."]


def test_folders_called_labels_above_do_not_matter(tmp_path):
    dataset(tmp_path / "my labels" / "labels", [0, 0, 1], [0, 1, 256])
    source = MAPILLARY.read(Files.of(tmp_path))
    assert [(p.name, p.part) for p in source.pictures] == [("my labels/labels/training/abc.jpg", "train")]


def test_without_a_configuration_indices_are_asked_for(tmp_path):
    dataset(tmp_path, [0, 0, 1], [0, 1, 256], config=None)
    assert MAPILLARY.detect(Files.of(tmp_path)) is None
    source, _, slots = read_one(tmp_path)
    assert slots == [Slot("0"), Slot("0", 1), Slot("1")]
    assert any("no config.json" in note for note in source.notes)


def test_numbers_of_another_class_or_size_and_a_damaged_panoptic_file(tmp_path):
    dataset(tmp_path, [0, 0, 1], [0, 256 + 7, 256])
    _, labels, slots = read_one(tmp_path)
    assert slots == [Slot("0", 0), Slot("0"), Slot("1")]
    assert labels.repairs == {"objects that reach into another class": 1}
    dataset(tmp_path, [0, 0, 1], [0, 1])
    assert read_one(tmp_path)[1].repairs == {"object masks of another size than their class mask": 1}
    put(tmp_path, "training/panoptic/panoptic_2018.json", '{"annotations": [{"image_id": "abc", "segm')
    with pytest.raises(InputError, match=r"panoptic_2018\.json"):
        read_one(tmp_path)


def test_more_objects_than_can_be_numbered_are_refused(tmp_path):
    listed = [ExportObject(1)] * 256
    write(tmp_path / "full", "v1.2", labels_of([1] * 256, range(1, 257), listed))
    assert len({s.object for s in read_one(tmp_path / "full")[2]}) == 256
    with pytest.raises(UsageError, match="abc has more objects of a class than the 256"):
        write(tmp_path / "more", "v1.2", labels_of([1] * 257, [*range(1, 257), 0], listed))


def test_masks_are_no_images_and_images_of_another_part_are_not_theirs(tmp_path):
    dataset(tmp_path, [0, 0, 1])
    (tmp_path / "training/images/abc.jpg").unlink()
    put(tmp_path, "training/images/other.jpg", image())
    put(tmp_path, "validation/images/abc.jpg", image())
    assert [(p.name, p.image) for p in MAPILLARY.read(Files.of(tmp_path)).pictures] == [
        ("training/abc.jpg", None)
    ]


def test_nothing_to_read(tmp_path):
    put(tmp_path, "config.json", json.dumps(CONFIG))
    with pytest.raises(NothingToRead):
        MAPILLARY.read(Files.of(tmp_path))
