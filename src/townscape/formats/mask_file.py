"""Reading one mask file: which values it holds, and its pixels as values.

A value is written as text: `12` for an index, `#3c1098` for a colour. Palette images give
colours (their index order may differ from file to file), unless the palette is a grey ramp.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from townscape.core.errors import UnreadableImage
from townscape.core.spaces import Transform, Window
from townscape.workspace import rasters

SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".gif", ".jpg", ".jpeg", ".webp")
_LOSSY = ("JPEG", "MPO", "WEBP")
_COLOR_BIT = 1 << 24

Codes = NDArray[np.uint32]
"""Index values as they are; colours as 0x1rrggbb."""


@dataclass(frozen=True, slots=True)
class Mask:
    """An opened mask file."""

    path: Path
    width: int
    height: int
    is_lossy: bool
    is_raster: bool
    crs: str | None
    transform: Transform | None
    nodata: float | None

    def read(self, window: Window | None = None) -> Codes:
        """Codes of the mask, whole or a window of it. Raises `UnreadableImage`."""
        if self.is_raster:
            area = window or Window(0, 0, self.width, self.height)
            values, _ = rasters.read_raster(self.path, area)
            return _codes_of_array(values, self.path)
        codes = _read_photo_codes(self.path)
        return codes if window is None else codes[window.slices]

    def count(self) -> Counter[int]:
        """Pixels per code."""
        found: Counter[int] = Counter()
        step = 2048 if self.is_raster else max(self.width, self.height)
        for y in range(0, self.height, step):
            for x in range(0, self.width, step):
                window = Window(x, y, step, step).clip(self.width, self.height)
                codes, counts = np.unique(self.read(window), return_counts=True)
                found.update(dict(zip(codes.tolist(), counts.tolist(), strict=True)))
        return found


def open_mask(path: Path) -> Mask:
    """Open a mask; raises `UnreadableImage` naming the file."""
    if path.suffix.lower() in rasters.SUFFIXES and rasters.has_raster_support():
        facts = rasters.inspect_raster(path)
        return Mask(path, facts.width, facts.height, False, True, facts.crs, facts.transform, facts.nodata)
    try:
        with Pillow.open(path) as image:
            is_lossy = image.format in _LOSSY and not _is_lossless_webp(path, image)
            return Mask(path, image.width, image.height, is_lossy, False, None, None, None)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise UnreadableImage(
            f"The mask {path} cannot be read: {error}.", hint="export it again as PNG."
        ) from error


def code_text(code: int) -> str:
    """A code as people write it: `12` or `#3c1098`."""
    return f"#{code & 0xFFFFFF:06x}" if code & _COLOR_BIT else str(code)


def parse_code(text: str) -> int:
    """The code that `12`, `#3c1098` or `3C1098` stand for. Raises `ValueError`."""
    plain = text.strip().lower()
    if plain.startswith("#"):
        plain = plain[1:]
        if len(plain) != 6:
            raise ValueError(f"{text!r} is no colour: write #rrggbb")
        return _COLOR_BIT | int(plain, 16)
    if plain.isdigit():
        return int(plain)
    if len(plain) == 6:
        return _COLOR_BIT | int(plain, 16)
    raise ValueError(f"{text!r} is neither an index nor a colour: write 12 or #rrggbb")


def color_of(code: int) -> tuple[int, int, int] | None:
    """Red, green and blue of a colour code; None for an index."""
    if not code & _COLOR_BIT:
        return None
    return code >> 16 & 255, code >> 8 & 255, code & 255


def _read_photo_codes(path: Path) -> Codes:
    try:
        with Pillow.open(path) as image:
            image.load()
            if image.mode == "P" and not _is_grey_ramp(image):
                return _codes_of_array(np.asarray(image.convert("RGB")), path)
            if image.mode == "1":
                return (np.asarray(image.convert("L")) > 0).astype(np.uint32)
            if image.mode in ("P", "L", "I;16", "I;16B", "I"):
                return _codes_of_array(np.asarray(image), path)
            if image.mode == "LA":
                return _codes_of_array(np.asarray(image)[..., 0], path)
            return _codes_of_array(np.asarray(image.convert("RGB")), path)
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableImage(
            f"The mask {path} is damaged or truncated: {error}.", hint="export it again as PNG."
        ) from error


def _codes_of_array(values: NDArray[np.generic], path: Path) -> Codes:
    if values.ndim == 2 or values.shape[2] == 1:
        plane = values.reshape(values.shape[:2])
        if plane.dtype.kind == "f" and not np.array_equal(plane, np.rint(plane)):
            raise UnreadableImage(f"The mask {path} holds fractions, not class values.")
        return np.clip(plane.astype(np.int64), 0, 0xFFFFFF).astype(np.uint32)
    if values.dtype != np.uint8 or values.shape[2] < 3:
        raise UnreadableImage(f"The mask {path} is neither an index nor an 8-bit colour image.")
    r, g, b = (values[..., k].astype(np.uint32) for k in range(3))
    return (_COLOR_BIT | r << 16 | g << 8 | b).astype(np.uint32)


def _is_grey_ramp(image: Pillow.Image) -> bool:
    palette = image.getpalette() or []
    return all(palette[3 * i : 3 * i + 3] == [i, i, i] for i in range(len(palette) // 3))


def _is_lossless_webp(path: Path, image: Pillow.Image) -> bool:
    return image.format == "WEBP" and path.read_bytes()[12:16] == b"VP8L"
