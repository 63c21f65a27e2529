"""Segments.ai: a release file as its documentation shows it, and PNGs whose colours are ids."""

import json

import numpy as np
import pytest
from PIL import Image

from townscape.core.errors import InputError
from townscape.formats.files import Files
from townscape.formats.format import ExportClass, SourceClass
from townscape.formats.kinds import detect_one, segments_ai
from townscape.formats.labels import ExportLabels, ExportObject, Slot
from townscape.testing.conformance import formats

ASSETS = "https://segmentsai-prod.s3.eu-west-2.amazonaws.com/assets/segments/"
CATEGORIES = [
    {"name": "road", "id": 1, "color": [128, 64, 128], "has_instances": False},
    {"name": "car", "id": 4, "color": [0, 0, 142, 255], "has_instances": True},
    {"name": "行人", "id": 0},
]


def label(annotations, url=f"{ASSETS}504e7633.png", status="LABELED"):
    attributes = {"format_version": "0.1", "annotations": annotations, "segmentation_bitmap": {"url": url}}
    return {"label_status": status, "attributes": attributes}


def sample(labels, name="donuts.jpg", url=f"{ASSETS}3b8b3da2.jpg", **more):
    return {
        "uuid": "u", "name": name, "attributes": {"image": {"url": url}}, "metadata": {}, "labels": labels,
        **more,
    }  # fmt: skip


def release(root, samples, *, task="segmentation-bitmap", categories=CATEGORIES):
    content = {
        "name": "first release",
        "description": "",
        "created_at": "2020-07-09 10:20:19.888887+00:00",
        "dataset": {
            "name": "flowers",
            "task_type": task,
            "labelsets": [{"name": "ground-truth", "description": ""}],
            "samples": samples,
            "task_attributes": {"format_version": "0.1", "categories": categories},
        },
    }
    root.mkdir(exist_ok=True)
    (root / "flowers-v1.json").write_text(json.dumps(content), "utf-8")
    return root


def bitmap(path, ids):
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = np.asarray(ids, "<u4").reshape(len(ids), -1, 1).view(np.uint8)
    raw[..., 3] = 255
    Image.fromarray(raw).save(path)


def annotation(number, category, **more):
    return {"id": number, "category_id": category, **more}


def test_ids_are_little_endian_below_an_opaque_alpha(tmp_path):
    large = 3 + 256 * 2 + 65536
    listed = [
        annotation(1, 1, attributes={"wet": True}),
        annotation(large, 4, attributes={"doors": 5}),
        annotation(2, 4, attributes={"is_crowd": True}),
        annotation(3, 0),
    ]
    root = release(tmp_path, [sample({"ground-truth": label(listed)}, metadata={"split": "val"})])
    bitmap(root / "504e7633.png", [[1, large, 2, 3, 0]])
    Image.new("RGB", (5, 1)).save(root / "3b8b3da2.jpg")
    assert detect_one(Files.of(root)).name == "segments-ai"
    source = segments_ai.read(Files.of(root))
    (picture,) = source.pictures
    assert (picture.name, picture.image, picture.part) == ("donuts.jpg", root / "3b8b3da2.jpg", "val")
    assert source.classes == [
        SourceClass("1", "road", "#804080", "stuff"),
        SourceClass("4", "car", "#00008e", "thing"),
        SourceClass("0", "行人"),
    ]
    labels = source.labels(picture)
    assert [labels.slots[k - 1] if k else None for k in labels.plane_hw[0].tolist()] == [
        Slot("1", attributes={"wet": True}),
        Slot("4", large, {"doors": 5}),
        Slot("4"),
        Slot("0", 3),
        None,
    ]
    assert (labels.repairs, source.notes, source.problems) == ({}, [], [])


def test_files_are_found_as_the_vendors_library_stores_them(tmp_path):
    """`SegmentsDataset` keeps `<sample>.<ending>` and `<sample>_label_<labelset>.png`, ids in one band."""
    root = release(tmp_path, [sample({"ground-truth": label([annotation(300, 1)])})])
    cache = root / "segments/jane_flowers/v1"
    cache.mkdir(parents=True)
    Image.new("RGB", (2, 1)).save(cache / "donuts.jpg")
    Image.fromarray(np.array([[300, 0]], np.uint16)).save(cache / "donuts_label_ground-truth.png")
    source = segments_ai.read(Files.of(root))
    assert source.pictures[0].image == cache / "donuts.jpg"
    assert source.labels(source.pictures[0]).plane_hw.tolist() == [[1, 0]]


def test_what_png_and_table_do_not_agree_on_is_counted(tmp_path):
    listed = [
        annotation(1, 1), annotation(1, 4), annotation(2, 1), annotation(3, 99), annotation("4", 1),
        annotation(1 << 24, 1), annotation(-1, 1), annotation(None, 1), "damaged",
    ]  # fmt: skip
    root = release(tmp_path, [sample({"ground-truth": label(listed)})])
    bitmap(root / "504e7633.png", [[1, 3, 9, 0]])
    source = segments_ai.read(Files.of(root))
    labels = source.labels(source.pictures[0])
    assert labels.plane_hw.tolist() == [[1, 0, 0, 0]]
    assert labels.repairs == {
        "objects without a usable id": 5,
        "objects with the id of another one": 1,
        "objects of a category that is not listed": 1,
        "ids in a PNG that the release does not name": 2,
        "ids in the release of which the PNG has no pixel": 1,
    }


def test_samples_without_label_other_labelsets_and_unfinished_ones(tmp_path):
    samples = [
        sample({"ground-truth": None}, name="a.jpg"),
        sample({"ground-truth": None, "model": label([annotation(1, 1)], status="PRELABELED")}, name="b.jpg"),
        sample({}, name="c.jpg"),
        sample({"ground-truth": label([], url=None)}, name="d.jpg"),
        sample({"ground-truth": label([])}, name="a.jpg"),
        sample(None, name="e.jpg"),
        {},
    ]
    root = release(tmp_path, samples)
    bitmap(root / "504e7633.png", [[1, 1]])
    source = segments_ai.read(Files.of(root))
    assert {p.name: p.labels is not None for p in source.pictures} == {
        "a.jpg": False, "b.jpg": True, "c.jpg": False, "d.jpg": False, "e.jpg": False, "None": False,
    }  # fmt: skip
    assert source.problems == [("a.jpg", "flowers-v1.json lists a second sample of this name")]
    assert source.notes == [
        "Some labels are those of the labelset model.",
        "Some labels are not finished: 1 PRELABELED.",
    ]


def test_a_sequence_has_an_image_for_each_frame(tmp_path):
    frames = [{"image": {"url": f"{ASSETS}i{k}.jpg"}, "name": f"f{k}"} for k in range(2)]
    labels = [label([annotation(k + 1, 4)], url=f"{ASSETS}b{k}.png")["attributes"] for k in range(2)]
    content = {"ground-truth": {"label_status": "LABELED", "attributes": {"frames": labels}}}
    root = release(
        tmp_path,
        [sample(content, name="street", attributes={"frames": frames})],
        task="image-segmentation-sequence",
    )
    for k in range(2):
        bitmap(root / f"b{k}.png", [[k + 1, 0]])
    source = segments_ai.read(Files.of(root))
    assert [(p.name, p.sequence) for p in source.pictures] == [
        ("street/f0", "street"),
        ("street/f1", "street"),
    ]
    assert [source.labels(p).slots for p in source.pictures] == [[Slot("4", 1)], [Slot("4", 2)]]


@pytest.mark.parametrize(
    "url", ["../secret.png", "file:///etc/secret.png", "https://x/other.png", "http://[", "C:\\secret.png"]
)
def test_addresses_are_never_followed(tmp_path, url):
    bitmap(tmp_path / "secret.png", [[1]])
    root = release(tmp_path / "data", [sample({"ground-truth": label([annotation(1, 1)], url=url)})])
    with pytest.raises(InputError, match="names 1 PNGs, and none of them is among the files"):
        segments_ai.read(Files.of(root))


def test_labels_of_another_kind_are_said_so(tmp_path):
    root = release(tmp_path, [sample({})], task="pointcloud-cuboid")
    with pytest.raises(InputError, match="kind pointcloud-cuboid"):
        segments_ai.read(Files.of(root))


@pytest.mark.parametrize("cut", [290, 600, -2])
def test_a_file_that_is_cut_off_names_itself(tmp_path, cut):
    path = release(tmp_path, [sample({"ground-truth": label([])})]) / "flowers-v1.json"
    path.write_text(path.read_text()[:cut])
    with pytest.raises(InputError, match=r"flowers-v1\.json is no whole JSON file"):
        segments_ai.read(Files.of(tmp_path))


def test_a_damaged_png_names_itself(tmp_path):
    root = release(tmp_path, [sample({"ground-truth": label([])})])
    (root / "504e7633.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    source = segments_ai.read(Files.of(root))
    with pytest.raises(InputError, match=r"504e7633\.png"):
        source.labels(source.pictures[0])


def test_what_is_written_is_what_the_vendors_library_decodes(tmp_path):
    """Alpha cleared, four bytes are one little-endian number: the id; it leads to the category."""
    classes = [ExportClass("road", "#804080", "stuff"), ExportClass("car", "#00008e", "thing")]
    plane = np.array([[1, 2, 2, 0]], np.uint16)
    labels = ExportLabels(plane, np.array([[0, 1, 0, 0]], np.uint32), [ExportObject(2, {"doors": 5})])
    formats.write_all(segments_ai, classes, "bitmap", [labels], tmp_path / "out")
    content = json.loads((tmp_path / "out/release.json").read_text("utf-8"))
    (written,) = content["dataset"]["samples"]
    attributes = written["labels"]["ground-truth"]["attributes"]
    raw = np.array(Image.open(tmp_path / "out" / attributes["segmentation_bitmap"]["url"]))
    assert (raw[..., 3] == 255).all()
    raw[..., 3] = 0
    ids = raw.view("<u4")[..., 0]
    category_of = {0: 0, **{a["id"]: a["category_id"] for a in attributes["annotations"]}}
    assert [category_of[k] for k in ids[0].tolist()] == plane[0].tolist()
    assert len(set(ids[0].tolist())) == 4
    assert [a.get("attributes") for a in attributes["annotations"]] == [
        None, {"is_crowd": True}, {"doors": 5},
    ]  # fmt: skip
    assert written["metadata"] == {"split": "train"}
