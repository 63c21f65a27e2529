"""`townscape insights`."""

from typing import Annotated, Any

from cyclopts import Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.insights.options import InsightsOptions

Flags = flags_of(InsightsOptions)


def insights(
    *,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Compute land cover, green, sealed and street-view shares.

    Every number has a unit, an interval where held-out labels allow one, and a grade.
    """
    values = given(flags)
    if values.get("zones") is not None:
        values["zones"] = values["zones"].expanduser().resolve()
    options = InsightsOptions.parse(values)
    return run_stage(options, common, running, show=_show)


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, say

    for finding in result["findings"]:
        say(f"{finding['title']} (grade {finding['grade']}): {finding['finding']}")
    say(f"{result['indicators']} numbers for {result['zones']} zones and {result['images']} images.")
    print_next("townscape report")
