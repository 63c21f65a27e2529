"""`townscape report`."""

from typing import Annotated, Any

from cyclopts import Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.report.options import ReportOptions

Flags = flags_of(ReportOptions)


def report(
    *,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Write the planner's report.

    One HTML file that opens offline and prints, with the numbers as CSV and GeoJSON beside it.
    """
    values = given(flags)
    values |= {k: values[k].expanduser().resolve() for k in ("out", "known") if values.get(k) is not None}
    return run_stage(ReportOptions.parse(values), common, running, show=_show)


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import say

    for line in result["comparison"]:
        error = line["mean_absolute_error"] * 100
        covered = ""
        if line["covered"] is not None:
            covered = f", {line['covered']} of {line['with_interval']} inside the interval"
        say(f"{line['measure']}: mean error {error:.1f} points over {line['n']}{covered}")
    say(f"Report: {result['report']}")
    for path in result["tables"]:
        say(f"Table: {path}")
