"""Networks: what is copied is independent, what is adapted computes the same."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from townscape.models.architectures import architecture_names
from townscape.models.network import adapt_convolutions, build_network


def test_a_copied_network_runs_on_its_own_weights():
    """Averaged weights are judged in a copy: no layer may still look at the original's."""
    network = build_network("unet", "tf_efficientnet_lite0", n_bands=3, n_classes=4).eval()
    copied = copy.deepcopy(network)
    values = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        before = copied(values)
        for parameter in network.parameters():
            parameter.fill_(7.0)
        assert torch.equal(copied(values), before)


def test_constant_padding_is_tensorflows_same_padding_at_multiples_of_the_stride():
    from timm.layers.conv2d_same import Conv2dSame

    for kernel, stride, groups in ((3, 2, 1), (5, 2, 8), (3, 1, 8)):
        conv = Conv2dSame(8, 8, kernel, stride=stride, groups=groups, bias=False)
        values = torch.rand(1, 8, 32, 64)
        expected = conv(values)
        adapt_convolutions(nn.Sequential(conv))
        assert torch.allclose(conv(values), expected, atol=1e-6)


@pytest.mark.parametrize("name", architecture_names())
def test_every_architecture_answers_at_its_inputs_size(name):
    network = build_network(name, "tf_efficientnet_lite0", n_bands=4, n_classes=5).eval()
    with torch.no_grad():
        answer = network(torch.rand(2, 4, 64, 96))
    assert tuple(answer.shape) == (2, 5, 64, 96)
    assert np.isfinite(answer.numpy()).all()
