"""COCO's run lengths: masks as (start, length) runs of a plane read column by column.

A mask is a list of counts that begins with zeros and alternates, column by column; written as a
string, each count is the difference to the one before the last, in groups of five bits, lowest
first, with bit 5 for "more follows", plus 48 (the format of pycocotools' `maskApi.c`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MAX_GROUPS = 7


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of pixels in a flattened plane, in order, without overlaps."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    @property
    def area(self) -> int:
        """Pixels."""
        return int(self.lengths.sum())

    def indices(self) -> NDArray[np.int64]:
        """Every pixel's place in the flattened plane."""
        before = np.cumsum(self.lengths) - self.lengths
        return np.arange(self.area) + np.repeat(self.starts - before, self.lengths)

    def counts(self, size: int) -> NDArray[np.int64]:
        """Alternating counts of a plane of `size` pixels, zeros first; they sum to `size`."""
        ends = self.starts + self.lengths
        gaps = self.starts - np.concatenate(([0], ends[:-1]))
        counts = np.stack([gaps, self.lengths], axis=1).reshape(-1)
        rest = size - (int(ends[-1]) if ends.size else 0)
        return np.append(counts, rest) if rest or not ends.size else counts


def runs_by_value(flat: NDArray[np.integer], values: Sequence[int]) -> dict[int, Runs]:
    """The runs of each of `values` in a flattened plane."""
    starts = np.flatnonzero(np.concatenate(([True], flat[1:] != flat[:-1])))
    lengths = np.diff(np.append(starts, flat.size))
    of_run = flat[starts]
    order = np.argsort(of_run, kind="stable")
    edges = np.searchsorted(of_run[order], [[v, v + 1] for v in values])
    return {
        value: Runs(starts[order[first:last]], lengths[order[first:last]])
        for value, (first, last) in zip(values, edges.tolist(), strict=True)
    }


def encode(counts: NDArray[np.int64]) -> str:
    """Counts as COCO's string."""
    rest = counts.copy()
    rest[3:] -= counts[1:-2]
    groups = np.zeros((rest.size, _MAX_GROUPS), dtype=np.uint8)
    used = np.zeros(rest.size, dtype=np.intp)
    active = np.ones(rest.size, dtype=bool)
    for k in range(_MAX_GROUPS):
        bits = rest & 31
        rest >>= 5
        more = np.where(bits & 16, rest != -1, rest != 0)
        groups[:, k] = np.where(active, bits + 32 * more + 48, 0)
        used += active
        active &= more
        if not active.any():
            break
    return groups[np.arange(_MAX_GROUPS) < used[:, None]].tobytes().decode("ascii")


def decode(text: str) -> NDArray[np.int64]:
    """The counts of COCO's string. Raises `ValueError` if it is none."""
    try:
        groups = np.frombuffer(text.encode("ascii"), dtype=np.uint8).astype(np.int64) - 48
    except UnicodeEncodeError:
        raise ValueError("it holds letters that no run length has") from None
    if not groups.size or groups.min() < 0 or groups.max() > 63 or groups[-1] & 32:
        raise ValueError("it is no run-length string")
    last = np.flatnonzero((groups & 32) == 0)
    first = np.concatenate(([0], last[:-1] + 1))
    places = np.arange(groups.size) - np.repeat(first, last - first + 1)
    if places.max() >= _MAX_GROUPS:
        raise ValueError("a run length is too large")
    counts = np.add.reduceat((groups & 31) << (5 * places), first)
    counts -= np.where(groups[last] & 16, 1 << (5 * (places[last] + 1)), 0)
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts


def runs_of(counts: Sequence[int] | NDArray[np.integer], size: int) -> Runs:
    """The runs of alternating counts. Raises `ValueError` unless they fill `size` pixels exactly."""
    try:
        plain = np.asarray(counts, dtype=np.int64).reshape(-1)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("its run lengths are no whole numbers") from None
    if plain.size and (plain.min() < 0 or plain.max() > size):
        raise ValueError("a run length is out of range")
    ends = np.cumsum(plain)
    if int(ends[-1] if ends.size else 0) != size:
        raise ValueError(f"its run lengths fill {int(ends[-1]) if ends.size else 0:,} of {size:,} pixels")
    starts = ends[:-1:2] if plain.size % 2 else ends[::2]
    lengths = plain[1::2]
    kept = lengths > 0
    return Runs(starts[: lengths.size][kept], lengths[kept])


def read_segmentation(value: Mapping[str, object], height: int, width: int) -> Runs:
    """The runs of an RLE as COCO writes it: `{"size": [h, w], "counts": string or list}`.

    Raises `ValueError` saying what does not fit.
    """
    if list(value.get("size", ())) != [height, width]:  # pyright: ignore[reportCallIssue, reportArgumentType]
        raise ValueError("its size is not the image's")
    counts = value.get("counts")
    if isinstance(counts, str):
        return runs_of(decode(counts), height * width)
    if isinstance(counts, list):
        return runs_of(counts, height * width)
    raise ValueError("it has no counts")
