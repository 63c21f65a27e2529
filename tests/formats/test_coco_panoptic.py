"""COCO panoptic: colours are ids, the table says what they are, and the two must agree."""

import json

import numpy as np
import pytest
from PIL import Image

from townscape.core.errors import InputError
from townscape.core.labelmap import IGNORE
from townscape.formats.files import Files
from townscape.formats.format import ExportClass, SourceClass
from townscape.formats.kinds import coco_panoptic
from townscape.formats.labels import ExportLabels, ExportObject, Slot
from townscape.testing.conformance import formats

ROAD, CAR = ExportClass("road", "#804080", "stuff"), ExportClass("car", "#00008e", "thing")
CATEGORIES = [
    {"id": 1, "name": "person", "supercategory": "person", "isthing": 1, "color": [220, 20, 60]},
    {"id": 149, "name": "road", "supercategory": "ground", "isthing": 0, "color": [128, 64, 128]},
]


def dataset(root, segments, ids, *, png="street.png", categories=CATEGORIES, image="street.jpg"):
    """The layout of COCO itself: images without a folder of their own, PNGs named like the JSON."""
    ids = np.asarray(ids, np.uint32)
    height, width = ids.shape
    content = {
        "info": {},
        "licenses": [],
        "images": [{"id": 7, "file_name": image, "width": width, "height": height, "license": 2}],
        "annotations": [{"segments_info": segments, "file_name": png, "image_id": 7}],
        "categories": categories,
    }
    folder = root / "annotations" / "panoptic_val2017"
    folder.mkdir(parents=True)
    folder.with_suffix(".json").write_text(json.dumps(content))
    colors = np.stack([ids & 255, ids >> 8 & 255, ids >> 16], axis=-1).astype(np.uint8)
    Image.fromarray(colors).save(folder / "street.png")
    (root / "val2017").mkdir()
    Image.fromarray(colors).save(root / "val2017" / image)
    return root


def segment(number, category, **more):
    return {"id": number, "category_id": category, "area": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0, **more}


def only_labels(root):
    source = coco_panoptic.read(Files.of(root))
    (picture,) = source.pictures
    return source.labels(picture)


def test_ids_are_red_plus_256_green_plus_65536_blue(tmp_path):
    pale = 17 + 34 * 256 + 51 * 65536
    root = dataset(
        tmp_path,
        [segment(pale, 1), segment(5, 1, iscrowd=1), segment(6, 149, attributes={"wet": True})],
        [[pale, 5, 6, 0]],
    )
    source = coco_panoptic.read(Files.of(root))
    (picture,) = source.pictures
    assert (picture.name, picture.image, picture.part) == ("street.jpg", root / "val2017/street.jpg", "val")
    assert source.classes == [
        SourceClass("1", "person", "#dc143c", "thing"),
        SourceClass("149", "road", "#804080", "stuff"),
    ]
    labels = source.labels(picture)
    assert [labels.slots[k - 1] if k else None for k in labels.plane_hw[0].tolist()] == [
        Slot("1", pale),
        Slot("1"),
        Slot("149", attributes={"wet": True}),
        None,
    ]
    assert (labels.repairs, labels.overlap_px) == ({}, 0)


def test_what_png_and_json_do_not_agree_on_is_counted(tmp_path):
    segments = [
        segment(1, 1),
        segment(2, 149, area=3),
        segment(2, 1),
        segment(3, 149),
        segment(4, 77),
        segment("5", 1),
        segment(0, 1),
        segment(1 << 24, 1),
        "damaged",
    ]
    labels = only_labels(dataset(tmp_path, segments, [[1, 2, 2, 4, 9, 0]]))
    assert labels.repairs == {
        "segments with the id of another one": 1,
        "segments without a usable id": 3,
        "segments in a PNG that the JSON does not name": 1,
        "segments in the JSON of which the PNG has no pixel": 1,
        "segments of a category that is not listed": 1,
        "segments whose area in the JSON is not that in the PNG": 1,
    }
    assert [labels.slots[k - 1].value if k else "" for k in labels.plane_hw[0]] == [
        "1", "149", "149", "", "", "",
    ]  # fmt: skip


def test_an_image_and_its_png_may_have_the_same_name(tmp_path):
    root = dataset(tmp_path, [segment(1, 1)], [[1]], image="street.png")
    (picture,) = coco_panoptic.read(Files.of(root)).pictures
    assert picture.image == root / "val2017/street.png"
    (root / "val2017/street.png").unlink()
    (picture,) = coco_panoptic.read(Files.of(root)).pictures
    assert picture.image is None


@pytest.mark.parametrize("png", ["panoptic_val2017\\STREET.PNG", "/else/where/street.png", "./street.png"])
def test_pngs_are_found_by_their_listed_name_only(tmp_path, png):
    assert only_labels(dataset(tmp_path, [segment(1, 1)], [[1]], png=png)).slots == [Slot("1", 1)]


@pytest.mark.parametrize("png", ["../../secret.png", "other.png", "", None, 5])
def test_a_png_that_is_not_there_is_a_problem_of_its_image(tmp_path, png):
    (tmp_path / "secret.png").write_bytes(b"")
    source = coco_panoptic.read(Files.of(dataset(tmp_path / "data", [segment(1, 1)], [[1]], png=png)))
    assert (source.pictures, len(source.problems)) == ([], 1)


def test_an_image_without_annotation_has_no_labels(tmp_path):
    root = dataset(tmp_path, [segment(1, 1)], [[1]])
    path = root / "annotations/panoptic_val2017.json"
    content = json.loads(path.read_text())
    content["images"].append({"id": 8, "file_name": "other.jpg", "width": 1, "height": 1})
    content["annotations"] += [{**content["annotations"][0], "image_id": 99}]
    content["annotations"].reverse()
    path.write_text(json.dumps(content))
    source = coco_panoptic.read(Files.of(root))
    assert [(p.name, p.labels is None) for p in source.pictures] == [
        ("street.jpg", False),
        ("other.jpg", True),
    ]
    assert len(source.notes) == 1


def test_without_any_thing_repeated_segments_are_objects(tmp_path):
    categories = [{**c, "isthing": 0} for c in CATEGORIES]
    root = dataset(tmp_path, [segment(1, 1), segment(2, 1)], [[1, 2]], categories=categories)
    source = coco_panoptic.read(Files.of(root))
    assert [c.kind for c in source.classes] == [None, None]
    assert source.labels(source.pictures[0]).slots == [Slot("1", 1), Slot("1", 2)]
    assert len(source.notes) == 1


@pytest.mark.parametrize("cut", [3, 200, -4])
def test_a_file_that_is_cut_off_names_itself(tmp_path, cut):
    root = dataset(tmp_path, [segment(1, 1)], [[1]])
    path = root / "annotations/panoptic_val2017.json"
    path.write_text(path.read_text()[:cut])
    with pytest.raises(InputError, match=r"panoptic_val2017\.json is no whole JSON file"):
        coco_panoptic.read(Files.of(root))


def test_a_damaged_png_names_itself(tmp_path):
    root = dataset(tmp_path, [segment(1, 1)], [[1]])
    png = root / "annotations/panoptic_val2017/street.png"
    png.write_bytes(png.read_bytes()[:40])
    with pytest.raises(InputError, match=r"street\.png"):
        only_labels(root)


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "I;16"])
def test_other_kinds_of_png_hold_ids_too(tmp_path, mode):
    root = dataset(tmp_path, [segment(3, 1), segment(2, 149)], [[3, 2]])
    png = root / "annotations/panoptic_val2017/street.png"
    if mode in ("L", "I;16"):
        Image.fromarray(np.array([[3, 2]], np.uint8 if mode == "L" else np.uint16)).save(png)
    else:
        Image.open(png).convert(mode, palette=Image.Palette.ADAPTIVE).save(png)
    assert only_labels(root).slots == [Slot("149"), Slot("1", 3)]


def written(tmp_path, classes, labels):
    formats.write_all(coco_panoptic, classes, "png", [labels], tmp_path / "out")
    content = json.loads((tmp_path / "out/annotations/panoptic_train.json").read_text())
    png = tmp_path / "out/annotations/panoptic_train" / content["annotations"][0]["file_name"]
    rgb = np.array(Image.open(png), dtype=np.uint32)
    return content, rgb[..., 0] + 256 * rgb[..., 1] + 256 * 256 * rgb[..., 2]


def test_what_is_written_passes_the_checks_of_the_panoptic_api(tmp_path):
    """Every id of the PNG but 0 is in the JSON and the other way round; areas and boxes are exact."""
    rng = np.random.default_rng(3)
    classes = rng.integers(0, 3, (40, 30), dtype=np.uint16)
    objects = np.where(
        (classes == 2) & (rng.random(classes.shape) < 0.8), rng.integers(1, 300, classes.shape), 0
    )
    numbers = np.unique(objects[objects > 0])
    objects = np.searchsorted(numbers, objects) + (objects > 0)
    labels = ExportLabels(classes, objects.astype(np.uint32), [ExportObject(2)] * numbers.size)
    content, ids = written(tmp_path, [ROAD, CAR], labels)
    (annotation,) = content["annotations"]
    segments = {s["id"]: s for s in annotation["segments_info"]}
    assert annotation["image_id"] == content["images"][0]["id"]
    assert len(segments) == len(annotation["segments_info"]) == numbers.size + 2
    assert set(np.unique(ids).tolist()) == {0, *segments}
    for number, found in segments.items():
        rows, columns = np.nonzero(ids == number)
        left, top = columns.min(), rows.min()
        assert found["area"] == rows.size
        assert found["bbox"] == [left, top, columns.max() + 1 - left, rows.max() + 1 - top]
        assert found["category_id"] in (1, 2)
    assert ((ids == 0) == (classes == 0)).all()
    crowds = [s for s in segments.values() if s["iscrowd"]]
    assert [(s["category_id"], s["area"]) for s in crowds] == [(2, ((classes == 2) & (objects == 0)).sum())]


def test_ids_begin_with_the_color_of_the_class_and_black_is_none(tmp_path):
    black = ExportClass("asphalt", "#000000", "stuff")
    labels = ExportLabels(np.array([[1, 2, IGNORE, 0]], np.uint16), np.zeros((1, 4), np.uint32))
    _, ids = written(tmp_path, [ROAD, black], labels)
    assert ids[0].tolist() == [0x80 + 0x40 * 256 + 0x80 * 65536, coco_panoptic._ID_STEP, 0, 0]
