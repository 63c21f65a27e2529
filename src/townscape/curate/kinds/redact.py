"""Redact: what was proposed or reviewed is covered; originals go to the vault."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from townscape.core.errors import NothingToRead, TownscapeError
from townscape.core.events import Report
from townscape.curate.chosen import looked_at
from townscape.curate.kind import CurateOptions
from townscape.curate.privacy.covering import bytes_to_store, store_covered, uncover
from townscape.curate.privacy.filling import REVERSIBLE, WARNING, Fill
from townscape.curate.privacy.forgetting import forget_passing
from townscape.workspace import Workspace
from townscape.workspace.redactions import COVERED, OPEN, Redaction

TITLE = "Cover faces and plates"
TEXT = "Cover the areas that were proposed or reviewed; can be undone until originals are destroyed."
FIRST = ("only_reviewed", "fill", "selection")
EXAMPLES = (
    "townscape curate redact",
    "townscape curate redact --only-reviewed",
    "townscape curate redact --undo",
)


class Options(CurateOptions):
    """Which images, and how areas are filled."""

    kind: Literal["redact"] = "redact"
    only_reviewed: bool = False
    """Leave out what nobody has looked at."""
    fill: Fill = "average"
    """`average` and `grey` cannot be undone by anybody; `blur` and `mosaic` can, and protect nobody."""
    undo: bool = False
    """Bring the originals back instead."""


class RedactResult(BaseModel):
    """What was covered."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    n_redacted: int
    n_stripped: int
    """Of these, without an area: only their metadata was taken out."""
    n_clear: int
    """Nothing to cover and nothing to take out."""
    n_undone: int
    areas: dict[str, int]
    fill: str
    n_in_vault: int
    """Originals that are kept until `townscape curate destroy`."""
    problems: list[str]
    """Why images were left as they are; at most 20 are listed."""
    n_problems: int


def run(workspace: Workspace, options: Options, report: Report) -> RedactResult:
    """Cover, or bring back. A run that stops goes on with what is left. Raises `NothingToRead`."""
    states = ("redacted",) if options.undo else ("reviewed",) if options.only_reviewed else OPEN
    images = {image.id: image for image in looked_at(workspace, options.selection)}
    waiting = [r for r in workspace.redactions.find(states=states) if r.image_id in images]
    if not options.undo:  # areas that were added to covered images
        covered = workspace.redactions.find(states=COVERED)
        waiting += [r for r in covered if r.image_id in images and r.uncovered]
    if not waiting:
        hint = (
            "only covered images can be brought back." if options.undo else "run `townscape curate privacy`."
        )
        raise NothingToRead(f"No image is {' or '.join(states)}.", hint=hint)
    if options.fill in REVERSIBLE and not options.undo:
        report.warn(WARNING)
    counts, areas, problems = Counter[str](), Counter[str](), list[str]()
    for redaction in report.track(waiting, "bringing back" if options.undo else "covering"):
        image = images[redaction.image_id]
        try:
            if options.undo:
                uncover(workspace, image)
                counts["undone"] += 1
                continue
            new = bytes_to_store(workspace, image, redaction, fill=options.fill)
            done = store_covered(workspace, image, redaction, new, fill=options.fill, by=report.run_id)
        except TownscapeError as error:
            problems.append(error.message)
            continue
        _count(done, counts, areas)
    forget_passing(workspace, report)
    if problems:
        report.warn(f"{len(problems):,} images were left as they are: {'; '.join(problems[:3])}")
    return RedactResult(
        n_redacted=counts["redacted"],
        n_stripped=counts["stripped"],
        n_clear=counts["clear"],
        n_undone=counts["undone"],
        areas=dict(sorted(areas.items())),
        fill=options.fill,
        n_in_vault=len(workspace.redactions.in_vault()),
        problems=problems[:20],
        n_problems=len(problems),
    )


def _count(done: Redaction, counts: Counter[str], areas: Counter[str]) -> None:
    counts["redacted" if done.state in COVERED else "clear"] += 1
    counts["stripped"] += done.state in COVERED and not done.kept
    areas.update(area.kind for area in done.kept)


def words(result: Mapping[str, Any]) -> Sequence[str]:
    """What was covered, and where the originals are."""
    if result["n_undone"]:
        return [f"{result['n_undone']:,} images have their originals back."]
    areas = ", ".join(f"{n:,} {kind}" for kind, n in result["areas"].items()) or "no area"
    lines = [f"{result['n_redacted']:,} images covered ({areas}), filled by {result['fill']}."]
    if result["n_stripped"]:
        lines.append(f"Of these, {result['n_stripped']:,} only lost their metadata.")
    if result["n_clear"]:
        lines.append(f"{result['n_clear']:,} had nothing to cover.")
    if result["fill"] in REVERSIBLE:
        lines.append(WARNING)
    lines.append(
        f"{result['n_in_vault']:,} originals are in the vault, and what was collected by reference is where "
        "it was: `townscape curate destroy` deletes the first and lists the second."
    )
    return lines


def next_steps(_result: Mapping[str, Any]) -> Sequence[str]:
    """Check, then destroy."""
    return ("townscape curate privacy --audit 100", "townscape curate destroy")
