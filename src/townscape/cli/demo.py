"""`townscape demo`: the whole way on a city that does not exist, checked against its exact truth."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from townscape.cli.common import Output, OutputFlags, Running, start_and_follow
from townscape.core.errors import UsageError
from townscape.core.options import Options

if TYPE_CHECKING:
    from townscape.testing.synthetic_city.files import City
    from townscape.workspace import Workspace

_GROUND_STEPS = 135
_STREET_STEPS = 30
_CROP_PX = 256
_NOTE = (
    "This city is synthetic: Townscape drew it from the seed {seed}. It shows how the work goes and "
    "lets every number be checked against an exact truth; it says nothing about a real place."
)


def demo(
    folder: Path = Path("demo-city"),
    /,
    *,
    replace: Annotated[bool, Parameter(show_default=False)] = False,
    no_open: Annotated[bool, Parameter(show_default=False)] = False,
    seed: int = 7,
    ground_steps: int = _GROUND_STEPS,
    street_steps: int = _STREET_STEPS,
    output: OutputFlags = Output(),
) -> int:
    """Draw a small synthetic city and take it the whole way: labels, model, map, report.

    Everything is drawn from a seed, so that the findings can be compared with the exact truth.
    Prints the scores as one line of JSON, then opens the city in the browser.

    Parameters
    ----------
    folder
        Folder to make; it becomes a workspace to look around in.
    replace
        Throw away an earlier demo in that folder.
    no_open
        Stop when the report is written.
    seed
        Another seed draws another city.
    ground_steps
        Training steps of the land-cover model.
    street_steps
        Training steps of the street model.
    """
    from townscape.cli.console import err, print_json
    from townscape.testing.synthetic_city.files import write_city
    from townscape.workspace import create_workspace

    _make_room(folder, replace=replace)
    with create_workspace(folder, taxonomy="land-cover", name="Synthetic city") as workspace:
        err.print(f"Drawing a synthetic city from seed {seed} …")
        city = write_city(folder / "city", seed=seed)
        _bring_in(workspace, city)
        ground = _learn_and_read(workspace, "land-cover", ground_steps, val_share=0.45, zones=city.districts)
        _learn_and_read(workspace, "cityscapes", street_steps, val_share=0.34)
        _say("report")
        report = _run(workspace, _report_options(city, seed))
    summary = {**ground, **_agreement(report["comparison"]), "report": report["report"]}
    if not output.json:
        _show(summary)
    print_json(summary)
    if output.json or no_open:
        return 0
    from townscape.cli.serve import serve

    return serve(folder)


def _make_room(folder: Path, *, replace: bool) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    is_demo = (folder / "city" / "README.txt").is_file() and (folder / "workspace.toml").is_file()
    if not (replace and is_demo):
        hint = "add --replace to make it anew" if is_demo else "name another folder"
        raise UsageError(f"{folder} is not empty.", hint=f"{hint}.")
    shutil.rmtree(folder)


def _bring_in(workspace: "Workspace", city: "City") -> None:
    """Orthophoto with its labels, street photos, and the labels of some of those."""
    from townscape.collect import CollectOptions
    from townscape.exchange import ImportOptions

    _say("import")
    _run(
        workspace,
        ImportOptions(format="mask-folder", path=city.ortho, masks=city.ortho_labels, map=city.mapping),
    )
    _say("collect")
    _run(workspace, CollectOptions(paths=(city.streets,)))
    workspace.taxonomies.adopt("cityscapes")
    by_name = {image.name: image for image in workspace.images.find(kind="photo")}
    for path, label_map in city.street_labels.items():
        image = by_name[path.relative_to(city.streets).as_posix()]
        annotation = workspace.labels.open(image, "cityscapes")
        workspace.labels.save_map(annotation.id, label_map, message="Drawn with the street")


def _learn_and_read(
    workspace: "Workspace", taxonomy: str, steps: int, *, val_share: float, zones: Path | None = None
) -> dict[str, Any]:
    """Train, evaluate, predict and compute insights for one taxonomy; returns the scores."""
    from townscape.evaluate.options import EvaluateOptions
    from townscape.insights.options import InsightsOptions
    from townscape.predict.options import PredictOptions
    from townscape.train.options import TrainOptions

    _say(f"train, on {taxonomy}")
    training = TrainOptions(
        taxonomy=taxonomy, steps=steps, crop=_CROP_PX, val_share=val_share, name=f"demo-{taxonomy}"
    )
    model = _run(workspace, training)["model"]
    _say("evaluate")
    scores = _run(workspace, EvaluateOptions(model=model))
    _say("predict")
    _run(workspace, PredictOptions(model=model))
    _say("insights")
    _run(workspace, InsightsOptions(model=model, zones=zones))
    return {"mean_iou": scores["mean_iou"], "pixel_accuracy": scores["pixel_accuracy"]}


def _report_options(city: "City", seed: int) -> Options:
    from townscape.report.options import ReportOptions

    return ReportOptions(
        title="Synthetic city", known=city.districts_truth.resolve(), note=_NOTE.format(seed=seed)
    )


def _agreement(comparison: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How the green shares agree with the truth."""
    green = next(line for line in comparison if line["measure"] == "green share")
    return {
        "districts": green["n"],
        "districts_with_interval": green["with_interval"],
        "green_coverage": green["covered"] / green["with_interval"] if green["with_interval"] else None,
        "green_half_width": green["median_half_width"],
        "green_mae": green["mean_absolute_error"],
    }


def _run(workspace: "Workspace", options: Options) -> dict[str, Any]:
    result = start_and_follow(workspace, options, Running())
    assert result is not None
    return result


def _say(stage: str) -> None:
    from townscape.cli.console import err

    err.print(f"— {stage}")


def _show(summary: dict[str, Any]) -> None:
    from townscape.cli.console import err, share

    inside = "no intervals" if summary["green_coverage"] is None else share(summary["green_coverage"], 0)
    scores = f"mean IoU {summary['mean_iou']:.3f}, pixel accuracy {summary['pixel_accuracy']:.3f}"
    err.print(f"\nOn held-out blocks: {scores}.")
    error = f"mean error {summary['green_mae'] * 100:.1f} points"
    err.print(f"Green share of {summary['districts']} districts: {error} from the exact truth.")
    estimated = summary["districts_with_interval"]
    err.print(
        f"{estimated} of them are not wholly labelled: {inside} of their 95 % intervals hold the truth."
    )
    err.print(f"Report: {summary['report']}")
