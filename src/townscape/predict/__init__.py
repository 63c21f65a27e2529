"""Running a model on images."""

from townscape.predict.options import PredictOptions
from townscape.predict.predicting import PredictResult, run

__all__ = ["PredictOptions", "PredictResult", "run"]
