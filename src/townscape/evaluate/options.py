"""What `townscape evaluate` can be asked."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field

from townscape.core.boundary import DEFAULT_RATIO
from townscape.core.options import Options
from townscape.core.splits import Part


class EvaluateOptions(Options):
    """Score a model on labels that it did not learn from."""

    stage: ClassVar[str] = "evaluate"

    split: Part | None = None
    """Part to score: val, test, tune or train (val, else test, else tune, by default)."""
    model: str | None = None
    """Model by name or id (the newest otherwise)."""
    dataset: str | None = None
    """Dataset by id (the one that the model was trained on otherwise)."""
    boundary_ratio: float = Field(default=DEFAULT_RATIO, gt=0, lt=0.5)
    """Width of the band of boundary IoU, as a share of the image's diagonal (0.005 for Cityscapes)."""
    worst: int = Field(default=8, ge=0)
    """How many of the worst windows to show."""
    page: Path | None = None
    """Where to write the page (in the workspace's reports folder otherwise)."""
