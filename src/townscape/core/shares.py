"""From a map's share to an honest share: correction and interval from held-out labels.

A zone's map says which shares g_j its classes have. Held-out labelled cells say what a pixel
mapped as j is in truth, P(i | j), so the zone's true share of a set S of classes is expected to be

    t = Σ_j g_j · P(S | j)                              (Card 1982, with the map's own margins)

The same goes for a ratio of two sets, such as sealed ground per land: both are expected so.
P differs from place to place. How much, is read from the cells themselves: each group of cells
is predicted by a P that was learned without it, and what is left over are its residuals. They
shrink towards shares of 0 and 1 and are scaled by φ(t) = √(t (1 − t) + 0.01). The interval is
a prediction interval for one more place like the cells:

    t ± q · s · φ(t) · √((1/m + 1/n) / (1 + 1/n))         q: Student's t with n − 1 degrees

with n groups of cells, s the root mean square of scaled residuals, and m the number of
independent groups that the target averages (1 for a zone). Ground that people labelled is taken
as they labelled it: only the rest is estimated, and the interval is narrower by that much (there is
none where nothing is left to estimate). It assumes that the place looks like the held-out ones, and
says so wherever it is printed (grade B).
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from townscape.core.statistics import MIN_GROUPS, Interval, no_interval, student_quantile

_EPSILON = 0.01
_ALL_LABELLED = 1e-3
"""Where less than this share is not labelled, nothing is left to estimate."""

Mask = NDArray[np.bool_]
Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeldOutCells:
    """Confusion matrices of held-out cells (cells × K × K+1, row = truth) and each cell's group."""

    matrices: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def n_groups(self) -> int:
        """Independent groups that have a labelled and predicted pixel."""
        return int(np.unique(self.group[self.matrices[:, :, :-1].sum(axis=(1, 2)) > 0]).size)


class Labelled(NamedTuple):
    """Ground that people labelled: how much of it is the part, how much the whole."""

    part: float
    whole: float

    @classmethod
    def of(cls, area_by_class: Reals, part: Mask, whole: Mask) -> Self:
        """From labelled areas per class."""
        return cls(float(area_by_class[part & whole].sum()), float(area_by_class[whole].sum()))


_NO_LABELS = Labelled(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class ShareModel:
    """What held-out labels teach about a share: learned once, applied to every place."""

    part_given_mapped: Reals
    """P(S | j) per mapped class j."""
    whole_given_mapped: Reals
    """P(D | j), where D is what the share is of (everything, or land)."""
    spread: float | None
    """Root mean square of scaled residuals; None with fewer than five groups."""
    n_groups: int

    def estimate(
        self, map_pixels: Reals, *, labelled: Labelled = _NO_LABELS, n_independent: int = 1
    ) -> tuple[float | None, Interval]:
        """Expected share (0…1) and its 95 % interval where `map_pixels` are mapped per class and
        `labelled` is what labels say of the ground beside them.

        None if nothing there counts.
        """
        rest = _ratio(map_pixels, self.part_given_mapped, self.whole_given_mapped)
        rest_whole = float((map_pixels * self.whole_given_mapped).sum())
        total = labelled.whole + rest_whole
        if total <= 0:
            return None, no_interval(self.n_groups)
        value = (labelled.part + (rest or 0.0) * rest_whole) / total
        if rest_whole <= _ALL_LABELLED * total:
            return value, no_interval(self.n_groups, because="counted from labels")
        if self.spread is None:
            return value, no_interval(self.n_groups)
        n = self.n_groups
        error = student_quantile(n - 1) * self.spread * _scale(rest or 0.0) * rest_whole / total
        error *= float(np.sqrt((1 / max(1, n_independent) + 1 / n) / (1 + 1 / n)))
        low, high = max(0.0, value - error), min(1.0, value + error)
        return value, Interval(low, high, n, "held-out confusion, Student's t over groups")


def learn_share(cells: HeldOutCells | None, part: Mask, whole: Mask) -> ShareModel:
    """Learn the share of the classes `part` in the classes `whole` (both K bools).

    Without cells, or with fewer than five groups of them, the map is taken at its word: no
    correction and no interval.
    """
    n_groups = cells.n_groups if cells is not None else 0
    if cells is None or n_groups < MIN_GROUPS:
        return ShareModel(part.astype(np.float64), whole.astype(np.float64), None, n_groups)
    matrices = cells.matrices[:, :, :-1].astype(np.float64)
    total = matrices.sum(axis=0)
    squares: list[float] = []
    weights: list[float] = []
    for group in np.unique(cells.group):
        members = matrices[cells.group == group]
        rest = total - members.sum(axis=0)
        part_given, whole_given = _given_mapped(rest, part), _given_mapped(rest, whole)
        for cell in members:
            truth = cell.sum(axis=1)
            expected = _ratio(cell.sum(axis=0), part_given, whole_given)
            of = float(truth[whole].sum())
            if expected is None or of == 0:
                continue
            residual = float(truth[part & whole].sum()) / of - expected
            squares.append((residual / _scale(expected)) ** 2)
            weights.append(of)
    if not squares:
        return ShareModel(part.astype(np.float64), whole.astype(np.float64), None, n_groups)
    spread = float(np.sqrt(np.average(squares, weights=weights)))
    return ShareModel(_given_mapped(total, part), _given_mapped(total, whole), spread, n_groups)


def map_share(map_pixels: Reals, part: Mask, whole: Mask) -> float | None:
    """The share as the map has it, without correction; None if nothing there counts."""
    return _ratio(map_pixels, (part & whole).astype(np.float64), whole.astype(np.float64))


def _given_mapped(matrix: Reals, wanted: Mask) -> Reals:
    """P(wanted | mapped as j); a class that was never mapped there is taken at its word."""
    mapped = matrix.sum(axis=0)
    out = wanted.astype(np.float64)
    np.divide(matrix[wanted].sum(axis=0), mapped, out=out, where=mapped > 0)
    return out


def _ratio(pixels: Reals, part: Reals, whole: Reals) -> float | None:
    of = float((pixels * whole).sum())
    return float(np.clip((pixels * part).sum() / of, 0, 1)) if of > 0 else None


def _scale(share: float) -> float:
    return float(np.sqrt(share * (1 - share) + _EPSILON))
