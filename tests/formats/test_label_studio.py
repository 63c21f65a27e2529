"""Label Studio: its brush codec against bytes of its own, its exports' layouts, and bad input."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import InputError
from townscape.core.geometry.coco_rle import Runs
from townscape.formats.codecs.brush_rle import decode, encode
from townscape.formats.codecs.png import encode_rgb
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import label_studio
from townscape.formats.labels import ExportLabels, ExportObject

# 2 × 3 pixels; alpha of the second and third is set. Made by `encode_rle` of label-studio-sdk 2.1.2.
RGBA = [[9, 9, 9, 0], [9, 9, 9, 255], [7, 7, 0, 255], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
SDK = [0, 0, 0, 24, 57, 27, 252, 65, 32, 0, 68, 18, 7, 252, 32, 224, 0, 1, 255, 108, 0]
# 300 × 200 pixels, of which 1…2 × 5…8 and the rows from 10 on are set. Made by its `mask2rle`.
SDK_MASK = [
    0, 3, 169, 128, 57, 27, 255, 3, 51, 0, 191, 255, 192, 195, 192, 47, 255, 241, 141, 176, 15, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 138, 63, 255, 0,
]  # fmt: skip


def mask(runs, height, width):
    plane = np.zeros(height * width, dtype=bool)
    plane[runs.indices()] = True
    return plane.reshape(height, width)


def runs_of(plane):
    flat = np.flatnonzero(np.asarray(plane).reshape(-1))
    return Runs(flat, np.ones_like(flat))


def pack(values, records, *, sizes=(3, 4, 8, 16), word=8):
    """The stream of records (is it repeated, which size, length, values), as rle-pack writes it."""
    bits = f"{values:032b}{word - 1:05b}" + "".join(f"{size - 1:04b}" for size in sizes)
    for is_repeated, choice, length, words in records:
        bits += f"{is_repeated}{choice:02b}{length - 1:0{sizes[choice]}b}"
        bits += "".join(f"{w:0{word}b}" for w in words)
    bits += "0" * (-len(bits) % 8)
    return [int(bits[k : k + 8], 2) for k in range(0, len(bits), 8)]


def test_the_sdks_streams_are_read():
    assert mask(decode(SDK, 2, 3), 2, 3).tolist() == [[False, True, True], [False, False, False]]


def test_masks_are_written_byte_by_byte_as_the_sdk_does():
    runs = Runs(np.array([205, 405, 2000]), np.array([4, 4, 58000]))
    assert list(encode(runs, 60000)) == SDK_MASK
    read = decode(SDK_MASK, 300, 200)
    assert (read.starts.tolist(), read.lengths.tolist()) == ([205, 405, 2000], [4, 4, 58000])


def test_values_that_are_not_repeated_and_other_sizes_are_read():
    """Front ends write strokes as literal values; sizes and the size of a value are free."""
    pixels = [v for k in range(300) for v in (255, 0, 0, 255 * (k % 3 == 1))]
    literal = pack(1200, [(0, 3, 1200, pixels)])
    assert np.flatnonzero(mask(decode(literal, 10, 30), 10, 30)).tolist() == list(range(1, 300, 3))
    mixed = pack(
        16, [(1, 0, 4, [0]), (0, 1, 5, [2047, 0, 0, 1, 0]), (1, 3, 7, [1])], sizes=(2, 7, 9, 16), word=11
    )
    assert mask(decode(mixed, 2, 2), 2, 2).tolist() == [[False, True], [True, True]]


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ([], "cut off"),
        (SDK[:8], "cut off"),
        (SDK[:-3], "cut off"),
        ([255, 255, 255, 255, *SDK[4:]], "another size"),
        ([0, 0, 0, 300], "no bytes"),
        ([0.5], "no bytes"),
        (10**12, "no list"),
        ("AAAA", "no list"),
        (None, "no list"),
    ],
)
def test_streams_that_are_none_are_refused_without_making_room_for_them(stream, message):
    with pytest.raises(ValueError, match=message):
        decode(stream, 2, 3)


def region(kind, value, **more):
    size = {"original_width": 10, "original_height": 8}
    return {
        "id": f"r{len(more)}",
        "type": kind,
        "from_name": "label",
        "to_name": "image",
        **size,
        "value": value,
        **more,
    }


def brush(rows, label="Road", **more):
    plane = np.zeros((8, 10), dtype=bool)
    plane[rows] = True
    value = {"format": "rle", "rle": list(encode(runs_of(plane), 80)), "brushlabels": [label]}
    return region("brushlabels", value, **more)


def opened(folder, entries, config=None):
    (folder / "export.json").write_text(json.dumps(entries), "utf-8")
    if config:
        (folder / "config.xml").write_text(config, "utf-8")
    return label_studio.read(Files.of(folder))


def one(folder, regions):
    annotation = {"id": 1, "result": regions}
    source = opened(folder, [{"id": 1, "data": {"image": "a.png"}, "annotations": [annotation]}])
    return source.labels(source.pictures[0])


def values(labels):
    names = np.array(["", *(s.value for s in labels.slots)], dtype=object)
    return names[labels.plane_hw]


def test_later_regions_lie_on_top(tmp_path):
    labels = one(tmp_path, [brush(slice(0, 4)), brush(slice(2, 6), "Car")])
    assert values(labels)[:, 0].tolist() == ["Road", "Road", "Car", "Car", "Car", "Car", "", ""]
    assert labels.overlap_px == 20


def test_polygons_are_in_percent_and_bit_masks_in_their_text(tmp_path):
    png = io.BytesIO()
    alpha = np.zeros((8, 10, 4), dtype=np.uint8)
    alpha[7, :3, 3] = 255
    Pillow.fromarray(alpha).save(png, "PNG")
    url = "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
    polygon = {"points": [[0, 0], [50, 0], [50, 50], [0, 50]], "polygonlabels": ["Car"]}
    labels = one(tmp_path, [
        region("polygonlabels", polygon),
        region("bitmasklabels", {"imageDataURL": url, "bitmasklabels": ["Road"]}),
    ])  # fmt: skip
    assert np.argwhere(values(labels) == "Car").tolist() == [[r, c] for r in range(4) for c in range(5)]
    assert np.argwhere(values(labels) == "Road").tolist() == [[7, 0], [7, 1], [7, 2]]


def test_what_other_results_say_of_a_region_belongs_to_it(tmp_path):
    """`Brush` with `Labels` names the class in a result of its own; questions per region do likewise."""
    plain = brush(slice(0, 1), id="x")
    plain["type"] = "brush"
    labels = one(tmp_path, [
        plain,
        region("labels", {"labels": ["Sky"]}, id="x"),
        region("choices", {"choices": ["yes"]}, id="x", from_name="is parked"),
        region("textarea", {"text": ["a", "b"]}, id="x", from_name="notes"),
        {**brush(slice(1, 2), id="y"), "meta": {"text": ["seen", "twice"], "attributes": {"n": 2}}},
        {**brush(slice(2, 3), id="z"), "meta": {"crowd": True}},
        {"type": "relation", "from_id": "x", "to_id": "y"},
        region("choices", {"choices": ["good"]}, id="whole image"),
    ])  # fmt: skip
    assert [(s.value, s.object is None, s.attributes) for s in labels.slots] == [
        ("Sky", False, {"is parked": "yes", "notes": ["a", "b"]}),
        ("Road", False, {"n": 2, "text": "seen twice"}),
        ("Road", True, {}),
    ]
    assert labels.repairs == {}


def test_regions_that_cannot_be_used_are_left_out_and_counted(tmp_path):
    short = brush(slice(0, 1))
    short["value"]["rle"] = short["value"]["rle"][:9]
    labels = one(tmp_path, [
        short,
        brush(slice(0, 1), image_rotation=90),
        region("rectanglelabels", {"x": 1, "y": 1, "width": 2, "height": 2, "rectanglelabels": ["Car"]}),
        region("polygonlabels", {"points": [[0, 0], [1, 1]], "polygonlabels": ["Car"]}),
        region("polygonlabels", {"points": [[0, 0], [1, 1], ["x", 2]], "polygonlabels": ["Car"]}),
        region("polygonlabels", {"points": [[0, 0], [1e12, 0], [float("nan"), 2]], "polygonlabels": ["Car"]}),
        region("polygonlabels", {"points": [[0, 0], [50, 0], [50, 50]], "polygonlabels": []}),
        region("bitmasklabels", {"imageDataURL": "data:image/png;base64,AAAA", "bitmasklabels": ["Car"]}),
        region("brushlabels", None),
        "nonsense",
        brush(slice(5, 6), label="Car")
        | {"value": brush(slice(5, 6))["value"] | {"brushlabels": ["Car", "Road"]}},
    ])  # fmt: skip
    assert values(labels)[5, 0] == "Car"
    assert np.count_nonzero(labels.plane_hw) == 10
    assert labels.repairs == {
        "brush masks left out: its run lengths are cut off": 1,
        "regions drawn on an image that was turned": 1,
        "regions of the type rectanglelabels, which have no area": 1,
        "polygons with fewer than 3 points": 1,
        "polygons that are no list of coordinates": 1,
        "polygons with coordinates that are no numbers": 1,
        "regions without a label": 2,
        "bitmask masks left out: its image cannot be read": 1,
        "regions of several labels, of which the first was taken": 1,
    }


def test_the_annotation_that_counts_is_the_ground_truth_then_the_newest(tmp_path):
    def annotation(row, **more):
        return {"result": [brush(slice(row, row + 1))], **more}

    older = annotation(0, updated_at="2024-01-01T00:00:00Z")
    newer = annotation(1, updated_at="2024-02-01T00:00:00Z")
    skipped = annotation(2, updated_at="2025-01-01T00:00:00Z", was_cancelled=True)
    truth = annotation(3, updated_at="2023-01-01T00:00:00Z", ground_truth=True)
    source = opened(tmp_path, [
        {"id": 1, "data": {"image": "a.png"}, "annotations": [newer, older, skipped]},
        {"id": 2, "data": {"image": "b.png"}, "annotations": [newer, truth]},
        {"id": 3, "data": {"image": "c.png", "width": 10, "height": 8}, "annotations": [skipped]},
    ])  # fmt: skip
    rows = [np.flatnonzero(source.labels(p).plane_hw[:, 0]).tolist() for p in source.pictures]
    assert rows == [[1], [3], []]


def test_json_min_is_read(tmp_path):
    """As `Converter.convert_to_json_min` writes it: regions under the name of their control."""
    value = brush(slice(0, 2))["value"] | {"original_width": 10, "original_height": 8}
    source = opened(
        tmp_path,
        [
            {
                "image": "/data/upload/7/0a1b2c3d-a.png",
                "id": 1,
                "label": [value],
                "annotator": 1,
                "annotation_id": 3,
            }
        ],
    )
    labels = source.labels(source.pictures[0])
    assert np.count_nonzero(values(labels) == "Road") == 20
    assert [c.value for c in source.classes] == ["Road"]


@pytest.mark.parametrize(
    "url",
    [
        "/data/upload/12/0a1b2c3d-Stra%C3%9Fe 1.png",
        "/data/local-files/?d=city/images/Stra%C3%9Fe%201.png",
        "s3://bucket/images/Straße 1.png",
        "https://example.com/x/Stra%C3%9Fe%201.png?token=1",
        "C:\\city\\images\\STRASSE\\straße 1.PNG",
    ],
)
def test_images_are_found_by_their_address(tmp_path, url):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/Straße 1.png").write_bytes(b"")
    source = opened(tmp_path, [{"data": {"image": url}, "annotations": []}])
    assert [p.name for p in source.pictures] == ["images/Straße 1.png"]


def test_entries_without_an_image_or_a_second_time_are_problems(tmp_path):
    task = {"data": {"image": "a.png"}, "annotations": []}
    source = opened(tmp_path, [task, task, {"data": {"text": "x"}, "annotations": []}, 7])
    assert len(source.pictures) == 1
    assert [name for name, _ in source.problems] == ["a.png", "export.json", "export.json"]


def test_the_configuration_names_labels_colours_and_the_image(tmp_path):
    config = """<View><Header value="x"/><Image name="img" value="$photo"/>
      <BrushLabels name="tag" toName="img"><Label value="Road" background="#804080"/>
      <Label value="Car" alias="auto" background="red"/></BrushLabels></View>"""
    source = opened(tmp_path, [{"data": {"photo": "b.png", "image": "a.png"}, "annotations": []}], config)
    assert source.pictures[0].name == "b.png"
    assert [(c.value, c.name, c.color) for c in source.classes] == [
        ("Road", "Road", "#804080"), ("auto", "Car", None),
    ]  # fmt: skip


def test_a_configuration_that_cannot_be_read_is_a_problem(tmp_path):
    config = '<!DOCTYPE a [<!ENTITY b "c">]><View>&b;</View>'
    source = opened(tmp_path, [{"data": {"image": "a.png"}, "annotations": []}], config)
    assert [name for name, _ in source.problems] == ["config.xml"]


@pytest.mark.parametrize(
    "content",
    ['[{"id": 1, "data": {"image": "a"}, "annotations": [', "[]", "{}", '[{"data": {}}]', "", "nonsense"],
)
def test_files_that_are_none_are_refused(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    assert label_studio.detect(Files.of(tmp_path)) is None
    with pytest.raises(InputError):
        label_studio.read(Files.of(tmp_path))


def test_a_file_that_is_cut_off_later_is_refused_by_name(tmp_path):
    (tmp_path / "a.json").write_text('[{"data": {"image": "a"}, "annotations": []}, {"data": ')
    with pytest.raises(InputError, match=r"a\.json is no whole JSON file"):
        label_studio.read(Files.of(tmp_path))


def test_a_size_is_looked_up_if_there_is_no_region(tmp_path):
    (tmp_path / "a.png").write_bytes(encode_rgb(np.zeros((3, 4, 3), dtype=np.uint8)))
    assert one(tmp_path, []).plane_hw.shape == (3, 4)


def test_what_is_written_is_what_label_studio_imports(tmp_path):
    out = Out(tmp_path)
    classes = [ExportClass('car "1"', "#00008e", "thing")]
    writer = label_studio.write(out, Plan("x", classes, "brush", parts=("train",)))
    item = Item("a#1", 2, 1, "train", ".png", lambda: b"")
    labels = ExportLabels(
        np.ones((1, 2), dtype=np.uint16), np.array([[1, 0]], dtype=np.uint32), [ExportObject(1, {"n": 1.5})]
    )
    writer.add(out, item, writer.encode(item, labels).entry)
    writer.close(out)
    out.close()
    common = {
        "type": "brushlabels", "from_name": "label", "to_name": "image", "origin": "manual",
        "image_rotation": 0, "original_width": 2, "original_height": 1,
    }  # fmt: skip
    size = {"width": 2, "height": 1}

    def value(runs):
        return {"format": "rle", "rle": list(encode(runs, 2)), "brushlabels": ['car "1"']}

    first = {
        "id": "region_1",
        **common,
        "meta": {"crowd": True},
        "value": value(Runs(np.array([1]), np.array([1]))),
    }
    second = {
        "id": "region_2", **common, "meta": {"attributes": {"n": 1.5}},
        "value": value(Runs(np.array([0]), np.array([1]))),
    }  # fmt: skip
    assert json.loads((tmp_path / "tasks.json").read_text()) == [
        {
            "id": 1,
            "data": {"image": "/data/local-files/?d=images/train/a%231.png", "part": "train", **size},
            "annotations": [
                {"id": 1, "was_cancelled": False, "ground_truth": False, "result": [first, second]}
            ],
        }
    ]
    assert '<Label value="car &quot;1&quot;" background="#00008e"/>' in (tmp_path / "config.xml").read_text()
