"""Duplicates: equal files, edited copies and one view at two moments, each with its reason."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import NothingToRead
from townscape.core.events import Report
from townscape.curate.chosen import looked_at, select_whole
from townscape.curate.duplicates.finding import (
    Found,
    How,
    compare_new,
    complete_groups,
    hash_missing,
    put_equal,
)
from townscape.curate.duplicates.grouped import COPIES, copy_groups, edges_of
from townscape.curate.duplicates.grouping import KEEP_RULE
from townscape.curate.kind import CurateOptions
from townscape.workspace import Workspace
from townscape.workspace.pairs import SAME_KINDS

TITLE = "Find duplicates"
TEXT = "Find images that are the same picture, edited or not, say why, and propose which to leave out."
FIRST = ("selection", "leave_out", "remove_copies")
EXAMPLES = (
    "townscape curate duplicates",
    'townscape curate duplicates --selection "New from Monday" --remove-copies',
)

SELECTION_NAME = "Copies to leave out"


class Options(CurateOptions):
    """Which images, how near, and what becomes of copies."""

    kind: Literal["duplicates"] = "duplicates"
    leave_out: Literal["copies", "moments"] = "copies"
    """copies: equal files and edited copies; moments: also all but one frame of a view that hardly
    changes."""
    remove_copies: bool = False
    """Take what is proposed out of the lists at once (labels and files stay; it can be undone)."""
    radius: int = Field(default=84, ge=0, le=100)
    """Bits, of 256, in which the hashes of two pictures may differ to be laid over each other."""
    wholes_only: bool = False
    """Do not look for parts of pictures: finds few crops, but compares 86 times less."""
    most: int = Field(default=24, ge=1, le=1000)
    """How many of the nearest pictures each one is laid over at most."""


class DuplicatesResult(BaseModel):
    """What was compared, found and proposed."""

    model_config = ConfigDict(frozen=True)

    n_images: int
    """Images looked at."""
    n_hashed: int
    """Of these, read for the first time (or anew, because their pixels had changed)."""
    n_queried: int
    """Of these, not compared with the others before."""
    n_verified: int
    """Pairs that were laid over each other."""
    n_flat: int
    """Pictures without structure, which are compared by bytes and pixels only."""
    pairs: dict[str, int]
    """Kind → pairs that hold, in the whole workspace."""
    n_groups: int
    n_left_out: int
    """Images in the selection: all but the best of each group."""
    selection_id: str | None
    """None if there is nothing to leave out."""
    is_removed: bool
    """They were taken out of the lists."""
    unreadable: list[dict[str, str]]
    """Images that could not be read, each with its reason."""


def run(workspace: Workspace, options: Options, report: Report) -> DuplicatesResult:
    """Hash what is new, compare it with everything, store pairs, and propose what to leave out.

    Raises `NothingToRead` if there is no image.
    """
    images = looked_at(workspace, options.selection)
    if not images:
        raise NothingToRead(
            "There is no image to look at.", hint="bring some in with `townscape collect FOLDER`."
        )
    by_id = {image.id: image for image in images}
    how = How(radius=options.radius, crops=not options.wholes_only, most=options.most)
    found = Found()
    hash_missing(workspace, images, report, found)
    stood_for = put_equal(workspace, set(by_id), report.run_id)
    is_all = options.selection is None
    compare_new(workspace, by_id, stood_for, how, report, found, is_all=is_all)
    kinds = COPIES if options.leave_out == "copies" else SAME_KINDS
    complete_groups(workspace, by_id, edges_of(workspace, kinds, ids=set(by_id)), how, report, found)
    if found.unreadable:
        names = "; ".join(f"{u['image']}: {u['reason'].rstrip('.')}" for u in found.unreadable[:3])
        report.warn(f"{len(found.unreadable):,} images could not be read: {names}.")
    groups = copy_groups(workspace, kinds=kinds, ids=set(by_id))
    left_out = [by_id[image_id] for group in groups for image_id in group.others]
    selection_id = None
    if left_out:
        reason = f"Copies of {len(groups):,} pictures, in each case without the one that is kept: {KEEP_RULE}"
        selection_id = _known_selection(workspace, {image.id for image in left_out}) or select_whole(
            workspace, SELECTION_NAME, left_out, reason=reason, run_id=report.run_id
        )
    pairs = {str(kind): n for kind, n in workspace.pairs.count_by_kind().items()}
    if options.remove_copies:
        workspace.images.set_removed([image.id for image in left_out], is_removed=True)
    flat = workspace.fingerprints.flat_ids()
    return DuplicatesResult(
        n_images=len(images),
        n_hashed=found.n_hashed,
        n_queried=found.n_queried,
        n_verified=found.n_verified,
        n_flat=len(flat & set(by_id)),
        pairs=pairs,
        n_groups=len(groups),
        n_left_out=len(left_out),
        selection_id=selection_id,
        is_removed=options.remove_copies and bool(left_out),
        unreadable=found.unreadable,
    )


def _known_selection(workspace: Workspace, ids: set[str]) -> str | None:
    """The newest proposal, if it holds just these images: running again makes no second one."""
    newest = next((s for s in workspace.selections.find() if s.name == SELECTION_NAME), None)
    if newest is None or newest.n_windows != len(ids):
        return None
    held = {w.image_id for w in workspace.selections.get(newest.id).windows}
    return newest.id if held == ids else None


def words(result: Mapping[str, Any]) -> Sequence[str]:
    """The result in sentences."""
    n_images, n_hashed, n_queried = (result[key] for key in ("n_images", "n_hashed", "n_queried"))
    lines = [
        f"{n_images:,} images: {n_hashed:,} read for the first time, {n_queried:,} compared with the others."
    ]
    said = {
        "bytes": "equal files",
        "pixels": "equal pixels in different files",
        "copy": "edited copies",
        "moment": "one view, moments apart",
        "similar": "similar scenes",
    }
    counts = [f"{n:,} {said[kind]}" for kind, n in result["pairs"].items()]
    lines.append(
        f"Pairs in the workspace: {', '.join(counts)}." if counts else "No two of them are the same."
    )
    if result["n_flat"]:
        lines.append(f"{result['n_flat']:,} pictures have no structure: compared by bytes and pixels only.")
    if result["unreadable"]:
        lines.append(f"{len(result['unreadable']):,} images could not be read.")
    if result["n_left_out"]:
        what = f"{result['n_left_out']:,} copies in {result['n_groups']:,} groups"
        if result["is_removed"]:
            lines.append(
                f"{what} were taken out of the lists; their labels and files stay. "
                f'The selection "{SELECTION_NAME}" holds them, and the Curate page brings them back.'
            )
        else:
            lines.append(f'{what} could be left out: selection "{SELECTION_NAME}". Nothing was removed.')
    return lines


def next_steps(result: Mapping[str, Any]) -> Sequence[str]:
    """Look at the pairs; take copies out; go on."""
    steps = ["townscape serve"] if result["pairs"] else []
    if result["n_left_out"] and not result["is_removed"]:
        steps.append("townscape curate duplicates --remove-copies")
    return steps
