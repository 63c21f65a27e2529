"""What every architecture must do."""

import numpy as np

from townscape.models.architectures import get_architecture
from townscape.models.network import build_network

ENCODER = "tf_efficientnet_lite0"


def check(name: str) -> None:
    """Names its source; takes any number of bands and classes; answers at its input's size; learns."""
    import torch

    architecture = get_architecture(name)
    assert architecture.TITLE, f"{name} has no title for people"
    assert architecture.SOURCE, f"{name} does not say where it comes from"
    stride = architecture.STRIDE
    network = build_network(name, ENCODER, n_bands=4, n_classes=5)
    values = torch.rand(2, 4, 2 * stride, 3 * stride)
    answer = network(values)
    assert tuple(answer.shape) == (2, 5, 2 * stride, 3 * stride), f"{name} gives {tuple(answer.shape)}"
    answer.square().mean().backward()
    silent = [n for n, p in network.named_parameters() if p.requires_grad and p.grad is None]
    assert not silent, f"{name} has parameters that never learn: {silent[:3]}"
    network.eval()
    with torch.no_grad():
        first, second = network(values).numpy(), network(values).numpy()
    assert np.array_equal(first, second), f"{name} is not repeatable"
