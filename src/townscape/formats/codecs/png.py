"""PNG masks as numbers: the same plane always gives the same bytes, and comes back exactly."""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from townscape.core.errors import UnreadableImage
from townscape.core.metadata_free import PNG_START
from townscape.core.runs import Stretches
from townscape.formats.codecs.png_chunks import chunk, chunks_of, png_of
from townscape.formats.codecs.png_filters import pixels_of

MAX_PIXELS = 1 << 30
_LEVEL = 1
_GREY, _RGB, _PALETTE, _RGBA = 0, 2, 3, 6
"""Colour types (PNG specification, section 11.2.2)."""
_BANDS = {(8, _GREY): 1, (8, _PALETTE): 1, (16, _GREY): 1, (8, _RGB): 3, (8, _RGBA): 4}
"""Bands of the kinds that are decoded here, by bits and colour type."""


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
    if colors_hw.flags.c_contiguous:
        rows[:, 1:] = colors_hw.reshape(height, -1)
    else:
        for band in range(bands):  # band by band: three of four bytes are copied slowly otherwise
            rows[:, 1 + band :: bands] = colors_hw[..., band]
    return assemble((height, width), 8, _RGB if bands == 3 else _RGBA, rows)


def assemble(
    shape: tuple[int, ...], bits: int, color_type: int, rows: NDArray[np.uint8], palette: bytes = b""
) -> bytes:
    """A PNG of rows of bytes, each of which begins with 0 ("not filtered"). `palette` are whole chunks.

    In label maps a row is mostly like the one above, which ISA-L finds by itself: its level 1 takes a
    sixth of zlib's time for files of the size of zlib's level 3, and no row has to be mended on reading.
    """
    header = struct.pack(">IIBBBBB", shape[1], shape[0], bits, color_type, 0, 0, 0)
    content = isal_zlib.compress(rows.data, _LEVEL)
    return png_of(chunk(b"IHDR", header), palette, chunk(b"IDAT", content))


def decode(content: bytes | Path | str, *, name: str | None = None) -> Png:
    """The raw values of a PNG (or another lossless image that Pillow reads), given by its bytes or path.

    Palette images give their indices. Raises `UnreadableImage` naming the file.
    """
    shown = name or ("mask" if isinstance(content, bytes) else str(content))
    try:
        if not isinstance(content, bytes):
            # Not by `Path.read_bytes`: see `Out.put`.
            with open(content, "rb") as stream:  # noqa: PTH123
                content = stream.read()
        plain = _decode_plain(content)
        if plain is not None:
            return plain
        with Pillow.open(io.BytesIO(content)) as image:
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


def _decode_plain(content: bytes) -> Png | None:
    """A PNG of whole bytes a pixel, see `pixels_of`.

    None for any other, and for a damaged one: Pillow reads all kinds, and says what is wrong.
    """
    if not content.startswith(PNG_START) or content[12:16] != b"IHDR":
        return None
    width, height, bits, color_type, *rest = struct.unpack_from(">IIBBBBB", content, 16)
    n_bands = _BANDS.get((bits, color_type))
    if n_bands is None or any(rest) or not 0 < width * height <= MAX_PIXELS:
        return None
    chunks = chunks_of(content)
    if chunks is None or (color_type != _PALETTE and b"tRNS" in chunks):
        return None
    palette = None
    if color_type == _PALETTE:
        palette = np.frombuffer(b"".join(chunks.get(b"PLTE", ())), dtype=np.uint8).reshape(-1, 3)
    compressed = b"".join(chunks.pop(b"IDAT", ()))
    del chunks
    values = pixels_of(compressed, height, width, bits, n_bands)
    return None if values is None else Png(values, palette)


def encode_painted(stretches: Stretches[Any], colors: NDArray[np.uint8], shape: tuple[int, ...]) -> bytes:
    """An RGB PNG in the colours (n × 3 or more) of the values of a plane of that shape (height, width)."""
    height, width = shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    for band in range(3):
        values = replace(stretches, values=colors[stretches.values, band])
        rows[:, 1 + band :: 3] = values.filled().reshape(shape)
    return assemble(shape, 8, _RGB, rows)


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
