"""Destroying originals, with a list that proves what is gone and says what remains elsewhere."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from townscape.core.events import Report
from townscape.curate.privacy.forgetting import (
    copies_elsewhere,
    forget_derived,
    forget_passing,
    passing_through,
)
from townscape.workspace import Workspace
from townscape.workspace.blobs import sha256_of_file
from townscape.workspace.records import Image
from townscape.workspace.redactions import Redaction
from townscape.workspace.remote import is_remote

NOT_KNOWN = (
    "Backups of the workspace that were made before (`townscape backup`) hold the originals: delete them.",
    "Browsers that showed an original may keep pieces of it until their cache is cleared.",
    "Disks and snapshots may keep deleted bytes until they are written over; nothing is overwritten here.",
)


class Destroyed(BaseModel):
    """One original: what it was, and what became of it."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    image: str
    name: str
    sha256: str
    """Of the original, counted anew before it went (as recorded, where the file was outside)."""
    size: int | None
    """Bytes deleted from the vault; None: the workspace had no copy."""
    redacted_sha256: str | None
    outside: str | None
    """Where the original still lies outside the workspace; None: nowhere that is known."""


class Proof(BaseModel):
    """What was destroyed, when, on whose word, and what remains elsewhere."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    at: float
    by: str | None
    originals: list[Destroyed]
    n_deleted: int
    """Files that were deleted: from the vault, and referenced ones where that was asked."""
    outside: list[str]
    """Originals outside the workspace that are still there."""
    same_bytes: list[str]
    """Images of this workspace with the same bytes that are not covered."""
    copies: list[str]
    """Exports and reports that were written before the images were covered."""
    passing: list[str]
    """What is being sent or was unpacked: it was not looked into."""
    problems: list[str]
    not_known: list[str]


def destroy_originals(
    workspace: Workspace,
    images: Sequence[Image],
    report: Report,
    *,
    with_referenced: bool,
    by: str | None,
) -> Proof:
    """Delete the originals of covered images; every step is safe to repeat after a crash.

    `with_referenced` also deletes the files outside that images were collected from, each only if its
    content is the recorded one and no image that is not covered refers to it.
    """
    by_id = {image.id: image for image in images}
    redactions = [
        r for r in workspace.redactions.find(states=["redacted"], current_only=False) if r.image_id in by_id
    ]
    open_sources = _sources_in_use(workspace)
    going = {r.image_id for r in redactions}
    others = workspace.redactions.find(states=["redacted"], current_only=False)
    shared = {o.original_blob for o in others if o.image_id not in going}
    at, problems = time.time(), list[str]()
    destroyed: list[Destroyed] = []
    n_deleted = 0
    for redaction in report.track(redactions, "destroying originals"):
        image = by_id[redaction.image_id]
        size, problem = _destroy_kept(workspace, redaction, shared)
        outside, deleted, refused = _destroy_outside(image, redaction, open_sources, wanted=with_referenced)
        problems += [f"{image.name}: {text}" for text in (problem, refused) if text]
        n_deleted += (size is not None) + deleted
        destroyed.append(
            Destroyed(
                image=image.id,
                name=image.name,
                sha256=redaction.original_sha256,
                size=size,
                redacted_sha256=redaction.redacted_sha256,
                outside=outside,
            )
        )
        forget_derived(workspace, image)
    workspace.redactions.set_destroyed([r.image_id for r in redactions], by=by)
    originals = {r.original_sha256 for r in redactions}
    workspace.blobs.drop_unused(originals)
    forget_passing(workspace, report)
    return Proof(
        at=at,
        by=by,
        originals=destroyed,
        n_deleted=n_deleted,
        outside=[d.outside for d in destroyed if d.outside is not None],
        same_bytes=_same_bytes(workspace, originals),
        copies=copies_elsewhere(workspace, made_before=_last_covered(redactions)),
        passing=passing_through(workspace),
        problems=problems,
        not_known=list(NOT_KNOWN),
    )


def _destroy_kept(
    workspace: Workspace, redaction: Redaction, shared: set[str | None]
) -> tuple[int | None, str | None]:
    """Delete the vault's copy; returns its size and what was wrong with it."""
    sha256 = redaction.original_blob
    if sha256 is None:
        return None, None
    if sha256 in shared:
        return None, "its original is also that of another covered image, and stays in the vault"
    path = workspace.folder.vault / sha256
    wrong = path.is_file() and sha256_of_file(path) != sha256
    size = workspace.vault.remove(sha256)
    return size, "the vault's copy was damaged; it is deleted" if wrong else None


def _destroy_outside(
    image: Image, redaction: Redaction, in_use: set[str], *, wanted: bool
) -> tuple[str | None, bool, str | None]:
    """Where the original still lies, whether it was deleted now, and why not if that was asked."""
    address = image.source
    if address.startswith("upload:"):
        return None, False, None
    if is_remote(address):
        return address, False, "what lies elsewhere is not deleted from here" if wanted else None
    path = _holder(address)
    if path is None:
        return None, False, None
    if not wanted:
        return address, False, None
    if str(path) != address:
        return address, False, f"{path} holds more than this image, and stays"
    if address in in_use:
        return address, False, f"{path} is used by an image that is not covered, and stays"
    if sha256_of_file(path) != redaction.original_sha256:
        return address, False, f"{path} is not the file that was collected, and stays"
    path.unlink()
    return None, True, None


def _holder(address: str) -> Path | None:
    """The file that an address names, or the video, archive or workspace that it is in, if that is there."""
    if os.path.isfile(address):  # noqa: PTH113 - Path.is_file raises for names that are too long
        return Path(address)
    ends = [k for k, letter in enumerate(address) if letter in "#:" and k > 1]
    return next((Path(address[:k]) for k in reversed(ends) if os.path.exists(address[:k])), None)  # noqa: PTH110


def _sources_in_use(workspace: Workspace) -> set[str]:
    """Files that images read from where they are."""
    return {i.source for i in workspace.images.find(current_only=False) if i.blob is None}


def _same_bytes(workspace: Workspace, originals: set[str]) -> list[str]:
    found = workspace.images.find(current_only=False)
    return [image.name for image in found if image.content_sha256 in originals]


def _last_covered(redactions: Sequence[Redaction]) -> float:
    return max((float(r.how.get("covered_at", 0.0)) for r in redactions), default=0.0)
