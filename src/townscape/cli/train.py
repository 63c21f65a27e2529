"""`townscape train`."""

from typing import Annotated, Any

from cyclopts import Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.train.options import TrainOptions

Flags = flags_of(TrainOptions)


def train(
    *,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Train a model on everything that is labelled.

    Labels are frozen into a dataset first, so that the model can always say which pixels it
    learned from. A run that was killed goes on at the exact step: `townscape runs resume`.
    """
    options = TrainOptions.parse(given(flags))
    return run_stage(options, common, running, show=_show)


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import duration, print_next, say, score

    parts = ", ".join(f"{n} {part}" for part, n in result["windows"].items())
    say(f"Trained {result['model']} in {duration(result['seconds'])}: {result['steps']} steps on {parts}.")
    if result["tune_mean_iou"] is not None:
        say(
            f"Mean IoU on tune: {score(result['tune_mean_iou'])} (optimistic: the weights were chosen on it)."
        )
    say(f"Files: {result['folder']}")
    print_next("townscape evaluate", "townscape predict PATH --out results")
