"""Collecting unlabelled images into the catalogue."""

from townscape.collect.collecting import run
from townscape.collect.options import CollectOptions
from townscape.collect.outcome import CollectResult
from townscape.collect.relinking import RelinkResult

__all__ = ["CollectOptions", "CollectResult", "RelinkResult", "run"]
