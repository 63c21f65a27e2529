"""CamVid: both layouts, its own classes, lists of parts, and what only looks like it."""

import numpy as np
import pytest

from townscape.core.errors import InputError
from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import png
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import detect, get_format
from townscape.formats.labels import ExportLabels
from townscape.formats.parts.camvid_classes import NAMES, ORIGINAL

CAMVID = get_format("camvid")
OWN = [ExportClass(name.capitalize(), f"#0000{k:02x}", "stuff") for k, name in enumerate(NAMES, start=1)]
UNLABELLED = ExportClass("unlabelled", "#808080", "stuff", means="unlabelled")


def put(root, name, content):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def image(height=1, width=3):
    return png.encode_rgb(np.zeros((height, width, 3), np.uint8))


def write(root, classes, variant, rows, name="0016E5_07959", part="train"):
    out = Out(root)
    writer = CAMVID.write(out, Plan("c", classes, variant, parts=(part,)))
    plane = np.array([rows], np.uint16)
    item = Item(name, plane.shape[1], 1, part, ".png", bytes)
    put(root, writer.image_path(item), image(1, plane.shape[1]))
    for path, content in writer.encode(
        item, ExportLabels(plane, np.zeros(plane.shape, np.uint32))
    ).files.items():
        out.put(path, content)
    writer.add(out, item, None)
    writer.close(out)
    out.close()


def values_of(source, picture):
    labels = source.labels(picture)
    return [labels.slots[k - 1].value for k in labels.plane_hw[0].tolist()]


def test_its_own_classes_have_its_own_values_and_need_no_list(tmp_path):
    write(tmp_path, OWN[::-1], "segnet", [1, 11, IGNORE])
    assert png.decode(tmp_path / "trainannot/0016E5_07959.png").values.tolist() == [[10, 0, 11]]
    assert (tmp_path / "train.txt").read_text() == "train/0016E5_07959.png trainannot/0016E5_07959.png\n"
    assert not list(tmp_path.glob("label*"))
    planned = CAMVID.scheme(OWN, "segnet")
    assert (planned.unlabelled, planned.ignore) == (None, "11")


def test_unlabelled_beside_its_own_classes_is_12_and_named(tmp_path):
    write(tmp_path, [*OWN, UNLABELLED], "segnet", [4, IGNORE, 12])
    assert png.decode(tmp_path / "trainannot/0016E5_07959.png").values.tolist() == [[3, 11, 12]]
    source = CAMVID.read(Files.of(tmp_path))
    assert [(c.name.lower(), c.means) for c in source.classes] == [
        *((name, None) for name in NAMES), ("void", "ignore"), ("unlabelled", "unlabelled"),
    ]  # fmt: skip


def test_names_and_colors_of_the_32_classes(tmp_path):
    assert len(ORIGINAL) == len({color for color, _ in ORIGINAL}) == 32
    classes = [ExportClass("road", "#123456", "stuff"), ExportClass("kiosk", "#abcdef", "stuff")]
    write(tmp_path, classes, "original", [1, 2, 0, IGNORE])
    mask = png.decode(tmp_path / "LabeledApproved_full/0016E5_07959_L.png").values
    assert mask.tolist() == [[[128, 64, 128], [0xAB, 0xCD, 0xEF], [255, 255, 255], [0, 0, 0]]]
    assert (tmp_path / "label_colors.txt").read_text().splitlines()[0] == "128 64 128 road"
    (tmp_path / "label_colors.txt").unlink()
    source = CAMVID.read(Files.of(tmp_path))
    assert {c.value: (c.name, c.means) for c in source.classes}["#000000"] == ("Void", "ignore")


@pytest.mark.parametrize("name", ["my street", "straße", "a.b"])
def test_lists_of_the_original_layout_tell_the_part(tmp_path, name):
    write(tmp_path, OWN, "original", [1, 2, 3], name=name, part="val")
    (picture,) = CAMVID.read(Files.of(tmp_path)).pictures
    assert (picture.name, picture.part) == (f"{name}.png", "val")


def test_lists_with_two_columns_and_windows_paths(tmp_path):
    put(tmp_path, "701_StillsRaw_full/0001TP_006690.png", image())
    put(tmp_path, "LabeledApproved_full/0001TP_006690_L.png", image())
    put(tmp_path, "test.txt", "CamVid\\test\\0001TP_006690.png CamVid\\testannot\\0001TP_006690.png\r\n")
    (picture,) = CAMVID.read(Files.of(tmp_path)).pictures
    assert picture.part == "test"


def test_folders_tell_the_part_and_only_masks_end_in_l(tmp_path):
    put(tmp_path, "val/0016E5_08085.png", image())
    put(tmp_path, "val_labels/0016E5_08085_L.png", image())
    assert [d.name for d in detect(Files.of(tmp_path))][:1] == ["camvid"]
    (picture,) = CAMVID.read(Files.of(tmp_path)).pictures
    assert (picture.part, picture.sequence, picture.image.parent.name) == ("val", "0016E5", "val")


def test_left_images_of_stereo_cameras_are_no_masks(tmp_path):
    put(tmp_path, "left/000001_L.png", image())
    put(tmp_path, "right/000001_R.png", image())
    assert CAMVID.detect(Files.of(tmp_path)) is None


def test_masks_of_colors_as_datumaro_writes_them(tmp_path):
    put(tmp_path, "label_colors.txt", "0 0 0 background\n128 64 128 road\n")
    put(tmp_path, "trainannot/a.png", b"damaged")
    put(tmp_path, "trainannot/b.png", png.encode_rgb(np.array([[[128, 64, 128], [0, 0, 0]]])))
    for name in "ab":
        put(tmp_path, f"train/{name}.jpg", image(1, 2))
    source = CAMVID.read(Files.of(tmp_path))
    assert [c.value for c in source.classes] == ["#000000", "#804080"]
    assert values_of(source, source.pictures[1]) == ["#804080", "#000000"]
    with pytest.raises(InputError, match=r"a\.png"):
        source.labels(source.pictures[0])


def test_a_list_of_names_and_masks_without_images(tmp_path):
    put(tmp_path, "TrainAnnot/a.png", png.encode_index(np.array([[0, 1, 2]])))
    put(tmp_path, "classes.txt", "kiosk\r\ntram\r\nvoid\r\n")
    source = CAMVID.read(Files.of(tmp_path))
    assert [(c.value, c.name, c.means) for c in source.classes] == [
        ("0", "kiosk", None), ("1", "tram", None), ("2", "void", "ignore"),
    ]  # fmt: skip
    (picture,) = source.pictures
    assert picture.image is None
    assert values_of(source, picture) == ["0", "1", "2"]


def test_a_folder_without_any_mask_is_no_crash(tmp_path):
    put(tmp_path, "trainannot/readme.md", "nothing here")
    put(tmp_path, "train/a.png", image())
    put(tmp_path, "label_colors.txt", "² 0 0 odd\n999 0 0 road\n")
    assert CAMVID.read(Files.of(tmp_path)).pictures == []
