"""Training a network on a frozen dataset."""

from townscape.train.options import TrainOptions
from townscape.train.training import TrainResult, run

__all__ = ["TrainOptions", "TrainResult", "run"]
