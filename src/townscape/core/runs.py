"""Label planes hold one value over long stretches: what is worked out run by run is worked out fast."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Starts = NDArray[np.intp]


def run_starts(*flats: NDArray[Any]) -> Starts:
    """Where runs begin over which none of several flat arrays, all of one length, changes."""
    first, *others = flats
    is_start = np.ones(first.size, dtype=np.bool_)
    if first.size:
        np.not_equal(first[1:], first[:-1], out=is_start[1:])
    for flat in others:
        is_start[1:] |= flat[1:] != flat[:-1]
    return np.flatnonzero(is_start)


def run_lengths(starts: Starts, size: int) -> Starts:
    """How long the runs of a flat array of that size are."""
    return np.diff(starts, append=size)


def count_runs(values: NDArray[np.integer[Any]], lengths: Starts) -> dict[int, int]:
    """Value → pixels, of runs."""
    counts = np.bincount(values, weights=lengths)
    return {int(k): int(counts[k]) for k in np.flatnonzero(counts)}
