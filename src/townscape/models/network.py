"""Building a network, and running it at the processor's best precision."""

import platform
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import nn

from townscape.models.architectures import get_architecture


def build_network(architecture: str, encoder: str, *, n_bands: int, n_classes: int) -> nn.Module:
    """A network with fresh weights, channels-last, ready to train.

    Raises `NotFound` for an unknown architecture.
    """
    network = get_architecture(architecture).build(encoder, n_bands=n_bands, n_classes=n_classes)
    make_padding_static(network)
    keep_depthwise_in_float32(network)
    return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def make_padding_static(network: nn.Module) -> None:
    """Replace TensorFlow's size-dependent "same" padding by the constant that it is here.

    Inputs are multiples of the stride, so a strided layer always pads by kernel − stride, the
    odd pixel at the end. Constant padding exports to ONNX with free sizes; computed one does not.
    """
    from timm.layers.conv2d_same import Conv2dSame

    for module in network.modules():
        if isinstance(module, Conv2dSame):
            module.forward = _with_constant_padding(module)  # pyright: ignore[reportArgumentType]


def _with_constant_padding(conv: nn.Conv2d) -> Callable[[torch.Tensor], torch.Tensor]:
    pads: list[int] = []
    for kernel, stride, dilation in zip(conv.kernel_size, conv.stride, conv.dilation, strict=True):
        total = max(0, dilation * (kernel - 1) + 1 - stride)
        pads = [total // 2, total - total // 2, *pads]

    def run(x: torch.Tensor) -> torch.Tensor:
        x = nn.functional.pad(x, pads)
        return nn.functional.conv2d(x, conv.weight, conv.bias, conv.stride, 0, conv.dilation, conv.groups)

    return run


def keep_depthwise_in_float32(network: nn.Module) -> None:
    """Run depthwise convolutions in float32 even where the rest runs in bfloat16.

    Their bfloat16 backward pass on processors is five to eight times slower than float32
    (measured with torch 2.15, see docs/decisions/004); everything else gains from bfloat16.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups == module.in_channels > 1:
            module.forward = _in_float32(module.forward)  # pyright: ignore[reportAttributeAccessIssue]


def _in_float32(forward: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[torch.Tensor], torch.Tensor]:
    def run(x: torch.Tensor) -> torch.Tensor:
        if not torch.is_autocast_enabled("cpu") or x.device.type != "cpu":
            return forward(x)
        with torch.autocast("cpu", enabled=False):
            return forward(x.float()).to(torch.bfloat16)

    return run


def has_fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware."""
    if platform.system() == "Linux":
        try:
            flags = Path("/proc/cpuinfo").read_text("utf-8")
        except OSError:
            return False
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False


def mixed_precision(*, is_on: bool) -> AbstractContextManager[object]:
    """The context in which a network runs: bfloat16 where that pays, float32 otherwise."""
    return torch.autocast("cpu", dtype=torch.bfloat16) if is_on else nullcontext()
