"""`townscape evaluate`."""

from typing import Annotated, Any

from cyclopts import Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.evaluate.options import EvaluateOptions

Flags = flags_of(EvaluateOptions)


def evaluate(
    *,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Score a model on held-out labels.

    Images without a prediction are predicted first. Every score is of the whole part at native
    size, unlabelled and ignored pixels left out.
    """
    options = EvaluateOptions.parse(given(flags))
    return run_stage(options, common, running, show=_show)


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, print_table, say, score, share

    rows = [
        [
            c["name"],
            score(c["iou"]),
            share(c["accuracy"]),
            share(c["precision"]),
            share(c["truth_share"]),
            c["note"],
        ]
        for c in result["classes"]
    ]
    print_table(["class", "IoU", "found", "right", "of truth", ""], rows, right=(1, 2, 3, 4))
    say("")
    say(f"mean IoU        {score(result['mean_iou'])}  {_interval(result['mean_iou_interval'])}")
    say(f"pixel accuracy  {score(result['pixel_accuracy'])}  {_interval(result['pixel_accuracy_interval'])}")
    say(
        f"{result['n_classes_averaged']} classes averaged; {result['n_windows']} windows, "
        f"{result['labelled_megapixels']:.1f} labelled megapixels"
    )
    if result["is_optimistic"]:
        say("These scores are optimistic: the model learned from these windows, or was chosen on them.")
    for warning in result["warnings"]:
        say(f"Note: {warning}")
    say(f"Page: {result['page']}")
    print_next("townscape insights", "townscape report")


def _interval(interval: dict[str, Any]) -> str:
    if interval["low"] is None:
        return f"({interval['reason']})"
    return f"(95 % {interval['low']:.3f}–{interval['high']:.3f})"
