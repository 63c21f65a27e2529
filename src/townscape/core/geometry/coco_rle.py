"""COCO's run lengths: masks as (start, length) runs of a plane read column by column.

A mask is a list of counts that begins with zeros and alternates, column by column; written as a
string, each count is the difference to the one before the last, in groups of five bits, lowest
first, with bit 5 for "more follows", plus 48 (the format of pycocotools' `maskApi.c`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.runs import Stretches

_BITS, _GROUP, _SIGN, _MORE, _ZERO = 5, 31, 16, 32, 48
"""Bits of a group, all of them, its sign, the bit for "more follows", and what a letter has more."""
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


@dataclass(frozen=True, slots=True)
class Masks:
    """The runs of several masks of one plane, mask after mask."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    n_runs: NDArray[np.int64]
    """Of each mask."""

    @classmethod
    def of(cls, masks: "Masks | Sequence[Runs]") -> "Masks":
        """Masks put together; there is at least one."""
        if isinstance(masks, Masks):
            return masks
        starts = np.concatenate([mask.starts for mask in masks])
        lengths = np.concatenate([mask.lengths for mask in masks])
        return cls(starts, lengths, np.array([mask.starts.size for mask in masks]))

    def __len__(self) -> int:
        return self.n_runs.size

    def __iter__(self) -> Iterator[Runs]:
        last = 0
        for n in self.n_runs.tolist():
            first, last = last, last + n
            yield Runs(self.starts[first:last], self.lengths[first:last])

    def after_first(self) -> "Masks":
        """All masks but the first."""
        first = int(self.n_runs[0])
        return Masks(self.starts[first:], self.lengths[first:], self.n_runs[1:])


def masks_of(stretches: Stretches[Any], n_values: int) -> Masks:
    """The runs of each of the values 0, 1, … `n_values` − 1 of a flattened plane, which are all."""
    starts, lengths, of_run = stretches.starts, stretches.lengths, stretches.values
    if n_values <= np.iinfo(np.uint16).max:
        of_run = of_run.astype(np.uint16)  # for which NumPy has a faster stable sort
    order = np.argsort(of_run, kind="stable")
    return Masks(starts[order], lengths[order], np.bincount(of_run, minlength=n_values))


def runs_by_value(stretches: Stretches[Any], values: Sequence[int]) -> dict[int, Runs]:
    """The runs of each of `values` in a flattened plane."""
    largest = int(stretches.values.max()) if stretches.values.size else 0
    masks = masks_of(stretches, max(largest, *values, 0) + 1)
    ends = np.cumsum(masks.n_runs).tolist()
    return {
        value: Runs(masks.starts[first:last], masks.lengths[first:last])
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


def encode_runs(masks: Masks | Sequence[Runs], size: int) -> list[str]:
    """COCO's strings of several masks, each of a plane of `size` pixels."""
    if not masks:
        return []
    from pycocotools import mask as coco

    listed: Any = [{"size": [size, 1], "counts": counts} for counts in _counts(Masks.of(masks), size)]
    found: Any = coco.frPyObjects(listed, size, 1)
    return [mask["counts"].decode("ascii") for mask in found]


def _counts(masks: Masks, size: int) -> list[NDArray[np.uint32]]:
    """What `Runs.counts` gives, of several masks at once."""
    starts, lengths, n_runs = masks.starts, masks.lengths, masks.n_runs
    numbers = np.arange(n_runs.size)
    ends_of_runs = np.cumsum(n_runs)
    ends = starts + lengths
    has_runs = n_runs > 0
    first_runs = (ends_of_runs - n_runs)[has_runs]
    gaps = starts.copy()
    gaps[1:] -= ends[:-1]
    gaps[first_runs] = starts[first_runs]
    rests = np.full(n_runs.size, size)
    rests[has_runs] -= ends[ends_of_runs[has_runs] - 1]
    places = 2 * np.arange(starts.size) + np.repeat(numbers, n_runs)
    ends_of_counts = 2 * ends_of_runs + numbers
    counts = np.empty(2 * starts.size + n_runs.size, dtype=np.uint32)
    counts[places], counts[places + 1], counts[ends_of_counts] = gaps, lengths, rests
    ends_of_counts += (rests > 0) | ~has_runs  # zeros at the end are not written
    begins = 2 * (ends_of_runs - n_runs) + numbers
    return [counts[a:b] for a, b in zip(begins.tolist(), ends_of_counts.tolist(), strict=True)]


def decode(text: str) -> NDArray[np.int64]:
    """The counts of COCO's string. Raises `ValueError` if it is none."""
    counts, _ = _steps(_ascii([text]))
    counts[1::2] = np.cumsum(counts[1::2])
    counts[2::2] = np.cumsum(counts[2::2])
    return counts


def decode_runs(texts: Sequence[str], size: int) -> Masks:
    """The masks of several of COCO's strings, each of a plane of `size` pixels.

    Raises `ValueError` if one of them is no such string, without saying which.
    """
    if not texts:
        nothing = np.zeros(0, dtype=np.int64)
        return Masks(nothing, nothing, nothing)
    steps, last_letters = _steps(_ascii(texts))
    cuts = np.cumsum([len(text) for text in texts]) - 1
    ends_of_counts = np.searchsorted(last_letters, cuts) + 1
    if not all(texts) or (last_letters[ends_of_counts - 1] != cuts).any():
        raise ValueError("it is no run-length string")
    n_counts = ends_of_counts.copy()
    n_counts[1:] -= ends_of_counts[:-1]
    gaps, lengths, n_pairs = _pairs(steps, n_counts)
    lasts = np.cumsum(n_pairs) - 1
    ends = np.cumsum(gaps + lengths)
    whole = size * np.arange(1, n_pairs.size + 1)
    if gaps.min() < 0 or lengths.min() < 0 or (ends[lasts] != whole).any():
        raise ValueError("its run lengths do not fill the image")
    starts = ends - lengths - np.repeat(whole - size, n_pairs)
    has_pixels = np.flatnonzero(lengths)
    n_runs = np.searchsorted(has_pixels, lasts, side="right")
    n_runs[1:] -= n_runs[:-1].copy()
    return Masks(starts[has_pixels], lengths[has_pixels], n_runs)


def _pairs(
    steps: NDArray[np.int64], n_counts: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.integer[Any]]]:
    """Gap and length of each run of several masks, and how many there are of each mask.

    `steps` are those of all masks, `n_counts` of each: from the fourth on, a step leads from the count
    before the last one to this. A mask that ends in a gap has one more run, of length 0.
    """
    n_pairs = (n_counts + 1) // 2
    is_short = n_counts % 2 == 1
    if is_short.any():
        is_step = np.ones(2 * int(n_pairs.sum()), dtype=np.bool_)
        is_step[2 * np.cumsum(n_pairs)[is_short] - 1] = False
        given, steps = steps, np.zeros(is_step.size, dtype=np.int64)
        steps[is_step] = given
    firsts = np.cumsum(n_pairs) - n_pairs
    found: list[NDArray[np.int64]] = []
    for side in (0, 1):
        of_side = steps[side::2].copy()
        of_first = of_side[firsts]
        if side == 0:
            of_side[firsts] = 0  # the second gap is no step from the first
        total = np.cumsum(of_side)
        total -= np.repeat(total[firsts] - of_side[firsts], n_pairs)
        total[firsts] = of_first
        found.append(total)
    gaps, lengths = found
    lengths[(firsts + n_pairs - 1)[is_short]] = 0
    return gaps, lengths, n_pairs


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
    n_more = last.copy()
    n_more[1:] -= last[:-1] + 1
    if n_more.max() >= _MAX_GROUPS:
        raise ValueError("a run length is too large")
    highest = groups[last].astype(np.int64)
    steps = highest - 2 * (highest & _SIGN)
    rest, k = np.flatnonzero(n_more), 0
    while rest.size:
        k += 1
        steps[rest] = steps[rest] << _BITS | groups[last[rest] - k] & _GROUP
        rest = rest[n_more[rest] > k]
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
    if value.get("size") != [height, width]:
        raise ValueError("its size is not the image's")
    counts = value.get("counts")
    if isinstance(counts, str):
        return runs_of(decode(counts), height * width)
    if isinstance(counts, list):
        return runs_of(counts, height * width)
    raise ValueError("it has no counts")
