"""`townscape new`."""

from pathlib import Path

from townscape.cli.common import Output, OutputFlags


def new(
    folder: Path, /, *, taxonomy: str = "land-cover", name: str = "", output: OutputFlags = Output()
) -> int:
    """Make a workspace.

    Parameters
    ----------
    folder
        Folder to make.
    taxonomy
        Classes to label: cityscapes, camvid, land-cover, pascal-voc, or a TOML or JSON file.
    name
        Name for people (the folder's name otherwise).
    """
    from townscape.cli.console import print_json, print_next, say
    from townscape.workspace import create_workspace

    with create_workspace(folder, taxonomy=taxonomy, name=name) as workspace:
        chosen = workspace.taxonomy()
        if output.json:
            print_json(
                {"workspace": str(workspace.root), "taxonomy": chosen.name, "classes": len(chosen.channels)}
            )
            return 0
        say(f"Made the workspace {workspace.root} for {chosen.title or chosen.name}.")
        print_next(f"cd {folder}", "townscape import mask-folder IMAGES MASKS", "townscape collect FOLDER")
    return 0
