"""`townscape import`: labelled images in any format; the format is found out or named."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

from townscape.cli.common import Common, CommonFlags, Running, RunningFlags, flags_of, given, run_stage
from townscape.exchange.options import ImportOptions
from townscape.formats.kinds import format_names, get_format

app = App(
    name="import",
    default_parameter=Parameter(negative=()),
    help_epilogue="""Examples:
  townscape import my_dataset.zip --look
  townscape import annotations.json --images photos
  townscape import images masks --map "#3c1098=building" --map other=unlabelled
  townscape import camvid ../camvid""",
)

Flags = flags_of(ImportOptions, without=("format", "path", "masks"), names={"copy_images": "--copy"})
_FORMATS = Group("Formats", sort_key=5)


def _import(name: str, path: Path, masks: Path | None, flags: Any, running: Running, common: Common) -> int:
    values = given(flags)
    for field in ("images", "mapping"):
        if values.get(field) is not None:
            values[field] = _absolute(values[field])
    options = ImportOptions.parse(
        {"format": name, "path": _absolute(path), **({"masks": _absolute(masks)} if masks else {}), **values}
    )
    return run_stage(options, common, running, show=_show)


@app.default
def import_any(
    path: Path,
    masks: Path | None = None,
    /,
    *,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Import images with their labels.

    What the files are is found out and said. The values in them are matched to the classes by your
    mapping, by name, or by colour. Nothing is guessed: what matches nothing is asked.

    Parameters
    ----------
    path
        Folder, archive (.zip, .tar) or file; or a folder of images, with a folder of masks behind it.
    masks
        Folder of masks with the same names as the images.
    """
    name = "auto" if masks is None else "mask-folder"
    return _import(name, path, masks, flags, running, common)


def _command_of(name: str, title: str) -> Callable[..., int]:
    def command(
        path: Path,
        /,
        *,
        flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
        running: RunningFlags = Running(),
        common: CommonFlags = Common(),
    ) -> int:
        return _import(name, path, None, flags, running, common)

    command.__doc__ = f"""Import {title}.

    Parameters
    ----------
    path
        Folder, archive (.zip, .tar) or file.
    """
    return command


def _mask_folder(
    images: Path,
    masks: Path | None = None,
    /,
    *,
    flags: Annotated[Flags, Parameter(name="*")] = Flags(),  # noqa: B008  # pyright: ignore[reportInvalidTypeForm]
    running: RunningFlags = Running(),
    common: CommonFlags = Common(),
) -> int:
    """Import a folder of images and a folder of masks.

    Parameters
    ----------
    images
        Folder of images, or one GeoTIFF; or a folder that holds both folders.
    masks
        Folder of masks with the same names, or one GeoTIFF.
    """
    return _import("mask-folder", images, masks, flags, running, common)


for _name in format_names():
    _made = _mask_folder if _name == "mask-folder" else _command_of(_name, get_format(_name).TITLE)
    app.command(_made, name=_name, group=_FORMATS)


def _absolute(path: Path) -> Path:
    return path.expanduser().resolve()


def _show(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, print_table, say, share

    has_names = any(v["name"] for v in result["values"])
    rows = [
        [
            v["value"],
            *([v["name"]] if has_names else []),
            share(v["share"], 2),
            v["class"] or "?",
            v["reason"],
        ]
        for v in result["values"][:40]
    ]
    columns = ["value", *(["name"] if has_names else []), "labelled pixels", "class", "because"]
    print_table(columns, rows, right=(2 if has_names else 1,))
    if result["overlap_share"]:
        say(f"Shapes overlap on {share(result['overlap_share'], 2)} of the pixels; later ones lie on top.")
    if result["looked_only"]:
        _show_look(result)
        return
    say(f"Imported labels of {result['images']} images; {share(result['labelled_share'])} labelled.")
    if result["kept"]:
        say(f"{result['kept']} images had labels already and kept them (--existing says otherwise).")
    if result["rejected"]:
        say(f"Left out {len(result['rejected'])}:")
        for entry in result["rejected"]:
            say(f"  {entry['file']}: {entry['reason']}")
    for finding in result["findings"]:
        if finding["kind"] in ("repair", "specks", "empty"):
            say(f"{finding['title']}.")
    print_next("townscape train --minutes 10")


def _show_look(result: dict[str, Any]) -> None:
    from townscape.cli.console import print_next, say, share

    say(
        f"{result['images']} images could be imported; {share(result['labelled_share'])} of their pixels "
        "are labelled. Nothing was written."
    )
    for finding in result["findings"]:
        say(f"• {finding['title']}: {finding['text']}")
        if finding["pictures"]:
            shown = ", ".join(finding["pictures"][:3])
            say(f"  in {finding['n_pictures']} pictures: {shown}{' …' if finding['n_pictures'] > 3 else ''}")
    print_next("townscape import … without --look")
