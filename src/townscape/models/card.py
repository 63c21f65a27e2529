"""The model card: everything that is needed to use a model, and to judge it.

It travels inside the ONNX file (metadata key `townscape.card`), so one file is enough.
"""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from townscape.core.errors import ModelError
from townscape.core.options import describe_validation
from townscape.core.taxonomy import Taxonomy

METADATA_KEY = "townscape.card"
CARD_FILE = "card.json"
ONNX_FILE = "model.onnx"
WEIGHTS_FILE = "weights.safetensors"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Preprocessing(_Part):
    """From an image's values to the network's input. Constants, never taken from the image."""

    bands: tuple[str, ...]
    """Input bands by name, in order."""
    full_scale: float
    """The value that stands for full brightness: 255 for 8-bit images."""
    mean: tuple[float, ...]
    """Per band, of values divided by `full_scale`."""
    std: tuple[float, ...]
    """Per band, of values divided by `full_scale`."""
    max_side: int | None = None
    """Photos are brought down to this long side; None: as they are."""
    pixel_m: float | None = None
    """Ground size of a training pixel in metres, where it is known."""
    stride: int = 32
    """Width and height are padded to multiples of this."""


class TrainedOn(_Part):
    """Which pixels the model learned from."""

    dataset_id: str | None = None
    content_hash: str
    windows: dict[str, int]
    """Part → number of windows."""
    labelled_megapixels: float
    class_share: dict[str, float]
    """Class key → share of the labelled training pixels."""
    split: str
    """`official`, or how Townscape made it."""
    warnings: tuple[str, ...] = ()


class ModelCard(_Part):
    """What a model is, what it learned from, how good it is, and what it is not good for."""

    card_format: int = 1
    name: str
    architecture: str
    encoder: str
    weights_origin: str
    """Where the encoder's weights came from, with licence."""
    taxonomy: Taxonomy
    preprocessing: Preprocessing
    trained_on: TrainedOn
    options: dict[str, Any]
    """The options of the training run."""
    scores: dict[str, Any] = Field(default_factory=dict)
    """Scores by part; those of `tune` are optimistic."""
    steps: int
    code_version: str
    created_at: str
    """ISO 8601, UTC."""
    limits: tuple[str, ...] = ()
    """What the model is not good for."""

    @property
    def n_classes(self) -> int:
        """Model channels."""
        return len(self.taxonomy.channels)

    @classmethod
    def parse(cls, text: str, *, origin: str) -> Self:
        """The card in a JSON text; raises `ModelError` naming its origin."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ModelError(
                f"The model card in {origin} is damaged: {describe_validation(error)}."
            ) from error

    def to_markdown(self) -> str:
        """The card for people."""
        return _markdown(self)


def normalisation(preprocessing: Preprocessing) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Per band, offset and factor with `input = value · factor − offset` (float32, bands × 1 × 1)."""
    mean = np.array(preprocessing.mean, dtype=np.float64)
    std = np.array(preprocessing.std, dtype=np.float64)
    factor = 1 / (preprocessing.full_scale * std)
    offset = mean / std
    shape = (-1, 1, 1)
    return offset.astype(np.float32).reshape(shape), factor.astype(np.float32).reshape(shape)


def write_card(card: ModelCard, folder: Path) -> None:
    """Write `card.json` and `README.md` into a model's folder."""
    (folder / CARD_FILE).write_text(card.model_dump_json(indent=2) + "\n", "utf-8")
    (folder / "README.md").write_text(card.to_markdown(), "utf-8")


def _markdown(card: ModelCard) -> str:
    p, t = card.preprocessing, card.trained_on
    lines = [
        f"# {card.name}",
        "",
        f"{card.architecture} on {card.encoder}, {card.n_classes} classes ({card.taxonomy.name}).",
        "",
        "| what | value |",
        "|---|---|",
        f"| input bands | {', '.join(p.bands)} |",
        f"| full scale | {p.full_scale:g} |",
        f"| mean, std | {', '.join(f'{m:.4f}' for m in p.mean)}; {', '.join(f'{s:.4f}' for s in p.std)} |",
        f"| photos brought down to | {f'{p.max_side} px' if p.max_side else 'as they are'} |",
        f"| pixel on the ground | {f'{p.pixel_m:g} m' if p.pixel_m else 'unknown'} |",
        f"| encoder weights | {card.weights_origin} |",
        f"| dataset | {t.content_hash[:16]}, {', '.join(f'{n} {part}' for part, n in t.windows.items())} |",
        f"| labelled | {t.labelled_megapixels:.2f} megapixels for training |",
        f"| split | {t.split} |",
        f"| steps | {card.steps} |",
        f"| made | {card.created_at}, Townscape {card.code_version} |",
        "",
        "## Classes",
        "",
        "| class | number | share of training pixels |",
        "|---|---|---|",
    ]
    for label_class in card.taxonomy.active:
        share = t.class_share.get(label_class.key, 0.0)
        lines.append(f"| {label_class.name} | {label_class.number} | {share:.2%} |")
    lines += ["", "## Scores", ""]
    for part, values in card.scores.items():
        lines.append(f"- {part}: {json.dumps(values)}")
    if not card.scores:
        lines.append("Not evaluated yet.")
    if t.warnings or card.limits:
        lines += ["", "## Limits", "", *[f"- {text}" for text in (*t.warnings, *card.limits)]]
    return "\n".join(lines) + "\n"
