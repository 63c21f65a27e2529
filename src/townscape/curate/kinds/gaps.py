"""Gaps: what the set of images lacks."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from townscape.core.errors import NothingToRead
from townscape.core.events import Report
from townscape.curate.chosen import looked_at
from townscape.curate.gaps.gathering import Gaps, find_gaps
from townscape.curate.kind import CurateOptions
from townscape.workspace import Workspace

TITLE = "Find gaps"
TEXT = "Say which classes, places, seasons, hours and cameras the images lack."
FIRST = ("taxonomy", "grid", "selection")
EXAMPLES = ("townscape curate gaps", "townscape curate gaps --grid 10")


class Options(CurateOptions):
    """Which images, and how places are counted."""

    kind: Literal["gaps"] = "gaps"
    taxonomy: str | None = None
    """Whose classes (the workspace's default otherwise)."""
    grid: int = Field(default=6, ge=1, le=26)
    """Where there are no zones, places are cells of a grid with so many cells on its longer side."""


def run(workspace: Workspace, options: Options, report: Report) -> Gaps:
    """Count and say what is missing. Raises `NothingToRead` if there is no image."""
    images = looked_at(workspace, options.selection)
    if not images:
        raise NothingToRead("There is no image to look at.", hint="run `townscape collect FOLDER` first.")
    report.check_cancelled()
    return find_gaps(workspace, images, workspace.taxonomy(options.taxonomy), grid=options.grid)


def words(result: Mapping[str, Any]) -> Sequence[str]:
    """The gaps, then what could not be looked at."""
    found: list[str] = list(result["sentences"]) or ["No gap was found in what can be told."]
    return [f"{result['n_images']:,} images.", *found, *result["unknown"]]


def next_steps(_result: Mapping[str, Any]) -> Sequence[str]:
    """What to do about it."""
    return ("townscape collect FOLDER", "townscape curate label-first")
