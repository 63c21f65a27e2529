"""`townscape collect`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from townscape.cli.common import (
    Common,
    CommonFlags,
    Running,
    RunningFlags,
    flags_of,
    given,
    opened,
    run_stage,
)
from townscape.collect.options import CollectOptions, is_address
from townscape.core.errors import RunCancelled

Flags = flags_of(CollectOptions, without=("paths", "addresses"), names={"copy_images": "--copy"})


def collect(
    *sources: str,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Collect images from folders, archives, videos, buckets and the web.

    Bad files are listed with the reason and never stop the rest.

    Parameters
    ----------
    sources
        Folders (searched all the way down), images, GeoTIFFs, archives, videos and other workspaces;
        or addresses: s3://bucket/prefix, https://…/list.txt, dataset:NAME.
    """
    elsewhere = [text for text in sources if is_address(text) and not Path(text).exists()]
    here = [Path(text).expanduser().resolve() for text in sources if text not in elsewhere]
    values = given(flags)
    for name in ("gpx", "relink"):
        if values.get(name) is not None:
            values[name] = Path(values[name]).expanduser().resolve()
    options = CollectOptions.parse({"paths": here, "addresses": elsewhere, **values})
    try:
        return run_stage(options, common, running, show=_show)
    except RunCancelled:
        if not options.follow:
            raise
        return _show_ended(common)


def _show_ended(common: Common) -> int:
    """Ctrl-C is how following ends: the run is done then, and has a result."""
    from townscape.cli.console import print_json

    with opened(common) as workspace:
        run = next(r for r in reversed(workspace.runs.find()) if r.stage == CollectOptions.stage)
    if run.state != "done" or run.result is None:
        raise RunCancelled(
            "The run was cancelled.", hint=f"`townscape runs resume {run.id[:13]}` goes on with it."
        )
    if common.json:
        print_json(run.result)
    else:
        _show(run.result)
    return 0


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, say

    if "relinked" in result:
        _show_relinked(result)
        return
    say(f"Found {result['found']:,} images: {result['added']:,} new, {result['known']:,} known already.")
    if result["replaced"]:
        say(f"{result['replaced']:,} of the new ones replace older versions of their files.")
    if result["waiting"]:
        say(f"{result['waiting']:,} are listed and were not taken.")
    if result["gone"]:
        say(f"{result['gone']:,} files are not there any more; their images stay.")
    for remark in result["remarks"]:
        say(remark)
    if result["n_rejected"]:
        say(f"Left out {result['n_rejected']:,}:")
        for entry in result["rejected"]:
            say(f"  {entry['reason']}")
        if result["n_rejected"] > len(result["rejected"]):
            say(f"  … and {result['n_rejected'] - len(result['rejected']):,} more")
    print_next("townscape curate duplicates", "townscape predict", "townscape import IMAGES MASKS")


def _show_relinked(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, say

    is_dry = result["is_dry_run"]
    for found in result["moved"] if is_dry else ():
        say(f"  {found['from']} → {found['to']}")
    done = "would be relinked" if is_dry else "were relinked"
    say(f"{result['relinked']:,} of {result['missing']:,} missing images {done}.")
    if result["lost"]:
        say("Not found:")
        for entry in result["lost"]:
            say(f"  {entry['file']}: {entry['reason']}")
    if is_dry and result["relinked"]:
        print_next("the same without --dry-run")
