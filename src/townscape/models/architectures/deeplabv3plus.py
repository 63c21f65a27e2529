"""DeepLabV3+: context at several rates, then a small decoder. Strong on large objects."""

from torch import nn

TITLE = "DeepLabV3+"
SOURCE = "Chen et al. 2018, arXiv 1802.02611"
STRIDE = 32


def build(encoder: str, *, n_bands: int, n_classes: int) -> nn.Module:
    """A DeepLabV3+ with a decoder of 128 channels."""
    import segmentation_models_pytorch as smp

    return smp.DeepLabV3Plus(
        f"tu-{encoder}",
        encoder_weights=None,
        decoder_channels=128,
        in_channels=n_bands,
        classes=n_classes,
    )
