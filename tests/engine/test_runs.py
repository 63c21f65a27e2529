"""Runs: in processes of their own, to be followed, cancelled, killed and resumed."""

import os
import signal

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape import engine
from townscape.core.errors import RunCancelled, RunFailed, UsageError
from townscape.core.events import Finished, Progress
from townscape.core.taxonomy import read_taxonomy
from townscape.predict.options import PredictOptions
from townscape.testing.tiny_models import tiny_card, write_color_model
from townscape.workspace import create_workspace

LAND = read_taxonomy("land-cover")


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(0)
    for k in range(40):
        Pillow.fromarray(rng.integers(0, 255, (400, 600, 3), dtype=np.uint8)).save(
            tmp_path / "photos" / f"{k}.jpg"
        )
    write_color_model(tmp_path / "model.onnx", tiny_card(LAND))
    with create_workspace(tmp_path / "w") as opened:
        yield opened


def options(tmp_path):
    return PredictOptions(paths=(tmp_path / "photos",), model=str(tmp_path / "model.onnx"))


def wait_for_step(workspace, run):
    for event in engine.follow(workspace, run.id):
        if isinstance(event, Progress) and event.part == "predicting" and event.done >= 2:
            return


def test_a_run_is_followed_to_its_result(workspace, tmp_path):
    run = engine.start(workspace, options(tmp_path))
    events = list(engine.follow(workspace, run.id))
    assert isinstance(events[-1], Finished)
    assert events[-1].result["predicted"] == 40
    assert workspace.runs.get(run.id).state == "done"
    with pytest.raises(UsageError):
        engine.resume(workspace, run.id)


def test_a_cancelled_run_keeps_what_it_did_and_goes_on(workspace, tmp_path):
    run = engine.start(workspace, options(tmp_path))
    wait_for_step(workspace, run)
    engine.cancel(workspace, run.id)
    with pytest.raises(RunCancelled):
        list(engine.follow(workspace, run.id))
    assert workspace.runs.get(run.id).state == "cancelled"
    engine.resume(workspace, run.id)
    result = list(engine.follow(workspace, run.id))[-1].result
    assert result["images"] == 40
    assert result["predicted"] < 40


def test_a_killed_run_is_found_interrupted_and_goes_on(workspace, tmp_path):
    run = engine.start(workspace, options(tmp_path))
    wait_for_step(workspace, run)
    process_id = workspace.runs.get(run.id).process_id
    os.kill(process_id, signal.SIGKILL)
    with pytest.raises(RunFailed, match="without a word"):
        list(engine.follow(workspace, run.id))
    assert workspace.runs.get(run.id).state == "interrupted"
    engine.resume(workspace)
    assert list(engine.follow(workspace, run.id))[-1].result["images"] == 40
