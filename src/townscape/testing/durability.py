"""Killing a process that saves, again and again, and counting what is left.

The child saves label tiles in a loop and writes a line for each acknowledged save; the parent
kills it (SIGKILL) at random moments. Afterwards every acknowledged revision must be in the
workspace with the content that was sent, and the workspace must verify.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from townscape.core.events import Report
from townscape.core.labelmap import Segments
from townscape.core.tiles import TILE_PX, TileKey
from townscape.workspace import Workspace, create_workspace, open_workspace
from townscape.workspace.label_save import Save
from townscape.workspace.maintenance import verify

SIDE_PX = 1024


@dataclass(frozen=True, slots=True)
class Survived:
    """What was found after the kills."""

    acknowledged: int
    """Saves that the child was told are stored."""
    revisions: int
    """Revisions in the workspace (an unacknowledged save may be among them)."""
    kills: int
    lost: tuple[int, ...]
    """Numbers of acknowledged saves that are not there or hold something else."""
    findings: tuple[str, ...]
    """What verify found that is not harmless."""


def kill_during_saves(folder: Path, *, n_saves: int, seed: int = 0) -> Survived:
    """Save until `n_saves` were acknowledged, the saving process being killed every few saves."""
    workspace, annotation_id = _make(folder)
    workspace.close()
    acknowledged = folder / "acknowledged.txt"
    acknowledged.touch()
    rng = np.random.default_rng(seed)
    kills = 0
    while (done := len(acknowledged.read_text("utf-8").split())) < n_saves:
        target = done + int(rng.integers(1, 12))
        child = subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder / "w"), annotation_id, str(acknowledged)]
        )
        ends_at = time.monotonic() + 60
        while len(acknowledged.read_text("utf-8").split()) < target and child.poll() is None:
            if time.monotonic() > ends_at:
                break
            time.sleep(0.001)
        time.sleep(float(rng.uniform(0, 0.03)))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        kills += 1
    return _count(folder / "w", annotation_id, acknowledged, kills)


def content_of(number: int) -> tuple[tuple[int, int], Segments]:
    """The tile that save `number` writes, and its place: different for every save."""
    rng = np.random.default_rng(number)
    tile = np.kron(rng.integers(1, 12, (8, 8)), np.ones((64, 64), dtype=int)).astype(np.uint32)
    return (number % 2, number // 2 % 2), tile


def _make(folder: Path) -> tuple[Workspace, str]:
    picture = folder / "image.png"
    Pillow.fromarray(np.zeros((SIDE_PX, SIDE_PX, 3), dtype=np.uint8)).save(picture)
    workspace = create_workspace(folder / "w", taxonomy="camvid")
    image, _ = workspace.images.take_in(picture, name="image.png")
    return workspace, workspace.labels.open(image, "camvid").id


def _count(root: Path, annotation_id: str, acknowledged: Path, kills: int) -> Survived:
    numbers = [int(line) for line in acknowledged.read_text("utf-8").split()]
    with open_workspace(root) as workspace:
        head = workspace.labels.get(annotation_id).head
        lost = tuple(n for n in numbers if n > head or not _is_there(workspace, annotation_id, n))
        findings = tuple(f"{f.kind}: {f.what}" for f in verify(workspace, Report()) if not f.is_harmless)
    return Survived(len(numbers), head, kills, lost, findings)


def _is_there(workspace: Workspace, annotation_id: str, number: int) -> bool:
    (row, column), tile = content_of(number)
    found = workspace.labels.read_tile(annotation_id, TileKey(0, row, column), revision=number)
    return found is not None and np.array_equal(found, tile) and found.shape == (TILE_PX, TILE_PX)


def _save_forever(root: str, annotation_id: str, acknowledged: str) -> None:
    """The child: save number n becomes revision n."""
    with open_workspace(root) as workspace, Path(acknowledged).open("a", encoding="utf-8") as told:
        while True:
            head = workspace.labels.get(annotation_id).head
            place, tile = content_of(head + 1)
            answer = workspace.labels.save(annotation_id, Save(head, {place: tile}))
            told.write(f"{answer.revision}\n")
            told.flush()


if __name__ == "__main__":
    _save_forever(*sys.argv[1:4])
