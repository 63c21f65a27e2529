"""Pictures read for hashing and for comparing, in other processes: grey, small, never an error."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from townscape.core.errors import TownscapeError
from townscape.core.image_hash import PictureHash, hash_picture
from townscape.curate.duplicates.look import WORK_SIDE, Look, look_at
from townscape.workspace import photos
from townscape.workspace.fingerprints import Fingerprint
from townscape.workspace.small_pictures import SmallPicture, Wanted, read_small

HASH_SIDE = 240
"""Longest side of the picture that is hashed: a JPEG of 1920 × 1080 is decoded to an eighth."""


_REDUCED = {
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


@dataclass(frozen=True, slots=True)
class Hashed:
    """The fingerprint of a picture, or why there is none."""

    fingerprint: Fingerprint | None
    problem: str = ""


def fingerprint(side: int, wanted: Wanted) -> Hashed:
    """The hashes of a picture read at `side` pixels; flat ones get the hash of all their pixels too."""
    gray = _quickly(side, wanted)
    if gray is None:
        small = read_small(side, wanted)
        gray = gray_of(small)
        if gray is None:
            return Hashed(None, small.problem)
    hashes = hash_picture(gray)
    pixels = pixels_sha256(wanted) if hashes.is_flat else None
    return Hashed(made_of(wanted, hashes, pixels))


def made_of(wanted: Wanted, hashes: PictureHash, pixels: str | None) -> Fingerprint:
    """The record of a picture's hashes."""
    return Fingerprint(image_id=wanted.image_id, version=wanted.version, hashes=hashes, pixels_sha256=pixels)


def read_look(wanted: Wanted) -> Look | None:
    """The picture made ready for comparing; None if it cannot be read."""
    gray = gray_of(read_small(WORK_SIDE, wanted))
    if gray is None:
        return None
    return look_at(gray, full_width=wanted.width, full_height=wanted.height)


def gray_of(small: SmallPicture) -> NDArray[np.uint8] | None:
    """Height × width of a picture that could be read; pixels without data get the mean of the others."""
    if small.rgb is None or small.valid is None:
        return None
    gray = np.asarray(cv2.cvtColor(small.rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    if small.valid.all():
        return gray
    mean = gray[small.valid].mean() if small.valid.any() else 0
    return np.where(small.valid, gray, np.uint8(round(float(mean))))


def pixels_sha256(wanted: Wanted) -> str | None:
    """SHA-256 of a photo's decoded pixels with their size and depth.

    None for a raster, which may be larger than memory, and for a photo that cannot be read.
    """
    if wanted.path is None or wanted.kind != "photo":
        return None
    try:
        values = photos.read_photo(Path(wanted.path), max_megapixels=wanted.max_megapixels)
    except TownscapeError:
        return None
    digest = hashlib.sha256(f"{values.shape} {values.dtype.name}".encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def _quickly(side: int, wanted: Wanted) -> NDArray[np.uint8] | None:
    """A JPEG decoded to a half, a quarter or an eighth, without its colours; None for anything else.

    Half the time of the ordinary way. What it gives is turned upright as EXIF says; a size that
    does not fit leaves the picture to the ordinary way, and so does damage.
    """
    shrink = [f for f in _REDUCED if max(wanted.width, wanted.height) >= side * f]
    if wanted.path is None or wanted.kind != "photo" or not shrink:
        return None
    content = np.fromfile(wanted.path, np.uint8)
    if content[:2].tobytes() != b"\xff\xd8" or _n_components(wanted.path) not in (1, 3):
        return None
    gray = cv2.imdecode(content, _REDUCED[shrink[-1]])
    expected = tuple(-(-n // shrink[-1]) for n in (wanted.height, wanted.width))
    found: NDArray[np.uint8] | None = None if gray is None else np.asarray(gray, np.uint8)  # pyright: ignore[reportUnnecessaryComparison]
    return found if found is not None and found.shape == expected else None


def _n_components(path: str) -> int:
    """1 for grey, 3 for colours, 4 for CMYK; 0 where the header cannot be read."""
    try:
        with Pillow.open(path, formats=("JPEG",)) as header:
            return len(header.getbands())
    except (OSError, SyntaxError, ValueError):
        return 0
