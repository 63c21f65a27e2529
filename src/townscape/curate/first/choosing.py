"""Choosing what to label first: from every stratum, pictures that stand for many others."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np

from townscape.curate.first.covering import (
    Coverage,
    Vectors,
    coverage,
    distinct,
    share_out,
    spread,
    stand_for,
)
from townscape.workspace.records import Image

Method = Literal["stand-for", "spread"]
Stratify = Literal["auto", "sequence", "place", "time", "none"]

MIN_DISTANCE = 0.25
"""Pictures nearer than this are taken for one; see docs/decisions/024."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Rows chosen, in the order in which they were, and what was passed over."""

    rows: list[int]
    n_distinct: int
    """Candidates that were left after alike ones had been set aside."""
    strata: dict[str, int]
    """Stratum → number chosen."""


def strata_of(images: Sequence[Image], how: Stratify) -> list[str]:
    """The stratum of each image; `auto` takes the first of place, sequence and month that they have."""
    if how == "auto":
        by_place = sum(image.place is not None for image in images)
        by_sequence = sum(image.sequence is not None for image in images)
        by_time = sum(image.captured_at is not None for image in images)
        most = len(images) / 2
        how = (
            "place"
            if by_place > most
            else "sequence"
            if by_sequence > most
            else "time"
            if by_time > most
            else "none"
        )
    return [_stratum(image, how) for image in images]


def choose(
    vectors: Vectors,
    strata: Sequence[str],
    count: int,
    *,
    method: Method,
    min_distance: float = MIN_DISTANCE,
    known: Vectors | None = None,
) -> Choice:
    """Choose `count` rows (fewer if there are not so many distinct ones).

    Rows nearer than `min_distance` to one before them, or to a `known` one, are set aside; they are
    taken up again, farthest first, only if the distinct ones do not suffice. The budget is shared
    among strata by the root of their size; then each gives the rows that its method picks, with
    what is known and what other strata gave already in mind.
    """
    rows = distinct(vectors, min_distance=min_distance, known=known)
    by_stratum: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_stratum[strata[row]].append(row)
    names = sorted(by_stratum, key=lambda name: (-len(by_stratum[name]), name))
    shares = share_out([len(by_stratum[name]) for name in names], count)
    chosen: list[int] = []
    for name, share in zip(names, shares, strict=True):
        own = by_stratum[name]
        taken = vectors[chosen] if known is None else np.concatenate([known, vectors[chosen]])
        if method == "spread":
            picked = spread(vectors[own], share, known=taken)
        else:
            members = [row for row, stratum in enumerate(strata) if stratum == name]
            picked = stand_for(vectors[own], share, known=taken, represented=vectors[members])
        chosen += [own[k] for k in picked]
    if len(chosen) < min(count, len(vectors)):
        rest = [row for row in range(len(vectors)) if row not in set(chosen)]
        taken = vectors[chosen] if known is None else np.concatenate([known, vectors[chosen]])
        chosen += [rest[k] for k in spread(vectors[rest], count - len(chosen), known=taken)]
    found: dict[str, int] = defaultdict(int)
    for row in chosen:
        found[strata[row]] += 1
    return Choice(chosen, len(rows), dict(sorted(found.items())))


def choose_randomly(n_rows: int, count: int, *, seed: int) -> list[int]:
    """`count` of the rows, each as likely as any other."""
    drawn = np.random.default_rng(seed).choice(n_rows, min(count, n_rows), replace=False)
    return [int(row) for row in drawn]


def coverage_of(vectors: Vectors, rows: Sequence[int], known: Vectors | None) -> Coverage:
    """How far all rows lie from the nearest chosen or known one."""
    points = vectors[list(rows)]
    return coverage(vectors, points if known is None else np.concatenate([known, points]))


def _stratum(image: Image, how: Stratify) -> str:
    if how == "place":
        return image.place or "no place"
    if how == "sequence":
        return image.sequence or "no sequence"
    if how == "time" and image.captured_at is not None and math.isfinite(image.captured_at):
        return f"{datetime.fromtimestamp(image.captured_at, UTC):%Y-%m}"
    return "no time" if how == "time" else "all"
