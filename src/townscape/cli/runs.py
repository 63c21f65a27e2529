"""`townscape runs`: what runs, what ran, and how to stop or resume it."""

import time
from typing import Annotated

from cyclopts import App, Parameter

from townscape.cli.common import Common, CommonFlags, opened

app = App(name="runs", help="List, follow, cancel and resume runs.", default_parameter=Parameter(negative=()))


@app.default
def list_runs(
    *,
    every: Annotated[bool, Parameter(name="--all", show_default=False)] = False,
    common: CommonFlags = Common(),
) -> int:
    """List runs, newest last.

    Parameters
    ----------
    every
        All of them, not only the newest twenty.
    """
    from townscape import engine
    from townscape.cli.console import duration, print_json, print_table, say

    with opened(common) as workspace:
        engine.refresh(workspace)
        found = workspace.runs.find()
    if common.json:
        print_json(
            {
                "runs": [
                    {"id": r.id, "stage": r.stage, "state": r.state, "options": r.options, "error": r.error}
                    for r in found
                ]
            }
        )
        return 0
    if not found:
        say("Nothing has run yet.")
        return 0
    rows = [
        [
            r.id[:13],
            r.stage,
            r.state,
            time.strftime("%Y-%m-%d %H:%M", time.localtime(r.created_at)),
            duration((r.finished_at or time.time()) - r.started_at) if r.started_at else "",
            (r.error or {}).get("message", "").splitlines()[0][:70] if r.error else "",
        ]
        for r in (found if every else found[-20:])
    ]
    print_table(["run", "stage", "state", "begun", "took", ""], rows, right=(4,))
    return 0


@app.command
def follow(run: str | None = None, /, *, common: CommonFlags = Common()) -> int:
    """Follow a run until it is done (the newest otherwise); leaving it does not stop it.

    Parameters
    ----------
    run
        Id, or the beginning of one.
    """
    from townscape.cli.console import print_json, say
    from townscape.cli.following import follow_run

    with opened(common) as workspace:
        chosen = workspace.runs.get(run)
        result = follow_run(workspace, chosen.id)
    if common.json:
        print_json(result)
    else:
        say(f"Run {chosen.id[:13]} ({chosen.stage}) is done.")
    return 0


@app.command
def cancel(run: str | None = None, /, *, common: CommonFlags = Common()) -> int:
    """Stop a run (the newest active one otherwise); it can be resumed.

    Parameters
    ----------
    run
        Id, or the beginning of one.
    """
    from townscape import engine
    from townscape.cli.console import print_json, say
    from townscape.core.errors import UsageError

    with opened(common) as workspace:
        active = workspace.runs.find(states=("queued", "running"))
        if run is None and not active:
            raise UsageError("Nothing is running.")
        chosen = workspace.runs.get(run) if run else active[-1]
        ended = engine.cancel(workspace, chosen.id)
    if common.json:
        print_json({"id": ended.id, "state": ended.state})
    else:
        say(f"Run {ended.id[:13]} is {ended.state}.")
    return 0


@app.command
def resume(run: str | None = None, /, *, common: CommonFlags = Common()) -> int:
    """Go on with a run that was interrupted, cancelled or failed (the newest otherwise).

    Parameters
    ----------
    run
        Id, or the beginning of one.
    """
    from townscape import engine
    from townscape.cli.console import print_json, say
    from townscape.cli.following import follow_run

    with opened(common) as workspace:
        chosen = engine.resume(workspace, run)
        result = follow_run(workspace, chosen.id)
    if common.json:
        print_json(result)
    else:
        say(f"Run {chosen.id[:13]} ({chosen.stage}) is done.")
    return 0
