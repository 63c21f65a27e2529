"""What to label first, beside a random choice of the same size."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import NothingToRead
from townscape.core.events import Report
from townscape.curate.chosen import looked_at, select_whole
from townscape.curate.first.choosing import (
    MIN_DISTANCE,
    Method,
    Stratify,
    choose,
    choose_randomly,
    coverage_of,
    strata_of,
)
from townscape.curate.kind import CurateOptions
from townscape.curate.scenes import scene_features
from townscape.workspace import Workspace
from townscape.workspace.grouping import joined

TITLE = "Choose what to label first"
TEXT = "Choose images that stand for many others, beside a random choice of the same size."
FIRST = ("count", "selection", "stratify")
EXAMPLES = (
    "townscape curate label-first --count 30",
    "townscape curate label-first --count 60 --stratify place --method spread",
)


class Options(CurateOptions):
    """Which images, how many, and by which rule."""

    kind: Literal["label-first"] = "label-first"
    count: int = Field(default=30, ge=1, le=100_000)
    """How many images to choose."""
    stratify: Stratify = "auto"
    """Share the budget among places, sequences or months (whichever the images have, by default)."""
    method: Method = "stand-for"
    """stand-for: images near to many others; spread: images far from all chosen ones, odd ones first."""
    min_distance: float = Field(default=MIN_DISTANCE, ge=0, le=2)
    """Images whose scenes are nearer than this are taken for one (0…2; 0 keeps all but copies)."""
    include_labelled: bool = False
    """Choose among labelled images too; otherwise they count as chosen already."""
    taxonomy: str | None = None
    """Labels of which taxonomy count (the workspace's default otherwise)."""
    seed: int = 0
    """The random choice is drawn from this."""
    name: str = "Label first"
    """Name of the selection; the random one is called after it."""


class Covered(BaseModel):
    """How far the images lie from the nearest chosen one, 0 (alike) … 2."""

    model_config = ConfigDict(frozen=True)

    selection_id: str
    mean_distance: float
    max_distance: float


class LabelFirstResult(BaseModel):
    """What was chosen and how well it covers the rest."""

    model_config = ConfigDict(frozen=True)

    n_images: int
    """Images that could be chosen."""
    n_labelled: int
    """Images that are labelled already, and count as chosen."""
    n_copies: int
    """Set aside because another image is the same picture."""
    n_alike: int
    """Set aside because their scene is nearly that of another image."""
    n_chosen: int
    strata: dict[str, int]
    """Place, sequence or month → number chosen."""
    chosen: Covered
    random: Covered
    selections: list[str]
    """Ids of both selections, the chosen one first."""


def run(workspace: Workspace, options: Options, report: Report) -> LabelFirstResult:
    """Choose, and freeze two selections: the chosen images and as many random ones.

    Raises `NothingToRead` if every image is labelled, and `MissingExtra` without torch.
    """
    taxonomy = workspace.taxonomy(options.taxonomy)
    images, vectors = scene_features(workspace, looked_at(workspace, options.selection), report)
    labelled = {a.image_id for a in workspace.labels.find(taxonomy=taxonomy.name) if a.head > 0}
    is_known = [image.id in labelled and not options.include_labelled for image in images]
    free = [k for k, known in enumerate(is_known) if not known]
    if not free:
        raise NothingToRead(
            "Every image is labelled already.",
            hint="collect more, or choose among labelled ones with --include-labelled.",
        )
    known = vectors[[k for k, known in enumerate(is_known) if known]]
    copy_of = joined([i.id for i in images], workspace.pairs.same())
    taken = {copy_of[images[k].id] for k, known in enumerate(is_known) if known}
    rows: list[int] = []
    for k in free:
        root = copy_of[images[k].id]
        if root not in taken:
            taken.add(root)
            rows.append(k)
    report.check_cancelled()
    candidates = vectors[rows]
    made = choose(
        candidates,
        strata_of([images[k] for k in rows], options.stratify),
        options.count,
        method=options.method,
        min_distance=options.min_distance,
        known=known,
    )
    chosen = [rows[row] for row in made.rows]
    drawn = [free[row] for row in choose_randomly(len(free), len(chosen), seed=options.seed)]
    cover, random_cover = (coverage_of(vectors, picked, known) for picked in (chosen, drawn))
    reason = (
        f"{len(chosen):,} of {len(free):,} images to label first: the others lie at a mean distance of "
        f"{cover.mean:.2f} from them (a random choice: {random_cover.mean:.2f}), the farthest at "
        f"{cover.max:.2f} ({random_cover.max:.2f})"
    )
    ours = select_whole(
        workspace, options.name, [images[k] for k in chosen], reason=reason, run_id=report.run_id
    )
    other = select_whole(
        workspace,
        f"{options.name}: random",
        [images[k] for k in drawn],
        reason=f"As many images as {options.name!r}, drawn at random (seed {options.seed}), to compare with",
        run_id=report.run_id,
    )
    return LabelFirstResult(
        n_images=len(free),
        n_labelled=len(images) - len(free),
        n_copies=len(free) - len(rows),
        n_alike=len(rows) - made.n_distinct,
        n_chosen=len(chosen),
        strata=made.strata,
        chosen=Covered(selection_id=ours, mean_distance=cover.mean, max_distance=cover.max),
        random=Covered(selection_id=other, mean_distance=random_cover.mean, max_distance=random_cover.max),
        selections=[ours, other],
    )


def words(result: Mapping[str, Any]) -> Sequence[str]:
    """What was chosen, in sentences."""
    ours, drawn = result["chosen"], result["random"]
    made = (
        f"Chose {result['n_chosen']:,} of {result['n_images']:,} images; {result['n_copies']:,} copies and "
        f"{result['n_alike']:,} images of nearly the same scene as another were set aside."
    )
    covered = (
        f"All images lie at a mean distance of {ours['mean_distance']:.3f} from the nearest chosen one, "
        f"the farthest at {ours['max_distance']:.3f} (0 alike … 2)."
    )
    lines = [
        made,
        covered,
        f"A random choice of the same size: {drawn['mean_distance']:.3f} and {drawn['max_distance']:.3f}.",
    ]
    if result["n_labelled"]:
        lines.insert(1, f"{result['n_labelled']:,} labelled images count as chosen already.")
    if len(result["strata"]) > 1:
        shares = [f"{name} {count:,}" for name, count in list(result["strata"].items())[:12]]
        lines.append(f"By stratum: {', '.join(shares)}{' …' if len(result['strata']) > 12 else ''}.")
    return [
        *lines,
        "Both are selections. On CamVid, training on ours was no better (docs/decisions/024).",
    ]


def next_steps(_result: Mapping[str, Any]) -> Sequence[str]:
    """What to do with it."""
    return ("townscape serve",)
