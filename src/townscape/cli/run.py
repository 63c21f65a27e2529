"""`townscape run`: everything that is left to do."""

from pathlib import Path

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, opened, start_and_follow


def run(
    *,
    minutes: float | None = None,
    zones: Path | None = None,
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Go through all remaining stages: train, evaluate, predict, insights, report.

    Parameters
    ----------
    minutes
        How long to train (10 otherwise).
    zones
        Zones as GeoJSON or GeoPackage.
    """
    from townscape import engine
    from townscape.cli.console import err, print_json, print_next, say
    from townscape.core.errors import UsageError
    from townscape.insights.options import InsightsOptions
    from townscape.train.options import TrainOptions

    if running.detach:
        raise UsageError(
            "`run` follows its stages itself.", hint="detach single stages, as in `townscape train --detach`."
        )
    results: dict[str, object] = {}
    with opened(common) as workspace:
        stages = engine.remaining(workspace)
        if not stages:
            state = {s.stage: s for s in engine.pipeline_state(workspace)}
            message = "Everything is done." if state["label"].is_done else "Nothing is labelled yet."
            if common.json:
                print_json({"stages": {}, "message": message})
            else:
                say(message)
                print_next(state["label"].next_step if not state["label"].is_done else "townscape report")
            return 0
        for options in stages:
            if isinstance(options, TrainOptions) and minutes is not None:
                options = options.model_copy(update={"minutes": minutes})  # noqa: PLW2901
            if isinstance(options, InsightsOptions) and zones is not None:
                options = options.model_copy(update={"zones": zones.expanduser().resolve()})  # noqa: PLW2901
            err.print(f"— {options.stage}")
            results[options.stage] = start_and_follow(workspace, options, running)
    if common.json:
        print_json({"stages": results})
        return 0
    for name in ("evaluate", "report"):
        result = results.get(name)
        if isinstance(result, dict) and name == "evaluate":
            say(f"mean IoU {result['mean_iou']:.3f}, pixel accuracy {result['pixel_accuracy']:.3f}")
        elif isinstance(result, dict):
            say(f"Report: {result['report']}")
    return 0
