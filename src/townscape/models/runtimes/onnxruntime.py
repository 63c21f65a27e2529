"""ONNX Runtime on the processor: the default engine; it needs no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import ModelError
from townscape.models.card import METADATA_KEY, ModelCard

MAX_MODEL_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A loaded ONNX model."""

    card: ModelCard
    session: Any

    def probabilities(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `Runtime.probabilities`."""
        (out,) = self.session.run(None, {"values": values})
        return out


def load(path: Path, *, threads: int | None = None) -> OnnxModel:
    """Load an ONNX file with its card.

    Raises `ModelError` for a damaged file, one that points to data outside itself, or one
    without a card.
    """
    import onnxruntime

    if not path.is_file():
        raise ModelError(
            f"There is no model file {path}.", hint="name an .onnx file or a model of this workspace."
        )
    if path.stat().st_size > MAX_MODEL_BYTES:
        raise ModelError(f"{path} is larger than 2 GB.", hint="models of that size are not supported.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads:
        options.intra_op_num_threads = threads
    try:
        # Loaded from bytes, so that the file cannot pull in other files ("external data").
        session = onnxruntime.InferenceSession(
            path.read_bytes(), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise ModelError(f"{path} is no model that ONNX Runtime can load: {_first_line(error)}") from error
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise ModelError(
            f"{path} has no Townscape model card inside.",
            hint="export it with Townscape; a bare ONNX file does not say which classes it knows.",
        )
    card = ModelCard.parse(text, origin=str(path))
    outputs = session.get_outputs()[0].shape
    if outputs[1] != card.n_classes:
        raise ModelError(f"{path} gives {outputs[1]} classes, but its card lists {card.n_classes}.")
    return OnnxModel(card, session)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
