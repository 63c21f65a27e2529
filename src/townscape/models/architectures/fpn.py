"""Feature pyramid: one light decoder over all scales. Quick, softer borders."""

from torch import nn

TITLE = "FPN"
SOURCE = "Kirillov et al. 2019, arXiv 1901.02446"
STRIDE = 32


def build(encoder: str, *, n_bands: int, n_classes: int) -> nn.Module:
    """A feature pyramid network of half the usual width."""
    import segmentation_models_pytorch as smp

    return smp.FPN(
        f"tu-{encoder}",
        encoder_weights=None,
        decoder_pyramid_channels=128,
        decoder_segmentation_channels=64,
        in_channels=n_bands,
        classes=n_classes,
    )
