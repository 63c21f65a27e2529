"""Decoding ordinary photos: JPEG, PNG, WebP, AVIF, BMP and plain TIFF.

The header is read first, and an image with more pixels than the limit is refused before any of
it is decoded. Orientation from EXIF is applied, palettes and CMYK become RGB, 16-bit stays
16-bit, and an alpha band is kept as a band of its own.
"""

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from townscape.core.errors import ImageTooLarge, UnreadableImage
from townscape.workspace.exif import read_exif

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "BMP", "TIFF")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".bmp", ".tif", ".tiff")
DEFAULT_MAX_MEGAPIXELS = 150.0

# Pillow's own limit is switched off, because ours is checked on the header before every decode.
Pillow.MAX_IMAGE_PIXELS = None

_BANDS = {
    1: ("gray",),
    2: ("gray", "alpha"),
    3: ("red", "green", "blue"),
    4: ("red", "green", "blue", "alpha"),
}
_SIXTEEN_BIT_MODES = ("I;16", "I;16B", "I;16L", "I;16N")


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What a photo's file says of itself, orientation applied."""

    width: int
    height: int
    bands: tuple[str, ...]
    dtype: str
    captured_at: float | None
    longitude: float | None
    latitude: float | None
    heading_deg: float | None
    camera: str | None
    doubts: tuple[str, ...]
    """What its EXIF says and cannot be true; see `exif.Exif`."""


def inspect_photo(path: Path, *, max_megapixels: float = DEFAULT_MAX_MEGAPIXELS) -> PhotoFacts:
    """Facts about a photo after decoding it once, so that damage is found now and not later.

    Raises `UnreadableImage` or `ImageTooLarge`, naming the file.
    """
    pixels = read_photo(path, max_megapixels=max_megapixels)
    with _open(path, max_megapixels) as image:
        exif = read_exif(image)
    height, width, n_bands = pixels.shape
    return PhotoFacts(width, height, _BANDS[n_bands], pixels.dtype.name, **asdict(exif))


def read_photo(
    path: Path, *, max_megapixels: float = DEFAULT_MAX_MEGAPIXELS, max_side: int | None = None
) -> NDArray[Any]:
    """Pixels of a photo, height × width × bands (1 to 4), uint8 or uint16.

    With `max_side` a JPEG may come back smaller, but never with a long side below it: decoding
    is faster then. Raises `UnreadableImage` or `ImageTooLarge`, naming the file.
    """
    with _open(path, max_megapixels) as image:
        if _is_sixteen_bit_color(path, image):
            return _read_with_opencv(path, image)
        if max_side is not None and image.format == "JPEG":
            image.draft("RGB", _draft_size(image.size, max_side))
        try:
            upright = ImageOps.exif_transpose(image)
            return _as_array(upright, path)
        except (OSError, SyntaxError, ValueError) as error:
            raise UnreadableImage(
                f"{path} is damaged or truncated: {error}.", hint="export or download it again."
            ) from error


def _open(path: Path, max_megapixels: float) -> Pillow.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Pillow.open(path, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UnreadableImage(
            f"{path} is not an image that Townscape reads.",
            hint="it reads JPEG, PNG, WebP, AVIF, BMP and TIFF.",
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableImage(f"{path} cannot be opened: {error}.") from error
    megapixels = image.width * image.height / 1e6
    if megapixels > max_megapixels:
        image.close()
        raise ImageTooLarge(
            f"{path} has {megapixels:,.0f} megapixels; photos may have {max_megapixels:,.0f}.",
            hint="save it as a tiled GeoTIFF, which is read in windows, or raise "
            "`limits.photo_megapixels` in workspace.toml.",
        )
    return image


def _as_array(image: Pillow.Image, path: Path) -> NDArray[Any]:
    mode = image.mode
    if mode in _SIXTEEN_BIT_MODES or mode == "I":
        values = np.asarray(image)
        return np.clip(values, 0, 65_535).astype(np.uint16)[..., None]
    if mode == "F":
        raise UnreadableImage(
            f"{path} holds fractions instead of colours, so it is no photo.", hint="save it as a GeoTIFF."
        )
    has_alpha = mode in ("LA", "RGBA", "PA", "La", "RGBa") or "transparency" in image.info
    if mode in ("1", "L", "LA", "La"):
        wanted = "LA" if has_alpha else "L"
    else:
        wanted = "RGBA" if has_alpha else "RGB"
    values = np.asarray(image if mode == wanted else image.convert(wanted))
    return values[..., None] if values.ndim == 2 else values


def _is_sixteen_bit_color(path: Path, image: Pillow.Image) -> bool:
    """PNGs with 16 bits a colour, which Pillow would cut down to 8."""
    if image.format != "PNG" or image.mode not in ("RGB", "RGBA"):
        return False
    with path.open("rb") as stream:
        header = stream.read(25)
    return len(header) == 25 and header[24] == 16


def _read_with_opencv(path: Path, image: Pillow.Image) -> NDArray[Any]:
    values = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.shape[:2] != (image.height, image.width):
        raise UnreadableImage(f"{path} is damaged or truncated.", hint="export or download it again.")
    order = [2, 1, 0, 3][: values.shape[2]]
    return np.ascontiguousarray(values[..., order])


def _draft_size(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    scale = max_side / max(size)
    return max(1, int(np.ceil(size[0] * scale))), max(1, int(np.ceil(size[1] * scale)))
