"""Label planes hold one value over long stretches: what is worked out run by run is worked out fast."""

from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Starts = NDArray[np.intp]
_BLOCK = 1 << 15
_MAX_TABLE = 1 << 17
"""Values below this are looked up in a table, larger ones are sorted."""
_Value = TypeVar("_Value", bound=np.generic)


def run_starts(*flats: NDArray[Any]) -> Starts:
    """Where runs begin over which none of several flat arrays, all of one length, changes."""
    first, *others = flats
    is_start = np.empty(first.size, dtype=np.bool_)
    is_start[:1] = True
    np.not_equal(first[1:], first[:-1], out=is_start[1:])
    for flat in others:
        for at in range(1, flat.size, _BLOCK):
            some = slice(at, min(at + _BLOCK, flat.size))
            is_start[some] |= flat[some] != flat[some.start - 1 : some.stop - 1]
    return np.flatnonzero(is_start)


def run_starts_by_columns(*planes: NDArray[Any]) -> Starts:
    """The same of planes (height × width, all of one shape) that are read column by column."""
    import cv2

    first, *others = planes
    height, width = first.shape
    is_start = np.empty((height, width), dtype=np.bool_)
    for rows in range(0, height, step := max(1, _BLOCK // max(1, width))):
        some = slice(max(1, rows), rows + step)
        above = slice(some.start - 1, min(some.stop, height) - 1)
        np.not_equal(first[some], first[above], out=is_start[some])
        for other in others:
            is_start[some] |= other[some] != other[above]
    is_start[:1, :1] = True
    top = is_start[0, 1:]
    top[...] = False
    for plane in planes:
        top |= plane[0, 1:] != plane[-1, :-1]
    return np.flatnonzero(cv2.transpose(is_start.view(np.uint8)).view(np.bool_))


def run_lengths(starts: Starts, size: int) -> Starts:
    """How long the runs of a flat array of that size are."""
    lengths = np.empty_like(starts)
    lengths[:-1] = starts[1:] - starts[:-1]
    lengths[-1:] = size - starts[-1:]
    return lengths


@dataclass(frozen=True, slots=True)
class Stretches(Generic[_Value]):
    """A flattened plane of `size` places as stretches of one value that cover all of it, in order."""

    starts: Starts
    values: NDArray[_Value]
    size: int

    @classmethod
    def of(cls, flat: NDArray[_Value]) -> Self:
        """The stretches of a flat array."""
        starts = run_starts(flat)
        return cls(starts, flat[starts], flat.size)

    @property
    def lengths(self) -> Starts:
        """How many places each stretch covers."""
        return run_lengths(self.starts, self.size)

    def filled(self) -> NDArray[_Value]:
        """The flat array."""
        return np.repeat(self.values, self.lengths)


def crossed(one: Starts, other: Starts, size: int) -> tuple[Starts, Starts, Starts]:
    """Stretches over which neither of two lists of stretches changes: their starts, and which stretch of
    the one and of the other each of them lies in.
    """
    begins = np.zeros((2, size), dtype=np.bool_)
    begins[0, one] = begins[1, other] = True
    starts = np.flatnonzero(begins[0] | begins[1])
    in_one, in_other = (np.cumsum(b[starts]) - 1 for b in begins)
    return starts, in_one, in_other


def distinct(values: NDArray[np.integer[Any]]) -> tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]:
    """The values that occur, in ascending order, and for each value its place among them."""
    if values.size and values.min() >= 0 and (largest := int(values.max())) < _MAX_TABLE:
        places = values.astype(np.intp)  # which NumPy looks up faster
        occurs = np.zeros(largest + 1, dtype=np.bool_)
        occurs[places] = True
        present = np.flatnonzero(occurs)
        place = np.empty(largest + 1, dtype=np.int32)
        place[present] = np.arange(present.size, dtype=np.int32)
        return present, place.take(places)
    present, place = np.unique(values, return_inverse=True)
    return present, place.reshape(-1)


def count_runs(values: NDArray[np.integer[Any]], lengths: Starts) -> dict[int, int]:
    """Value → pixels, of runs; without values that have none."""
    present, place = distinct(values)
    counts = np.bincount(place, weights=lengths, minlength=present.size).astype(np.int64)
    return {v: n for v, n in zip(present.tolist(), counts.tolist(), strict=True) if n}


def look_up(table: NDArray[_Value], plane: NDArray[np.integer[Any]]) -> NDArray[_Value]:
    """`table[plane]`, looked up once per run."""
    flat = plane.reshape(-1)
    starts = run_starts(flat)
    return np.repeat(table[flat[starts]], run_lengths(starts, flat.size)).reshape(plane.shape)


def turned(plane: NDArray[_Value]) -> NDArray[_Value]:
    """Columns as rows: a plane of whole numbers of 8 to 32 bits, transposed in memory."""
    import cv2

    content: NDArray[Any] = np.ascontiguousarray(plane)
    if content.dtype == np.uint32:  # which OpenCV 4 does not have
        content = content.view(np.int32)
    return cv2.transpose(content).view(plane.dtype)
