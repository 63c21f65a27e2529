"""ADE20K: the challenge's lists and masks, and the full data set's side files."""

import json

import numpy as np
import pytest

from townscape.core.errors import InputError, NothingToRead
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import png
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import detect_one, get_format
from townscape.formats.labels import ExportLabels, ExportObject, Slot
from townscape.formats.parts.ade20k_names import NAMES

ADE20K = get_format("ade20k")


def put(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def image(height=1, width=3):
    return png.encode_rgb(np.zeros((height, width, 3), np.uint8))


def challenge(root, values, info=None, objects=None, name="ADE_train_00000001"):
    put(root, f"images/training/{name}.jpg", image())
    put(root, f"annotations/training/{name}.png", png.encode_index(np.array([values])))
    if info is not None:
        put(root, info[0], info[1])
    if objects is not None:
        put(root, f"annotations_instance/training/{name}.png", png.encode_rgb(np.array([objects])))
    return ADE20K.read(Files.of(root))


def test_the_150_classes():
    assert len(set(NAMES)) == 150
    assert [NAMES[k - 1] for k in (1, 9, 21, 128, 131, 150)] == [
        "wall", "windowpane", "car", "bicycle", "screen", "flag",
    ]  # fmt: skip


TEXT = "Idx\tRatio\tTrain\tVal\tName\n1\t0.1\t1\t1\twall\n22 \t0.0\t7\t7\twater, sea \n"
TABLE = 'Idx,Ratio,Train,Val,Stuff,Name\n1,0.1,1,1,1,wall\n22,0,7,7,0,"water;sea"\n'


@pytest.mark.parametrize(
    ("info", "kinds"),
    [(("objectInfo150.txt", TEXT), (None, None)), (("objectInfo150.csv", TABLE), ("stuff", "thing"))],
)
def test_the_official_lists(tmp_path, info, kinds):
    """https://github.com/CSAILVision/sceneparsing: five columns, some of the indices with a space behind."""
    source = challenge(tmp_path, [0, 1, 22], info, name="street")
    assert detect_one(Files.of(tmp_path)).name == "ade20k"
    assert [(c.value, c.name, c.kind, c.means) for c in source.classes] == [
        ("0", "other", None, "unlabelled"),
        ("1", "wall", kinds[0], None),
        ("22", "water", kinds[1], None),
        ("255", "void", None, "ignore"),
    ]


def test_a_mask_is_not_taken_for_its_image(tmp_path):
    challenge(tmp_path, [0, 1, 2])
    (tmp_path / "images/training/ADE_train_00000001.jpg").unlink()
    (picture,) = ADE20K.read(Files.of(tmp_path)).pictures
    assert picture.image is None


def test_objects_lie_in_green_and_void_has_none(tmp_path):
    source = challenge(tmp_path, [21, 21, 255], objects=[[9, 1, 0], [9, 2, 0], [9, 3, 0]])
    labels = source.labels(source.pictures[0])
    assert {(s.value, s.object) for s in labels.slots} == {("21", 1), ("21", 2), ("255", None)}


def test_its_own_classes_have_its_own_indices(tmp_path):
    classes = [ExportClass("Person", "#000001", "thing"), ExportClass("swimming pool", "#000002", "stuff")]
    writer = ADE20K.write(Out(tmp_path), Plan("a", classes, "challenge"))
    labels = ExportLabels(
        np.array([[1, 2, 0, IGNORE]], np.uint16), np.array([[1, 0, 0, 0]], np.uint32), [ExportObject(1)]
    )
    files = writer.encode(Item("x", 4, 1, "val", ".jpg", bytes), labels).files
    assert png.decode(files["annotations/validation/x.png"]).values.tolist() == [[13, 110, 0, 255]]
    assert png.decode(files["annotations_instance/validation/x.png"]).values[0, 0].tolist() == [13, 1, 0]


def full(root, colors, side=None):
    base = "images/ADE/training/urban/street/ADE_train_00016869"
    put(root, f"{base}.jpg", image())
    put(root, f"{base}_seg.png", png.encode_rgb(np.array([colors])))
    put(root, f"{base}_parts_1.png", image())
    put(root, f"{base}/instance_000_ADE_train_00016869.png", image())
    if side is not None:
        put(root, base + side[0], side[1])
    source = ADE20K.read(Files.of(root))
    (picture,) = source.pictures
    assert (picture.part, picture.image.name) == ("train", "ADE_train_00016869.jpg")
    return source, source.labels(picture)


CAR, BUILDING = [401 // 256 * 10, 401 % 256, 25], [312 // 256 * 10, 312 % 256, 50]


def test_the_full_set_of_2021_names_its_classes_in_json(tmp_path):
    """As ADE_train_00016869.json has them, https://github.com/CSAILVision/ADE20K."""
    objects = [
        {"id": 4, "name": "car, auto, automobile, machine, motorcar", "name_ndx": 401},
        {"id": 9, "name": "building, edifice", "name_ndx": 312},
    ]
    side = (".json", json.dumps({"annotation": {"object": objects}}, separators=(",", ":")))
    source, labels = full(tmp_path, [CAR, BUILDING, [0, 0, 0]], side)
    assert [(c.value, c.name) for c in source.classes] == [
        ("0", "other"),
        ("312", "building"),
        ("401", "car"),
    ]
    assert {(s.value, s.object) for s in labels.slots} == {("0", None), ("401", 25), ("312", 50)}


def test_the_full_set_of_2017_names_its_objects_in_lines(tmp_path):
    lines = (
        '001 # 0 # 0 # car, auto # car # "parked, red"\n'
        '002 # 0 # 1 # building, edifice # house # ""\n'
        '001 # 1 # 0 # door # door # ""\n'
    )
    source, labels = full(tmp_path, [CAR, BUILDING, [0, 0, 0]], ("_atr.txt", lines))
    assert [c.name for c in source.classes] == ["other", "car", "building"]
    assert sorted(labels.slots, key=lambda s: s.value) == [
        Slot("0"), Slot("building", 50, {"cropped": True}), Slot("car", 25, {"parked": True, "red": True}),
    ]  # fmt: skip


def test_lines_that_do_not_fit_the_mask_name_nothing(tmp_path):
    lines = (
        '001 # 0 # 0 # car # car # ""\n002 # 0 # 0 # hidden # hidden # ""\n003 # 0 # 0 # building # b # ""\n'
    )
    _, labels = full(tmp_path, [CAR, BUILDING, [0, 0, 0]], ("_atr.txt", lines))
    assert {s.value for s in labels.slots} == {"0", "401", "312"}
    assert labels.repairs == {"lists of objects that are not those of the mask": 1}


@pytest.mark.parametrize(
    "side", [(".json", '{"annotation": {"obj'), (".json", "\x00\xff"), ("_atr.txt", "# # #\nx"), None]
)
def test_damaged_side_files_leave_numbers(tmp_path, side):
    source, labels = full(tmp_path, [CAR, BUILDING, [0, 0, 0]], side)
    assert {s.value for s in labels.slots} == {"0", "401", "312"}
    assert any("say what they mean" in note for note in source.notes)


def test_bad_masks_are_named(tmp_path):
    source = challenge(tmp_path, [0, 1, 2])
    put(tmp_path, "annotations/training/ADE_train_00000001.png", png.encode_rgb(np.array([[[1, 2, 3]]])))
    with pytest.raises(InputError, match=r"ADE_train_00000001\.png does not hold one whole number per pixel"):
        source.labels(source.pictures[0])
    with pytest.raises(NothingToRead):
        ADE20K.read(Files.of(tmp_path / "images"))
