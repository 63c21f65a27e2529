"""Seasons and times of day of images: pure functions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from townscape.workspace.records import Image

_TROPIC_DEG = 23.44
_NORTHERN = ("winter", "spring", "summer", "autumn")
_BY_MONTHS = (
    "December to February",
    "March to May",
    "June to August",
    "September to November",
)
TIMES_OF_DAY: tuple[tuple[str, int, int], ...] = (
    ("night", 21, 5), ("morning", 5, 11), ("midday", 11, 15), ("afternoon", 15, 18), ("evening", 18, 21),
)  # fmt: skip
"""Name, first hour, hour after the last, in solar time."""


def season_names(images: Sequence[Image]) -> tuple[str, ...]:
    """The four seasons, in the order of the year that begins in December, as they are called there.

    Meteorological seasons, turned round in the south. In the tropics, and where nothing says where
    the images were taken, they are called by their months.
    """
    latitudes = sorted(i.latitude for i in images if i.latitude is not None)
    if not latitudes or abs(middle := latitudes[len(latitudes) // 2]) < _TROPIC_DEG:
        return _BY_MONTHS
    return _NORTHERN if middle > 0 else (*_NORTHERN[2:], *_NORTHERN[:2])


def moment(image: Image) -> datetime | None:
    """When an image was taken, in the sun's time of its place (UTC where the place is not known)."""
    if image.captured_at is None:
        return None
    try:
        taken = datetime.fromtimestamp(image.captured_at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return taken + timedelta(hours=(image.longitude or 0.0) / 15)


def season(taken: datetime, names: Sequence[str]) -> str:
    """Which of `season_names` a moment is in."""
    return names[taken.month % 12 // 3]


def time_of_day(taken: datetime) -> str:
    """Night, morning, midday, afternoon or evening."""
    for name, first, end in TIMES_OF_DAY:
        inside = first <= taken.hour < end if first < end else taken.hour >= first or taken.hour < end
        if inside:
            return name
    raise AssertionError("the times of day cover all hours")
