"""Quality: blurred, dark, over-exposed, flat, tilted, framed, obstructed and odd-sized images."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import NothingToRead
from townscape.core.events import Report
from townscape.curate.chosen import looked_at, select_whole
from townscape.curate.kind import CurateOptions
from townscape.curate.quality.measures import ALGORITHM, MEASURES, Measure, reason_of, worst_from
from townscape.curate.quality.measuring import measure_images
from townscape.workspace import Workspace
from townscape.workspace.records import Image

TITLE = "Find poor pictures"
TEXT = (
    "Measure blur, light, tilt, borders, drops on the lens and size, and select what is beyond a threshold."
)
FIRST = ("worst", "selection")
EXAMPLES = (
    "townscape curate quality",
    "townscape curate quality --worst 2",
    "townscape curate quality --blur 0.45 --tilt 6",
)


class Options(CurateOptions):
    """Which images, and from where on a picture is bad."""

    kind: Literal["quality"] = "quality"
    worst: float | None = Field(default=None, gt=0, le=50)
    """Select the worst so many per cent by every measure, instead of what is beyond its threshold."""
    blur: float | None = Field(default=None, ge=0, le=1)
    """Blurred from here on, 0 sharp … 1 (0.5 if nothing is said)."""
    sharpness: float | None = Field(default=None, ge=0)
    """Not sharp up to here, in grey values² (asked only if a value is given)."""
    darkness: float | None = Field(default=None, ge=0, le=1)
    """Dark from here on, 0 … 1 black (0.7)."""
    over_exposed: float | None = Field(default=None, ge=0, le=1)
    """Over-exposed from this share of white pixels on (0.4)."""
    contrast: float | None = Field(default=None, ge=0, le=1)
    """Low contrast up to here, 0 one grey … 1 (0.3)."""
    tilt: float | None = Field(default=None, ge=0, le=90)
    """Tilted from so many degrees on, either way (4)."""
    border: float | None = Field(default=None, ge=0, le=1)
    """With borders from this share of the picture on (0.01)."""
    obstruction: float | None = Field(default=None, ge=0, le=1)
    """Obstructed from this share of the picture on (0.015)."""
    odd_size: float | None = Field(default=None, ge=0)
    """Of odd size from so many doublings of width or height on (0.2)."""


class Found(BaseModel):
    """The images beyond one threshold."""

    model_config = ConfigDict(frozen=True)

    measure: str
    selection_id: str
    name: str
    threshold: float
    n_images: int
    reason: str


class QualityResult(BaseModel):
    """What was measured, and the selections made of it."""

    model_config = ConfigDict(frozen=True)

    n_images: int
    n_measured: int
    """Looked at in this run; the others were measured before."""
    unreadable: list[str]
    """Why images could not be read; at most 20 are listed."""
    n_unreadable: int
    unknown: dict[str, int]
    """Measure → images of which it cannot be told."""
    found: list[Found]
    selections: list[str]


def run(workspace: Workspace, options: Options, report: Report) -> QualityResult:
    """Measure, and freeze a selection for every threshold that something is beyond.

    Raises `NothingToRead` if there is no image.
    """
    images = looked_at(workspace, options.selection)
    if not images:
        raise NothingToRead("There is no image to measure.", hint="run `townscape collect FOLDER` first.")
    n_measured, problems = measure_images(workspace, images, report)
    if problems:
        report.warn(f"{len(problems):,} images could not be read: {'; '.join(problems[:3])}")
    by_id = {image.id: image for image in images}
    found: list[Found] = []
    unknown: dict[str, int] = {}
    for measure in MEASURES:
        values = workspace.measures.values(measure.key, algorithm=ALGORITHM, image_ids=list(by_id))
        unknown[measure.key] = len(images) - len(values) - len(problems)
        threshold, why = _threshold(measure, options, values)
        if threshold is None:
            continue
        bad = [image_id for image_id, value in values.items() if measure.is_bad(value, threshold)]
        if measure.worse == "high":
            bad.reverse()
        if bad:
            found.append(
                _select(workspace, measure, threshold, why, [by_id[i] for i in bad], len(values), report)
            )
    return QualityResult(
        n_images=len(images),
        n_measured=n_measured,
        unreadable=problems[:20],
        n_unreadable=len(problems),
        unknown={key: max(0, n) for key, n in unknown.items()},
        found=found,
        selections=[one.selection_id for one in found],
    )


def _threshold(measure: Measure, options: Options, values: Mapping[str, float]) -> tuple[float | None, str]:
    by_hand: float | None = getattr(options, measure.key)
    if by_hand is not None:
        return by_hand, "set by hand"
    if options.worst is not None:
        return worst_from(list(values.values()), measure, options.worst), f"the worst {options.worst:g} %"
    return measure.threshold, "the usual threshold"


def _select(
    workspace: Workspace,
    measure: Measure,
    threshold: float,
    why: str,
    images: Sequence[Image],
    n_known: int,
    report: Report,
) -> Found:
    reason = reason_of(measure, threshold, why, n_bad=len(images), n_known=n_known)
    selection_id = select_whole(workspace, measure.selection, images, reason=reason, run_id=report.run_id)
    return Found(
        measure=measure.key,
        selection_id=selection_id,
        name=measure.selection,
        threshold=threshold,
        n_images=len(images),
        reason=reason,
    )


def words(result: Mapping[str, Any]) -> Sequence[str]:
    """What was found, worst first within each selection."""
    lines = [f"{result['n_images']:,} images, {result['n_measured']:,} of them measured now."]
    lines += [f"{one['name']}: {one['reason']}." for one in result["found"]]
    if not result["found"]:
        lines.append("No image is beyond a threshold; `--worst 2` selects the worst 2 % by every measure.")
    unknown = {key: n for key, n in result["unknown"].items() if n}
    if unknown:
        told = ", ".join(f"{key.replace('_', ' ')} of {n:,}" for key, n in unknown.items())
        lines.append(f"Cannot be told: {told} images.")
    return lines


def next_steps(_result: Mapping[str, Any]) -> Sequence[str]:
    """Where to look at it."""
    return ("townscape serve",)
