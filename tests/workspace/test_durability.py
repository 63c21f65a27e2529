"""What was acknowledged is there, whatever is killed, and several processes may work at once."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import StorageFull, TownscapeError
from townscape.core.events import Report
from townscape.testing.durability import kill_during_saves
from townscape.workspace import create_workspace, open_workspace
from townscape.workspace.label_save import Save
from townscape.workspace.maintenance import verify

SAVER = """
import sys, numpy as np
from townscape.core.tiles import TileKey
from townscape.workspace import open_workspace
from townscape.workspace.label_save import Save
root, annotation, row = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open_workspace(root) as workspace:
    for k in range(15):
        head = workspace.labels.get(annotation).head
        tile = np.zeros((512, 512), dtype=np.uint32)
        before = workspace.labels.read_tile(annotation, TileKey(0, 0, 0))
        if before is not None:
            tile = before.copy()
        tile[row * 100 + k * 5] = row + 1
        workspace.labels.save(annotation, Save(head, {(0, 0): tile}))
"""

LOOKER = """
import sys
from townscape.workspace import open_workspace
workspace = open_workspace(sys.argv[1])
print(workspace.labels.get(sys.argv[2]).head)
workspace.database.abandon()
"""


def make(tmp_path):
    workspace = create_workspace(tmp_path / "w", taxonomy="camvid")
    Pillow.fromarray(np.zeros((512, 512, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    image, _ = workspace.images.take_in(tmp_path / "a.png", name="a.png")
    return workspace, workspace.labels.open(image, "camvid").id


def test_no_acknowledged_save_is_lost_when_the_process_is_killed(tmp_path):
    survived = kill_during_saves(tmp_path, n_saves=25, seed=3)
    assert survived.acknowledged >= 25
    assert survived.kills >= 2
    assert (survived.lost, survived.findings) == ((), ())


def test_several_processes_paint_one_image_at_once(tmp_path):
    workspace, annotation = make(tmp_path)
    children = [
        subprocess.Popen([sys.executable, "-c", SAVER, str(workspace.root), annotation, str(row)])
        for row in range(3)
    ]
    assert [child.wait(timeout=120) for child in children] == [0, 0, 0]
    found = workspace.labels.read(annotation).segments_hw
    for row in range(3):
        for k in range(15):
            assert (found[row * 100 + k * 5] == row + 1).all()
    assert workspace.labels.get(annotation).head == 45
    assert verify(workspace, Report()) == []
    workspace.close()


def test_threads_of_one_process_take_turns(tmp_path):
    workspace, annotation = make(tmp_path)
    errors = []

    def paint(row):
        try:
            for k in range(8):
                tile = np.zeros((512, 512), dtype=np.uint32)
                tile[row * 100 + k] = 1 + row
                workspace.labels.save(annotation, Save(0, {(0, 0): tile}))
        except TownscapeError as error:
            errors.append(error)

    threads = [threading.Thread(target=paint, args=(row,)) for row in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert workspace.labels.get(annotation).head == 32
    workspace.close()


def test_a_full_disk_is_said_and_nothing_half_written_is_kept(tmp_path, monkeypatch):
    workspace, annotation = make(tmp_path)
    with workspace.database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    rng = np.random.default_rng(0)

    def fill():
        for _ in range(30):
            head = workspace.labels.get(annotation).head
            noise = rng.integers(1, 12, (512, 512), dtype=np.uint32)
            workspace.labels.save(annotation, Save(head, {(0, 0): noise}))

    with LimitedPages(workspace, pages + 40), pytest.raises(StorageFull, match="disk is full"):
        fill()
    head = workspace.labels.get(annotation).head
    assert len(workspace.history.revisions(annotation)) == head + 1
    assert verify(workspace, Report()) == []
    workspace.labels.save(annotation, Save(head, {(0, 0): np.ones((512, 512), dtype=np.uint32)}))
    workspace.close()


class LimitedPages:
    """SQLite's own limit stands in for a full disk: it gives the same error."""

    def __init__(self, workspace, pages):
        self.workspace, self.pages = workspace, pages

    def set(self, pages):
        self.workspace.database.engine.dispose()
        from sqlalchemy import event

        def limit(connection, _record):
            connection.execute(f"PRAGMA max_page_count={pages}")

        self.listener = limit
        event.listen(self.workspace.database.engine, "connect", limit)

    def __enter__(self):
        self.set(self.pages)

    def __exit__(self, *_):
        from sqlalchemy import event

        event.remove(self.workspace.database.engine, "connect", self.listener)
        self.workspace.database.engine.dispose()


def test_blobs_survive_a_full_disk(tmp_path, monkeypatch):
    import errno
    import os

    workspace, _ = make(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _fd: (_ for _ in ()).throw(OSError(errno.ENOSPC, "no space")))
    with pytest.raises(StorageFull):
        workspace.blobs.put(b"x" * 1000, media_type="text/plain")
    monkeypatch.undo()
    assert list(workspace.blobs.all_on_disk()) == []
    assert not list(workspace.folder.blobs.rglob(".part-*"))
    assert workspace.blobs.registered() == {}
    workspace.close()


def test_a_workspace_opens_while_another_process_holds_the_writer_lock(tmp_path):
    workspace, annotation = make(tmp_path)
    with workspace.database.exclusive():
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                LOOKER,
                str(workspace.root),
                annotation,
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stdout.strip() == "0", done.stderr
    with open_workspace(workspace.root) as again:
        assert again.labels.get(annotation).head == 0
    workspace.close()
