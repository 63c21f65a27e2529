"""Verifying candidates in other processes, with the pictures that were read last kept at hand."""

from collections import OrderedDict
from dataclasses import dataclass

from townscape.curate.duplicates.look import Look
from townscape.curate.duplicates.reading import pixels_sha256, read_look
from townscape.curate.duplicates.verify import Verified, verify
from townscape.workspace.records import Image
from townscape.workspace.small_pictures import Wanted

SAME_PIXELS_WITHIN = 8
"""Only pictures whose hashes differ in at most so many bits can have equal pixels: the small pictures
that are hashed come from different decoders, which round differently."""
_KEPT = 96

_looks: OrderedDict[tuple[str, str], Look | None] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Asked:
    """Two images that may be the same."""

    first: Wanted
    second: Wanted
    distance: int
    flipped: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it."""

    asked: Asked
    has_equal_pixels: bool = False
    verified: Verified | None = None
    could_read: bool = True
    """False if a picture that was hashed before is gone or damaged now."""


def prove(_shared: None, batch: tuple[Asked, ...]) -> list[Answer]:
    """Compare pairs; those with a picture in common stand side by side, so that it is read once."""
    return [_prove_one(asked) for asked in batch]


def _prove_one(asked: Asked) -> Answer:
    first, second = _look(asked.first), _look(asked.second)
    if first is None or second is None:
        return Answer(asked, could_read=False)
    if asked.distance <= SAME_PIXELS_WITHIN and not asked.flipped and _have_equal_pixels(asked):
        return Answer(asked, has_equal_pixels=True)
    return Answer(asked, verified=verify(first, second, flipped=asked.flipped))


def is_by_time(first: Image, second: Image, verified: Verified) -> bool:
    """Whether two pictures that agree everywhere are known to be of two moments.

    A camera that stands still before a still street takes pictures whose pixels tell nothing; the
    times of one recording do.
    """
    if verified.kind != "copy" or verified.areas or not _is_unmoved(verified):
        return False
    if first.sequence is None or first.sequence != second.sequence:
        return False
    times = [
        (a, b)
        for a, b in ((first.sequence_s, second.sequence_s), (first.captured_at, second.captured_at))
        if a is not None and b is not None
    ]
    return bool(times) and all(a != b for a, b in times)


def _is_unmoved(verified: Verified) -> bool:
    return not verified.flipped and verified.angle_deg == 0 and abs(verified.scale - 1) < 1e-6


def _have_equal_pixels(asked: Asked) -> bool:
    a, b = asked.first, asked.second
    if (a.width, a.height, a.bands) != (b.width, b.height, b.bands):
        return False
    one = pixels_sha256(a)
    return one is not None and one == pixels_sha256(b)


def _look(wanted: Wanted) -> Look | None:
    key = (wanted.image_id, wanted.version)
    if key in _looks:
        _looks.move_to_end(key)
        return _looks[key]
    _looks[key] = read_look(wanted)
    if len(_looks) > _KEPT:
        _looks.popitem(last=False)
    return _looks[key]
