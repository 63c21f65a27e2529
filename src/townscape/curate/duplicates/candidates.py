"""Which images may be copies of each other, by their hashes alone: pure arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townscape.core.hash_search import within
from townscape.core.image_hash import HASH_BYTES
from townscape.workspace.fingerprints import HashTable

_QUERIES, _PAIRS, _MOST_TARGETS = 64, 1 << 17, 16_384
"""Images and pairs of images compared at a time; bounds the memory where all of them are alike."""
_FLIPPED = 1 << 16


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A pair of rows of the table (`first` < `second`) and the nearest of their hashes."""

    first: int
    second: int
    distance: int
    flipped: bool


def candidates(
    table: HashTable,
    queries: Sequence[int],
    *,
    radius: int,
    crops: bool,
    most: int,
    is_target: NDArray[np.bool_],
) -> list[Candidate]:
    """The nearest targets of each query, at most `most` a query, none further than `radius` bits.

    Rows are numbered as in the table. A query is compared with targets before it and with targets
    that are no query, so that no pair comes twice. Pictures are compared as they are and mirrored,
    the whole of one with the whole and (with `crops`) with parts of the other, both ways. Flat
    pictures are never candidates. What is within the radius is found without exception.
    """
    asked = np.array([q for q in queries if not table.is_flat[q]], np.int64)
    is_query = np.zeros(len(table), bool)
    is_query[asked] = True
    targets = np.flatnonzero(is_target & ~table.is_flat)
    found: list[Candidate] = []
    for start in range(0, len(asked), _QUERIES):
        some = asked[start : start + _QUERIES]
        best: list[dict[int, int]] = [{} for _ in some]
        n_targets = min(_MOST_TARGETS, _PAIRS // len(some))
        for begin in range(0, len(targets), n_targets):
            part = targets[begin : begin + n_targets]
            part = part[~is_query[part] | (part < some[-1])]
            nearest = _nearest(table, some, part, radius=radius, crops=crops)
            for row, query in enumerate(some):
                near = np.flatnonzero(nearest[row] % _FLIPPED <= radius)
                near = near[~is_query[part[near]] | (part[near] < query)]
                best[row] |= {int(part[k]): int(nearest[row, k]) for k in near}
                if len(best[row]) > most:
                    ranked = sorted(best[row].items(), key=lambda item: (item[1] % _FLIPPED, item[0]))
                    best[row] = dict(ranked[:most])
        for query, others in zip(some.tolist(), best, strict=True):
            for other, value in others.items():
                first, second = min(query, other), max(query, other)
                found.append(Candidate(first, second, value % _FLIPPED, value >= _FLIPPED))
    return sorted(found)


def nearest_of(table: HashTable, first: int, second: int, *, crops: bool) -> Candidate:
    """How near two rows of the table are, in the orientation in which they are nearest."""
    pair = _nearest(table, np.array([first]), np.array([second]), radius=8 * HASH_BYTES, crops=crops)
    value = int(pair[0, 0])
    a, b = min(first, second), max(first, second)
    return Candidate(a, b, value % _FLIPPED, value >= _FLIPPED)


def _nearest(
    table: HashTable, queries: NDArray[np.int64], targets: NDArray[np.int64], *, radius: int, crops: bool
) -> NDArray[np.int64]:
    """Smallest distance of each query and target (queries × targets), plus 65,536 where mirrored.

    What is further than the radius in every way has some value above it.
    """
    q, t = len(queries), len(targets)
    nearest = np.full((2, q, t), radius + 1, np.int64)  # as seen, mirrored
    both = np.concatenate([table.whole[queries], table.flipped[queries]])
    whole = table.whole[targets]
    found = within(both, whole, radius)
    _lower(nearest, found.first // q, found.first % q, found.second, found.distance)
    if crops and table.crops.shape[1]:
        n = table.crops.shape[1]
        found = within(both, table.crops[targets].reshape(-1, HASH_BYTES), radius)
        _lower(nearest, found.first // q, found.first % q, found.second // n, found.distance)
        own = table.crops[queries].reshape(-1, HASH_BYTES)
        found = within(own, np.concatenate([whole, table.flipped[targets]]), radius)
        _lower(nearest, found.second // t, found.first // n, found.second % t, found.distance)
    is_mirrored = nearest[1] < nearest[0]
    return np.where(is_mirrored, nearest[1] + _FLIPPED, nearest[0])


def _lower(
    nearest: NDArray[np.int64],
    side: NDArray[np.int64],
    query: NDArray[np.int64],
    target: NDArray[np.int64],
    distance: NDArray[np.int64],
) -> None:
    """Take over what is nearer than what is known."""
    np.minimum.at(nearest, (side, query, target), distance)
