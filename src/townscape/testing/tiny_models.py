"""Tiny ONNX models with a card, for tests: one that always says the same, one that goes by colour."""

from pathlib import Path

import numpy as np

from townscape.core.taxonomy import Taxonomy
from townscape.models.card import METADATA_KEY, ModelCard, Preprocessing, TrainedOn


def tiny_card(taxonomy: Taxonomy, *, name: str = "tiny", **preprocessing: object) -> ModelCard:
    """A card that says plainly what it belongs to."""
    values: dict[str, object] = {
        "bands": ("red", "green", "blue"),
        "full_scale": 255.0,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
    }
    return ModelCard(
        name=name,
        architecture="unet",
        encoder="none",
        weights_origin="made by hand for tests",
        taxonomy=taxonomy,
        preprocessing=Preprocessing.model_validate(values | preprocessing),
        trained_on=TrainedOn(
            content_hash="0" * 64,
            windows={"train": 1},
            labelled_megapixels=0.0,
            class_share={},
            split="official",
        ),
        options={},
        steps=1,
        code_version="0",
        created_at="2026-01-01T00:00:00+00:00",
    )


def write_constant_model(path: Path, card: ModelCard, *, channel: int) -> None:
    """A model that gives `channel` probability 0.7 everywhere and shares out the rest."""
    n = card.n_classes
    probability = np.full(n, 0.3 / max(1, n - 1), dtype=np.float32)
    probability[channel] = 0.7 if n > 1 else 1.0
    bands = len(card.preprocessing.bands)
    _write_linear(path, card, np.zeros((n, bands), dtype=np.float32), np.log(probability))


def write_color_model(path: Path, card: ModelCard, *, sharpness: float = 0.05) -> None:
    """A model that takes each pixel for the class with the nearest colour of the taxonomy."""
    colors = np.array([card.taxonomy.get_class(n).rgb for n in card.taxonomy.channels], dtype=np.float32)
    # The class with the smallest |x − c|² has the largest 2 c·x − |c|².
    _write_linear(path, card, sharpness * 2 * colors, -sharpness * (colors**2).sum(axis=1))


def _write_linear(path: Path, card: ModelCard, weight: np.ndarray, bias: np.ndarray) -> None:
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    n, bands = weight.shape
    values = helper.make_tensor_value_info("values", TensorProto.FLOAT, ["n", bands, "height", "width"])
    out = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", n, "height", "width"])
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["values", "weight", "bias"], ["logits"], kernel_shape=[1, 1]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        ],
        "tiny",
        [values],
        [out],
        [
            numpy_helper.from_array(weight.reshape(n, bands, 1, 1).astype(np.float32), "weight"),
            numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, card.model_dump_json()
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save_model(model, path)
