"""From a trained network to files: safetensors, ONNX, and the card inside and beside them."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

from townscape.models.card import METADATA_KEY, ONNX_FILE, WEIGHTS_FILE, ModelCard, normalisation, write_card

_OPSET = 17


class _WithEnds(nn.Module):
    """The network between its two ends: normalisation before, softmax after."""

    def __init__(self, network: nn.Module, card: ModelCard) -> None:
        super().__init__()
        offset, factor = normalisation(card.preprocessing)
        self.network = network
        self.offset = nn.Buffer(torch.from_numpy(offset))
        self.factor = nn.Buffer(torch.from_numpy(factor))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        logits = self.network(values * self.factor - self.offset)
        return torch.softmax(logits.float(), dim=1)


def write_model(network: nn.Module, card: ModelCard, folder: Path) -> None:
    """Write weights, ONNX file, card and README into `folder`.

    The ONNX file takes raw pixel values (n × bands × height × width, float32) and gives class
    probabilities; height and width are free multiples of the stride.
    """
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state: Mapping[str, torch.Tensor] = network.state_dict()
    contiguous = {name: value.detach().cpu().contiguous() for name, value in state.items()}
    save_file(contiguous, folder / WEIGHTS_FILE, metadata={METADATA_KEY: card.model_dump_json()})
    write_onnx(_WithEnds(network, card), card, folder / ONNX_FILE)
    write_card(card, folder)


def write_onnx(module: nn.Module, card: ModelCard, path: Path) -> None:
    """Write a module from raw values to probabilities as an ONNX file with its card inside.

    By torch's tracing exporter: 1 s where the newer one takes 25 s for the same file, because it
    reasons about free sizes symbolically (docs/decisions/007).
    """
    import onnx

    was_training = module.training
    module.eval()
    side = 4 * card.preprocessing.stride
    example = torch.zeros(2, len(card.preprocessing.bands), side, side)
    free = {0: "n", 2: "height", 3: "width"}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (example,),
            str(path),
            input_names=["values"],
            output_names=["probabilities"],
            opset_version=_OPSET,
            dynamo=False,
            dynamic_axes={"values": free, "probabilities": free},
        )
    module.train(was_training)
    model = onnx.load_model(path)
    entry = model.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, card.model_dump_json()
    onnx.save_model(model, path)
