"""The planner's report: what was found, how sure, what it does not prove, how it was made."""

from townscape.report.options import ReportOptions
from townscape.report.reporting import ReportResult, run

__all__ = ["ReportOptions", "ReportResult", "run"]
