"""What each district is, and what its blocks are used for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city.cutting import Ring
from townscape.testing.synthetic_city.growth import SIDE, TRACK, Rank

USES = (
    "perimeter", "rows", "houses", "slabs", "halls", "square", "pocket", "park", "woodland", "school",
    "sports", "parking", "site", "wasteland", "fields", "allotments",
)  # fmt: skip
"""What a block can be."""


@dataclass(frozen=True, slots=True)
class Character:
    """How a kind of district is cut into blocks, and how often each use is among them."""

    length_m: float
    depth_m: float
    uses: dict[str, float]
    street: Rank = SIDE


CHARACTERS: dict[str, Character] = {
    "centre": Character(
        98, 80, {"perimeter": 0.80, "square": 0.09, "school": 0.03, "pocket": 0.05, "parking": 0.03}
    ),
    "waterfront": Character(
        150, 105,
        {"perimeter": 0.34, "halls": 0.14, "square": 0.14, "slabs": 0.14, "pocket": 0.1, "site": 0.08,
         "parking": 0.06},
    ),
    "rows": Character(
        165, 68, {"rows": 0.74, "perimeter": 0.1, "pocket": 0.06, "school": 0.05, "houses": 0.05}
    ),
    "houses": Character(
        190, 84, {"houses": 0.85, "rows": 0.05, "pocket": 0.05, "school": 0.03, "sports": 0.02}
    ),
    "highrise": Character(200, 150, {"slabs": 0.80, "school": 0.08, "parking": 0.05, "pocket": 0.07}),
    "industry": Character(240, 160, {"halls": 0.82, "parking": 0.08, "wasteland": 0.06, "site": 0.04}),
    "park": Character(700, 460, {"park": 1.0}, TRACK),
    "development": Character(
        190, 130, {"site": 0.60, "wasteland": 0.16, "slabs": 0.12, "perimeter": 0.08, "parking": 0.04}
    ),
    "fields": Character(520, 380, {"fields": 0.93, "woodland": 0.07}, TRACK),
    "allotments": Character(190, 130, {"allotments": 0.7, "houses": 0.12, "woodland": 0.1, "sports": 0.08}),
}  # fmt: skip
"""By name."""

_QUOTAS = (
    ("park", 0.085), ("industry", 0.09), ("development", 0.065), ("centre", 0.13), ("fields", 0.09),
    ("highrise", 0.1), ("rows", 0.15), ("allotments", 0.045), ("waterfront", 0.06), ("houses", 1.0),
)  # fmt: skip
"""Share of the districts, in the order in which a small city gets them."""


def assign(
    rng: Generator,
    middles: Ring,
    *,
    centre: Ring,
    course: Ring,
    railway: Ring,
    reach_px: float,
) -> tuple[str, ...]:
    """The character of every district, from where it lies (`middles`: n x 2)."""
    n = len(middles)
    far = np.hypot(*(middles - centre).T) / reach_px
    from_river = _distance(middles, course) / reach_px
    from_railway = _distance(middles, railway) / reach_px
    suits = {
        "centre": -far,
        "waterfront": -from_river - 0.25 * np.abs(far - 0.35),
        "industry": -from_railway - 0.4 * np.abs(far - 0.6),
        "fields": far,
        "park": -np.abs(far - rng.uniform(0.25, 0.5, n)),
        "development": -0.6 * from_railway - np.abs(far - 0.4),
        "highrise": -np.abs(far - 0.6),
        "allotments": -np.abs(far - 0.7) - 0.3 * from_railway,
        "rows": -np.abs(far - 0.35),
        "houses": -np.abs(far - 0.65),
    }
    counts = [max(1, round(share * n)) for _, share in _QUOTAS]
    wanted = [name for (name, _), count in zip(_QUOTAS, counts, strict=True) for _ in range(count)]
    chosen: dict[int, str] = {}
    for name in sorted(wanted[:n], key=_order):
        free = [k for k in range(n) if k not in chosen]
        score = suits[name] + rng.normal(0, 0.04, n)
        beside = [0.2 * _beside(k, name, chosen, middles, reach_px) for k in free]
        chosen[free[int(np.argmax(score[free] - np.array(beside)))]] = name
    return tuple(chosen[k] for k in range(n))


def choose_use(rng: Generator, character: Character, *, length_m: float, breadth_m: float) -> str:
    """A use for a block of that size behind its sidewalks: slivers become green or paved corners."""
    if breadth_m < 20 or length_m < 26:
        return "pocket" if rng.random() < 0.6 else "square"
    names = list(character.uses)
    weights = np.array([character.uses[name] for name in names])
    use = str(rng.choice(names, p=weights / weights.sum()))
    if use == "sports" and (breadth_m < 82 or length_m < 118):
        return "pocket"
    return use


def _order(name: str) -> int:
    """Who chooses first: those that need a place of their own."""
    return ("centre", "fields", "waterfront", "industry").index(name) if name in _CHOOSY else 9


_CHOOSY = ("centre", "fields", "waterfront", "industry")


def _distance(points: Ring, line: Ring) -> Ring:
    return np.hypot(*(points[:, None] - line[None]).transpose(2, 0, 1)).min(axis=1)


def _beside(k: int, name: str, chosen: dict[int, str], middles: Ring, reach_px: float) -> float:
    """1 for parks and building areas next to one of their own: those should be spread."""
    if name not in {"park", "development", "highrise", "rows"}:
        return 0.0
    same: Sequence[int] = [j for j, other in chosen.items() if other == name]
    return float(any(np.hypot(*(middles[k] - middles[j])) < 0.3 * reach_px for j in same))
