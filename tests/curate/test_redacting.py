"""Covering, undoing, destroying: originals come back until they are destroyed, nothing is left over."""

import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from tests.curate.redacting import CAR, FACE, area, every_file, noise, pixels, propose, run

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.events import Message, Report
from townscape.core.labelmap import LabelMap
from townscape.core.statistics import describe_misses, exact_interval
from townscape.curate.kinds import destroy, privacy, redact
from townscape.curate.privacy.covering import uncover
from townscape.exchange import ExportOptions
from townscape.exchange import run as export
from townscape.workspace import create_workspace
from townscape.workspace.maintenance import backup, clean, restore, verify
from townscape.workspace.redactions import Redaction

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
