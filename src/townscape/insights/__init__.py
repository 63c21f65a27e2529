"""Insights: from predictions to numbers that a planner can act on, with their honesty."""

from townscape.insights.computing import InsightsResult, run
from townscape.insights.options import InsightsOptions

__all__ = ["InsightsOptions", "InsightsResult", "run"]
