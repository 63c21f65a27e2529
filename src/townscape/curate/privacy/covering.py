"""Covering for good: an image's pixels become a new file, its original goes to the vault, and back."""

import time
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from townscape.core.errors import InputError, UsageError
from townscape.curate.privacy.filling import Fill, redacted_file
from townscape.curate.privacy.forgetting import forget_derived
from townscape.workspace import Workspace
from townscape.workspace.blobs import sha256_of_file
from townscape.workspace.records import Image
from townscape.workspace.redactions import COVERED, Redaction, Swap
from townscape.workspace.remote import is_remote
from townscape.workspace.stripping import Bare, bare

_MEDIA = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".bmp": "image/bmp"}
_ORIENTATION = 0x0112


def original_file(workspace: Workspace, image: Image, redaction: Redaction) -> Path:
    """The file that an image had before it was covered.

    Raises `NotFound` if it was destroyed, `InputError` if a referenced file is gone or is another one.
    """
    if redaction.state not in COVERED:
        return workspace.images.path(image)
    if redaction.state == "destroyed" or redaction.original_blob is not None:
        return workspace.vault.path(redaction.original_blob or "destroyed")
    if is_remote(image.source):
        path = workspace.remote.path(image.source, image.source_version)
    else:
        path = Path(image.source)
    if not path.is_file() or sha256_of_file(path) != redaction.original_sha256:
        raise InputError(
            f"The original of {image.name} is not at {image.source} any more, or is another file.",
            hint="put it back there first.",
        )
    return path


def bytes_to_store(workspace: Workspace, image: Image, redaction: Redaction, *, fill: Fill) -> Bare | None:
    """The file that an image gets; None where there is nothing to cover and nothing to take out.

    An image without areas that lies in the workspace loses its metadata; a referenced one stays.
    Raises `UsageError` for a raster, `InputError` if the image has changed since it was looked at.
    """
    if image.kind == "raster":
        raise UsageError(
            f"{image.name} is a raster; only photos can be covered.",
            hint="cover the areas in a GIS, and collect the file again.",
        )
    path = workspace.images.path(image)
    if redaction.state not in COVERED and sha256_of_file(path) != redaction.original_sha256:
        raise InputError(
            f"{image.name} has changed since its areas were proposed.",
            hint="run `townscape curate privacy` again.",
        )
    if redaction.kept or _is_turned(path):
        if not redaction.kept and image.blob is None:
            return None
        limit = workspace.settings.photo_megapixels
        return redacted_file(path, redaction.kept, fill=fill, max_megapixels=limit)
    if image.blob is None:
        return None
    stripped = bare(path, is_raster=False)
    return None if stripped.content == path.read_bytes() else stripped


def store_covered(
    workspace: Workspace, image: Image, redaction: Redaction, new: Bare | None, *, fill: Fill, by: str | None
) -> Redaction:
    """Give an image its new file; the original goes to the vault if it lies in the workspace.

    In this order, so that a crash loses nothing: new file, vault, one transaction, then the old file.
    """
    if new is None:
        done = {**_how(redaction, fill), "covered_by": by}
        unchanged = Swap(image.id, image.blob, redaction.original_sha256, {"state": "clear", "how": done})
        workspace.redactions.swap(unchanged)
        return workspace.redactions.get(image.id)
    blob = workspace.blobs.put(new.content, media_type=_MEDIA.get(new.suffix, "application/octet-stream"))
    is_first = redaction.state not in COVERED
    values: dict[str, Any] = {
        "redacted_sha256": blob,
        "how": {**_how(redaction, fill), "covered_by": by, "suffix": new.suffix},
        "state": "redacted" if is_first else redaction.state,
    }
    if is_first:
        values["original_blob"] = image.blob
        if image.blob is not None:
            workspace.vault.keep(workspace.blobs.path(image.blob), image.blob)
    workspace.redactions.swap(Swap(image.id, blob, blob, values))
    if image.blob is not None and image.blob != blob:
        workspace.blobs.drop_unused([image.blob])
    forget_derived(workspace, image)
    return workspace.redactions.get(image.id)


def uncover(workspace: Workspace, image: Image) -> Redaction:
    """Bring an image's original back. Raises `UsageError` if it is not covered, or destroyed."""
    redaction = workspace.redactions.get(image.id)
    if redaction.state == "destroyed":
        raise UsageError(f"The original of {image.name} was destroyed.", hint="nothing brings it back.")
    if redaction.state != "redacted":
        raise UsageError(f"{image.name} is not covered.", hint="there is nothing to undo.")
    path = original_file(workspace, image, redaction)
    if sha256_of_file(path) != redaction.original_sha256:
        raise InputError(
            f"The original of {image.name} is damaged.", hint="restore a backup of the workspace."
        )
    blob: str | None = None
    if redaction.original_blob is not None:
        blob = workspace.blobs.put_file(
            path, media_type=_MEDIA.get(Path(image.name).suffix.lower(), "image/jpeg")
        )
    values: dict[str, Any] = {"state": "reviewed", "original_blob": None, "redacted_sha256": None}
    workspace.redactions.swap(Swap(image.id, blob, redaction.original_sha256, values))
    if redaction.original_blob is not None and redaction.original_blob not in workspace.redactions.in_vault():
        workspace.vault.remove(redaction.original_blob)
    forget_derived(workspace, image)
    return workspace.redactions.get(image.id)


def _how(redaction: Redaction, fill: Fill) -> dict[str, Any]:
    covered = [area.id for area in redaction.kept]
    return {**redaction.how, "fill": fill, "covered_at": time.time(), "covered": covered}


def _is_turned(path: Path) -> bool:
    with Pillow.open(path) as image:
        return image.getexif().get(_ORIENTATION, 1) != 1
