"""PNG masks as numbers: the same plane always gives the same bytes, and comes back exactly."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from townscape.core.errors import UnreadableImage

MAX_PIXELS = 1 << 30


@dataclass(frozen=True, slots=True)
class Png:
    """A decoded mask file: its raw values and, of palette images, the palette (n × 3)."""

    values: NDArray[Any]
    """Height × width (index, grey, 16-bit), or height × width × bands."""
    palette: NDArray[np.uint8] | None


def encode_index(
    plane_hw: NDArray[np.integer], palette: Sequence[tuple[int, int, int]] | None = None
) -> bytes:
    """A one-channel 8-bit PNG, with a palette if one is given. Values must be 0…255."""
    image = Pillow.fromarray(np.ascontiguousarray(plane_hw, dtype=np.uint8))
    if palette is not None:
        image.putpalette([v for color in palette for v in color])  # turns L into P
    return _bytes_of(image)


def encode_16bit(plane_hw: NDArray[np.integer]) -> bytes:
    """A one-channel 16-bit PNG. Values must be 0…65,535."""
    return _bytes_of(Pillow.fromarray(np.ascontiguousarray(plane_hw, dtype=np.uint16)))


def encode_rgb(colors_hw: NDArray[np.integer]) -> bytes:
    """An RGB (height × width × 3) or RGBA (… × 4) PNG."""
    return _bytes_of(Pillow.fromarray(np.ascontiguousarray(colors_hw, dtype=np.uint8)))


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


def _bytes_of(image: Pillow.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()
