"""What most commands share: finding the workspace, starting a run and following it."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter
from pydantic import create_model

from townscape.core.errors import RunCancelled
from townscape.core.options import Options

if TYPE_CHECKING:
    from townscape.workspace import Workspace


_QUIET = Parameter(show_default=False)


@Parameter(name="*")
@dataclass(frozen=True)
class Output:
    """Options of every command, also of those that are about no workspace yet."""

    json: Annotated[bool, _QUIET] = False
    """Print the result as one JSON object."""


@Parameter(name="*")
@dataclass(frozen=True)
class Common(Output):
    """Options of the commands that are about a workspace."""

    workspace: Annotated[Path | None, _QUIET] = None
    """Workspace folder (found from the current folder upwards otherwise)."""


@Parameter(name="*")
@dataclass(frozen=True)
class Running:
    """Options of every command that starts a run."""

    detach: Annotated[bool, _QUIET] = False
    """Start the run and leave it; `townscape runs` finds it again."""
    now: Annotated[bool, _QUIET] = False
    """Do not wait for another heavy run to end."""


CommonFlags = Annotated[Common, Parameter(group=Group("Common", sort_key=9))]
OutputFlags = Annotated[Output, Parameter(group=Group("Common", sort_key=9))]
RunningFlags = Annotated[Running, Parameter(group=Group("Running", sort_key=8))]


def flags_of(
    options: type[Options], *, without: tuple[str, ...] = (), names: Mapping[str, str] | None = None
) -> type[Options]:
    """The flags of an options class, without the fields that the command takes as arguments.

    `names` gives flags another name than their field's. Empty defaults are not shown in the
    help: the field's own text says what happens then.
    """
    fields: dict[str, Any] = {}
    for name, field in options.model_fields.items():
        if name in without:
            continue
        shown = field.default not in ((), None, False, 0, "")
        parameter = Parameter(name=(names or {}).get(name), show_default=shown)
        fields[name] = (Annotated[field.rebuild_annotation(), parameter], copy(field))
    return create_model(f"{options.__name__}Flags", __base__=Options, **fields)


def given(flags: Options) -> dict[str, Any]:
    """The values that the user gave, to be parsed into the full options."""
    return {name: getattr(flags, name) for name in flags.model_fields_set}


@contextmanager
def opened(common: Common) -> "Generator[Workspace]":
    """The workspace that the command is about."""
    from townscape.workspace import open_workspace

    with open_workspace(common.workspace or Path.cwd()) as workspace:
        yield workspace


def run_stage(
    options: Options, common: Common, running: Running, *, show: Callable[[dict[str, Any]], None]
) -> int:
    """Start a run, follow it, and show its result; Ctrl-C cancels it."""
    from townscape.cli.console import print_json

    with opened(common) as workspace:
        result = start_and_follow(workspace, options, running)
    if result is None:
        return 0
    if common.json:
        print_json(result)
    else:
        show(result)
    return 0


def start_and_follow(workspace: "Workspace", options: Options, running: Running) -> dict[str, Any] | None:
    """The result of a run, or None if it was detached."""
    from townscape import engine
    from townscape.cli.console import err
    from townscape.cli.following import follow_run

    run = engine.start(workspace, options, now=running.now)
    if running.detach:
        err.print(f"Run {run.id} works in the background; `townscape runs follow {run.id[:13]}` shows it.")
        return None
    try:
        return follow_run(workspace, run.id)
    except KeyboardInterrupt:
        err.print("Cancelling …")
        engine.cancel(workspace, run.id)
        raise RunCancelled(
            "The run was cancelled.", hint=f"`townscape runs resume {run.id[:13]}` goes on with it."
        ) from None
