"""Copies of image files that say nothing but their pixels: what leaves a workspace goes through here."""

import io
import mmap
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from townscape.core.metadata_free import JPEG_START, PNG_START, NotTakenApart, without_metadata
from townscape.core.tiff_tags import blank_metadata
from townscape.workspace import photos
from townscape.workspace.folder import storage_errors

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True, slots=True)
class Bare:
    """An image file without metadata, and the ending that its content has."""

    content: bytes
    suffix: str


def suffix_of(path: Path) -> str:
    """The ending that belongs to a file's content; "" where it cannot be told."""
    with path.open("rb") as stream:
        head = stream.read(16)
    if head.startswith(JPEG_START):
        return ".jpg"
    if head.startswith(PNG_START):
        return ".png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    if head.startswith(_TIFF_STARTS):
        return ".tif"
    if head.startswith(b"BM"):
        return ".bmp"
    return ".avif" if head[4:12] in (b"ftypavif", b"ftypavis") else ""


def bare(path: Path, *, is_raster: bool) -> Bare:
    """The image file without EXIF, XMP, IPTC, GPS, thumbnail and text; decoded pixels are the same.

    JPEG, PNG, WebP and TIFF lose it without being decoded, and a raster keeps its place on the ground.
    What cannot be taken apart, and AVIF, whose pixels cannot be written again without loss, becomes
    a PNG; the picture is to be shown as it is stored, not turned. Raises `UnreadableImage`.
    """
    suffix = suffix_of(path)
    try:
        if suffix == ".tif":
            content = bytearray(path.read_bytes())
            blank_metadata(content, first_only=not is_raster)
            return Bare(bytes(content), suffix)
        if suffix in (".jpg", ".png", ".webp"):
            return Bare(without_metadata(path.read_bytes()), suffix)
    except NotTakenApart:
        pass
    pixels = photos.read_photo(path, max_megapixels=float("inf"))
    form = "BMP" if suffix == ".bmp" and pixels.shape[2] in (1, 3) and pixels.dtype == np.uint8 else "PNG"
    return Bare(encoded(pixels, form=form, icc_profile=icc_profile_of(path)), f".{form.lower()}")


def copy_bare(path: Path, target: Path, *, is_raster: bool) -> None:
    """Write `bare` to a file; a TIFF is copied and emptied there, so that its size does not matter."""
    with storage_errors():
        if suffix_of(path) == ".tif" and path.stat().st_size:
            shutil.copyfile(path, target)
            try:
                with target.open("r+b") as stream, mmap.mmap(stream.fileno(), 0) as mapped:
                    blank_metadata(mapped, first_only=not is_raster)
                return
            except NotTakenApart:
                target.unlink()
        target.write_bytes(bare(path, is_raster=is_raster).content)


def icc_profile_of(path: Path) -> bytes | None:
    """The colour profile inside a photo, if there is one."""
    try:
        with Pillow.open(path, formats=photos.FORMATS) as image:
            profile = image.info.get("icc_profile")
    except (OSError, SyntaxError, ValueError):
        return None
    return profile if isinstance(profile, bytes) and profile else None


def encoded(
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    form: str,
    icc_profile: bytes | None = None,
    quality: int = 95,
) -> bytes:
    """Pixels (height × width × 1…4) as a "JPEG" (of 8 bits, 1 or 3 bands), "PNG" or "BMP" file.

    Nothing but the pixels and the colour profile is in it.
    """
    if pixels.dtype == np.uint16 and pixels.shape[2] > 1:
        return _sixteen_bit_png(pixels)
    image = Pillow.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    out = io.BytesIO()
    more = {"icc_profile": icc_profile} if icc_profile and form != "BMP" else {}
    if form == "JPEG":
        image.save(out, format=form, quality=quality, subsampling=0, optimize=True, **more)
    else:
        image.save(out, format=form, **more)
    return out.getvalue()


def _sixteen_bit_png(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """Pillow writes no colours of 16 bits; OpenCV does, in its own order of bands."""
    import cv2

    order = {2: [0, 0, 0, 1], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.shape[2]]
    done, content = cv2.imencode(".png", np.ascontiguousarray(pixels[..., order]))
    assert done, "OpenCV writes any 16-bit planes as PNG"
    return content.tobytes()
