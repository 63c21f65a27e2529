"""Network architectures, one file each, found by file name.

A file offers `TITLE`, `SOURCE`, `STRIDE` and `build(encoder, n_bands, n_classes)`, which returns
a module from float32 images (n × bands × height × width) to logits (n × classes × height ×
width). `encoder` is the name of a timm encoder. Every architecture must pass
`testing/conformance/architectures.py`.
"""

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from townscape.core.errors import NotFound

if TYPE_CHECKING:
    from torch import nn


class Architecture(Protocol):
    """What a file of this folder offers."""

    TITLE: str
    SOURCE: str
    STRIDE: int

    def build(self, encoder: str, *, n_bands: int, n_classes: int) -> "nn.Module":
        """A network with fresh weights."""
        ...


def architecture_names() -> tuple[str, ...]:
    """Names of the architectures that come with Townscape."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)])))


def get_architecture(name: str) -> Architecture:
    """The architecture of that name; raises `NotFound` with those that exist."""
    if name not in architecture_names():
        raise NotFound(
            f"There is no architecture {name!r}.", hint=f"there are {', '.join(architecture_names())}."
        )
    return importlib.import_module(f"townscape.models.architectures.{name}")  # pyright: ignore[reportReturnType]
