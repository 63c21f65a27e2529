"""Pictures of like scenes together: spherical k-means (Dhillon and Modha 2001), deterministic."""

from dataclasses import dataclass

import numpy as np

from townscape.curate.first.covering import Vectors, distances_to, spread

_MOST_ROUNDS = 50
_BLOCK = 4096


@dataclass(frozen=True, slots=True)
class Cluster:
    """Rows that belong together, nearest to their middle first, and the mean distance to it."""

    rows: list[int]
    mean_distance: float


def cluster(vectors: Vectors, count: int) -> list[Cluster]:
    """At most `count` clusters of unit vectors, the largest first; every row is in exactly one.

    Begins with points far from each other, so equal input gives equal clusters.
    """
    if not len(vectors):
        return []
    centres = vectors[spread(vectors, count)].astype(np.float32)
    belongs = np.full(len(vectors), -1)
    for _ in range(_MOST_ROUNDS):
        nearest = np.concatenate(
            [
                distances_to(vectors[at : at + _BLOCK], centres).argmin(axis=1)
                for at in range(0, len(vectors), _BLOCK)
            ]
        )
        if np.array_equal(nearest, belongs):
            break
        belongs = nearest
        for k in range(len(centres)):
            own = vectors[belongs == k]
            if len(own):
                middle = own.astype(np.float32).sum(axis=0)
                centres[k] = middle / max(float(np.linalg.norm(middle)), 1e-12)
    found: list[Cluster] = []
    for k in range(len(centres)):
        rows = np.flatnonzero(belongs == k)
        if len(rows):
            away = distances_to(vectors[rows], centres[k : k + 1])[:, 0]
            order = np.argsort(away, kind="stable")
            found.append(Cluster(rows[order].tolist(), float(away.mean())))
    return sorted(found, key=lambda one: (-len(one.rows), one.rows[0]))
