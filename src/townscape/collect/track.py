"""Where a camera was at a moment, from a recorded track."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8
MAX_GAP_S = 60.0
"""Between two points further apart in time nobody knows where the camera was."""
_STANDING_M = 1.0
"""Who moves less than this between two points has no direction of movement."""


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """A recorded position."""

    at: float
    """Seconds since 1970."""
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Place:
    """A position between recorded ones."""

    latitude: float
    longitude: float
    heading_deg: float | None
    """Direction of movement, clockwise from north; None for who stood still."""


@dataclass(frozen=True, slots=True)
class Track:
    """Points in order of time, one a moment."""

    points: tuple[TrackPoint, ...]

    @classmethod
    def of(cls, points: Iterable[TrackPoint]) -> "Track":
        """A track of points in any order; of several at one moment the first counts."""
        by_time: dict[float, TrackPoint] = {}
        for point in points:
            by_time.setdefault(point.at, point)
        return cls(tuple(by_time[at] for at in sorted(by_time)))

    def place_at(self, at: float, *, max_gap_s: float = MAX_GAP_S) -> Place | None:
        """Where the track was at a moment, on the straight line between the points beside it.

        None before its first point, after its last, and in gaps longer than `max_gap_s`.
        """
        index = bisect_left(self.points, at, key=lambda point: point.at)
        if index == len(self.points) or (index == 0 and self.points[0].at != at):
            return None
        after = self.points[index]
        if after.at == at:
            beside = self._neighbours(index, max_gap_s)
            return Place(after.latitude, after.longitude, _heading(*beside))
        before = self.points[index - 1]
        if after.at - before.at > max_gap_s:
            return None
        share = (at - before.at) / (after.at - before.at)
        latitude = before.latitude + share * (after.latitude - before.latitude)
        turn = _turn(after.longitude - before.longitude)
        return Place(latitude, _turn(before.longitude + share * turn), _heading(before, after))

    def away_s(self, at: float) -> float:
        """Seconds from a moment to the nearest point; negative if that lies earlier."""
        index = bisect_left(self.points, at, key=lambda point: point.at)
        beside = self.points[max(0, index - 1) : index + 1]
        return min((point.at - at for point in beside), key=abs)

    def _neighbours(self, index: int, max_gap_s: float) -> tuple[TrackPoint, TrackPoint]:
        here = self.points[index]
        first = self.points[max(0, index - 1)]
        last = self.points[min(len(self.points) - 1, index + 1)]
        return (
            first if here.at - first.at <= max_gap_s else here,
            last if last.at - here.at <= max_gap_s else here,
        )


def distance_m(a: TrackPoint, b: TrackPoint) -> float:
    """Length of the great circle between two points (haversine)."""
    north, east = radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)
    h = sin(north / 2) ** 2 + cos(radians(a.latitude)) * cos(radians(b.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(h)))


def _heading(a: TrackPoint, b: TrackPoint) -> float | None:
    """Initial bearing of the great circle from `a` to `b`."""
    if distance_m(a, b) < _STANDING_M:
        return None
    first, second, east = radians(a.latitude), radians(b.latitude), radians(b.longitude - a.longitude)
    y = sin(east) * cos(second)
    x = cos(first) * sin(second) - sin(first) * cos(second) * cos(east)
    return degrees(atan2(y, x)) % 360


def _turn(longitude: float) -> float:
    """The same longitude, −180 ≤ longitude < 180."""
    return (longitude + 180) % 360 - 180
