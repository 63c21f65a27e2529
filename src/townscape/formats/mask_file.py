"""Reading one mask file: which values it holds, and its pixels as values.

A value is written as text: `12` for an index, `#3c1098` for a colour. Palette images give
colours (their index order may differ from file to file), unless the palette is a grey ramp.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from townscape.core.errors import SizeMismatch, SmearedMask, UnreadableImage
from townscape.core.labelmap import UNLABELLED, Segments
from townscape.core.spaces import Transform, Window
from townscape.core.tiles import TILE_PX, grid_shape
from townscape.workspace import rasters

SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".gif", ".jpg", ".jpeg", ".webp")
_LOSSY = ("JPEG", "MPO", "WEBP")
_COLOR_BIT = 1 << 24
_GRID_TOLERANCE_PX = 0.01

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


def refuse_smeared(mask: Mask) -> None:
    """Raise `SmearedMask` for a mask that a lossy codec has blurred."""
    if mask.is_lossy:
        raise SmearedMask(
            f"The mask {mask.path} is a JPEG: its colours are smeared along every border, "
            "so pixels there belong to no class.",
            hint="export the masks as PNG; if there is no better copy, `--snap 60` takes the nearest "
            "known colour within that distance.",
        )


def mask_tiles(
    mask: Mask, number_by_code: Mapping[int, int], *, width: int, height: int, offset: tuple[int, int]
) -> Iterator[tuple[tuple[int, int], Segments]]:
    """Tiles of the image's label map (class numbers); outside the mask is unlabelled.

    `offset` is where the mask begins in the image. Another size than the image's (without an
    offset) is resized, nearest neighbour.
    """
    whole = None if mask.is_raster else translate(mask.read(), number_by_code)
    if whole is not None and whole.shape != (height, width):
        whole = _resized(whole, width, height)
    rows, columns = grid_shape(height, width)
    for row in range(rows):
        for column in range(columns):
            tile = np.zeros((TILE_PX, TILE_PX), dtype=np.uint32)
            area = Window(column * TILE_PX, row * TILE_PX, TILE_PX, TILE_PX).clip(width, height)
            if whole is not None:
                tile[: area.height, : area.width] = whole[area.slices]
            else:
                _paint_from_raster(tile, mask, area, offset, number_by_code)
            yield (row, column), tile


def translate(codes: Codes, number_by_code: Mapping[int, int]) -> Segments:
    """Class numbers for codes; a code without an answer is unlabelled."""
    known = np.array(sorted(number_by_code), dtype=np.uint32)
    numbers = np.array([number_by_code[int(code)] for code in known], dtype=np.uint32)
    place = np.searchsorted(known, codes).clip(max=known.size - 1)
    return np.where(known[place] == codes, numbers[place], UNLABELLED).astype(np.uint32)


def place_in_image(mask: Mask, *, width: int, height: int, transform: Transform | None) -> tuple[int, int]:
    """Where a georeferenced mask begins in its image, in whole pixels.

    (0, 0) if the sizes agree. Raises `SizeMismatch` if the mask lies on another grid.
    """
    if (mask.width, mask.height) == (width, height):
        return 0, 0
    if mask.transform is None or transform is None:
        raise _size_mismatch(mask, width, height)
    t, m = transform, mask.transform
    same_steps = all(
        abs(a - b) <= 1e-6 * abs(t.determinant) ** 0.5 for a, b in zip(t[:2], m[:2], strict=True)
    )
    corner = t.image_from_world(np.array([[m.c, m.f]]))[0]
    x, y = round(float(corner[0])), round(float(corner[1]))
    is_aligned = max(abs(corner[0] - x), abs(corner[1] - y)) <= _GRID_TOLERANCE_PX
    is_inside = x >= 0 and y >= 0 and x + mask.width <= width and y + mask.height <= height
    if not (same_steps and is_aligned and is_inside):
        raise _size_mismatch(mask, width, height)
    return x, y


def _size_mismatch(mask: Mask, width: int, height: int) -> SizeMismatch:
    turned = (mask.height, mask.width) == (width, height)
    hint = (
        "the image is turned by its EXIF orientation and the mask is not: rotate the mask."
        if turned
        else "export it at full size, or run the import with `--resize-labels`."
    )
    return SizeMismatch(
        f"Label map {mask.path.name} is {mask.width}×{mask.height} but its image is {width}×{height}.",
        hint=hint,
    )


def _paint_from_raster(
    tile: Segments, mask: Mask, area: Window, offset: tuple[int, int], number_by_code: Mapping[int, int]
) -> None:
    wanted = Window(area.x - offset[0], area.y - offset[1], area.width, area.height)
    inside = wanted.clip(mask.width, mask.height)
    if inside.area:
        top, left = inside.y - wanted.y, inside.x - wanted.x
        numbers = translate(mask.read(inside), number_by_code)
        tile[top : top + inside.height, left : left + inside.width] = numbers


def _resized(segments: Segments, width: int, height: int) -> Segments:
    rows = (np.arange(height) + 0.5) * segments.shape[0] / height
    columns = (np.arange(width) + 0.5) * segments.shape[1] / width
    return segments[rows.astype(np.intp)[:, None], columns.astype(np.intp)]


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
