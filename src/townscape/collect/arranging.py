"""After taking: positions from a track, and folders that hold several recordings told apart."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from townscape.collect.track import Track
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.sources import Source, SourceEntry

PAUSE_S = 1800.0
"""A camera that rested longer than this in a folder begins another recording."""
MARK = " · "
"""Stands between a folder's name and what tells its recordings apart."""
_AT_ONCE = 500


def locate_images(workspace: Workspace, source: Source, track: Track, *, offset_s: float) -> list[str]:
    """Give a position to the images of a source that have a time and no position; says what came of it.

    Their heading is the direction of movement, unless the camera said which way it looked.
    """
    located = outside = 0
    nearest: float | None = None

    def places() -> Iterator[tuple[str, dict[str, float]]]:
        nonlocal located, outside, nearest
        for image in _images(workspace, workspace.sources.entries(source.id, states=("taken",))):
            if image.captured_at is None or image.longitude is not None:
                continue
            at = image.captured_at + offset_s
            place = track.place_at(at)
            if place is None:
                outside += 1
                away = track.away_s(at)
                nearest = away if nearest is None or abs(away) < abs(nearest) else nearest
                continue
            located += 1
            values = {"longitude": place.longitude, "latitude": place.latitude}
            if image.heading_deg is None and place.heading_deg is not None:
                values["heading_deg"] = place.heading_deg
            yield image.id, values

    workspace.images.locate(places())
    remarks = [f"{located:,} images got their position from the track."]
    if nearest is not None:
        side = "before the track's nearest point" if nearest > 0 else "after it"
        hint = f"; if the camera's clock was wrong, try `--clock-offset-s {nearest + offset_s:.0f}`"
        remarks.append(
            f"{outside:,} images were taken while the track says nothing, the nearest {abs(nearest):,.0f} s "
            f"{side}{'' if located else hint}."
        )
    return remarks


def split_sequences(workspace: Workspace, source: Source, sequences: Iterable[str]) -> None:
    """Tell recordings apart where one folder holds several: by camera, then by long pauses.

    What somebody named by hand stays.
    """
    for sequence in sorted(sequences):
        entries = workspace.sources.entries(source.id, states=("taken",), sequence=sequence)
        images = list(_images(workspace, entries))
        for image_id, name in split(sequence, images).items():
            workspace.images.assign(image_id, sequence=name)


def split(sequence: str, images: Sequence[Image]) -> dict[str, str]:
    """Image id → name of its recording, for those that it has to change for.

    A single camera without a long pause keeps the folder's name; images without a camera or time are
    left alone.
    """
    own = [i for i in images if i.sequence == sequence or (i.sequence or "").startswith(sequence + MARK)]
    cameras = sorted({i.camera for i in own if i.camera})
    found: dict[str, str] = {}
    for camera in cameras or [None]:
        its = [i for i in own if i.camera == camera]
        base = f"{sequence}{MARK}{camera}" if camera and len(cameras) > 1 else sequence
        found |= dict.fromkeys((i.id for i in its), base)
        timed = sorted((i for i in its if i.captured_at is not None), key=lambda i: i.captured_at or 0.0)
        recordings = list(_recordings(timed))
        if len(recordings) > 1:
            for recording in recordings:
                began = datetime.fromtimestamp(recording[0].captured_at or 0.0, UTC)
                name = f"{base}{MARK}{began:%Y-%m-%d %H:%M}"
                found |= dict.fromkeys((i.id for i in recording), name)
    before = {i.id: i.sequence for i in own}
    return {image_id: name for image_id, name in found.items() if before[image_id] != name}


def _recordings(timed: Sequence[Image]) -> Iterator[list[Image]]:
    current: list[Image] = []
    for image in timed:
        if current and (image.captured_at or 0.0) - (current[-1].captured_at or 0.0) > PAUSE_S:
            yield current
            current = []
        current.append(image)
    if current:
        yield current


def _images(workspace: Workspace, entries: Iterable[SourceEntry]) -> Iterator[Image]:
    rest = iter(entries)
    while some := list(islice(rest, _AT_ONCE)):
        yield from workspace.images.get_many([e.image_id for e in some if e.image_id is not None])
