"""Laying one picture over another: a turn, a scale and a shift that take most features along."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.curate.duplicates.look import Look

MIN_INLIERS = 12
"""Features that must agree on one transform. Unrelated street pictures reached 16 by chance, so
this alone proves nothing: what lies over each other is compared afterwards."""
_RATIO = 0.8
_TOLERANCE_PX = 2.5
_SMALLEST_SCALE, _LARGEST_SCALE = 0.2, 5.0
_SNAP_PX = 1.2


@dataclass(frozen=True, slots=True)
class Alignment:
    """A similarity from the first small picture (mirrored first, if `flipped`) to the second."""

    matrix: NDArray[np.float64]
    """2 × 3, in pixels of the small pictures."""
    flipped: bool
    n_inliers: int
    is_plain: bool
    """Corner lies on corner: the whole of one is the whole of the other."""

    @property
    def scale(self) -> float:
        """Small pixels of the second for one of the first."""
        return float(np.hypot(self.matrix[0, 0], self.matrix[1, 0]))

    @property
    def angle_deg(self) -> float:
        """Turn from the first to the second, clockwise on screen, −180…180."""
        return float(np.degrees(np.arctan2(self.matrix[1, 0], self.matrix[0, 0])))


def align(first: Look, second: Look, *, flipped: bool, how: str = "orb") -> Alignment | None:
    """The similarity between two pictures, or None where their features do not agree on one.

    Features are ORB (Rublee et al. 2011) or SIFT (Lowe 2004), matched with Lowe's ratio; the
    transform is RANSAC's (Fischler and Bolles 1981) with a fixed seed, so that it comes out equal
    every time.
    """
    a, b = first.features(how, flipped=flipped), second.features(how, flipped=False)
    if min(len(a.points), len(b.points)) < MIN_INLIERS:
        return None
    norm = cv2.NORM_HAMMING if how == "orb" else cv2.NORM_L2
    matcher: Any = cv2.BFMatcher(norm)
    matches: list[Any] = matcher.knnMatch(a.descriptors, b.descriptors, k=2)
    good = [m[0] for m in matches if len(m) == 2 and m[0].distance < _RATIO * m[1].distance]
    if len(good) < MIN_INLIERS:
        return None
    source = a.points[[m.queryIdx for m in good]]
    target = b.points[[m.trainIdx for m in good]]
    cv2.setRNGSeed(0)
    estimate: Any = cv2.estimateAffinePartial2D  # its stubs do not know that there may be no transform
    matrix, is_inlier = estimate(
        source,
        target,
        method=cv2.RANSAC,
        ransacReprojThreshold=_TOLERANCE_PX,
        maxIters=2000,
        confidence=0.999,
        refineIters=10,
    )
    if matrix is None or not np.isfinite(matrix).all():
        return None
    found = _snapped(
        Alignment(np.asarray(matrix, np.float64), flipped, int(is_inlier.sum()), False), first, second
    )
    if found.n_inliers < MIN_INLIERS or not _SMALLEST_SCALE <= found.scale <= _LARGEST_SCALE:
        return None
    return found


def whole_on_whole(first: Look, second: Look, *, flipped: bool) -> Alignment:
    """Corner on corner, for pictures with too few features to find anything better."""
    sx = second.gray.shape[1] / first.gray.shape[1]
    sy = second.gray.shape[0] / first.gray.shape[0]
    # Pixel centres: the middle of the first pixel lies on the middle of the pixels that it became.
    matrix = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]], np.float64)
    return Alignment(matrix, flipped, 0, True)


def corners(look: Look) -> NDArray[np.float64]:
    """The corners of the small picture, clockwise from the upper left, 4 × 2."""
    height, width = look.gray.shape
    return np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float64)


def moved(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (n × 2) after a 2 × 3 transform."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def _snapped(found: Alignment, first: Look, second: Look) -> Alignment:
    """Corner on corner where the corners come to lie that near, so that nobody reads "turned 0.1°"."""
    plain = whole_on_whole(first, second, flipped=found.flipped)
    outline = corners(first)
    off = np.linalg.norm(moved(outline, found.matrix) - moved(outline, plain.matrix), axis=1)
    if off.max() > _SNAP_PX:
        return found
    return Alignment(plain.matrix, found.flipped, found.n_inliers, True)
