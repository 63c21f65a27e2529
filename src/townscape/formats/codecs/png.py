"""PNG masks as numbers: the same plane always gives the same bytes, and comes back exactly."""

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from townscape.core.errors import UnreadableImage
from townscape.core.runs import look_up

MAX_PIXELS = 1 << 30
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE, _RGBA = 0, 2, 3, 6
"""Colour types (PNG specification, section 11.2.2)."""
_UP = 2
"""The filter that writes the difference to the pixel above (section 9.2)."""


@dataclass(frozen=True, slots=True)
class Png:
    """A decoded mask file: its raw values and, of palette images, the palette (n × 3)."""

    values: NDArray[Any]
    """Height × width (index, grey, 16-bit), or height × width × bands."""
    palette: NDArray[np.uint8] | None


def encode_index(
    plane_hw: NDArray[np.integer[Any]], palette: Sequence[tuple[int, int, int]] | None = None
) -> bytes:
    """A one-channel 8-bit PNG, with a palette if one is given. Values must be 0…255."""
    rows = np.zeros((plane_hw.shape[0], plane_hw.shape[1] + 1), dtype=np.uint8)
    rows[:, 1:] = plane_hw
    if palette is None:
        return assemble(plane_hw.shape, 8, _GREY, rows)
    colors = bytes(chain.from_iterable(palette))
    return assemble(plane_hw.shape, 8, _PALETTE, rows, chunk(b"PLTE", colors))


def encode_16bit(plane_hw: NDArray[np.integer[Any]]) -> bytes:
    """A one-channel 16-bit PNG. Values must be 0…65,535."""
    height, width = plane_hw.shape
    rows = np.zeros((height, 2 * width + 1), dtype=np.uint8)
    rows[:, 1:] = np.ascontiguousarray(plane_hw, dtype=">u2").view(np.uint8).reshape(height, 2 * width)
    return assemble(plane_hw.shape, 16, _GREY, rows)


def encode_rgb(colors_hw: NDArray[np.integer[Any]]) -> bytes:
    """An RGB (height × width × 3) or RGBA (… × 4) PNG."""
    height, width, bands = colors_hw.shape
    rows = np.zeros((height, 1 + width * bands), dtype=np.uint8)
    for band in range(bands):  # band by band: three of four bytes are copied slowly otherwise
        rows[:, 1 + band :: bands] = colors_hw[..., band]
    return assemble((height, width), 8, _RGB if bands == 3 else _RGBA, rows)


def assemble(
    shape: tuple[int, ...], bits: int, color_type: int, rows: NDArray[np.uint8], palette: bytes = b""
) -> bytes:
    """A PNG of rows of bytes, each of which begins with 0; the rows are changed. `palette` are whole chunks.

    In label maps most pixels are like the one above: as the difference to it (filter "Up") they are
    runs of zeros. Where a pixel is one byte, looking for runs alone then gives files as small as zlib's
    level 6 does, in a third of the time; elsewhere level 3 is the better trade.
    """
    rows[1:, 1:] -= rows[:-1, 1:]
    rows[1:, 0] = _UP
    header = struct.pack(">IIBBBBB", shape[1], shape[0], bits, color_type, 0, 0, 0)
    is_one_byte = bits <= 8 and color_type in (_GREY, _PALETTE)
    level, strategy = (1, zlib.Z_RLE) if is_one_byte else (3, zlib.Z_DEFAULT_STRATEGY)
    packer = zlib.compressobj(level, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, strategy)
    content = packer.compress(rows.data) + packer.flush()
    return _SIGNATURE + chunk(b"IHDR", header) + palette + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG (PNG specification, section 5.3)."""
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def decode(content: bytes | Path, *, name: str | None = None) -> Png:
    """The raw values of a PNG (or another lossless image that Pillow reads).

    Palette images give their indices. Raises `UnreadableImage` naming the file.
    """
    shown = name or (str(content) if isinstance(content, Path) else "mask")
    try:
        with Pillow.open(content if isinstance(content, Path) else io.BytesIO(content)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadableImage(f"The mask {shown} is larger than a gigapixel.")
            palette = None
            if image.mode == "P":
                listed = image.getpalette("RGB") or []
                palette = np.array(listed, dtype=np.uint8).reshape(-1, 3)
            elif image.mode == "1":
                image = image.convert("L")  # noqa: PLW2901
            return Png(np.asarray(image), palette)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UnreadableImage(
            f"The mask {shown} cannot be read: {error}.", hint="export it again as PNG."
        ) from error


def paint(plane_hw: NDArray[np.integer[Any]], colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`colors[plane_hw]` for a list of RGB or RGBA colours, painted run by run."""
    padded = np.zeros((len(colors), 4), dtype=np.uint8)
    padded[:, : colors.shape[1]] = colors
    pixels = look_up(padded.view("<u4")[:, 0], plane_hw).view(np.uint8)
    return pixels.reshape(*plane_hw.shape, 4)[..., : colors.shape[1]]


def color_codes(colors_hw: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """0xrrggbb of every pixel of an RGB or RGBA image."""
    parts = np.zeros((*colors_hw.shape[:2], 4), dtype=np.uint8)
    for band in range(3):  # band by band, as in `encode_rgb`
        parts[..., 2 - band] = colors_hw[..., band]
    return parts.view("<u4")[..., 0]


def voc_palette() -> list[tuple[int, int, int]]:
    """The 256 colours of PASCAL VOC: the bits of the index, spread over red, green and blue."""
    colors: list[tuple[int, int, int]] = []
    for index in range(256):
        rgb = [0, 0, 0]
        rest, bit = index, 7
        while rest:
            for channel in range(3):
                rgb[channel] |= (rest >> channel & 1) << bit
            rest, bit = rest >> 3, bit - 1
        colors.append((rgb[0], rgb[1], rgb[2]))
    return colors
