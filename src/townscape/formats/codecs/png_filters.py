"""Undoing the filters of PNG rows (PNG specification, section 9) that label maps are mostly written with."""

import numpy as np
from numpy.typing import NDArray

from townscape.core.runs import run_lengths

_NONE, _SUB = 0, 1
_FEW = 6
"""Pixels for one that differs from its left neighbour: with more changes, summing up is quicker."""


def can_be_undone(filters: NDArray[np.uint8]) -> bool:
    """Whether all of the filters are none, or "Sub": the difference to the left neighbour, which OpenCV
    gives every row.
    """
    return not filters.size or int(filters.max()) <= _SUB


def unfiltered(rows: NDArray[np.uint8], n_lanes: int) -> NDArray[np.uint8]:
    """The bytes of rows (height × (1 + bytes)) that each begin with their filter, `n_lanes` bytes a pixel.

    Raises `ValueError` for filters that cannot be undone here.
    """
    filters, content = rows[:, 0], rows[:, 1:]
    if not filters.any():
        return content.copy()
    if not can_be_undone(filters):
        raise ValueError("rows are filtered in another way")
    height, width = content.shape[0], content.shape[1] // n_lanes
    steps = [np.ascontiguousarray(content[:, lane::n_lanes]) for lane in range(n_lanes)]
    out = np.empty((height, width, n_lanes), dtype=np.uint8)
    changes = np.not_equal(steps[0], 0)
    for others in steps[1:]:
        changes |= others != 0
    if np.count_nonzero(changes) * _FEW > changes.size:
        for lane, step in enumerate(steps):
            np.add.accumulate(step, axis=1, dtype=np.uint8, out=out[..., lane])
    else:
        changes[:, 0] = True
        _fill(out, steps, changes)
    out = out.reshape(content.shape)
    plain = filters == _NONE
    out[plain] = content[plain]
    return out


def _fill(out: NDArray[np.uint8], steps: list[NDArray[np.uint8]], changes: NDArray[np.bool_]) -> None:
    """Fill the stretches between changes, each with the sum of the steps of its row up to it."""
    height, width = changes.shape
    starts = np.flatnonzero(changes)
    lengths = run_lengths(starts, changes.size)
    first = np.searchsorted(starts, width * np.arange(height))
    n_stretches = run_lengths(first, starts.size)
    for lane, step in enumerate(steps):
        sizes = step.reshape(-1)[starts]
        totals = np.cumsum(sizes, dtype=np.uint8)
        before = totals[first] - sizes[first]
        values = totals - np.repeat(before, n_stretches)
        out[..., lane] = np.repeat(values, lengths).reshape(height, width)
