"""Destroy: the originals of covered images are deleted, with a list that proves it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.events import Report
from townscape.curate.chosen import looked_at
from townscape.curate.kind import CurateOptions
from townscape.curate.privacy.destroying import Proof, destroy_originals
from townscape.workspace import Workspace

TITLE = "Destroy originals"
TEXT = "Delete the originals of covered images for good, and list what remains elsewhere."
FIRST = ("by", "selection")
EXAMPLES = (
    "townscape curate destroy --by Ada",
    "townscape curate destroy --with-referenced --yes-delete-my-files",
)
_SHOWN = 20


class Options(CurateOptions):
    """Which images, and whether files outside go too."""

    kind: Literal["destroy"] = "destroy"
    by: str | None = None
    """On whose word; kept in the record."""
    with_referenced: bool = False
    """Also delete the files outside the workspace that covered images were collected from."""
    yes_delete_my_files: bool = False
    """Needed for that: those files are yours, and nothing brings them back."""


def run(workspace: Workspace, options: Options, report: Report) -> Proof:
    """Destroy. Raises `UsageError` for files outside without the second word, `NothingToRead`."""
    if options.with_referenced and not options.yes_delete_my_files:
        raise UsageError(
            "This would delete files outside the workspace, for good.",
            hint="add `--yes-delete-my-files` if that is what you want.",
        )
    every = options.selection is None  # those left out of the lists have originals as well
    images = workspace.images.find(current_only=False) if every else looked_at(workspace, options.selection)
    ids = [image.id for image in images]
    if not workspace.redactions.find(states=["redacted"], image_ids=ids, current_only=False):
        raise NothingToRead(
            "There is no original to destroy: no image is covered, or all are destroyed.",
            hint="run `townscape curate redact` first.",
        )
    proof = destroy_originals(
        workspace, images, report, with_referenced=options.with_referenced, by=options.by
    )
    for problem in proof.problems:
        report.warn(f"{problem}.")
    return proof


def words(result: Mapping[str, Any]) -> Sequence[str]:
    """The proof: every original with its SHA-256, then what remains elsewhere."""
    originals: list[dict[str, Any]] = result["originals"]
    lines = [f"{result['n_deleted']:,} files deleted, originals of {len(originals):,} images."]
    for one in originals[:_SHOWN]:
        where = f"; still at {one['outside']}" if one["outside"] else ""
        gone = f"{one['size']:,} bytes deleted" if one["size"] is not None else "no copy in the workspace"
        lines.append(f"  {one['sha256']}  {one['name']}: {gone}{where}")
    if len(originals) > _SHOWN:
        lines.append(f"  … and {len(originals) - _SHOWN:,} more; `--json` and the run's result list all.")
    for title, key in (
        ("Images with the same bytes that are not covered", "same_bytes"),
        ("Written before the images were covered, and not deleted", "copies"),
        ("Sent or unpacked, and not looked into", "passing"),
    ):
        if result[key]:
            lines.append(f"{title}: {', '.join(result[key][:_SHOWN])}.")
    return [*lines, *result["not_known"]]


def next_steps(_result: Mapping[str, Any]) -> Sequence[str]:
    """Nothing to do but to go on."""
    return ("townscape",)
