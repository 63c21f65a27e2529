"""Copies are found with the reason, frames of a moving camera are not, and nothing is ever deleted."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from townscape.core.errors import NothingToRead
from townscape.core.events import Report
from townscape.curate.duplicates.grouped import copy_groups
from townscape.curate.duplicates.grouping import Facts, best, components, groups, missing_edges
from townscape.curate.duplicates.look import look_at
from townscape.curate.duplicates.reading import HASH_SIDE, fingerprint
from townscape.curate.duplicates.verify import verify
from townscape.curate.kinds import duplicates
from townscape.curate.kinds.duplicates import Options
from townscape.workspace import create_workspace
from townscape.workspace.small_pictures import want

edges = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40).map(
    lambda pairs: [(f"{min(p):02d}", f"{max(p):02d}") for p in pairs if p[0] != p[1]]
)


def street(seed, height=360, width=480):
    """A drawn picture with sharp shapes of many sizes."""
    rng = np.random.default_rng(seed)
    made = np.full((height, width, 3), rng.integers(90, 160), np.uint8)
    for _ in range(160):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        w, h = (int(v) for v in rng.integers(6, 90, 2))
        color = tuple(int(v) for v in rng.integers(0, 255, 3))
        cv2.rectangle(made, (x, y), (x + w, y + h), color, -1)
    noise = rng.normal(0, 3, made.shape)
    return (made + noise).clip(0, 255).astype(np.uint8)


def look(picture):
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return look_at(gray, full_width=picture.shape[1], full_height=picture.shape[0])


def reason(first, second, *, flipped=False):
    found = verify(look(first), look(second), flipped=flipped)
    return found and (found.kind, found.reason)


# Verification


def test_a_crop_is_named_with_the_share_that_is_gone_and_its_place():
    whole = street(1, 600, 800)
    found = verify(look(whole), look(whole[40:580, 60:780]), flipped=False)
    assert found.kind == "copy"
    assert found.reason == "same picture, cropped 19 %"
    assert found.overlap_share == pytest.approx(0.81, abs=0.01)
    assert np.array(found.transform) == pytest.approx(np.array([[1, 0, -60], [0, 1, -40]]), abs=1.5)


def test_a_turned_picture_is_named_with_its_angle():
    whole = street(2)
    turn = cv2.getRotationMatrix2D((240, 180), -5, 1)
    found = verify(look(whole), look(cv2.warpAffine(whole, turn, (480, 360))), flipped=False)
    assert (found.kind, found.reason) == ("copy", "same picture, turned 5°")
    assert found.angle_deg == pytest.approx(5, abs=0.2)
    assert np.array(found.transform) == pytest.approx(turn, abs=1.5)


def test_flipped_smaller_darker_covered_and_captioned_copies_are_named():
    whole = street(3)
    flipped = np.ascontiguousarray(whole[:, ::-1])
    assert reason(whole, flipped, flipped=True) == ("copy", "same picture, flipped")
    assert reason(whole, flipped) is None
    small = cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    assert reason(whole, small) == ("copy", "same picture, at 50 % of its size")
    darker = (whole * 0.7).astype(np.uint8)
    assert reason(whole, darker) == ("copy", "same picture, darker")
    covered = whole.copy()
    covered[100:180, 200:300] = 90
    assert reason(whole, covered) == ("copy", "same picture, 1 area covered")
    captioned = whole.copy()
    captioned[-44:] = 0
    assert reason(whole, captioned) == ("copy", "same picture, with a caption bar")


def test_what_moves_before_a_standing_camera_makes_two_moments_and_no_copy():
    first, second = street(4), street(4)
    car = street(5, 60, 110)
    first[220:280, 40:150] = car
    second[220:280, 260:370] = car
    assert reason(first, second) == ("moment", "same view, moments apart")


@pytest.mark.parametrize("seed", range(5))
def test_different_pictures_are_never_the_same(seed):
    assert reason(street(10 + seed), street(30 + seed)) is None
    assert reason(street(10 + seed), street(30 + seed), flipped=True) is None


def test_verifying_gives_the_same_answer_every_time():
    whole = street(6)
    part = cv2.resize(whole[30:330, 40:440], (480, 360))
    assert len({repr(verify(look(whole), look(part), flipped=False)) for _ in range(3)}) == 1


# Groups


@given(edges)
def test_every_member_of_a_group_has_an_edge_to_its_middle(found):
    known = set(found)
    made = groups(found)
    for group in made:
        others = [m for m in group.members if m != group.middle]
        assert others
        assert all((min(m, group.middle), max(m, group.middle)) in known for m in others)
    members = [m for group in made for m in group.members]
    assert len(members) == len(set(members))
    inside = {m: k for k, part in enumerate(components(found)) for m in part}
    assert all(len({inside[m] for m in group.members}) == 1 for group in made)


@given(edges)
def test_a_component_is_one_group_once_all_that_was_missing_holds(found):
    complete = [*found, *missing_edges(found)]
    assert [list(group.members) for group in groups(complete)] == components(found)


def test_a_chain_is_cut_where_its_ends_have_nothing_to_do_with_each_other():
    chain = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]
    assert [group.members for group in groups(chain)] == [("a", "b", "c"), ("d", "e")]


def test_the_kept_copy_is_labelled_then_larger_then_less_compressed_then_earlier():
    def facts(image_id, **more):
        values = {"is_labelled": False, "pixels": 100, "file_bytes": 50, "added_at": 9.0, **more}
        return Facts(image_id=image_id, **values)

    assert best([facts("a", pixels=400), facts("b", is_labelled=True)]) == "b"
    assert best([facts("a", file_bytes=90), facts("b", pixels=101)]) == "b"
    assert best([facts("a"), facts("b", file_bytes=51)]) == "b"
    assert best([facts("a"), facts("b", added_at=8.0)]) == "b"
    assert best([facts("b"), facts("a")]) == "a"


# The whole way


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w") as opened:
        yield opened


def take(workspace, path, picture=None, **how):
    if picture is not None:
        Pillow.fromarray(picture).save(path, **how)
    image, _ = workspace.images.take_in(path, name=path.name)
    return image


def find(workspace, **options):
    return duplicates.run(workspace, Options(**options), Report())


def test_copies_are_found_grouped_proposed_and_left_where_they_are(workspace, tmp_path):
    whole = street(7)
    one = take(workspace, tmp_path / "one.png", whole)
    (tmp_path / "again.png").write_bytes((tmp_path / "one.png").read_bytes())
    again = take(workspace, tmp_path / "again.png")
    bitmap = take(workspace, tmp_path / "one.bmp", whole)
    jpeg = take(workspace, tmp_path / "one.jpg", whole, quality=30)
    crop = take(workspace, tmp_path / "crop.png", whole[20:340, 30:450])
    take(workspace, tmp_path / "other.png", street(8))
    result = find(workspace)
    assert result.pairs["bytes"] == 1
    assert result.n_hashed == 6
    kinds = {(p.first, p.second): p.kind for p in workspace.pairs.find()}
    assert kinds[one.id, again.id] == "bytes"
    assert kinds[one.id, bitmap.id] == "pixels"
    assert kinds[one.id, jpeg.id] == "copy"
    assert kinds[one.id, crop.id] == "copy"
    (group,) = copy_groups(workspace)
    assert group.best == bitmap.id  # as large as the others, and not compressed at all
    assert set(group.members) == {one.id, again.id, bitmap.id, jpeg.id, crop.id}
    chosen = workspace.selections.get(result.selection_id)
    assert {w.image_id for w in chosen.windows} == set(group.others)
    assert "labelled first" in chosen.reason
    assert len(workspace.images.find()) == 6
    assert any("Nothing was removed" in line for line in duplicates.words(result.model_dump()))


def test_removing_copies_takes_them_out_of_the_lists_and_can_be_undone(workspace, tmp_path):
    for name in ("a.png", "b.png", "c.jpg"):
        take(workspace, tmp_path / name, street(9))
    result = find(workspace, remove_copies=True)
    assert (result.n_left_out, result.is_removed) == (2, True)
    assert len(workspace.images.find()) == 1
    left_out = [w.image_id for w in workspace.selections.get(result.selection_id).windows]
    assert workspace.images.set_removed(left_out, is_removed=False) == 2
    assert len(workspace.images.find()) == 3
    assert all((tmp_path / name).is_file() for name in ("a.png", "b.png", "c.jpg"))


def test_only_new_images_are_read_and_compared(workspace, tmp_path):
    take(workspace, tmp_path / "a.png", street(11))
    take(workspace, tmp_path / "b.png", street(12))
    first = find(workspace)
    assert (first.n_hashed, first.n_queried, first.pairs) == (2, 2, {})
    again = find(workspace)
    assert (again.n_hashed, again.n_queried, again.n_verified) == (0, 0, 0)
    take(workspace, tmp_path / "c.jpg", street(12), quality=60)
    third = find(workspace)
    assert (third.n_hashed, third.n_queried, third.n_verified) == (1, 1, 1)
    assert third.pairs == {"copy": 1}
    assert find(workspace).selection_id == third.selection_id


def test_pictures_without_structure_are_paired_by_their_pixels_only(workspace, tmp_path):
    black, gray = np.zeros((40, 60, 3), np.uint8), np.full((40, 60, 3), 99, np.uint8)
    one = take(workspace, tmp_path / "one.png", black)
    two = take(workspace, tmp_path / "two.bmp", black)
    take(workspace, tmp_path / "gray.png", gray)
    result = find(workspace)
    assert (result.n_flat, result.n_verified) == (3, 0)
    assert [(p.first, p.second, p.kind) for p in workspace.pairs.find()] == [(one.id, two.id, "pixels")]


def test_a_file_that_is_gone_is_listed_and_the_others_are_compared(workspace, tmp_path):
    take(workspace, tmp_path / "a.png", street(13))
    take(workspace, tmp_path / "b.jpg", street(13))
    take(workspace, tmp_path / "gone.png", street(14))
    (tmp_path / "gone.png").unlink()
    result = find(workspace)
    assert [u["image"] for u in result.unreadable] == ["gone.png"]
    assert "gone" in result.unreadable[0]["reason"]
    assert result.pairs == {"copy": 1}


def test_a_workspace_without_images_says_what_to_do(workspace):
    with pytest.raises(NothingToRead, match="no image"):
        find(workspace)


def test_a_person_s_word_splits_and_joins_groups(workspace, tmp_path):
    a = take(workspace, tmp_path / "a.png", street(15))
    b = take(workspace, tmp_path / "b.jpg", street(15))
    find(workspace)
    assert len(copy_groups(workspace)) == 1
    workspace.pairs.judge(a.id, b.id, "different", "Ada")
    assert copy_groups(workspace) == []
    assert find(workspace).n_left_out == 0


def _as_stored(name, picture):
    """The picture in another kind of file; the same to the eye."""
    deep = picture.astype(np.uint16) * 257
    turned = Pillow.Exif()
    turned[0x0112] = 6
    quarter = np.ascontiguousarray(np.rot90(picture))
    return {
        "gray.png": lambda path: Pillow.fromarray(picture).convert("L").save(path),
        "palette.png": lambda path: Pillow.fromarray(picture).quantize(128).save(path),
        "alpha.png": lambda path: Pillow.fromarray(picture).convert("RGBA").save(path),
        "cmyk.jpg": lambda path: Pillow.fromarray(picture).convert("CMYK").save(path, quality=90),
        "deep.png": lambda path: cv2.imwrite(str(path), deep[..., ::-1]),
        "turned.jpg": lambda path: Pillow.fromarray(quarter).save(path, exif=turned, quality=90),
        "picture.webp": lambda path: Pillow.fromarray(picture).save(path, quality=80),
    }[name]


@pytest.mark.parametrize(
    "name",
    ["gray.png", "palette.png", "alpha.png", "cmyk.jpg", "deep.png", "turned.jpg", "picture.webp"],
)
def test_every_kind_of_file_gives_the_hash_of_the_picture_that_is_seen(workspace, tmp_path, name):
    picture = street(16, 720, 960)
    plain = take(workspace, tmp_path / "plain.png", picture)
    _as_stored(name, picture)(tmp_path / name)
    other = take(workspace, tmp_path / name)
    a, b = (fingerprint(HASH_SIDE, want(workspace, i)).fingerprint.hashes for i in (plain, other))
    table = workspace.fingerprints
    assert table.missing([plain, other]) == [plain, other]
    assert np.bitwise_count(np.frombuffer(a.whole, np.uint8) ^ np.frombuffer(b.whole, np.uint8)).sum() <= 24


# Real pictures


def test_frames_of_a_drive_are_never_called_copies(real_data):
    files = sorted((real_data / "camvid" / "val").glob("0016E5_*.png"))[40:48]  # 15 a second
    looks = [look(cv2.cvtColor(cv2.imread(str(f)), cv2.COLOR_BGR2RGB)) for f in files]
    found = [verify(a, b, flipped=False) for a, b in pairwise(looks)]
    assert [f.kind for f in found if f] == ["moment"] * sum(f is not None for f in found)
    assert any(found)
