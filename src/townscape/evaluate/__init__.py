"""Judging a model by its stored predictions on held-out labels."""

from townscape.evaluate.evaluating import run
from townscape.evaluate.options import EvaluateOptions
from townscape.evaluate.scoring import EvaluateResult

__all__ = ["EvaluateOptions", "EvaluateResult", "run"]
