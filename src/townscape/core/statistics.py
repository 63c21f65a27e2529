"""Intervals: how far a number could be off.

Pixels of one image, and images of one street, are not independent. So every interval here
resamples or counts *groups* (capture segments, places, raster blocks), never pixels or frames.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_GROUPS = 5
"""With fewer groups there is no interval: a spread of four says too little."""

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, or the reason why there is none."""

    low: float | None
    high: float | None
    n_groups: int
    method: str
    """How it was computed; without an interval, why there is none if not for too few groups."""

    @property
    def is_known(self) -> bool:
        return self.low is not None and self.high is not None

    @property
    def half_width(self) -> float | None:
        """Half of the interval's length, or None."""
        if self.low is None or self.high is None:
            return None
        return (self.high - self.low) / 2

    def describe(self) -> str:
        """`0.58–0.66`, or `no interval: 3 groups`."""
        if self.low is None or self.high is None:
            if self.method:
                return f"no interval: {self.method}"
            return f"no interval: {self.n_groups} group{'' if self.n_groups == 1 else 's'}"
        return f"{self.low:.3f}–{self.high:.3f}"

    def to_json(self) -> dict[str, Any]:
        """Plain values, with `reason` where there is no interval."""
        values: dict[str, Any] = {"low": self.low, "high": self.high, "n_groups": self.n_groups}
        values["method" if self.is_known else "reason"] = self.method if self.is_known else self.describe()
        return values


def no_interval(n_groups: int, *, because: str = "") -> Interval:
    """The interval that is not there, for another reason than too few groups where one is given."""
    return Interval(None, None, n_groups, because)


def group_bootstrap(
    counts_by_group: NDArray[np.int64],
    statistic: Callable[[NDArray[np.int64]], float],
    *,
    n_draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Percentile interval of a statistic of summed counts, resampling whole groups.

    `counts_by_group` has one row per group (any further shape); `statistic` takes a sum over
    groups. Draws for which it is not finite are left out. Efron and Tibshirani 1993, ch. 13.
    """
    n_groups = counts_by_group.shape[0]
    if n_groups < MIN_GROUPS:
        return no_interval(n_groups)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=n_draws)
    draws = np.array([statistic(np.tensordot(w, counts_by_group, axes=1)) for w in weights])
    draws = draws[np.isfinite(draws)]
    if draws.size < n_draws // 2:
        return no_interval(n_groups)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), n_groups, "group bootstrap")


def student_quantile(degrees_of_freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees_of_freedom, (1 + LEVEL) / 2))


def exact_interval(hits: int, n: int) -> Interval:
    """95 % interval of a share, `hits` of `n` independent trials (Clopper and Pearson 1934)."""
    from scipy.special import betaincinv

    if n == 0:
        return no_interval(0, because="nothing was counted")
    tail = (1 - LEVEL) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return Interval(low, high, n, "Clopper–Pearson")


def describe_misses(misses: int, n: int) -> str:
    """What `misses` in a random sample of `n` say of the whole, in words.

    Without a miss the rule of three: the share is at most 3/n with 95 % confidence (Hanley and
    Lippman-Hand 1983).
    """
    if n == 0:
        return "nothing was looked at yet"
    seen = f"{misses:,} {'miss' if misses == 1 else 'misses'} in {n:,} image{'' if n == 1 else 's'}"
    if misses == 0:
        return f"{seen}: at 95 % confidence, at most {min(1.0, 3 / n):.2%} of the images have one"
    interval = exact_interval(misses, n)
    return f"{seen}: {misses / n:.2%} of the images (95 % interval {interval.low:.2%} to {interval.high:.2%})"
