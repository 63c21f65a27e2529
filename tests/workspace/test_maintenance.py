"""Verify finds what is damaged; backup and restore bring everything back; clean loses nothing."""

import os
import time

import numpy as np
import pytest
from PIL import Image as Pillow
from sqlalchemy import text, update

from townscape.core.errors import NotAWorkspace, UsageError
from townscape.core.events import Report
from townscape.core.labelmap import LabelMap
from townscape.workspace import create_workspace, open_workspace, tables
from townscape.workspace.label_save import Save
from townscape.workspace.maintenance import backup, clean, compact, restore, verify


@pytest.fixture
def workspace(tmp_path):
    rng = np.random.default_rng(0)
    Pillow.fromarray(rng.integers(0, 255, (700, 800, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    with create_workspace(tmp_path / "w", taxonomy="camvid") as opened:
        image, _ = opened.images.take_in(tmp_path / "a.png", name="a.png", copy=True)
        annotation = opened.labels.open(image, "camvid")
        for k in range(3):
            plane = np.kron(rng.integers(1, 12, (7, 8)), np.ones((100, 100), dtype=int)).astype(np.uint32)
            opened.labels.save_map(annotation.id, LabelMap(plane), message=str(k))
        yield opened


def findings(workspace):
    return [(f.kind, f.is_harmless) for f in verify(workspace, Report())]


def planes(workspace):
    annotation = workspace.labels.find()[0]
    return [workspace.labels.read(annotation.id, revision=r).segments_hw for r in range(annotation.head + 1)]


def test_a_healthy_workspace_has_no_findings(workspace):
    assert findings(workspace) == []


def test_a_damaged_blob_is_found(workspace):
    _, path = next(workspace.blobs.all_on_disk())
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert findings(workspace) == [("damaged file", False)]


def test_both_kinds_of_orphan_are_found(workspace):
    stray = workspace.folder.blobs / "ab" / ("c" * 62)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    assert ("file without a row", True) in findings(workspace)
    stray.unlink()
    _, path = next(workspace.blobs.all_on_disk())
    path.unlink()
    assert findings(workspace) == [("row without a file", False)]


def test_a_damaged_tile_and_a_missing_revision_are_found(workspace):
    with workspace.database.write() as connection:
        connection.execute(update(tables.tiles).values(packed=b"Rnonsense"))
    assert {kind for kind, _ in findings(workspace)} == {"damaged tile"}
    with workspace.database.write() as connection:
        connection.execute(text("DELETE FROM revisions WHERE number = 2"))
    assert ("history", False) in findings(workspace)


def test_a_backup_restores_to_the_same_content(workspace, tmp_path):
    expected = planes(workspace)
    copy = backup(workspace, tmp_path / "copy", Report())
    workspace.labels.save(
        workspace.labels.find()[0].id, Save(3, {(0, 0): np.ones((512, 512), dtype=np.uint32)})
    )
    assert restore(copy, tmp_path / "back", Report()) == []
    with open_workspace(tmp_path / "back") as back:
        assert len(planes(back)) == len(expected)
        assert all(np.array_equal(a, b) for a, b in zip(planes(back), expected, strict=True))
        assert back.settings.id == workspace.settings.id
        image = back.images.find()[0]
        assert back.images.read(image).values.shape == (700, 800, 3)


def test_an_unfinished_backup_never_looks_like_one(workspace, tmp_path, monkeypatch):
    def fail(*_args):
        raise OSError(5, "input/output error")

    monkeypatch.setattr("townscape.workspace.maintenance._link_or_copy", fail)
    with pytest.raises(OSError, match="input/output"):
        backup(workspace, tmp_path / "copy", Report())
    assert not (tmp_path / "copy").exists()
    assert not list(tmp_path.glob(".copy*"))


def test_backup_and_restore_refuse_to_overwrite_and_to_restore_nothing(workspace, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match="exists already"):
        backup(workspace, tmp_path / "there", Report())
    with pytest.raises(NotAWorkspace, match="no backup"):
        restore(tmp_path / "there", tmp_path / "new", Report())


def test_clean_removes_only_what_nothing_uses_and_what_is_old(workspace):
    workspace.blobs.put(b"nobody uses me", media_type="text/plain")
    unused = workspace.blobs.put(b"nobody uses me and I am old", media_type="text/plain")
    os.utime(workspace.blobs.path(unused), (time.time() - 90_000,) * 2)
    expected = planes(workspace)
    done = clean(workspace, Report())
    assert done.blobs == 1
    assert len(workspace.blobs.registered()) == 2
    assert all(np.array_equal(a, b) for a, b in zip(planes(workspace), expected, strict=True))
    assert findings(workspace) == []


def test_putting_an_old_unused_blob_again_keeps_it(workspace):
    sha256 = workspace.blobs.put(b"again", media_type="text/plain")
    os.utime(workspace.blobs.path(sha256), (time.time() - 90_000,) * 2)
    assert workspace.blobs.put(b"again", media_type="text/plain") == sha256
    assert workspace.blobs.collect_garbage() == (0, 0)


def test_compaction_packs_tiles_smaller_and_keeps_every_revision(workspace):
    def stored_bytes():
        with workspace.database.read() as connection:
            return connection.execute(text("SELECT sum(length(packed)) FROM tiles")).scalar_one()

    annotation = workspace.labels.find()[0]
    rng = np.random.default_rng(3)
    noise = (rng.random((512, 512)) < 0.3).astype(np.uint32) + 1
    workspace.labels.save(annotation.id, Save(annotation.head, {(0, 0): noise}))
    expected, before = planes(workspace), stored_bytes()
    dropped, packed = compact(workspace, Report(), min_age_s=0)
    assert (dropped, packed > 0) == (0, True)
    assert stored_bytes() < before
    assert all(np.array_equal(a, b) for a, b in zip(planes(workspace), expected, strict=True))
    assert compact(workspace, Report(), min_age_s=0) == (0, 0)
