"""Privacy: what is found is covered, originals come back until they are destroyed, nothing is left over."""

import contextlib
import stat
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from townscape.core.errors import InputError, ModelError, NothingToRead, UsageError
from townscape.core.events import Message, Report
from townscape.core.labelmap import LabelMap
from townscape.core.statistics import describe_misses, exact_interval
from townscape.core.taxonomy import builtin_names, read_taxonomy
from townscape.curate.kinds import destroy, privacy, redact
from townscape.curate.privacy import centerface, in_time, onnx_bytes, plates
from townscape.curate.privacy.boxes import Box, without_doubles
from townscape.curate.privacy.covering import uncover
from townscape.curate.privacy.filling import cover
from townscape.curate.privacy.looking import tiles_over
from townscape.curate.privacy.regions import (
    classes_of_people,
    classes_of_vehicles,
    head_bands,
    plate_bands,
)
from townscape.exchange import ExportOptions
from townscape.exchange import run as export
from townscape.workspace import create_workspace
from townscape.workspace.maintenance import backup, clean, restore, verify
from townscape.workspace.redactions import Area, Redaction

CAMVID = read_taxonomy("camvid")
PEDESTRIAN, CAR = CAMVID.get_class("pedestrian").number, CAMVID.get_class("car").number
FACE = Area(id="a", x=20, y=10, width=24, height=16, kind="face", score=0.4, by="CenterFace")


def noise(seed, height=90, width=120):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def area(x, y, width, height, **more):
    values = {"id": f"{x} {y}", "kind": "face", "score": 0.5, "by": "CenterFace"} | more
    return Area(x=x, y=y, width=width, height=height, **values)


@pytest.fixture
def workspace(tmp_path):
    """Two copied photos (with a GPS position in their EXIF) and one that is referenced."""
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        for k, name in enumerate(["copied.png", "copied.jpg", "lent.png"]):
            told = Pillow.Exif()
            told.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.5), 3: "E", 4: (13.0, 22.0, 4.0)})
            told[0x010F] = "Canon of Mustermann"
            (tmp_path / "photos").mkdir(exist_ok=True)
            Pillow.fromarray(noise(k)).save(tmp_path / "photos" / name, exif=told)
            opened.images.take_in(tmp_path / "photos" / name, name=name, copy=not name.startswith("lent"))
        yield opened


def propose(workspace, *areas):
    workspace.redactions.propose(
        Redaction(
            image_id=image.id, state="proposed", areas=areas, doubt=0.5, how={"detectors": ["CenterFace"]},
            original_sha256=image.content_sha256,
        )
        for image in workspace.images.find()
    )  # fmt: skip


def run(kind, workspace, **values):
    return kind.run(workspace, kind.Options(**values), Report(run_id="a-run"))


def pixels(workspace):
    return {i.name: workspace.images.read(i).values for i in workspace.images.find()}


def every_file(root):
    return [p for p in root.rglob("*") if p.is_file()]


# Covering, undoing, destroying


def test_a_covered_image_keeps_its_id_labels_and_pixels_outside_the_areas(workspace):
    before, ids = pixels(workspace), {i.name: i.id for i in workspace.images.find()}
    annotation = workspace.labels.open(workspace.images.find()[0], "camvid")
    workspace.labels.save_map(annotation.id, LabelMap(np.full((90, 120), CAR, np.uint32)))
    propose(workspace, FACE)
    done = run(redact, workspace)
    assert (done.n_redacted, done.areas, done.n_in_vault, done.n_problems) == (3, {"face": 3}, 2, 0)
    after = pixels(workspace)
    assert {i.name: i.id for i in workspace.images.find()} == ids
    outside = np.ones((90, 120), bool)
    outside[10:26, 20:44] = False
    for name in ("copied.png", "lent.png"):
        assert np.array_equal(before[name][outside], after[name][outside])
        assert len(np.unique(after[name][10:26, 20:44].reshape(-1, 3), axis=0)) == 1
    assert workspace.labels.coverage(annotation.id).labelled_share == 1
    assert verify(workspace, Report()) == []


def test_originals_lie_in_the_vault_for_the_owner_only_and_nowhere_else_in_the_workspace(workspace):
    originals = {i.blob: workspace.blobs.path(i.blob).read_bytes() for i in workspace.images.find() if i.blob}
    (workspace.root / "cache" / workspace.images.find()[0].id).mkdir(parents=True)
    (workspace.root / "cache" / workspace.images.find()[0].id / "thumbnail").write_bytes(b"small")
    propose(workspace, FACE)
    run(redact, workspace)
    holding = [p for p in every_file(workspace.root) if p.read_bytes() in originals.values()]
    assert {p.parent for p in holding} == {workspace.folder.vault}
    assert stat.S_IMODE(workspace.folder.vault.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in holding} == {0o600}
    assert not list((workspace.root / "cache").iterdir())


def test_undoing_brings_the_very_bytes_back(workspace):
    before = {i.name: (i.content_sha256, i.blob) for i in workspace.images.find()}
    shown = pixels(workspace)
    propose(workspace, FACE)
    run(redact, workspace)
    assert run(redact, workspace, undo=True).n_undone == 3
    assert {i.name: (i.content_sha256, i.blob) for i in workspace.images.find()} == before
    assert all(np.array_equal(a, b) for a, b in zip(shown.values(), pixels(workspace).values(), strict=True))
    assert not every_file(workspace.folder.vault)
    assert verify(workspace, Report()) == []


def test_undoing_says_that_a_referenced_original_is_another_file_now(workspace, tmp_path):
    propose(workspace, FACE)
    run(redact, workspace)
    Pillow.fromarray(noise(9)).save(tmp_path / "photos" / "lent.png")
    lent = next(i for i in workspace.images.find() if i.name == "lent.png")
    with pytest.raises(InputError, match="another file"):
        uncover(workspace, lent)
    assert workspace.redactions.get(lent.id).state == "redacted"


def test_collecting_the_file_again_does_not_bring_the_original_back(workspace, tmp_path):
    propose(workspace, FACE)
    run(redact, workspace)
    shown = pixels(workspace)
    for name in ("lent.png", "copied.jpg"):
        path = tmp_path / "photos" / name
        path.touch()  # as a copy or a restored backup has another time
        image, is_new = workspace.images.take_in(path, name=name)
        assert not is_new
        assert np.array_equal(workspace.images.read(image).values, shown[name])


def test_destroying_leaves_no_byte_of_an_original_and_lists_what_is_outside(workspace, tmp_path):
    before = pixels(workspace)
    rows = [p[12, 22:42].tobytes() for p in before.values()]
    propose(workspace, FACE)
    run(redact, workspace)
    with pytest.raises(UsageError, match="outside the workspace"):
        run(destroy, workspace, with_referenced=True)
    proof = run(destroy, workspace, by="Ada")
    assert (proof.n_deleted, len(proof.originals), proof.problems, proof.by) == (2, 3, [], "Ada")
    assert {Path(p).name for p in proof.outside} == {"copied.png", "copied.jpg", "lent.png"}
    for file in every_file(workspace.root):
        content = file.read_bytes()
        assert not any(row in content for row in rows)
        assert not (file.parent.parent == workspace.folder.blobs and b"Mustermann" in content)
    states = {r.state for r in workspace.redactions.find()}
    assert states == {"destroyed"}
    with pytest.raises(UsageError, match="was destroyed"):
        uncover(workspace, workspace.images.find()[0])
    with pytest.raises(NothingToRead):
        run(destroy, workspace)
    assert verify(workspace, Report()) == []


def test_files_outside_go_only_if_they_are_the_ones_that_were_collected(workspace, tmp_path):
    propose(workspace, FACE)
    run(redact, workspace)
    Pillow.fromarray(noise(9)).save(tmp_path / "photos" / "copied.jpg")
    proof = run(destroy, workspace, with_referenced=True, yes_delete_my_files=True)
    assert sorted(p.name for p in (tmp_path / "photos").iterdir()) == ["copied.jpg"]
    assert len(proof.problems) == 1
    assert "is not the file that was collected" in proof.problems[0]


def test_an_image_that_is_not_covered_keeps_the_bytes_that_it_shares_and_is_listed(workspace, tmp_path):
    (tmp_path / "photos" / "twin.png").write_bytes((tmp_path / "photos" / "copied.png").read_bytes())
    propose(workspace, FACE)
    twin, _ = workspace.images.take_in(tmp_path / "photos" / "twin.png", name="twin.png", copy=True)
    run(redact, workspace)
    proof = run(destroy, workspace)
    assert proof.same_bytes == ["twin.png"]
    assert np.array_equal(workspace.images.read(twin).values, noise(0))


def test_without_an_area_only_the_metadata_goes(workspace):
    before = pixels(workspace)
    propose(workspace, area(0, 0, 9, 9, keep=False))
    done = run(redact, workspace)
    assert (done.n_redacted, done.n_stripped, done.n_clear) == (2, 2, 1)
    assert all(np.array_equal(a, b) for a, b in zip(before.values(), pixels(workspace).values(), strict=True))
    blobs = [p.read_bytes() for p in every_file(workspace.folder.blobs)]
    assert not any(b"Mustermann" in content for content in blobs)


def test_an_image_that_changed_since_it_was_looked_at_is_not_covered(workspace):
    propose(workspace, FACE)
    workspace.redactions.propose(
        Redaction(
            image_id=image.id, state="proposed", areas=(FACE,), doubt=0, how={}, original_sha256="0" * 64
        )
        for image in workspace.images.find()[:1]
    )
    done = run(redact, workspace)
    assert (done.n_redacted, done.n_problems) == (2, 1)
    assert "has changed since" in done.problems[0]


def test_areas_added_later_are_covered_too_and_none_can_be_taken_away(workspace):
    propose(workspace, FACE)
    run(redact, workspace)
    run(destroy, workspace)
    image = workspace.images.find()[0]
    added = area(60, 50, 10, 10, kind="added", by="Ada")
    with pytest.raises(UsageError, match="cannot be uncovered"):
        workspace.redactions.set_areas(image.id, [added], reviewer="Ada")
    workspace.redactions.set_areas(image.id, [FACE, added], reviewer="Ada")
    assert len(workspace.redactions.get(image.id).uncovered) == 1
    assert run(redact, workspace).n_redacted == 1
    values = workspace.images.read(workspace.images.get(image.id)).values
    assert values[50:60, 60:70].std(axis=(0, 1)).max() < 8  # as JPEG leaves it; it was 73
    redaction = workspace.redactions.get(image.id)
    assert (redaction.uncovered, redaction.state) == ((), "destroyed")


def test_only_reviewed_leaves_out_what_nobody_looked_at(workspace):
    propose(workspace, FACE)
    first = workspace.images.find()[0]
    workspace.redactions.mark_reviewed(first.id, reviewer="Ada")
    assert run(redact, workspace, only_reviewed=True).n_redacted == 1
    assert workspace.redactions.count_by_state() == {"proposed": 2, "redacted": 1}


def test_proposing_again_leaves_what_people_reviewed(workspace):
    propose(workspace, FACE)
    first = workspace.images.find()[0]
    workspace.redactions.set_areas(first.id, [area(1, 2, 3, 4, kind="added")], reviewer="Ada")
    propose(workspace)
    assert [a.kind for a in workspace.redactions.get(first.id).areas] == ["added"]
    assert workspace.redactions.get(workspace.images.find()[1].id).areas == ()


def test_a_backup_holds_the_vault_shut_and_restores_to_what_can_be_undone(workspace, tmp_path):
    propose(workspace, FACE)
    run(redact, workspace)
    copy = backup(workspace, tmp_path / "copy", Report())
    assert restore(copy, tmp_path / "back", Report()) == []
    for root in (tmp_path / "copy", tmp_path / "back"):
        assert stat.S_IMODE((root / "vault").stat().st_mode) == 0o700


def test_verify_and_clean_know_the_vault(workspace):
    propose(workspace, FACE)
    run(redact, workspace)
    stray = workspace.folder.vault / ("a" * 64)
    stray.write_bytes(b"x")
    assert [(f.kind, f.is_harmless) for f in verify(workspace, Report())] == [("file without a row", True)]
    clean(workspace, Report(), min_age_s=-1)
    assert not stray.exists()
    kept = next(iter(workspace.redactions.in_vault()))
    (workspace.folder.vault / kept).unlink()
    assert [(f.kind, f.is_harmless) for f in verify(workspace, Report())] == [("row without a file", False)]


def test_turned_photos_are_covered_upright(tmp_path):
    told = Pillow.Exif()
    told[0x0112] = 6
    Pillow.fromarray(noise(0)).save(tmp_path / "turned.png", exif=told)
    with create_workspace(tmp_path / "w", taxonomy="camvid") as workspace:
        image, _ = workspace.images.take_in(tmp_path / "turned.png", name="turned.png")
        before = workspace.images.read(image).values
        propose(workspace, FACE)
        run(redact, workspace)
        after = workspace.images.read(workspace.images.get(image.id)).values
        assert before.shape == after.shape == (120, 90, 3)
        changed = np.argwhere((before != after).any(axis=2))
        assert changed.min(axis=0).tolist() == [10, 20]
        assert changed.max(axis=0).tolist() == [25, 43]


def test_blur_is_warned_of(workspace):
    heard = []
    propose(workspace, FACE)
    redact.run(workspace, redact.Options(fill="blur"), Report(heard.append))
    told = [e for e in heard if isinstance(e, Message) and e.level == "warning"]
    assert "95.9 %" in told[0].text


# Audit and data card


def test_an_audit_says_what_its_sample_allows_and_the_data_card_prints_it(workspace, tmp_path):
    with pytest.raises(NothingToRead):
        run(privacy, workspace, audit=5)
    propose(workspace, FACE)
    run(redact, workspace)
    assert run(privacy, workspace, audit=2).drawn == 2
    drawn = workspace.redactions.find(audit="a-run")
    for redaction in drawn:
        workspace.redactions.answer_audit(redaction.image_id, 0, reviewer="Ada")
    image = workspace.images.find()[0]
    annotation = workspace.labels.open(image, "camvid")
    workspace.labels.save_map(annotation.id, LabelMap(np.full((90, 120), CAR, np.uint32)))
    export(workspace, ExportOptions(format="voc", out=tmp_path / "out"), Report())
    card = (tmp_path / "out" / "data_card.md").read_text("utf-8")
    assert "0 misses in 2 images: at 95 % confidence, at most 100.00%" in card
    assert "Covered: 1 of 1 images (areas: 1 face)." in card


def test_intervals_of_an_audit_are_the_published_ones():
    # 0 of 300: Hanley and Lippman-Hand 1983; the exact limits of 1 of 10: Clopper and Pearson 1934.
    assert describe_misses(0, 300).endswith("at most 1.00% of the images have one")
    interval = exact_interval(1, 10)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.0025, 0.445)
    assert (exact_interval(0, 20).low, exact_interval(20, 20).high) == (0.0, 1.0)


# Filling and boxes


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
