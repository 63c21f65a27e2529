"""COCO's run lengths: masks as (start, length) runs of a plane read column by column.

A mask is a list of counts that begins with zeros and alternates, column by column; written as a
string, each count is the difference to the one before the last, in groups of five bits, lowest
first, with bit 5 for "more follows", plus 48 (the format of pycocotools' `maskApi.c`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.runs import Stretches

_BITS, _GROUP, _SIGN, _MORE, _ZERO = 5, 31, 16, 32, 48
"""Bits of a group, all of them, its sign, the bit for "more follows", and what makes it a letter."""
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


def runs_by_value(stretches: Stretches[Any], values: Sequence[int]) -> dict[int, Runs]:
    """The runs of each of `values` in a flattened plane."""
    starts, lengths, of_run = stretches.starts, stretches.lengths, stretches.values
    if of_run.size and int(of_run.max()) <= np.iinfo(np.uint16).max:
        of_run = of_run.astype(np.uint16)  # for which NumPy has a faster stable sort
    order = np.argsort(of_run, kind="stable")
    starts, lengths = starts[order], lengths[order]
    ends = np.cumsum(np.bincount(of_run, minlength=max(values, default=0) + 1)).tolist()
    return {
        value: Runs(starts[first:last], lengths[first:last])
        for value in values
        for first, last in [(ends[value - 1] if value else 0, ends[value])]
    }


def united(masks: Sequence[Runs]) -> Runs:
    """The pixels of any of the masks, of which there is at least one."""
    if len(masks) == 1:
        return masks[0]
    starts = np.concatenate([mask.starts for mask in masks])
    order = np.argsort(starts, kind="stable")
    starts = starts[order]
    ends = np.maximum.accumulate(starts + np.concatenate([mask.lengths for mask in masks])[order])
    begins = np.flatnonzero(np.concatenate(([True], starts[1:] > ends[:-1]))) if starts.size else order
    lasts = np.append(begins[1:], starts.size)[: begins.size] - 1
    return Runs(starts[begins], ends[lasts] - starts[begins])


def boxes_of(masks: Sequence[Runs], line_px: int) -> list[tuple[int, int, int, int]]:
    """The smallest box around each mask, none of which is empty; `line_px` is the length of a line.

    As (line, place, lines, places): x, y, width, height where lines are columns, as in COCO.
    """
    if not masks:
        return []
    starts = np.concatenate([mask.starts for mask in masks])
    begins = np.cumsum([0, *(mask.starts.size for mask in masks[:-1])])
    lasts = starts + np.concatenate([mask.lengths for mask in masks]) - 1
    line, place = np.divmod(starts, line_px)
    last_line, last_place = np.divmod(lasts, line_px)
    is_turning = line != last_line  # a run that goes on in the next line touches both ends
    place[is_turning], last_place[is_turning] = 0, line_px - 1
    first = [np.minimum.reduceat(v, begins) for v in (line, place)]
    last = [np.maximum.reduceat(v, begins) for v in (last_line, last_place)]
    sizes = [b - a + 1 for a, b in zip(first, last, strict=True)]
    return list(zip(*(v.tolist() for v in (*first, *sizes)), strict=True))


def encode(counts: NDArray[np.int64]) -> str:
    """Counts as COCO's string."""
    steps = counts.copy()
    steps[3:] -= counts[1:-2]
    return _letters(steps)[0].decode("ascii")


def encode_runs(masks: Sequence[Runs], size: int) -> list[str]:
    """COCO's strings of several masks, each of a plane of `size` pixels; as `encode` one by one."""
    if not masks:
        return []
    n_runs = np.array([mask.starts.size for mask in masks])
    ends_of_runs = np.cumsum(n_runs)
    first_runs = ends_of_runs - n_runs
    starts = np.concatenate([mask.starts for mask in masks])
    ends = starts + np.concatenate([mask.lengths for mask in masks])
    has_runs = n_runs > 0
    rest = np.full(len(masks), size, dtype=np.int64)
    rest[has_runs] -= ends[ends_of_runs[has_runs] - 1]
    has_rest = (rest > 0) | ~has_runs
    gaps = starts.copy()
    gaps[1:] -= ends[:-1]
    first_runs = first_runs[has_runs]
    gaps[first_runs] = starts[first_runs]
    alternating = np.stack([gaps, ends - starts], axis=1).reshape(-1)
    counts = np.insert(alternating, 2 * ends_of_runs[has_rest], rest[has_rest])

    ends_of_counts = np.cumsum(2 * n_runs + has_rest)
    steps = counts.copy()
    steps[3:] -= counts[1:-2]
    unstepped = np.add.outer([0, *ends_of_counts[:-1].tolist()], np.arange(3))
    unstepped = unstepped[unstepped < ends_of_counts[:, None]]
    steps[unstepped] = counts[unstepped]
    letters, n_letters = _letters(steps)
    text = letters.decode("ascii")
    cuts = np.cumsum(n_letters)[ends_of_counts - 1].tolist()
    return [text[a:b] for a, b in zip([0, *cuts[:-1]], cuts, strict=True)]


def _letters(steps: NDArray[np.int64]) -> tuple[bytes, NDArray[np.intp]]:
    """Steps written in groups of five bits, and how many letters each of them takes."""
    magnitude = steps ^ (steps >> 63)
    used = np.ones(steps.size, dtype=np.intp)
    limit = _SIGN
    while (is_longer := magnitude >= limit).any():
        used += is_longer
        limit <<= _BITS
    first = np.cumsum(used) - used
    letters = np.empty(int(used.sum()), dtype=np.uint8)
    letters[first] = (steps & _GROUP) + _MORE * (used > 1) + _ZERO
    rest = np.flatnonzero(used > 1)
    for k in range(1, _MAX_GROUPS):
        if not rest.size:
            break
        n_letters = used[rest]
        group = (steps[rest] >> (_BITS * k)) & _GROUP
        letters[first[rest] + k] = group + _MORE * (n_letters > k + 1) + _ZERO
        rest = rest[n_letters > k + 1]
    return letters.tobytes(), used


def decode(text: str) -> NDArray[np.int64]:
    """The counts of COCO's string. Raises `ValueError` if it is none."""
    counts, _ = _steps(_ascii([text]))
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts


def decode_runs(texts: Sequence[str], size: int) -> list[Runs]:
    """The masks of several of COCO's strings, each of a plane of `size` pixels.

    Raises `ValueError` if one of them is no such string, without saying which.
    """
    if not texts:
        return []
    letters = _ascii(texts)
    steps, last_letters = _steps(letters)
    cuts = np.cumsum([len(text) for text in texts]) - 1
    ends_of_counts = np.searchsorted(last_letters, cuts) + 1
    if not all(texts) or (last_letters[ends_of_counts - 1] != cuts).any():
        raise ValueError("it is no run-length string")
    n_counts = np.diff(ends_of_counts, prepend=0)
    firsts = ends_of_counts - n_counts
    owner = np.repeat(np.arange(len(texts)), n_counts)
    is_odd = (np.arange(steps.size) - firsts[owner]) & 1
    counts = _summed_by_two(steps, firsts, 2 * owner + is_odd)
    ends = np.cumsum(counts)
    if counts.min() < 0 or (ends[ends_of_counts - 1] != size * np.arange(1, len(texts) + 1)).any():
        raise ValueError("its run lengths do not fill the image")
    is_run = np.flatnonzero(is_odd * counts)
    owner = owner[is_run]
    lengths = counts[is_run]
    starts = ends[is_run] - lengths - owner * size
    found = np.cumsum(np.bincount(owner, minlength=len(texts))).tolist()
    return [Runs(starts[a:b], lengths[a:b]) for a, b in zip([0, *found[:-1]], found, strict=True)]


def _summed_by_two(
    steps: NDArray[np.int64], firsts: NDArray[np.intp], sides: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Counts from steps: from a mask's fourth on, each is the step to it from the one before the last.

    `firsts` are the places of the masks' first counts; `sides` tells for each count its mask, times
    two, plus one where its place in the mask is odd.
    """
    plain = steps.copy()
    plain[firsts] = 0
    total = np.empty_like(plain)
    total[::2], total[1::2] = np.cumsum(plain[::2]), np.cumsum(plain[1::2])
    before = np.stack([total[firsts], total[firsts - 1]], axis=1)
    before[0] = 0
    counts = total - before.reshape(-1)[sides]
    counts[firsts] = steps[firsts]
    return counts


def _ascii(texts: Sequence[str]) -> NDArray[np.uint8]:
    try:
        return np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8) - np.uint8(_ZERO)
    except UnicodeEncodeError:
        raise ValueError("it holds letters that no run length has") from None


def _steps(groups: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """The numbers that groups of five bits stand for, and where the last group of each is."""
    if not groups.size or groups.max() >= 2 * _MORE or groups[-1] & _MORE:
        raise ValueError("it is no run-length string")
    last = np.flatnonzero(groups < _MORE)
    first = np.concatenate(([0], last[:-1] + 1))
    n_groups = last - first + 1
    if n_groups.max() > _MAX_GROUPS:
        raise ValueError("a run length is too large")
    steps = (groups[first] & _GROUP).astype(np.int64)
    rest = np.flatnonzero(n_groups > 1)
    for k in range(1, _MAX_GROUPS):
        if not rest.size:
            break
        steps[rest] |= (groups[first[rest] + k] & _GROUP).astype(np.int64) << (_BITS * k)
        rest = rest[n_groups[rest] > k + 1]
    is_negative = np.flatnonzero(groups[last] & _SIGN)
    steps[is_negative] -= np.int64(1) << (_BITS * n_groups[is_negative])
    return steps, last


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
