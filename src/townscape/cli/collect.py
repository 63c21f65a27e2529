"""`townscape collect`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.collect import CollectOptions

Flags = flags_of(CollectOptions, without=("paths",), names={"copy_images": "--copy"})


def collect(
    *paths: Path,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Collect images from folders and files.

    Bad files are listed with the reason and never stop the rest.

    Parameters
    ----------
    paths
        Folders (searched all the way down) and single files, GeoTIFFs included.
    """
    absolute = [path.expanduser().resolve() for path in paths]
    options = CollectOptions.parse({"paths": absolute, **given(flags)})
    return run_stage(options, common, running, show=_show)


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, say

    say(f"Found {result['found']} images: {result['added']} new, {result['known']} known already.")
    if result["replaced"]:
        say(f"{result['replaced']} of the new ones replace older versions of their files.")
    if result["rejected"]:
        say(f"Left out {len(result['rejected'])}:")
        for entry in result["rejected"]:
            say(f"  {entry['reason']}")
    print_next("townscape predict", "townscape import mask-folder IMAGES MASKS")
