"""U-Net: an encoder and a decoder joined at every scale. Sharp borders, the default."""

from torch import nn

TITLE = "U-Net"
SOURCE = "Ronneberger, Fischer and Brox 2015, arXiv 1505.04597"
STRIDE = 32

_DECODER_CHANNELS = (128, 64, 48, 32, 16)


def build(encoder: str, *, n_bands: int, n_classes: int) -> nn.Module:
    """A U-Net with half the usual decoder width (see docs/decisions/010)."""
    import segmentation_models_pytorch as smp

    return smp.Unet(
        f"tu-{encoder}",
        encoder_weights=None,
        decoder_channels=_DECODER_CHANNELS,
        in_channels=n_bands,
        classes=n_classes,
    )
