"""Privacy: faces, heads and plates are found; filling covers them; audits say what a sample allows."""

import contextlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from tests.curate.redacting import CAR, PEDESTRIAN, area, noise, run

from townscape.core.errors import ModelError, UsageError
from townscape.core.labelmap import LabelMap
from townscape.core.taxonomy import builtin_names, read_taxonomy
from townscape.curate.kinds import privacy, redact
from townscape.curate.privacy import centerface, in_time, onnx_bytes, plates
from townscape.curate.privacy.boxes import Box, without_doubles
from townscape.curate.privacy.filling import cover
from townscape.curate.privacy.looking import tiles_over
from townscape.curate.privacy.regions import (
    classes_of_people,
    classes_of_vehicles,
    head_bands,
    plate_bands,
)
from townscape.workspace import create_workspace


@given(st.integers(0, 99), st.sampled_from(["average", "grey", "blur", "mosaic"]))
def test_filling_changes_nothing_outside_and_leaves_nothing_inside(seed, fill):
    rng = np.random.default_rng(seed)
    picture = noise(seed, 50, 60)
    x, y = rng.integers(0, 40, 2).tolist()
    width, height = rng.integers(1, 30, 2).tolist()
    covered = cover(picture, [area(x, y, width, height)], fill=fill)
    inside = np.zeros((50, 60), bool)
    inside[y : y + height, x : x + width] = True
    assert np.array_equal(covered[~inside], picture[~inside])
    if fill in ("average", "grey"):
        assert len(np.unique(covered[inside], axis=0)) <= 1


@pytest.mark.parametrize(("bands", "dtype"), [(1, np.uint8), (4, np.uint8), (3, np.uint16)])
def test_any_photo_can_be_filled_and_transparency_stays(bands, dtype):
    picture = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (30, 30, bands), dtype=dtype)
    covered = cover(picture, [area(5, 5, 10, 10)], fill="average")
    assert covered.dtype == dtype
    assert np.array_equal(covered[..., 3:], picture[..., 3:])
    assert len(np.unique(covered[5:15, 5:15, :3].reshape(100, -1), axis=0)) == 1


boxes = st.builds(
    lambda x, y, w, h, s: Box(x, y, x + w, y + h, s),
    *(st.integers(0, 200), st.integers(0, 200), st.integers(1, 60), st.integers(1, 60)),
    st.floats(0.01, 1),
)


@given(st.lists(boxes, max_size=20))
def test_leaving_out_doubles_keeps_the_surest_and_is_done_after_once(found):
    kept = without_doubles(found)
    assert without_doubles(kept) == kept
    assert not found or max(b.score for b in found) == kept[0].score


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_tiles_cover_the_picture_and_no_tile_lies_outside(width, height):
    seen = np.zeros((height, width), bool)
    for tile in tiles_over(width, height, [Box(0, 0, width, height)]):
        assert 0 <= tile.left < tile.right <= width
        assert 0 <= tile.top < tile.bottom <= height
        seen[int(tile.top) : int(tile.bottom), int(tile.left) : int(tile.right)] = True
    assert seen.all()


# Safe mode


def test_people_and_vehicles_are_found_in_every_street_taxonomy():
    named = {
        name: [
            [read_taxonomy(name).get_class(n).key for n in classes_of(read_taxonomy(name))]
            for classes_of in (classes_of_people, classes_of_vehicles)
        ]
        for name in builtin_names()
    }
    assert named["camvid"] == [["pedestrian", "bicyclist"], ["car"]]
    assert named["cityscapes"] == [["person", "rider"], ["car", "truck", "bus", "motorcycle"]]
    assert named["land-cover"] == [[], []]


def test_heads_of_a_crowd_and_of_one_person_are_covered():
    people = np.zeros((200, 300), bool)
    people[50:150, 40:70] = True  # one who stands alone
    people[80:180, 150:250] = True  # a row of people
    people[40:80, 230:250] = True  # of whom the last one is taller
    covered = np.zeros_like(people)
    for box in head_bands(people):
        covered[int(box.top) : int(box.bottom), int(box.left) : int(box.right)] = True
    assert covered[50 : 50 + 13, 40:70].all()  # an eighth of the height
    assert covered[80:93, 150:230].all()
    assert covered[40:57, 230:250].all()
    assert not covered[120:150, 40:70].any()


def test_the_windows_of_one_car_stay_and_a_row_of_cars_is_covered_as_a_whole():
    one, row = np.zeros((100, 300), bool), np.zeros((100, 300), bool)
    one[20:80, 50:150] = True
    row[40:80, 10:290] = True
    (box,) = plate_bands(one)
    assert (box.top > 35, box.bottom >= 80, box.left <= 50, box.right >= 150) == (True,) * 4
    covered = np.zeros_like(row)
    for band in plate_bands(row):
        covered[int(band.top) : int(band.bottom), int(band.left) : int(band.right)] = True
    assert covered[row].all()


def test_without_labels_predictions_or_a_plate_model_it_says_that_plates_are_not_covered(workspace):
    done = run(privacy, workspace, faces="off")
    assert done.plates.startswith("Plates are not covered")
    assert done.areas == {}


def test_labels_make_bands_and_looking_again_is_done_only_where_labels_changed(workspace):
    image = workspace.images.find()[0]
    annotation = workspace.labels.open(image, "camvid")
    plane = np.zeros((90, 120), np.uint32)
    plane[20:80, 10:40], plane[30:70, 60:110] = PEDESTRIAN, CAR
    workspace.labels.save_map(annotation.id, LabelMap(plane))
    first = run(privacy, workspace, faces="off")
    assert (first.n_looked, first.n_with_regions) == (3, 1)
    assert first.areas == {"head": 1, "vehicle": 1}
    assert "1 of 3 images" in first.plates
    assert run(privacy, workspace, faces="off").n_looked == 0
    plane[20:80, 10:40] = 0
    workspace.labels.save_map(annotation.id, LabelMap(plane))
    assert run(privacy, workspace, faces="off").areas == {"vehicle": 1}


# Frames of a video


def test_a_face_missed_in_one_frame_is_covered_by_its_neighbours():
    seen = area(50, 50, 20, 20)
    frames = [in_time.TimedFrame(k / 10, (seen,) if k in (0, 2) else ()) for k in range(8)]
    joined = in_time.joined_in_time(frames)
    assert [len(areas) for areas in joined] == [1, 1, 1, 1, 1, 1, 0, 0]
    (taken,) = joined[1]
    assert taken.x < 50 < 70 < taken.x + taken.width
    again = [in_time.TimedFrame(k / 10, areas) for k, areas in enumerate(joined)]
    assert [len(areas) for areas in in_time.joined_in_time(again)] == [len(areas) for areas in joined]


def test_frames_a_second_apart_are_no_video():
    frames = [in_time.TimedFrame(float(k), (area(50, 50, 20, 20),) if k == 0 else ()) for k in range(3)]
    assert [len(areas) for areas in in_time.joined_in_time(frames)] == [1, 0, 0]


# Networks


@pytest.fixture(scope="module")
def faces():
    try:
        return centerface.load()
    except ModelError as error:
        pytest.skip(f"CenterFace is neither kept here nor to be had: {error.message}")


def test_the_face_of_the_astronaut_is_found_at_any_size_and_in_any_order(faces):
    data = pytest.importorskip("skimage.data")
    picture = data.astronaut()
    for scale in (0.3, 1.0, 0.3, 0.77):  # a network that kept its first size would give nonsense
        (found,) = faces.find(picture, threshold=0.3, scale=scale)
        assert abs(found.left - 180) < 15
        assert abs(found.right - 270) < 15
        assert abs(found.top - 58) < 20
        assert abs(found.bottom - 178) < 20


def test_a_face_in_a_street_is_proposed_and_gone_after_covering(faces, tmp_path):
    data = pytest.importorskip("skimage.data")
    picture = noise(0, 360, 480) // 4
    head = cv2.resize(data.astronaut()[20:215, 140:312], None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    picture[100 : 100 + head.shape[0], 200 : 200 + head.shape[1]] = head
    Pillow.fromarray(picture).save(tmp_path / "street.png")
    with create_workspace(tmp_path / "w", taxonomy="camvid") as workspace:
        image, _ = workspace.images.take_in(tmp_path / "street.png", name="street.png")
        assert run(privacy, workspace).areas["face"] >= 1
        run(redact, workspace)
        shown = workspace.images.read(workspace.images.get(image.id)).values
        assert len(np.unique(shown[124:150, 224:240].reshape(-1, 3), axis=0)) == 1
        assert not [b for b in faces.find(shown, threshold=0.3) if 190 < b.left < 260]


def tiny_onnx(tmp_path, shape, *, external=False):
    """A network whose one output is a constant of that shape."""
    onnx = pytest.importorskip("onnx")
    values = np.zeros(shape, np.float32)
    picture = onnx.helper.make_tensor_value_info("images", 1, [1, 3, 64, 64])
    out = onnx.helper.make_tensor_value_info("out", 1, list(shape))
    constant = onnx.numpy_helper.from_array(values, "values")
    nodes = [
        onnx.helper.make_node("ReduceSum", ["images"], ["sum"], keepdims=0),
        onnx.helper.make_node("Mul", ["sum", "zero"], ["nothing"]),
        onnx.helper.make_node("Add", ["values", "nothing"], ["out"]),
    ]
    zero = onnx.numpy_helper.from_array(np.float32(0), "zero")
    graph = onnx.helper.make_graph(nodes, "tiny", [picture], [out], [constant, zero])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    path = tmp_path / "plates.onnx"
    more = {"save_as_external_data": True, "location": "weights", "size_threshold": 0} if external else {}
    onnx.save_model(model, path, **more)
    return path


def test_a_plate_model_is_pinned_and_what_does_not_fit_is_refused_in_words(tmp_path):
    from townscape.workspace.blobs import sha256_of_file

    path = tiny_onnx(tmp_path, (1, 5, 84))
    sha256 = sha256_of_file(path)
    with pytest.raises(UsageError, match="was not said") as refused:
        plates.load(path, sha256=None)
    assert sha256 in (refused.value.hint or "")
    with pytest.raises(ModelError, match="has SHA-256"):
        plates.load(path, sha256="0" * 64)
    finder = plates.load(path, sha256=sha256)
    assert finder.find(noise(0), threshold=0.2) == []
    flat = tiny_onnx(tmp_path, (1, 5))
    with pytest.raises(ModelError, match="output of 1 × 5"):
        plates.load(flat, sha256=sha256_of_file(flat))
    split = tiny_onnx(tmp_path, (1, 5, 84), external=True)
    with pytest.raises(ModelError, match="other files"):
        plates.load(split, sha256=sha256_of_file(split))
    (tmp_path / "no.onnx").write_bytes(b"\xff" * 40)
    with pytest.raises(ModelError, match="no ONNX model"):
        plates.load(tmp_path / "no.onnx", sha256=sha256_of_file(tmp_path / "no.onnx"))


@pytest.mark.parametrize("layout", ["v8", "v5", "boxes"])
def test_every_layout_of_a_plate_model_gives_the_same_box(layout):
    rows = np.zeros((40, {"v8": 5, "v5": 6, "boxes": 6}[layout]), np.float32)
    rows[7, :4] = (40, 20, 60, 30) if layout == "boxes" else (50, 25, 20, 10)
    rows[7, 4:] = {"v8": [0.75], "v5": [1.0, 0.75], "boxes": [0.75, 0]}[layout]
    out = (rows.T if layout == "v8" else rows)[None]
    asked = "auto" if layout != "v5" else "v5"  # 1 × n × 6 alone does not say whether it is v5
    assert plates.decode(out, layout=asked, threshold=0.5) == [Box(40, 20, 60, 30, 0.75)]


def test_an_output_of_another_shape_is_refused():
    with pytest.raises(ModelError, match="2 × 5 × 9"):
        plates.decode(np.zeros((2, 5, 9), np.float32), layout="auto", threshold=0.5)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_a_model_or_refused(content):
    for look in (onnx_bytes.has_external_data, onnx_bytes.free_sizes):
        with contextlib.suppress(ModelError):
            look(content)
