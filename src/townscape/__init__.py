"""Townscape: semantic segmentation of city imagery, from pictures to a planner's report.

    import townscape
    from townscape.train import TrainOptions

    with townscape.open_workspace("my-city") as workspace:
        result = townscape.run(workspace, TrainOptions(minutes=12))

Every stage has its own package (`townscape.train`, `townscape.predict` …) with an options class
and a pure core; `run` executes one here and now and records it like any other run.
"""

from typing import TYPE_CHECKING, Any

from townscape.version import __version__

if TYPE_CHECKING:
    from townscape.core.options import Options
    from townscape.workspace import Workspace, create_workspace, open_workspace

__all__ = ["Workspace", "__version__", "create_workspace", "open_workspace", "run"]


def run(workspace: "Workspace", options: "Options") -> dict[str, Any]:
    """Run the stage that the options belong to, in this process; returns its result.

    What the stage needs first (predictions before an evaluation) is run first. Raises
    `townscape.core.errors.TownscapeError` with what happened and what to do.
    """
    from townscape.engine import run_here

    return run_here(workspace, options)


def __getattr__(name: str) -> Any:
    """The workspace's names, loaded when they are used: `townscape --help` stays quick."""
    if name in ("Workspace", "create_workspace", "open_workspace"):
        from townscape import workspace

        return getattr(workspace, name)
    raise AttributeError(name)
