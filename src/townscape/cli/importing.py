"""`townscape import mask-folder` and `townscape import camvid`."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.exchange import CamvidOptions, MaskFolderOptions

app = App(name="import", default_parameter=Parameter(negative=()))

MaskFolderFlags = flags_of(
    MaskFolderOptions, without=("format", "path", "masks"), names={"copy_images": "--copy"}
)
CamvidFlags = flags_of(CamvidOptions, without=("format", "path"), names={"copy_images": "--copy"})


@app.command(
    help_epilogue="""Examples:
  townscape import mask-folder images masks
  townscape import mask-folder images masks --map "#3c1098=building" --map other=unlabelled"""
)
def mask_folder(
    images: Path,
    masks: Path,
    /,
    *,
    flags: Annotated[MaskFolderFlags, Parameter(name="*")] = MaskFolderFlags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Import a folder of images and a folder of masks.

    The colours or values in the masks are matched to the classes by your mapping, by a list of
    names beside the masks, or by colour. Nothing is guessed: what matches nothing is asked.

    Parameters
    ----------
    images
        Folder of images, or one GeoTIFF.
    masks
        Folder of masks with the same names, or one GeoTIFF.
    """
    values = {"path": _absolute(images), "masks": _absolute(masks), **given(flags)}
    options = MaskFolderOptions.parse(values)
    return _import(options, common, running)


@app.command(help_epilogue="Examples:\n  townscape import camvid ../camvid")
def camvid(
    folder: Path,
    /,
    *,
    flags: Annotated[CamvidFlags, Parameter(name="*")] = CamvidFlags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Import CamVid as the SegNet tutorial lays it out.

    Parameters
    ----------
    folder
        Folder that holds train, trainannot, val and valannot.
    """
    options = CamvidOptions.parse({"path": _absolute(folder), **given(flags)})
    return _import(options, common, running)


def _import(options: MaskFolderOptions | CamvidOptions, common: Common, running: Running) -> int:
    return run_stage(options, common, running, show=_show)


def _absolute(path: Path) -> Path:
    return path.expanduser().resolve()


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, print_table, say, share

    rows = [[v["value"], share(v["share"], 2), v["class"], v["reason"]] for v in result["values"][:40]]
    print_table(["value", "pixels", "class", "because"], rows, right=(1,))
    say(f"Imported labels of {result['images']} images; {share(result['labelled_share'])} labelled.")
    if result["kept"]:
        say(f"{result['kept']} images had labels already and kept them (--existing says otherwise).")
    if result["rejected"]:
        say(f"Left out {len(result['rejected'])}:")
        for entry in result["rejected"]:
            say(f"  {entry['reason']}")
    print_next("townscape train --minutes 10")
