"""Privacy: areas with faces and plates are proposed, to be looked at and then covered by `redact`."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import ModelError, NothingToRead
from townscape.core.events import Report
from townscape.core.statistics import describe_misses
from townscape.curate.chosen import looked_at
from townscape.curate.kind import CurateOptions
from townscape.curate.privacy import centerface, plates
from townscape.curate.privacy.looking import Look
from townscape.curate.privacy.plates import PlateLayout
from townscape.curate.privacy.proposing import propose_areas
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.redactions import COVERED

TITLE = "Find faces and plates"
TEXT = "Propose areas to cover: faces, number plates, and by labels or predictions heads and vehicles."
FIRST = ("thorough", "bands", "selection")
EXAMPLES = (
    "townscape curate privacy",
    "townscape curate privacy --thorough --threshold 0.1",
    "townscape curate privacy --plate-model plates.onnx --plate-model-sha256 3f0a…",
    "townscape curate privacy --audit 100",
)


class Options(CurateOptions):
    """Which images, what to look with, and how sure it has to be."""

    kind: Literal["privacy"] = "privacy"
    faces: Literal["find", "off"] = "find"
    """Find faces with CenterFace, which is fetched once."""
    threshold: float = Field(default=0.15, gt=0, lt=1)
    """How sure a face has to be, 0…1. Low: a box too many is taken away faster than a face is missed."""
    thorough: bool = False
    """Look closely everywhere, not only at people and vehicles; takes several times as long."""
    bands: Literal["fill", "off"] = "fill"
    """Cover heads by labels or predictions, and vehicles below their windows if there is no plate model."""
    plate_model: Path | None = None
    """A detector of plates of your own: an ONNX file of the YOLO family."""
    plate_model_sha256: str | None = None
    """SHA-256 that the file has to have."""
    plate_layout: PlateLayout = "auto"
    """How its output is laid out, where that cannot be told from its shape."""
    plate_threshold: float = Field(default=0.25, gt=0, lt=1)
    """How sure a plate has to be, 0…1."""
    audit: int | None = Field(default=None, ge=1)
    """Draw so many covered images at random, for people to look for what was missed, and do nothing else."""


class PrivacyResult(BaseModel):
    """What was found, and what was not looked at."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    n_images: int
    n_looked: int
    """Looked at in this run; the others were looked at before, or are covered already."""
    n_with_areas: int
    n_unsure: int
    """Finds below the threshold, listed for people to decide on."""
    areas: dict[str, int]
    """Kind → number of areas proposed in this run."""
    n_with_regions: int
    """Images of this run where labels or a prediction say where people and vehicles are."""
    plates: str
    """In words: what covers plates."""
    n_rasters: int
    """Not looked at."""
    unreadable: list[str]
    n_unreadable: int
    states: dict[str, int]
    """State → images of the whole workspace."""
    audit: str
    """In words: what the newest audit says; empty if there was none."""
    drawn: int = 0
    """Images drawn for an audit by this run."""


def run(workspace: Workspace, options: Options, report: Report) -> PrivacyResult:
    """Look and propose, or draw an audit. Raises `NothingToRead` or, for models, as their loading does."""
    images = looked_at(workspace, options.selection)
    photos = [image for image in images if image.kind == "photo"]
    if options.audit is not None:
        return _draw_audit(workspace, photos, options.audit, report)
    if not photos:
        raise NothingToRead("There is no photo to look at.", hint="run `townscape collect FOLDER` first.")
    look = _look(options)
    done = propose_areas(workspace, photos, look, report)
    if done.problems:
        report.warn(f"{len(done.problems):,} images could not be read: {'; '.join(done.problems[:3])}")
    told = _plates_told(look, done.n_looked, done.n_with_regions)
    if look.plates is None and done.n_with_regions < done.n_looked:
        report.warn(told, hint="train or bring a model and predict first, or give --plate-model FILE.onnx.")
    return PrivacyResult(
        n_images=len(photos),
        n_looked=done.n_looked,
        n_with_areas=done.n_with_areas,
        n_unsure=done.n_unsure,
        areas=dict(sorted(done.areas.items())),
        n_with_regions=done.n_with_regions,
        plates=told,
        n_rasters=len(images) - len(photos),
        unreadable=done.problems[:20],
        n_unreadable=len(done.problems),
        states={str(state): n for state, n in workspace.redactions.count_by_state().items()},
        audit=audit_words(workspace),
    )


def _look(options: Options) -> Look:
    faces = None
    if options.faces == "find":
        try:
            faces = centerface.load()
        except ModelError as error:
            hint = "go online once (the file is kept after that), or cover people by `--faces off` alone."
            raise ModelError(error.message, hint=hint) from error
    plate_finder = None
    if options.plate_model is not None:
        plate_finder = plates.load(
            options.plate_model, sha256=options.plate_model_sha256, layout=options.plate_layout
        )
    return Look(
        faces=faces,
        plates=plate_finder,
        threshold=options.threshold,
        plate_threshold=options.plate_threshold,
        thorough=options.thorough,
        bands=options.bands == "fill",
    )


def _plates_told(look: Look, n_looked: int, n_with_regions: int) -> str:
    if look.plates is not None:
        return f"Plates are looked for with {look.plates.name}."
    if not look.bands or not n_with_regions:
        return "Plates are not covered: there is no plate model, and nothing says where vehicles are."
    if n_with_regions < n_looked:
        return (
            f"Plates are covered only in the {n_with_regions:,} of {n_looked:,} images where labels or a "
            "prediction say where vehicles are; in the others they are not."
        )
    return "Plates are covered with the lower part of every vehicle that labels or a prediction show."


def _draw_audit(workspace: Workspace, photos: Sequence[Image], wanted: int, report: Report) -> PrivacyResult:
    ids = {image.id for image in photos}
    covered = workspace.redactions.find(states=(*COVERED, "clear"))
    candidates = [r.image_id for r in covered if r.image_id in ids]
    if not candidates:
        raise NothingToRead("No image is covered yet.", hint="run `townscape curate redact` first.")
    drawn = random.SystemRandom().sample(candidates, min(wanted, len(candidates)))
    workspace.redactions.draw_audit(drawn, audit=report.run_id or "audit")
    return PrivacyResult(
        n_images=len(candidates),
        n_looked=0,
        n_with_areas=0,
        n_unsure=0,
        areas={},
        n_with_regions=0,
        plates="",
        n_rasters=0,
        unreadable=[],
        n_unreadable=0,
        states={str(state): n for state, n in workspace.redactions.count_by_state().items()},
        audit=audit_words(workspace),
        drawn=len(drawn),
    )


def audit_words(workspace: Workspace) -> str:
    """What the newest audit says; empty if there was none."""
    audit = workspace.redactions.newest_audit()
    if audit is None:
        return ""
    count = workspace.redactions.audit_count(audit)
    told = describe_misses(count.with_misses, count.looked_at)
    left = f" ({count.drawn - count.looked_at:,} of {count.drawn:,} not looked at yet)"
    return f"Audit: {told}{left if count.looked_at < count.drawn else ''}."


def words(result: Mapping[str, Any]) -> Sequence[str]:
    """What was found, what plates are covered by, and what nobody looked at."""
    if result["drawn"]:
        return [f"{result['drawn']:,} of {result['n_images']:,} images drawn at random.", result["audit"]]
    areas = ", ".join(f"{n:,} {kind}" for kind, n in result["areas"].items()) or "nothing"
    lines = [
        f"{result['n_images']:,} photos, {result['n_looked']:,} of them looked at now.",
        f"Proposed in {result['n_with_areas']:,}: {areas}; {result['n_unsure']:,} more are unsure.",
        result["plates"],
    ]
    if result["n_rasters"]:
        lines.append(f"{result['n_rasters']:,} rasters were not looked at: only photos can be covered.")
    return [*lines, *([result["audit"]] if result["audit"] else [])]


def next_steps(result: Mapping[str, Any]) -> Sequence[str]:
    """Look, then cover."""
    return ("townscape serve",) if result["drawn"] else ("townscape serve", "townscape curate redact")
