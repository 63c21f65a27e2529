"""Engines that run a trained model, one file each, found by file name.

A runtime takes raw pixel values and gives class probabilities; normalisation and softmax are
part of the model file. Every runtime must pass `testing/conformance/runtimes.py`.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import NotFound
from townscape.models.card import ModelCard


class Runtime(Protocol):
    """A loaded model."""

    card: ModelCard

    def probabilities(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities (n × classes × height × width) of raw pixel values
        (n × bands × height × width); height and width are multiples of the card's stride.
        """
        ...


def runtime_names() -> tuple[str, ...]:
    """Names of the engines that come with Townscape."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)])))


def load_runtime(path: Path, *, engine: str = "onnxruntime", threads: int | None = None) -> Runtime:
    """Load a model file with an engine; raises `ModelError`, or `MissingExtra` for a missing engine."""
    if engine not in runtime_names():
        raise NotFound(f"There is no engine {engine!r}.", hint=f"there are {', '.join(runtime_names())}.")
    module = importlib.import_module(f"townscape.models.runtimes.{engine}")
    return module.load(path, threads=threads)
