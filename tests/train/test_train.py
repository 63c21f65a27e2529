"""Training: learns what can be learned, resumes bitwise, and writes what it learned from."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape import engine
from townscape.core.errors import DatasetError, RunCancelled
from townscape.core.events import Report
from townscape.core.labelmap import LabelMap
from townscape.evaluate.options import EvaluateOptions
from townscape.models.card import ModelCard
from townscape.train import loop, run
from townscape.train.options import TrainOptions
from townscape.workspace import create_workspace

QUICK = {
    "encoder_weights": "none",
    "crop": 96,
    "batch_size": 2,
    "threads": 1,
    "precision": "float32",
    "val_share": 0.25,
}


@pytest.fixture
def workspace(tmp_path):
    """Sixteen photos of two colours, whose label is their colour."""
    rng = np.random.default_rng(0)
    with create_workspace(tmp_path / "w", taxonomy="land-cover") as opened:
        for k in range(16):
            plane = np.kron(rng.integers(0, 2, (3, 4)), np.ones((32, 32), dtype=int))
            pixels = np.where(plane[..., None], (40, 150, 60), (150, 60, 50)) + rng.normal(
                0, 12, (96, 128, 3)
            )
            path = tmp_path / f"{k:02d}.png"
            Pillow.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)
            image, _ = opened.images.take_in(path, name=path.name)
            annotation = opened.labels.open(image, "land-cover")
            opened.labels.save_map(annotation.id, LabelMap(np.where(plane, 6, 1).astype(np.uint32)))
        yield opened


def weights_of(workspace, result):
    from safetensors.numpy import load_file

    return load_file(workspace.folder.model(result.model_id) / "weights.safetensors")


def test_a_stopped_training_goes_on_to_bitwise_the_same_weights(workspace, monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY_S", 0.0)
    options = TrainOptions(epochs=1.5, **QUICK)
    whole = run(workspace, options, Report(run_id="whole"))
    seen = {"steps": 0}

    def stop(event):
        seen["steps"] = event.done if getattr(event, "part", "") == "training" else seen["steps"]

    report = Report(stop, run_id="stopped", is_cancelled=lambda: seen["steps"] >= 3, min_interval_s=0)
    with pytest.raises(RunCancelled):
        run(workspace, options, report)
    resumed = run(workspace, options, Report(run_id="stopped"))
    first, second = weights_of(workspace, whole), weights_of(workspace, resumed)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert resumed.steps == whole.steps > 3


def test_a_model_knows_what_it_learned_from_and_is_scored_on_what_it_did_not(workspace):
    result = engine.run_here(workspace, TrainOptions(steps=14, name="small", **QUICK))
    model = workspace.models.get("small")
    card = ModelCard.model_validate(model.card)
    dataset = workspace.datasets.get(model.dataset_id)
    assert card.trained_on.content_hash == dataset.content_hash
    assert card.options["steps"] == 14
    assert json.loads((workspace.folder.model(model.id) / "card.json").read_text())["name"] == "small"
    scores = engine.run_here(workspace, EvaluateOptions(model="small"))
    assert scores["part"] == "val"
    assert not scores["is_optimistic"]
    assert set(result["windows"]) >= {"train", "val"}
    assert 0 <= scores["mean_iou"] <= 1
    assert "mean IoU" in Path(scores["page"]).read_text("utf-8")


def test_nothing_labelled_is_said(tmp_path):
    nothing = pytest.raises(DatasetError, match="Nothing is labelled")
    with create_workspace(tmp_path / "empty") as workspace, nothing:
        run(workspace, TrainOptions(steps=1, **QUICK), Report())
