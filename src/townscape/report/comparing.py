"""Comparing indicators with values known from elsewhere: a survey, a statistic, an exact truth."""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import InputError
from townscape.workspace.records import Indicator

Known = Mapping[tuple[str, str], float]
"""(zone, measure) → value."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one measure agrees with known values."""

    measure: str
    n: int
    mean_absolute_error: float
    bias: float
    """Mean of measured − known."""
    covered: int | None
    """How many known values lie in the printed 95 % interval; None without intervals. Values that
    were counted from labels have no interval and are not among them."""
    with_interval: int
    median_half_width: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def read_known(path: Path) -> Known:
    """Values of a CSV file with the columns zone, measure and value; raises `InputError`."""
    try:
        with path.expanduser().open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        return {(row["zone"], row["measure"]): float(row["value"]) for row in rows}
    except (OSError, UnicodeDecodeError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read as known values: {error!r}.",
            hint="it needs the columns zone, measure and value, as in: Elm district,green share,0.23",
        ) from error


def compare(indicators: Sequence[Indicator], known: Known) -> list[Comparison]:
    """One line per measure that has known values."""
    pairs: dict[str, list[tuple[Indicator, float]]] = defaultdict(list)
    for indicator in indicators:
        value = known.get((indicator.subject_name, indicator.measure))
        if value is not None and indicator.value is not None:
            pairs[indicator.measure].append((indicator, value))
    return [_compare_one(measure, found) for measure, found in pairs.items()]


def _compare_one(measure: str, found: Sequence[tuple[Indicator, float]]) -> Comparison:
    error = np.array([(i.value or 0.0) - value for i, value in found])
    intervals = [(i.interval, value) for i, value in found if i.interval.is_known]
    inside = [(x.low or 0.0) <= value <= (x.high or 0.0) for x, value in intervals]
    widths = [x.half_width or 0.0 for x, _ in intervals]
    return Comparison(
        measure=measure,
        n=len(found),
        mean_absolute_error=float(np.abs(error).mean()),
        bias=float(error.mean()),
        covered=sum(inside) if intervals else None,
        with_interval=len(intervals),
        median_half_width=float(np.median(widths)) if widths else None,
    )
