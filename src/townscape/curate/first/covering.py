"""Choosing few points that stand for many: pure functions over feature vectors.

Distances are Euclidean between vectors of length 1, so 0 (alike) … 2. Everything is
deterministic: where two points are equally good, the one that comes first is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating]
Distances = NDArray[np.float32]

FAR = 2.0
"""The largest distance of two vectors of length 1."""
_BLOCK = 2048
_MOST_REPRESENTED = 4000
_LEAST_REPRESENTED = 500
_MOST_KEPT = 100_000_000
"""Distances kept at once, 4 bytes each."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far a set's points lie from the nearest chosen one, 0…2."""

    mean: float
    max: float
    n_chosen: int


def distances_to(vectors: Vectors, points: Vectors) -> Distances:
    """All n × m distances between the rows of two arrays of unit vectors."""
    cosine = vectors.astype(np.float32, copy=False) @ points.astype(np.float32, copy=False).T
    return np.sqrt(np.maximum(2 - 2 * cosine, 0), dtype=np.float32)


def nearest(vectors: Vectors, points: Vectors) -> Distances:
    """Distance of each vector to the nearest of `points`; `FAR` if there are none."""
    found = np.full(len(vectors), FAR, np.float32)
    for start in range(0, len(points), _BLOCK):
        for at in range(0, len(vectors), _BLOCK):
            some = distances_to(vectors[at : at + _BLOCK], points[start : start + _BLOCK])
            found[at : at + _BLOCK] = np.minimum(found[at : at + _BLOCK], some.min(axis=1))
    return found


def coverage(vectors: Vectors, points: Vectors) -> Coverage:
    """Mean and largest distance of all vectors to the nearest of `points`."""
    away = nearest(vectors, points)
    return Coverage(float(away.mean()), float(away.max()), len(points))


def distinct(vectors: Vectors, *, min_distance: float, known: Vectors | None = None) -> list[int]:
    """Rows that lie at least `min_distance` from every row kept before them, and from `known`.

    The first of several alike is kept, so the order of the rows says which.
    """
    kept = np.empty((len(vectors), vectors.shape[1] if vectors.ndim > 1 else 0), np.float32)
    rows: list[int] = []
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float32)
        away = nearest(block, kept[: len(rows)])
        if known is not None and len(known):
            away = np.minimum(away, nearest(block, known))
        among = distances_to(block, block)
        for k in range(len(block)):
            if away[k] >= min_distance:
                kept[len(rows)] = block[k]
                rows.append(start + k)
                away = np.minimum(away, among[k])
    return rows


def spread(vectors: Vectors, count: int, *, known: Vectors | None = None) -> list[int]:
    """k-center greedy (Gonzalez 1985): the point farthest from all chosen ones, again and again.

    The largest distance is at most twice the least possible. Begins with the point nearest to the
    mean where nothing is known. Fewer than `count` rows if there are fewer.
    """
    if not len(vectors) or count < 1:
        return []
    vectors = vectors.astype(np.float32, copy=False)
    if known is not None and len(known):
        away = nearest(vectors, known)
        chosen = [int(np.argmax(away))]
    else:
        away = np.full(len(vectors), FAR, np.float32)
        chosen = [int(np.argmax(vectors @ vectors.mean(axis=0)))]
    while True:
        away = np.minimum(away, distances_to(vectors, vectors[chosen[-1] : chosen[-1] + 1])[:, 0])
        away[chosen] = -1
        if len(chosen) >= min(count, len(vectors)):
            return chosen
        chosen.append(int(np.argmax(away)))


def stand_for(
    vectors: Vectors, count: int, *, known: Vectors | None = None, represented: Vectors | None = None
) -> list[int]:
    """Facility location, greedy: the point that brings all others nearest to a chosen one, again and again.

    The sum of similarities is at least 63 % of the best possible (Nemhauser, Wolsey and Fisher 1978).
    `represented` are the points to come near to (the vectors themselves by default); of many an even
    sample of 4,000 is taken (fewer beside more than 25,000 vectors), so memory stays bounded.
    """
    if not len(vectors) or count < 1:
        return []
    others = vectors if represented is None else represented
    most = min(_MOST_REPRESENTED, max(_LEAST_REPRESENTED, _MOST_KEPT // len(vectors)))
    others = others[:: max(1, -(-len(others) // most))]
    best = nearest(others, known if known is not None else vectors[:0])
    away = np.empty((len(vectors), len(others)), np.float32)
    hoped = np.empty(len(vectors))
    for start in range(0, len(vectors), _BLOCK):
        some = slice(start, start + _BLOCK)
        away[some] = distances_to(vectors[some], others)
        hoped[some] = np.maximum(best - away[some], 0).sum(axis=1, dtype=np.float64)
    chosen: list[int] = []
    while len(chosen) < min(count, len(vectors)):
        # What a point brings never grows, so an older number is a bound (Minoux 1978).
        row = int(np.argmax(hoped))
        gain = float(np.maximum(best - away[row], 0).sum(dtype=np.float64))
        if gain < hoped[row]:
            hoped[row] = gain
            continue
        chosen.append(row)
        hoped[row] = -1
        best = np.minimum(best, away[row])
    return chosen


def share_out(sizes: Sequence[int], count: int) -> list[int]:
    """How many of `count` each stratum gets: in proportion to the root of its size, at least one while
    there is enough, never more than its size. Larger strata come first where it does not come out even.
    """
    given = [0] * len(sizes)
    weights = [size**0.5 for size in sizes]
    for _ in range(min(count, sum(sizes))):
        open_strata = [k for k, size in enumerate(sizes) if given[k] < size]
        # Webster's method of seats: the next goes where a seat weighs most.
        k = max(open_strata, key=lambda k: (given[k] == 0, weights[k] / (2 * given[k] + 1), -k))
        given[k] += 1
    return given
