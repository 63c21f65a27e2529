"""Covering areas of a picture, and writing it anew without anything else of the original file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import UnreadableImage
from townscape.workspace import photos
from townscape.workspace.redactions import Area
from townscape.workspace.stripping import Bare, encoded, icc_profile_of, suffix_of

Fill = Literal["average", "grey", "blur", "mosaic"]
REVERSIBLE: tuple[Fill, ...] = ("blur", "mosaic")
WARNING = (
    "Blurred and pixelated faces can be recognised: 95.9 % of Gaussian-blurred ones were (Revelio, arXiv "
    "2506.12344). They are no protection; fill with `average` or `grey` where people must not be known."
)
_JITTER = 12
_MOSAIC_CELLS = 6
_LEVEL = {"uint8": 255, "uint16": 65_535}


def cover(pixels: NDArray[Any], areas: Sequence[Area], *, fill: Fill) -> NDArray[Any]:
    """A copy of a picture (height × width × bands, uint8 or uint16) with its areas filled.

    `average` is the mean colour of the area, moved by up to 12/255 a band at random, so that it does
    not even give the mean away; `grey` is the middle grey. An alpha band is left as it is.
    """
    covered = pixels.copy()
    n_colors = pixels.shape[2] - (pixels.shape[2] in (2, 4))
    top = _LEVEL[pixels.dtype.name]
    rng = np.random.default_rng()
    for area in areas:
        part = covered[area.y : area.y + area.height, area.x : area.x + area.width, :n_colors]
        if not part.size:
            continue
        if fill == "average":
            moved = part.mean(axis=(0, 1)) + rng.uniform(-_JITTER, _JITTER, n_colors) * top / 255
            part[:] = np.clip(np.rint(moved), 0, top).astype(pixels.dtype)
        elif fill == "grey":
            part[:] = top // 2 + 1
        else:
            part[:] = _smeared(part, fill)
    return covered


def redacted_file(path: Path, areas: Sequence[Area], *, fill: Fill, max_megapixels: float) -> Bare:
    """A photo's file with its areas covered: upright, JPEG of quality 95 from a JPEG, else PNG.

    Nothing of the original file is in it but pixels and the colour profile. Raises `UnreadableImage`
    or `ImageTooLarge`.
    """
    pixels = photos.read_photo(path, max_megapixels=max_megapixels)
    if pixels.dtype.name not in _LEVEL:
        raise UnreadableImage(f"{path.name} has values that are no colours.")
    covered = cover(pixels, areas, fill=fill)
    is_jpeg = suffix_of(path) == ".jpg" and covered.shape[2] in (1, 3) and covered.dtype == np.uint8
    form = "JPEG" if is_jpeg else "PNG"
    profile = icc_profile_of(path) if _fits(covered, path) else None
    return Bare(encoded(covered, form=form, icc_profile=profile), ".jpg" if is_jpeg else ".png")


def _fits(pixels: NDArray[Any], path: Path) -> bool:
    """Whether the file's colour profile is one of these bands: that of a CMYK file is not."""
    profile = icc_profile_of(path) or b""
    return profile[16:20] == (b"GRAY" if pixels.shape[2] <= 2 else b"RGB ")


def _smeared(part: NDArray[Any], fill: Fill) -> NDArray[Any]:
    height, width = part.shape[:2]
    content = np.ascontiguousarray(part)
    if fill == "blur":
        smeared = cv2.GaussianBlur(content, (0, 0), max(1.0, max(height, width) / 6))
    else:
        cells = (min(width, _MOSAIC_CELLS), min(height, _MOSAIC_CELLS))
        small = cv2.resize(content, cells, interpolation=cv2.INTER_AREA)
        smeared = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    return smeared.reshape(part.shape)
