"""Collecting unlabelled images into the catalogue."""

from townscape.collect.collecting import CollectOptions, CollectResult, run

__all__ = ["CollectOptions", "CollectResult", "run"]
