"""`townscape` without a command: where things stand and what comes next."""

from townscape.cli.common import Common, opened


def status(common: Common) -> int:
    """Say where this workspace stands and what to do next."""
    from townscape import engine
    from townscape.cli.console import err, print_json, print_next, print_table, say
    from townscape.core.errors import NotAWorkspace

    try:
        with opened(common) as workspace:
            engine.refresh(workspace)
            states = engine.pipeline_state(workspace)
            active = workspace.runs.find(states=("queued", "running"))
            name, root = workspace.settings.name, str(workspace.root)
    except NotAWorkspace:
        if common.json or common.workspace is not None:
            raise
        err.print("There is no workspace here.")
        print_next("townscape new my-city", "townscape demo", "townscape --help")
        return 0
    next_steps = [state.next_step for state in states if not state.is_done]
    if common.json:
        stages = [{"stage": s.stage, "summary": s.summary, "done": s.is_done} for s in states]
        print_json(
            {
                "workspace": root,
                "stages": stages,
                "next": next_steps[:1],
                "active_runs": [r.id for r in active],
            }
        )
        return 0
    say(f"{name}  {root}")
    print_table(["", "stage", ""], [["✓" if s.is_done else "·", s.stage, s.summary] for s in states])
    for run in active:
        say(f"Run {run.id[:13]} ({run.stage}) is {run.state}.")
    if next_steps:
        print_next(next_steps[0])
    return 0
