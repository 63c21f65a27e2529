"""Masks of one bit per pixel as small PNGs, for formats that carry one inside each object's JSON.

A general encoder needs ten times as long for a mask that is mostly empty.
"""

import base64
import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from townscape.formats.codecs.png_chunks import chunk, png_of

Mask = NDArray[np.bool_]
_GREY, _PALETTE = 0, 3
_LEVEL = 6


def encode_grey(mask_hw: Mask) -> bytes:
    """Black and white."""
    return _encode(mask_hw, _GREY, b"")


def encode_transparent(mask_hw: Mask) -> bytes:
    """White where the mask is set, transparent elsewhere: a palette of two colours."""
    return _encode(mask_hw, _PALETTE, chunk(b"PLTE", b"\0\0\0\xff\xff\xff") + chunk(b"tRNS", b"\0"))


def _encode(mask_hw: Mask, color_type: int, palette: bytes) -> bytes:
    height, width = mask_hw.shape
    bits = np.packbits(mask_hw, axis=1)
    rows = np.zeros((height, bits.shape[1] + 1), dtype=np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = bits
    header = struct.pack(">IIBBBBB", width, height, 1, color_type, 0, 0, 0)
    content = zlib.compress(rows.tobytes(), _LEVEL)
    return png_of(chunk(b"IHDR", header), palette, chunk(b"IDAT", content))


def from_base64(text: Any) -> bytes:
    """The bytes that a text stands for. Raises `ValueError` with the reason if it is none."""
    try:
        return base64.b64decode(text)
    except (TypeError, ValueError) as error:
        raise ValueError("they are no base64") from error


def decode(content: bytes, max_pixels: int) -> Mask:
    """What a PNG shows: where it is opaque if it has transparency, else where it is not black.

    Raises `ValueError` with the reason if it is no PNG or has more pixels than expected.
    """
    try:
        with Pillow.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.width * image.height > max_pixels:
                raise ValueError("they are larger than their image")
            if image.mode in ("RGBA", "LA", "PA"):
                return np.asarray(image.getchannel("A")) > 0
            if image.mode == "P" and "transparency" in image.info:
                return _opaque(image.info["transparency"])[np.asarray(image)]
            if "transparency" in image.info:
                return np.asarray(image.convert("RGBA"))[..., 3] > 0
            values = np.asarray(image)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ValueError("they are no PNG, or a damaged one") from error
    return np.asarray(values.max(axis=2) if values.ndim == 3 else values) > 0


def _opaque(transparency: int | bytes) -> Mask:
    """Which entries of a palette can be seen."""
    found = np.ones(256, dtype=bool)
    if isinstance(transparency, int):
        found[transparency] = False
    else:
        found[: len(transparency)] = np.frombuffer(transparency, dtype=np.uint8) > 0
    return found


def cut_to_image(
    mask_hw: Mask, left: int, top: int, height: int, width: int
) -> tuple[tuple[slice, slice], Mask]:
    """Where a mask that begins at (left, top) lies in its image, and the part of it that lies inside."""
    rows = slice(max(0, -top), max(0, height - top))
    columns = slice(max(0, -left), max(0, width - left))
    inside = mask_hw[rows, columns]
    top, left = max(0, top), max(0, left)
    return (slice(top, top + inside.shape[0]), slice(left, left + inside.shape[1])), inside
