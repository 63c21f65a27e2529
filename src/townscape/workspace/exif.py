"""What a camera wrote into a photo: when, where, which way, with what. What cannot be true is left out."""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags
from PIL import Image as Pillow

FIRST_YEAR = 1990
"""Photos from before this year come from cameras whose clock was never set."""
_A_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """Facts from EXIF; None where they are absent or cannot be true."""

    captured_at: float | None = None
    """Seconds since 1970. A time without a zone counts as UTC."""
    longitude: float | None = None
    latitude: float | None = None
    heading_deg: float | None = None
    """Clockwise from north, 0 ≤ heading < 360."""
    camera: str | None = None
    """Make, model and serial number."""
    doubts: tuple[str, ...] = ()
    """What was there and was left out, each in a few words that are the same for every photo."""


def read_exif(image: Pillow.Image) -> Exif:
    """EXIF of an opened photo; damaged EXIF counts as absent."""
    try:
        exif = image.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (OSError, SyntaxError, ValueError):
        return Exif()
    doubts: list[str] = []
    longitude, latitude = _position(gps, doubts)
    return Exif(
        captured_at=_captured_at(exif, details, doubts),
        longitude=longitude,
        latitude=latitude,
        heading_deg=_heading(gps.get(ExifTags.GPS.GPSImgDirection), doubts),
        camera=_camera(exif, details),
        doubts=tuple(doubts),
    )


def _captured_at(exif: Any, details: Any, doubts: list[str]) -> float | None:
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        moment = datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    offset = details.get(ExifTags.Base.OffsetTimeOriginal)
    zone: timezone = UTC
    if isinstance(offset, str) and len(offset) >= 6 and offset[1:3].isdigit() and offset[4:6].isdigit():
        sign = -1 if offset[0] == "-" else 1
        shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
        zone = timezone(sign * shift) if shift < timedelta(days=1) else UTC
    if moment.year < FIRST_YEAR:
        doubts.append(f"a capture time before {FIRST_YEAR}")
        return None
    seconds = moment.replace(tzinfo=zone).timestamp()
    digits = str(details.get(ExifTags.Base.SubsecTimeOriginal) or "").strip("\0 ")
    if digits.isdigit():
        seconds += int(digits) / 10 ** len(digits)
    if seconds > time.time() + _A_DAY_S:
        doubts.append("a capture time in the future")
        return None
    return seconds


def _position(gps: Any, doubts: list[str]) -> tuple[float | None, float | None]:
    """Longitude and latitude, both or none."""
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef))
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef))
    if latitude is None or longitude is None:
        return None, None
    if abs(latitude) > 90 or abs(longitude) > 180:
        doubts.append("a position off the globe")
        return None, None
    if latitude == 0 and longitude == 0:
        doubts.append("the position 0, 0")
        return None, None
    return longitude, latitude


def _degrees(parts: Any, reference: Any) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if str(reference).upper() in ("S", "W"):
        value = -value
    return value if math.isfinite(value) else None


def _heading(value: Any, doubts: list[str]) -> float | None:
    if value is None:
        return None
    try:
        degrees = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not 0 <= degrees <= 360:
        if math.isfinite(degrees):
            doubts.append("a heading that is no direction")
        return None
    return degrees % 360


def _camera(exif: Any, details: Any) -> str | None:
    """The make is said once, although many models begin with it."""
    make, model = (_text(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    serial = _text(details.get(ExifTags.Base.BodySerialNumber))
    name = model if make and model.lower().startswith(make.lower()) else f"{make} {model}".strip()
    return f"{name} {serial}".strip() if name else None


def _text(value: Any) -> str:
    shown = "".join(c for c in str(value or "") if c.isprintable())
    return " ".join(shown.split())[:80]
