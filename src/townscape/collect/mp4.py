"""When a video was recorded, from the header of MP4 and QuickTime files (ISO/IEC 14496-12)."""

import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_SINCE_1904_S = 2_082_844_800
"""Seconds from 1904, where these files count from, to 1970."""
_FIRST_S = 631_152_000
"""1990: what is older comes from a clock that was never set."""
_A_DAY_S = 86_400
_MAX_BOXES = 10_000


def created_at(path: Path) -> float | None:
    """Seconds since 1970 of the movie header's creation time; None if there is none, or an absurd one."""
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, 2)
            for kind, begin, stop in _boxes(stream, 0, end):
                if kind == b"moov":
                    return _of_movie(stream, begin, stop)
    except (OSError, struct.error):
        return None
    return None


def _of_movie(stream: BinaryIO, begin: int, end: int) -> float | None:
    for kind, inside, _ in _boxes(stream, begin, end):
        if kind == b"mvhd":
            stream.seek(inside)
            content = stream.read(12)
            is_long = content[0] == 1
            (value,) = struct.unpack(">Q" if is_long else ">I", content[4 : 12 if is_long else 8])
            seconds = float(value - _SINCE_1904_S)
            return seconds if _FIRST_S <= seconds <= time.time() + _A_DAY_S else None
    return None


def _boxes(stream: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, and where the content of each box begins and ends."""
    at = begin
    for _ in range(_MAX_BOXES):
        if at + 8 > end:
            return
        stream.seek(at)
        size, kind = struct.unpack(">I4s", stream.read(8))
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", stream.read(8))[0], 16
        elif size == 0:
            size = end - at
        if size < head:
            return
        yield kind, at + head, min(end, at + size)
        at += size
