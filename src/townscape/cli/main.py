"""The door: commands by name, loaded only when used, and what happens when something goes wrong."""

import importlib
import json
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from cyclopts import App, Group, Parameter
from cyclopts.exceptions import CycloptsError, UnusedCliTokensError

from townscape.cli.common import Common, CommonFlags
from townscape.core.errors import TownscapeError
from townscape.version import __version__

_HELP = """Semantic segmentation of city imagery, from pictures to a planner's report.

Without a command, Townscape says where this workspace stands and what comes next."""

_START = Group("Start", sort_key=1)
_STAGES = Group("Stages", sort_key=2)
_CARE = Group("Looking after a workspace", sort_key=3)

_COMMANDS: tuple[tuple[str, str, Group, str, tuple[str, ...]], ...] = (
    (
        "new",
        "new:new",
        _START,
        "Make a workspace.",
        ("townscape new my-city", "townscape new streets --taxonomy camvid"),
    ),
    (
        "demo",
        "demo:demo",
        _START,
        "Run the whole way on a small synthetic city.",
        ("townscape demo my-demo",),
    ),
    (
        "serve",
        "serve:serve",
        _START,
        "Open a workspace in the browser.",
        ("townscape serve", "townscape serve my-city --port 9000 --as Ana"),
    ),
    (
        "run",
        "run:run",
        _START,
        "Go through all remaining stages.",
        ("townscape run", "townscape run --minutes 20"),
    ),
    (
        "collect",
        "collect:collect",
        _STAGES,
        "Collect images from folders, archives, videos, buckets and the web.",
        (
            "townscape collect photos/",
            "townscape collect ortho.tif --copy",
            "townscape collect drive.mp4 --every-s 2 --gpx drive.gpx",
            "townscape collect s3://bucket/2024 --sample 500",
            "townscape collect /new/place --relink /old/place --dry-run",
        ),
    ),
    ("curate", "curate:app", _STAGES, "Find duplicates, faces, poor pictures, and what to label first.", ()),
    ("import", "importing:app", _STAGES, "Bring labelled images in.", ()),
    (
        "export",
        "exporting:export",
        _STAGES,
        "Write labelled images as a dataset in any usual format.",
        (
            "townscape export coco my_dataset",
            "townscape export cityscapes set.zip --parts val --licence CC-BY-4.0",
        ),
    ),
    (
        "train",
        "train:train",
        _STAGES,
        "Train a model on everything that is labelled.",
        ("townscape train --minutes 12", "townscape train --epochs 30 --architecture fpn"),
    ),
    (
        "evaluate",
        "evaluate:evaluate",
        _STAGES,
        "Score a model on held-out labels.",
        ("townscape evaluate --split val", "townscape evaluate --json"),
    ),
    (
        "predict",
        "predict:predict",
        _STAGES,
        "Run a model on images, folders and rasters.",
        (
            "townscape predict",
            "townscape predict new-photos/ --out results",
            "townscape predict ortho.tif --out map",
        ),
    ),
    (
        "insights",
        "insights:insights",
        _STAGES,
        "Compute land cover, green, sealed and street-view shares.",
        ("townscape insights --zones districts.gpkg", "townscape insights --grid 8"),
    ),
    (
        "report",
        "report:report",
        _STAGES,
        "Write the planner's report.",
        ("townscape report --title 'Green in Elm'",),
    ),
    ("runs", "runs:app", _CARE, "List, follow, cancel and resume runs.", ()),
    ("models", "models:models", _CARE, "List models.", ("townscape models", "townscape models camvid-unet")),
    ("datasets", "datasets:datasets", _CARE, "List datasets with their data cards.", ("townscape datasets",)),
    (
        "taxonomies",
        "taxonomies:taxonomies",
        _CARE,
        "List taxonomies and their classes.",
        ("townscape taxonomies", "townscape taxonomies camvid"),
    ),
    (
        "formats",
        "formats:formats",
        _CARE,
        "List the formats that can be imported and exported.",
        ("townscape formats",),
    ),
    ("verify", "care:verify", _CARE, "Check that nothing is damaged or missing.", ("townscape verify",)),
    (
        "backup",
        "care:backup",
        _CARE,
        "Copy the workspace to another folder.",
        ("townscape backup ../my-city-backup",),
    ),
    (
        "restore",
        "care:restore",
        _CARE,
        "Make a workspace from a backup.",
        ("townscape restore my-city-backup my-city",),
    ),
    ("clean", "care:clean", _CARE, "Remove what nothing uses, and pack labels.", ("townscape clean",)),
    (
        "doctor",
        "doctor:doctor",
        _CARE,
        "Say what this machine has and what is missing.",
        ("townscape doctor",),
    ),
)


def command_names() -> tuple[str, ...]:
    """Every command, in the order of the help."""
    return tuple(name for name, *_ in _COMMANDS)


def build_app(wanted: str | None = None) -> App:
    """The command line. Only the command `wanted` is loaded, all of them for None; the others are
    names with a line of help, so that `--help` is quick.
    """
    app = App(
        name="townscape",
        help=_HELP,
        version=__version__,
        default_parameter=Parameter(negative=()),
        help_format="plaintext",
    )
    app.default(_status)
    for place, (name, target, group, help_text, examples) in enumerate(_COMMANDS):
        command: Any = App(name=name)
        if wanted in (None, name):
            module, _, attribute = target.partition(":")
            command = getattr(importlib.import_module(f"townscape.cli.{module}"), attribute)
        if isinstance(command, App):
            command.group, command.sort_key, command.help = group, place, help_text
            app.command(command)
            continue
        app.command(
            command, name=name, group=group, sort_key=place, help=help_text, help_epilogue=_examples(examples)
        )
    return app


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 done, 1 failed, 2 wrong usage, 130 interrupted)."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    wants_json = "--json" in arguments
    debug = "--debug" in arguments
    if debug:
        arguments.remove("--debug")
    try:
        code = build_app(next((a for a in arguments if not a.startswith("-")), ""))(
            arguments, exit_on_error=False, print_error=False, result_action="return_value"
        )
    except CycloptsError as error:
        return _fail("usage-error", _usage_message(error), "add --help to see what there is.", 2, wants_json)
    except TownscapeError as error:
        if debug:
            raise
        return _fail(error.code, error.message, error.hint, error.exit_code, wants_json)
    except KeyboardInterrupt:
        return _fail("interrupted", "Interrupted.", None, 130, wants_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        message = f"Townscape made a mistake: {type(error).__name__}: {error}"
        return _fail(
            "mistake", message, "run it again with --debug and report what it prints.", 1, wants_json
        )
    return code if isinstance(code, int) else 0


def _status(*, common: CommonFlags = Common()) -> int:
    """Say where this workspace stands and what to do next."""
    from townscape.cli.status import status

    return status(common)


def _fail(code: str, message: str, hint: str | None, exit_code: int, wants_json: bool) -> int:
    from townscape.cli.console import print_error

    if wants_json:
        print(json.dumps({"error": {"code": code, "message": message, "hint": hint}}))  # noqa: T201
    print_error(message, hint)
    return exit_code


def _usage_message(error: CycloptsError) -> str:
    from pydantic import ValidationError

    from townscape.core.options import describe_validation

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ValidationError):
            return describe_validation(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        word = str(error.unused_tokens[0])
        close = get_close_matches(word, [name for name, *_ in _COMMANDS], n=1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        return f"There is no command {word!r}.{guess}"
    return str(error).strip()


def _examples(lines: Sequence[str]) -> str:
    return "\n".join(["Examples:", *(f"  {line}" for line in lines)]) if lines else ""


if __name__ == "__main__":
    sys.exit(main())
