"""Reading GPX files (topografix.com/GPX/1/1): the points of a track with their times."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.parsers import expat

from townscape.collect.track import Track, TrackPoint
from townscape.core.errors import InputError, NothingToRead

_CHUNK = 1 << 20


def read_gpx(path: Path) -> Track:
    """The track in a file; its segments are one track, in order of time.

    Points without a time are left out. Raises `InputError` for damage and for a DOCTYPE, which could
    name other files, and `NothingToRead` if no point has a time.
    """
    path = path.expanduser()
    reader = _Reader(path)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse_doctype
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_CHUNK):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except OSError as error:
        raise InputError(f"The track {path} cannot be read: {error.strerror or error}.") from error
    except expat.ExpatError as error:
        raise InputError(
            f"{path.name} is no whole GPX file: {expat.ErrorString(error.code)} in line {error.lineno:,}.",
            hint="export it again.",
        ) from error
    if not reader.points:
        raise NothingToRead(
            f"No point of {path.name} has a time.", hint="export the track as it was recorded, with times."
        )
    return Track.of(reader.points)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.points: list[TrackPoint] = []
        self._path = path
        self._place: tuple[float, float] | None = None
        self._time: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "trkpt":
            try:
                self._place = float(attributes["lat"]), float(attributes["lon"])
            except (KeyError, ValueError):
                self._place = None
        elif name == "time" and self._place is not None:
            self._time = []

    def text(self, content: str) -> None:
        if self._time is not None:
            self._time.append(content)

    def end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "time" and self._time is not None and self._place is not None:
            at, (latitude, longitude) = _seconds("".join(self._time)), self._place
            if at is not None and abs(latitude) <= 90 and abs(longitude) <= 180:
                self.points.append(TrackPoint(at, latitude, longitude))
            self._time = None
        elif name == "trkpt":
            self._place = None

    def refuse_doctype(self, *_: Any) -> None:
        raise InputError(
            f"{self._path.name} has a DOCTYPE, which could name other files and is not read.",
            hint="remove the line that begins with <!DOCTYPE.",
        )


def _seconds(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
