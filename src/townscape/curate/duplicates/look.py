"""One picture made ready for being compared with others: small, grey, with its features."""

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

WORK_SIDE = 512
"""Longest side of the pictures that are compared, in pixels."""
_N_FEATURES = 800


@dataclass(frozen=True, slots=True)
class Features:
    """Points (n × 2, x and y in the small picture) and what their surroundings look like."""

    points: NDArray[np.float32]
    descriptors: NDArray[np.generic]


@dataclass(slots=True)
class Look:
    """A small grey picture; its features are found when they are first asked for."""

    gray: NDArray[np.uint8]
    """Height × width, the longest side at most `WORK_SIDE`."""
    full_width: int
    full_height: int
    _found: dict[tuple[str, bool], Features] = field(default_factory=dict[tuple[str, bool], Features])

    @property
    def full_from_small(self) -> tuple[float, float]:
        """Pixels of the whole picture for one of the small one, in x and y."""
        height, width = self.gray.shape
        return self.full_width / width, self.full_height / height

    def seen(self, *, flipped: bool) -> NDArray[np.uint8]:
        """The small picture, mirrored left to right if wanted."""
        return np.ascontiguousarray(self.gray[:, ::-1]) if flipped else self.gray

    def features(self, how: str, *, flipped: bool) -> Features:
        """Features by "orb" or "sift", of the mirrored picture if wanted."""
        key = (how, flipped)
        if key not in self._found:
            self._found[key] = _find_features(self.seen(flipped=flipped), how)
        return self._found[key]


def look_at(gray: NDArray[np.uint8], *, full_width: int, full_height: int) -> Look:
    """The look of a grey picture (height × width) that stands for one of the full size given."""
    scale = WORK_SIDE / max(gray.shape)
    if scale < 1:
        size = (max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale)))
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Look(gray, full_width, full_height)


def _find_features(gray: NDArray[np.uint8], how: str) -> Features:
    finder: Any
    if how == "orb":
        finder = cv2.ORB.create(_N_FEATURES, fastThreshold=8)
    else:
        finder = cv2.SIFT.create(_N_FEATURES, contrastThreshold=0.02)
    points, descriptors = finder.detectAndCompute(gray, None)
    if descriptors is None:
        width = 32 if how == "orb" else 128
        return Features(np.empty((0, 2), np.float32), np.empty((0, width), np.uint8))
    return Features(np.array([p.pt for p in points], np.float32).reshape(-1, 2), np.asarray(descriptors))
