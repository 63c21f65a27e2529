"""Building a network, and running it at the processor's best precision."""

import platform
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
    adapt_convolutions(network)
    return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def adapt_convolutions(network: nn.Module) -> None:
    """Give convolutions constant padding, and keep depthwise ones in float32 (see `_Conv2d`).

    The modules change their class, not their `forward`: a copied network must run on its own weights.
    """
    from timm.layers.conv2d_same import Conv2dSame

    for module in network.modules():
        if not isinstance(module, nn.Conv2d):
            continue
        is_same = isinstance(module, Conv2dSame)
        is_depthwise = module.groups == module.in_channels > 1
        if is_same or is_depthwise:
            pads = _same_pads(module) if is_same else None
            module.__class__ = _Conv2d
            module.__dict__.update(same_pads=pads, in_float32=is_depthwise)


class _Conv2d(nn.Conv2d):
    """A convolution adapted to how it is used here.

    *Constant padding* stands in for TensorFlow's size-dependent "same" padding: inputs are
    multiples of the stride, so a strided layer always pads by kernel − stride, the odd pixel at the
    end. It exports to ONNX with free sizes; a computed one does not.

    *Depthwise in float32*, even where the rest runs in bfloat16: their bfloat16 backward pass on
    processors is five to eight times slower (docs/decisions/004).
    """

    same_pads: list[int] | None
    in_float32: bool

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - torch's own name
        if self.in_float32 and input.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
            with torch.autocast("cpu", enabled=False):
                return self._convolve(input.float()).to(torch.bfloat16)
        return self._convolve(input)

    def _convolve(self, values: torch.Tensor) -> torch.Tensor:
        if self.same_pads is None:
            return super().forward(values)
        padded = nn.functional.pad(values, self.same_pads)
        return nn.functional.conv2d(
            padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups
        )


def _same_pads(conv: nn.Conv2d) -> list[int]:
    pads: list[int] = []
    for kernel, stride, dilation in zip(conv.kernel_size, conv.stride, conv.dilation, strict=True):
        total = max(0, dilation * (kernel - 1) + 1 - stride)
        pads = [total // 2, total - total // 2, *pads]
    return pads


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
