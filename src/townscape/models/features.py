"""What a scene looks like, as numbers: pooled features of the default encoder.

The encoder learned ImageNet's thousand things; the mean of its last layer over a picture says
which kind of scene this is. Scenes that people find alike have features that lie close together.
Nothing here knows of copies: two pictures of one street at different hours may be closer than a
picture and its mirrored crop. `workspace.features.ENCODER` names the way they are made: it changes
whenever they come out differently.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from townscape.models.network import adapt_convolutions, has_fast_bfloat16, mixed_precision
from townscape.models.weights import DEFAULT_ENCODER, find_encoder_weights

SIDE_PX = 256
"""Pictures are brought to a square of this side, whatever their shape."""
N_FEATURES = 1280


class FeatureEncoder:
    """The default encoder, ready to look at pictures. Building it reads the weights once."""

    def __init__(self) -> None:
        import timm

        weights = find_encoder_weights(DEFAULT_ENCODER, "imagenet")
        network: Any = timm.create_model(DEFAULT_ENCODER, pretrained=False)
        network.load_state_dict(weights.state)
        adapt_convolutions(network)
        self._network = network.eval().to(memory_format=torch.channels_last)
        self._mean = torch.tensor(weights.mean).view(1, 3, 1, 1)
        self._std = torch.tensor(weights.std).view(1, 3, 1, 1)
        self._is_fast = has_fast_bfloat16()

    def compute(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float16]:
        """Features of pictures (each height × width × 3, uint8): n × 1280, each row of length 1."""
        if not pictures:
            return np.empty((0, N_FEATURES), np.float16)
        side = (SIDE_PX, SIDE_PX)
        squares = np.stack([cv2.resize(p, side, interpolation=cv2.INTER_AREA) for p in pictures])
        values = torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255
        values = ((values - self._mean) / self._std).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), mixed_precision(is_on=self._is_fast):
            pooled: torch.Tensor = self._network.forward_head(
                self._network.forward_features(values), pre_logits=True
            )
        found = pooled.float().numpy().astype(np.float64)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return (found / np.maximum(length, 1e-12)).astype(np.float16)
