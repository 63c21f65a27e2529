"""Splitting labelled windows into train, tune, val and test without leaks.

Neighbouring frames and neighbouring pixels look alike, so parts are made of whole *groups*
(capture segments, places, exact duplicates, raster blocks), never of single windows. A published
split is taken as it is. *tune* is cut from train: weights are chosen on it, so its score is
marked optimistic. Inside a long recording tune takes short *stretches*, and the train windows
right beside a stretch are left out (`None`), so that no neighbour of a tune window is learned.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from townscape.core.spaces import Window

Part = Literal["train", "tune", "val", "test"]
PARTS: tuple[Part, ...] = ("train", "tune", "val", "test")

_TRIES = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A labelled window that is to be put into a part.

    `group` must not be torn apart. `stretch` is the finer unit that tune may take; `order` is the
    place within the group, where there is one. `official` is a published part.
    """

    group: str
    stretch: str
    order: int | None
    official: Part | None
    class_pixels: NDArray[np.int64]


def assign_parts(
    candidates: Sequence[Candidate], *, val_share: float, tune_share: float, seed: int
) -> list[Part | None]:
    """A part for each candidate; None for windows left out as a gap beside tune.

    If any candidate has an official part, those without one join train. Otherwise whole groups
    of about `val_share` of the labelled pixels become val. Choices are the best of 200 draws:
    near the wanted share, with every class in about its usual proportion.
    """
    rng = np.random.default_rng(seed)
    parts: list[Part | None] = [c.official for c in candidates]
    if not any(parts):
        held_out = _choose(_pixels_by(candidates, lambda c: c.group), val_share, rng)
        parts = ["val" if c.group in held_out else "train" for c in candidates]
    parts = [part or "train" for part in parts]
    if "tune" in parts or tune_share <= 0:
        return parts
    in_train = [c for c, part in zip(candidates, parts, strict=True) if part == "train"]
    chosen = _choose(_pixels_by(in_train, lambda c: c.stretch), tune_share, rng)
    beside = _neighbours(in_train, chosen)
    return [_train_or_tune(c, part, chosen, beside) for c, part in zip(candidates, parts, strict=True)]


def _train_or_tune(
    candidate: Candidate, part: Part | None, chosen: frozenset[str], beside: frozenset[tuple[str, int]]
) -> Part | None:
    if part != "train":
        return part
    if candidate.stretch in chosen:
        return "tune"
    if candidate.order is not None and (candidate.group, candidate.order) in beside:
        return None
    return "train"


def _neighbours(candidates: Iterable[Candidate], chosen: frozenset[str]) -> frozenset[tuple[str, int]]:
    """(group, order) of windows right before or after a chosen stretch."""
    by_group: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        if candidate.order is not None:
            by_group[candidate.group].append(candidate)
    beside: set[tuple[str, int]] = set()
    for group, members in by_group.items():
        ordered = sorted(members, key=lambda c: c.order or 0)
        for left, right in pairwise(ordered):
            if (left.stretch in chosen) != (right.stretch in chosen):
                loser = right if left.stretch in chosen else left
                beside.add((group, loser.order or 0))
    return frozenset(beside)


def _pixels_by(
    candidates: Iterable[Candidate], key: Callable[[Candidate], str]
) -> Mapping[str, NDArray[np.int64]]:
    sums: dict[str, NDArray[np.int64]] = {}
    for candidate in candidates:
        name = key(candidate)
        sums[name] = sums.get(name, 0) + candidate.class_pixels
    return sums


def _choose(
    pixels: Mapping[str, NDArray[np.int64]], share: float, rng: np.random.Generator
) -> frozenset[str]:
    """Names that together hold about `share` of the pixels; empty if there are fewer than two."""
    names = sorted(pixels)
    if len(names) < 2 or share <= 0:
        return frozenset()
    table = np.stack([pixels[name] for name in names]).astype(np.float64)
    total = table.sum(axis=0)
    usual = total / max(1.0, total.sum())
    best: tuple[float, frozenset[str]] = (np.inf, frozenset())
    for _ in range(_TRIES):
        order = rng.permutation(len(names))
        running = np.cumsum(table[order].sum(axis=1)) / max(1.0, total.sum())
        count = int(np.argmin(np.abs(running[:-1] - share))) + 1
        taken = table[order[:count]].sum(axis=0)
        left = total - taken
        off_share = abs(float(running[count - 1]) - share)
        off_balance = float(np.abs(taken / max(1.0, taken.sum()) - usual).sum())
        lost = float(((left == 0) & (total > 0)).sum())
        score = off_share / share + off_balance + lost
        if score < best[0]:
            best = (score, frozenset(names[i] for i in order[:count]))
    return best[1]


def trim_beside(windows: Sequence[Window], parts: Sequence[Part | None], *, gap_px: int) -> list[Window]:
    """Blocks of one raster with a gap between parts: a train or tune block loses `gap_px` on each
    side where it touches a block of another, more protected part (test and val, then tune).

    The blocks must tile the raster without overlap. Lost blocks come back with no area.
    """
    rank = {"test": 3, "val": 3, "tune": 2, "train": 1, None: 0}
    out: list[Window] = []
    for window, part in zip(windows, parts, strict=True):
        left, top, right, bottom = window.x, window.y, window.x + window.width, window.y + window.height
        for other, other_part in zip(windows, parts, strict=True):
            if rank[other_part] <= rank[part] or not window.grow(1).intersects(other):
                continue
            if other.x + other.width <= window.x:
                left = max(left, window.x + gap_px)
            elif other.x >= window.x + window.width:
                right = min(right, window.x + window.width - gap_px)
            elif other.y + other.height <= window.y:
                top = max(top, window.y + gap_px)
            else:
                bottom = min(bottom, window.y + window.height - gap_px)
        out.append(Window(left, top, max(0, right - left), max(0, bottom - top)))
    return out


def capture_segments(times_s: Sequence[float | None], *, gap_s: float) -> list[int]:
    """Number of the capture segment of each image of one sequence, given in order of time.

    A new segment begins where the next image was taken more than `gap_s` later. Images without
    a time are segments of their own.
    """
    segment = -1
    last: float | None = None
    out: list[int] = []
    for time_s in times_s:
        if time_s is None or last is None or time_s - last > gap_s:
            segment += 1
        out.append(segment)
        last = time_s
    return out
