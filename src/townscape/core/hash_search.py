"""Finding hashes that differ in few bits: exact, nothing within the radius is missed.

Small radii over many hashes go through an index (Norouzi, Punjani and Fleet 2012, "Fast search in
Hamming space with multi-index hashing"): a hash is 16 words of 16 bits, and of two hashes within
radius r some word differs in at most r // 16 bits. With r ≤ 31 that is at most one bit, so every
word is looked up in 17 buckets. Above, counting all bits of all pairs is quicker.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from townscape.core.image_hash import HASH_BYTES

INDEXED_RADIUS = 31
"""The largest radius that the index is used for."""
Word = TypeVar("Word", np.uint16, np.uint64)

_WORD_BITS = 16
_N_WORDS = HASH_BYTES * 8 // _WORD_BITS
_QUERIES, _BLOCK_PAIRS = 16, 1 << 16
"""Queries at a time, and pairs: a block stays in a core's cache."""
_WORTH_THREADS, _MOST_THREADS = 1 << 20, 4
_AT_ONCE = 1 << 21
"""Pairs that are looked at together; bounds the memory."""


@dataclass(frozen=True, slots=True)
class Near:
    """Pairs of rows and the bits in which they differ: three arrays of one length."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    distance: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)


def pairs_within(rows: NDArray[np.uint8], radius: int) -> Near:
    """Every pair i < j of rows (n × 32) that differ in at most `radius` bits, by i, then j."""
    if radius <= INDEXED_RADIUS:
        return _indexed(rows, radius)
    found = [
        (first[is_later], second[is_later], far[is_later])
        for first, second, far in _blocks(rows, rows, radius)
        for is_later in [first < second]
    ]
    return _in_order(found)


def within(queries: NDArray[np.uint8], rows: NDArray[np.uint8], radius: int) -> Near:
    """Every query (q × 32) with every row (n × 32) from which it differs in at most `radius` bits.

    `first` numbers the queries, `second` the rows.
    """
    n_threads = min(_MOST_THREADS, os.cpu_count() or 1)
    if n_threads == 1 or len(queries) * len(rows) < _WORTH_THREADS:
        return _in_order(list(_blocks(queries, rows, radius)))
    edges = [len(rows) * k // n_threads for k in range(n_threads + 1)]

    def part(k: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
        some = rows[edges[k] : edges[k + 1]]
        return [(i, j + edges[k], far) for i, j, far in _blocks(queries, some, radius)]

    with ThreadPoolExecutor(n_threads) as pool:  # counting bits does not hold Python's lock
        return _in_order([found for parts in pool.map(part, range(n_threads)) for found in parts])


def _blocks(
    queries: NDArray[np.uint8], rows: NDArray[np.uint8], radius: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Counts the bits of every pair, block by block."""
    left = _words(queries, np.uint64)
    right = _words(rows, np.uint64)
    n_queries = max(1, min(_QUERIES, len(left)))
    n_rows = _BLOCK_PAIRS // n_queries
    both = np.empty((n_queries, n_rows), np.uint64)
    bits = np.empty((n_queries, n_rows), np.uint8)
    far = np.empty((n_queries, n_rows), np.uint16)
    for top in range(0, len(left), _QUERIES):
        some = left[top : top + _QUERIES]
        for start in range(0, len(right), n_rows):
            block = np.ascontiguousarray(right[start : start + n_rows].T)
            shape = np.s_[: len(some), : block.shape[1]]
            far[shape] = 0
            for word in range(len(block)):
                np.bitwise_xor(some[:, word, None], block[None, word], out=both[shape])
                np.bitwise_count(both[shape], out=bits[shape])
                far[shape] += bits[shape]
            is_near = far[shape] <= radius
            if is_near.any():
                i, j = np.nonzero(is_near)
                yield i + top, j + start, far[i, j].astype(np.int64)


def _indexed(rows: NDArray[np.uint8], radius: int) -> Near:
    words, whole = _words(rows, np.uint16), _words(rows, np.uint64)
    masks = [0, *(1 << bit for bit in range(_WORD_BITS))] if radius >= _N_WORDS else [0]
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    for word in range(_N_WORDS):
        # In the order of the word, so that a bucket's hashes lie side by side in memory.
        order = np.argsort(words[:, word], kind="stable").astype(np.int64)
        columns = [np.ascontiguousarray(column) for column in whole[order].T]
        for first, second in _same_buckets(words[order, word], masks):
            first, second, far = _checked(columns, first, second, radius)  # noqa: PLW2901
            if len(first):
                a, b = order[first], order[second]
                found.append((np.minimum(a, b), np.maximum(a, b), far))
    return _in_order(found, repeated=True)


def _same_buckets(
    values: NDArray[np.uint16], masks: list[int]
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32]]]:
    """Pairs of places in sorted values that are equal, or become equal by a mask; each pair once."""
    counts = np.bincount(values, minlength=1 << _WORD_BITS)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    places = np.arange(len(values), dtype=np.int32)
    for mask in masks:
        target = values ^ np.uint16(mask)
        # Once a pair: the later place where the words are equal, the larger word otherwise.
        begin = places + 1 if mask == 0 else starts[target]
        end = starts[target] + counts[target]
        n_others = np.where((mask == 0) | (target > values), end - begin, 0)
        for some in _parts(n_others):
            n = n_others[some]
            first = np.repeat(places[some], n)
            shift = begin[some] - (np.cumsum(n) - n)
            second = np.arange(n.sum(), dtype=np.int32) + np.repeat(shift.astype(np.int32), n)
            yield first, second


def _parts(sizes: NDArray[np.int64]) -> Iterator[slice]:
    """Slices whose sizes sum to about the number of pairs that are looked at together."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _AT_ONCE, side="right")))
        if ends[stop - 1] > done:
            yield slice(start, stop)
        start = stop


def _checked(
    columns: list[NDArray[np.uint64]], first: NDArray[np.int32], second: NDArray[np.int32], radius: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Those of the pairs that are within the radius, with their distances."""
    far = np.zeros(len(first), np.uint16)
    for column in columns:
        far += np.bitwise_count(column[first] ^ column[second])
        keep = np.flatnonzero(far <= radius)
        first, second, far = first[keep], second[keep], far[keep]
    return first, second, far.astype(np.int64)


def _in_order(
    found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]], *, repeated: bool = False
) -> Near:
    if not found:
        nothing = np.empty(0, np.int64)
        return Near(nothing, nothing, nothing)
    first, second, far = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((second, first))
    first, second, far = first[order], second[order], far[order]
    if repeated:
        is_new = np.ones(len(first), bool)
        is_new[1:] = (first[1:] != first[:-1]) | (second[1:] != second[:-1])
        first, second, far = first[is_new], second[is_new], far[is_new]
    return Near(first, second, far)


def _words(rows: NDArray[np.uint8], kind: type[Word]) -> NDArray[Word]:
    return np.ascontiguousarray(rows, np.uint8).reshape(len(rows), HASH_BYTES).view(kind)
