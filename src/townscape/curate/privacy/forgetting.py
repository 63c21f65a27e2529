"""What was made of an image's original: everything of it that lies in the workspace is removed."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from townscape.core.events import Report
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.remote import is_remote


def forget_derived(workspace: Workspace, image: Image) -> None:
    """Remove what is kept of one image: thumbnails, superpixels, copies of remote bytes, pairs."""
    shutil.rmtree(workspace.root / "cache" / image.id, ignore_errors=True)
    if is_remote(image.source):
        workspace.remote.cache.forget(image.source)
    workspace.pairs.forget([image.id])


def forget_passing(workspace: Workspace, report: Report) -> None:
    """Remove what passes through the workspace and may show any image: unpacked archives, previews.

    While another run works, what is unpacked is left, with a warning: it may be reading it.
    """
    others = [r for r in workspace.runs.find(states=("running", "queued")) if r.id != report.run_id]
    for preview in workspace.folder.runs.glob("*/previews"):
        if preview.parent.name not in {run.id for run in others}:
            shutil.rmtree(preview, ignore_errors=True)
    if not workspace.folder.unpacked.is_dir():
        return
    entries = list(workspace.folder.unpacked.iterdir())
    if entries and others:
        report.warn(
            f"Unpacked archives in {workspace.folder.unpacked} were left, because another run works.",
            hint="run `townscape curate redact` again when it is done.",
        )
        return
    for entry in entries:
        shutil.rmtree(entry, ignore_errors=True)
        entry.unlink(missing_ok=True) if not entry.is_dir() else None


def copies_elsewhere(workspace: Workspace, *, made_before: float) -> list[str]:
    """Paths of exports and reports that were written before a time and are still there."""
    found: set[Path] = set()
    for run in workspace.runs.find(states=("done",)):
        out = (run.result or {}).get("out") or run.options.get("out")
        if run.stage in ("export", "report", "predict") and out and (run.finished_at or 0) < made_before:
            found.add(_absolute(workspace, str(out)))
    for folder in (workspace.folder.exports, workspace.folder.reports):
        if folder.is_dir():
            found |= {path for path in folder.iterdir() if path.stat().st_mtime < made_before}
    return sorted(str(path) for path in found if path.exists())


def passing_through(workspace: Workspace) -> list[str]:
    """What browsers are sending and archives were unpacked to: nobody knows yet what it shows."""
    folders = (workspace.folder.uploads, workspace.folder.unpacked)
    return [str(entry) for folder in folders if folder.is_dir() for entry in sorted(folder.iterdir())]


def now() -> float:
    """Seconds since 1970."""
    return time.time()


def _absolute(workspace: Workspace, path: str) -> Path:
    return Path(path) if Path(path).is_absolute() else workspace.root / path


def names_of(images: Sequence[Image], *, most: int = 5) -> str:
    """Some names in a row."""
    more = f" and {len(images) - most:,} more" if len(images) > most else ""
    return ", ".join(image.name for image in images[:most]) + more
