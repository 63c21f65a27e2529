"""Decoding ordinary photos: JPEG, PNG, WebP, AVIF, BMP and plain TIFF.

The header is read first, and an image with more pixels than the limit is refused before any of
it is decoded. Orientation from EXIF is applied, palettes and CMYK become RGB, 16-bit stays
16-bit, and an alpha band is kept as a band of its own.
"""

import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, ImageOps, UnidentifiedImageError
from PIL import Image as Pillow

from townscape.core.errors import ImageTooLarge, UnreadableImage

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


def inspect_photo(path: Path, *, max_megapixels: float = DEFAULT_MAX_MEGAPIXELS) -> PhotoFacts:
    """Facts about a photo after decoding it once, so that damage is found now and not later.

    Raises `UnreadableImage` or `ImageTooLarge`, naming the file.
    """
    pixels = read_photo(path, max_megapixels=max_megapixels)
    with _open(path, max_megapixels) as image:
        exif = _exif(image)
    height, width, n_bands = pixels.shape
    return PhotoFacts(width, height, _BANDS[n_bands], pixels.dtype.name, **exif)


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


def _exif(image: Pillow.Image) -> dict[str, float | None]:
    """Capture time (seconds since 1970), position and heading, None where absent or absurd."""
    facts: dict[str, float | None] = dict.fromkeys(("captured_at", "longitude", "latitude", "heading_deg"))
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, SyntaxError, ValueError):
        return facts
    taken = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    facts["captured_at"] = _exif_time(
        taken, details.get(ExifTags.Base.OffsetTimeOriginal), details.get(ExifTags.Base.SubsecTimeOriginal)
    )
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef))
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef))
    if latitude is not None and longitude is not None and (latitude, longitude) != (0.0, 0.0):
        facts["latitude"], facts["longitude"] = latitude, longitude
    heading = gps.get(ExifTags.GPS.GPSImgDirection)
    if heading is not None:
        facts["heading_deg"] = _number(heading)
    return facts


def _exif_time(taken: Any, offset: Any, fraction: Any) -> float | None:
    try:
        moment = datetime.strptime(str(taken).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    zone: timezone = UTC
    if isinstance(offset, str) and len(offset) >= 6 and offset[1:3].isdigit() and offset[4:6].isdigit():
        sign = -1 if offset[0] == "-" else 1
        zone = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])))
    seconds = moment.replace(tzinfo=zone).timestamp()
    digits = str(fraction or "").strip("\0 ")
    if digits.isdigit():
        seconds += int(digits) / 10 ** len(digits)
    return seconds if seconds > 0 and moment.year > 1990 else None


def _degrees(parts: Any, reference: Any) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if str(reference).upper() in ("S", "W"):
        value = -value
    return value if abs(value) <= 180 and np.isfinite(value) else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if np.isfinite(number) else None
