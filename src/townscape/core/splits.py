"""Splitting labelled windows into train, tune, val and test without leaks.

Neighbouring frames and neighbouring pixels look alike, so parts are made of whole *groups*
(capture segments, places, exact duplicates, raster blocks), never of single windows. A published
split is taken as it is. *tune* is cut from train: weights are chosen on it, so its score is
marked optimistic. Inside a long recording tune takes short *stretches*, and the train windows
right beside a stretch are left out (`None`), so that no neighbour of a tune window is learned.
Blocks of a raster keep a gap between parts (`core.blocks`); what falls into it counts as lost when
a split is chosen, so that no class is lost that need not be.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from townscape.core.blocks import Block, BlockGrid

Part = Literal["train", "tune", "val", "test"]
PARTS: tuple[Part, ...] = ("train", "tune", "val", "test")
RANK: dict[Part | None, int] = {"test": 3, "val": 3, "tune": 2, "train": 1, None: 0}
"""Where two blocks meet, that of the lower rank gives way."""

_TRIES = 200
_Pixels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A labelled window that is to be put into a part.

    `group` must not be torn apart. `stretch` is the finer unit that tune may take; `order` is the
    place within the group, where there is one. `official` is a published part. `block` is set for
    blocks of rasters.
    """

    group: str
    stretch: str
    order: int | None
    official: Part | None
    class_pixels: _Pixels
    block: Block | None = None


def assign_parts(
    candidates: Sequence[Candidate], *, val_share: float, tune_share: float, seed: int
) -> list[Part | None]:
    """A part for each candidate; None for windows that are left out, such as the gap beside tune.

    If any candidate has an official part, those without one join train, but for those of a group
    that is officially held out: they are None too. Otherwise whole groups of about `val_share` of
    the labelled pixels become val. Choices are the best of 200 draws:
    near the wanted share, with every class in about its usual proportion.
    """
    rng = np.random.default_rng(seed)
    parts: list[Part | None] = [c.official for c in candidates]
    ground = _Ground(candidates)
    held_back = {c.group for c in candidates if c.official in ("val", "test")}
    if not any(parts):
        held_out = _choose(_units(candidates, lambda c: c.group, parts, "val", ground), val_share, rng)
        parts = ["val" if c.group in held_out else "train" for c in candidates]
    parts = [
        part or (None if c.group in held_back else "train") for c, part in zip(candidates, parts, strict=True)
    ]
    if "tune" in parts or tune_share <= 0:
        return parts
    chosen = _choose(_units(candidates, lambda c: c.stretch, parts, "tune", ground), tune_share, rng)
    in_train = [c for c, part in zip(candidates, parts, strict=True) if part == "train"]
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


class _Ground:
    """How many labelled pixels are left to learn from under a split, gaps left out."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._pixels = np.stack([c.class_pixels for c in candidates])
        self._places = np.array([k for k, c in enumerate(candidates) if c.block is not None], dtype=np.int64)
        blocks = [c.block for c in candidates if c.block is not None]
        self._grid = BlockGrid(blocks)
        self._pieces = np.stack([b.pieces for b in blocks]) if blocks else None

    def left(self, rank: NDArray[np.int64]) -> _Pixels:
        """Pixels per class in train (rank 1)."""
        in_train = rank == RANK["train"]
        is_photo = in_train.copy()
        is_photo[self._places] = False
        left = self._pixels[is_photo].sum(axis=0)
        if self._pieces is not None:
            kept = self._grid.kept(rank[self._places]) & in_train[self._places][:, None, None]
            left = left + self._pieces[kept].sum(axis=0)
        return left


@dataclass(frozen=True, slots=True)
class _Units:
    """What may be chosen for a part: names, pixels per class, and what a choice leaves to train."""

    names: Sequence[str]
    pixels: _Pixels
    left: Callable[[frozenset[str]], _Pixels]


def _units(
    candidates: Sequence[Candidate],
    key: Callable[[Candidate], str],
    parts: Sequence[Part | None],
    wanted: Part,
    ground: _Ground,
) -> _Units:
    """Groups of what has no part yet (for val), or stretches of what is in train (for tune)."""
    free = [part == ("train" if wanted == "tune" else None) for part in parts]
    sums: dict[str, _Pixels] = {}
    for candidate, is_free in zip(candidates, free, strict=True):
        if is_free:
            name = key(candidate)
            sums[name] = sums.get(name, np.zeros_like(candidate.class_pixels)) + candidate.class_pixels
    names = sorted(sums)
    fixed = np.array(
        [RANK["train" if is_free else part] for part, is_free in zip(parts, free, strict=True)],
        dtype=np.int64,
    )

    def left(chosen: frozenset[str]) -> _Pixels:
        taken = [ok and key(c) in chosen for c, ok in zip(candidates, free, strict=True)]
        return ground.left(np.where(taken, RANK[wanted], fixed))

    pixels = [sums[name] for name in names]
    return _Units(names, np.stack(pixels) if pixels else np.zeros((0, 0), dtype=np.int64), left)


def _choose(units: _Units, share: float, rng: np.random.Generator) -> frozenset[str]:
    """Names that together hold about `share` of the pixels; empty if there are fewer than two."""
    if len(units.names) < 2 or share <= 0:
        return frozenset()
    table = units.pixels.astype(np.float64)
    total = table.sum(axis=0)
    usual = total / max(1.0, total.sum())
    best: tuple[float, frozenset[str]] = (np.inf, frozenset())
    for _ in range(_TRIES):
        order: list[int] = rng.permutation(len(units.names)).tolist()
        running = np.cumsum(table[order].sum(axis=1)) / max(1.0, total.sum())
        count = int(np.argmin(np.abs(running[:-1] - share))) + 1
        chosen = frozenset(units.names[i] for i in order[:count])
        taken = table[order[:count]].sum(axis=0)
        left = units.left(chosen)
        off_share = abs(float(running[count - 1]) - share)
        off_balance = float(np.abs(taken / max(1.0, taken.sum()) - usual).sum())
        lost = float(((left == 0) & (total > 0)).sum())
        in_gaps = 1 - float(left.sum()) / max(1.0, float((total - taken).sum()))
        score = off_share / share + off_balance + lost + in_gaps
        if score < best[0]:
            best = (score, chosen)
    return best[1]


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
