"""Pictures made small for looking at many: read in other processes, as 8-bit red, green and blue."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import TownscapeError
from townscape.workspace import photos, rasters
from townscape.workspace.looking import as_rgb8
from townscape.workspace.records import Image
from townscape.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A picture to be read; can be sent to another process."""

    image_id: str
    version: str
    path: str | None
    """None: the file is gone or has changed; `problem` says so."""
    kind: Literal["photo", "raster"]
    width: int
    height: int
    bands: tuple[str, ...]
    max_megapixels: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SmallPicture:
    """A picture whose longest side is at most what was asked for."""

    wanted: Wanted
    rgb: NDArray[np.uint8] | None
    """Height × width × 3; None if it could not be read, and `problem` says why."""
    valid: NDArray[np.bool_] | None
    """Height × width: False where a raster has no data or a photo is see-through."""
    problem: str = ""


def want(workspace: Workspace, image: Image) -> Wanted:
    """What another process needs to read an image; never raises for a missing file."""
    path, problem = None, ""
    try:
        path = str(workspace.images.path(image))
    except TownscapeError as error:
        problem = error.message
    return Wanted(
        image_id=image.id,
        version=image.version,
        path=path,
        kind=image.kind,
        width=image.width,
        height=image.height,
        bands=image.bands,
        max_megapixels=workspace.settings.photo_megapixels,
        problem=problem,
    )


def read_small(max_side: int, wanted: Wanted) -> SmallPicture:
    """The picture with its longest side at most `max_side`; a damaged one comes with its `problem`."""
    if wanted.path is None:
        return SmallPicture(wanted, None, None, wanted.problem)
    scale = min(1.0, max_side / max(wanted.width, wanted.height))
    size = (max(1, round(wanted.width * scale)), max(1, round(wanted.height * scale)))
    try:
        if wanted.kind == "raster":
            values, valid = rasters.read_overview(Path(wanted.path), *size)
        else:
            values = photos.read_photo(
                Path(wanted.path), max_megapixels=wanted.max_megapixels, max_side=max_side
            )
            valid = values[..., -1] > 0 if _has_alpha(wanted.bands) else np.ones(values.shape[:2], bool)
    except TownscapeError as error:
        return SmallPicture(wanted, None, None, error.message)
    if _has_alpha(wanted.bands):
        values = values[..., :-1]
    rgb = as_rgb8(values, _colors(wanted.bands))
    if rgb.shape[:2] != (size[1], size[0]):
        rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
        valid = cv2.resize(valid.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return SmallPicture(wanted, rgb, np.asarray(valid, bool))


def _has_alpha(bands: Sequence[str]) -> bool:
    return len(bands) > 1 and bands[-1] == "alpha"


def _colors(bands: tuple[str, ...]) -> tuple[str, ...]:
    return bands[:-1] if _has_alpha(bands) else bands
