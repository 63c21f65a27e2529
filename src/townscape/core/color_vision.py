"""Colours as people see them: how different two look, also to the colour-blind.

Differences are CIEDE2000 (Sharma, Wu and Dalal 2005); colour blindness is simulated as by Machado,
Oliveira and Fernandes (2009), severity 1.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Vision = Literal["usual", "protanopia", "deuteranopia", "tritanopia"]
Reals = NDArray[np.float64]

HARD_TO_TELL = 10.0
"""Below this difference neighbouring areas are easily taken for one."""

_SIMULATION: dict[Vision, Reals] = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_VISIONS: tuple[Vision, ...] = ("usual", "protanopia", "deuteranopia", "tritanopia")
_XYZ_FROM_RGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


class SimilarPair(NamedTuple):
    """Two classes that look alike."""

    first: int
    second: int
    distance: float
    vision: Vision


def similar_pairs(
    rgb_by_class: Mapping[int, tuple[int, int, int]], *, limit: float = HARD_TO_TELL
) -> list[SimilarPair]:
    """Pairs of classes whose colours differ by less than `limit`, each with the kind of vision in
    which they differ least; the most alike first.
    """
    lab = {v: {number: lab_from_rgb(rgb, v) for number, rgb in rgb_by_class.items()} for v in _VISIONS}
    found: list[SimilarPair] = []
    for first, second in combinations(sorted(rgb_by_class), 2):
        least = min(
            (SimilarPair(first, second, ciede2000(lab[v][first], lab[v][second]), v) for v in _VISIONS),
            key=lambda pair: pair.distance,
        )
        usual = ciede2000(lab["usual"][first], lab["usual"][second])
        if usual < limit:
            found.append(SimilarPair(first, second, usual, "usual"))
        elif least.distance < limit:
            found.append(least)
    return sorted(found, key=lambda pair: pair.distance)


def lab_from_rgb(rgb: tuple[int, int, int], vision: Vision = "usual") -> Reals:
    """CIE L*a*b* (D65) of an sRGB colour, 0…255, as seen with that vision."""
    encoded = np.array(rgb, dtype=np.float64) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(_SIMULATION[vision] @ linear, 0, 1)
    ratio = _XYZ_FROM_RGB @ seen / _WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(lab_1: Reals, lab_2: Reals) -> float:
    """Difference of two CIE L*a*b* colours: about 1 is just noticeable side by side."""
    l1, a1, b1 = lab_1.tolist()
    l2, a2, b2 = lab_2.tolist()
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    if c1 * c2 == 0:
        dh, mean_h = 0.0, h1 + h2
    else:
        dh = (h2 - h1 + 180) % 360 - 180
        mean_h = (h1 + h2) / 2
        if abs(h1 - h2) > 180:
            mean_h += 180 if h1 + h2 < 360 else -180
    d_lightness, d_chroma = l2 - l1, c2 - c1
    d_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    turn = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))
    r_t = -2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(2 * turn))
    x, y, z = d_lightness / s_l, d_chroma / s_c, d_hue / s_h
    return float(np.sqrt(x * x + y * y + z * z + r_t * y * z))
