"""`townscape export`: labelled images as a dataset in any usual format, read back and compared."""

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
from townscape.exchange.options import ExportOptions

Flags = flags_of(ExportOptions, without=("format", "out"))


def export(
    format: str,  # noqa: A002 - the word that people type
    out: str,
    /,
    *,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Export labelled images as a dataset.

    Every label is read back from the files and compared, and the agreement is printed. Two exports
    of the same labels are the same, byte for byte.

    Parameters
    ----------
    format
        Name of the format; `townscape formats` lists them.
    out
        Folder (or .zip file) to write, which must not exist yet; or a folder of a bucket:
        s3://bucket/folder.
    """
    from townscape.exchange.sending import temporary_folder
    from townscape.workspace.remote import is_bucket

    values = {"format": format, "out": Path(out).expanduser().resolve(), **given(flags)}
    if is_bucket(out):
        with opened(common) as workspace:
            values |= {"out": temporary_folder(workspace, out), "send_to": out}
    return run_stage(ExportOptions.parse(values), common, running, show=_show)


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, print_table, say, share
    from townscape.workspace.remote import is_bucket

    rows = [
        [c["name"], c["value"], f"{c['pixels']:,}", share(c["agreement"], 4)]
        for c in result["classes"]
        if c["pixels"]
    ]
    print_table(["class", "value", "pixels", "read back the same"], rows, right=(2, 3))
    if result["objects"]:
        say(f"{result['same_objects']} of {result['objects']} objects came back the same.")
    if result["flattened_objects"]:
        say(f"{result['flattened_objects']} objects of stuff classes were written as plain pixels.")
    for loss in result["losses"]:
        say(f"Not kept: {loss['why']}")
    parts = ", ".join(f"{n} {part}" for part, n in result["parts"].items())
    size = f"{result['size_bytes'] / 1e6:,.1f} MB"
    say(f"Wrote {result['pictures']} pictures ({parts}) to {result['out']}, {size}.")
    if sent := result["sent"]:
        say(f"Sent {sent['sent']} files to {sent['address']}; {sent['there']} were there already.")
    if result["is_exact"]:
        say("Every pixel was read back as it is in the workspace.")
    if not is_bucket(result["out"]):
        print_next(
            f"open {result['out']}/data_card.md" if not result["out"].endswith(".zip") else "send the archive"
        )
