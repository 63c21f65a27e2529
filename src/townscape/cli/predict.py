"""`townscape predict`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.predict.options import PredictOptions

Flags = flags_of(PredictOptions, without=("paths",))


def predict(
    *paths: Path,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Run a model on images, folders and rasters.

    Photos give PNGs, rasters cloud-optimised GeoTIFFs with a class and a confidence band.

    Parameters
    ----------
    paths
        Images and folders; every image of the workspace if none is named.
    """
    values = given(flags)
    if values.get("out") is not None:
        values["out"] = values["out"].expanduser().resolve()
    if str(values.get("model", "")).endswith(".onnx"):
        values["model"] = str(Path(values["model"]).expanduser().resolve())
    absolute = [path.expanduser().resolve() for path in paths]
    options = PredictOptions.parse({"paths": absolute, **values})
    return run_stage(options, common, running, show=_show)


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, print_table, say, share

    rows = [[key, share(value)] for key, value in result["class_share"].items()]
    print_table(["class", "pixels"], rows, right=(1,))
    known = result["images"] - result["predicted"]
    say(
        f"{result['model']} predicted {result['predicted']} images"
        + (f" ({known} had a prediction)." if known else ".")
    )
    for entry in result["rejected"]:
        say(f"Left out: {entry['reason']}")
    if result["out"]:
        say(f"Files: {result['out']}")
    print_next("townscape insights")
