"""Sharpness and light of one picture: pure functions over grey values (height × width, uint8)."""

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

OVER_EXPOSED = 250
"""Grey values from here on hold nothing any more."""
_BLUR_TAPS = 9


def sharpness(gray: Gray) -> float:
    """Variance of the Laplacian (Pech-Pacheco 2000), grey values²; higher is sharper.

    It grows with noise and with detail, so it compares pictures of one camera and scene; `blur`
    compares others.
    """
    return float(cv2.Laplacian(gray, cv2.CV_64F).var())


def blur(gray: Gray) -> float:
    """How little a picture loses when it is blurred once more, 0 (sharp) … 1 (blurred).

    After Crété-Roffet and others 2007, "The blur effect": neighbouring pixels of a sharp picture
    differ far less once it is blurred; those of a blurred one about as before. A median of 3 × 3
    comes first, so that noise does not pass for detail. A picture without any contrast counts as
    blurred.
    """
    smooth = cv2.medianBlur(gray, 3).astype(np.float32)
    found: list[float] = []
    for axis, size in ((0, (1, _BLUR_TAPS)), (1, (_BLUR_TAPS, 1))):
        before = np.abs(np.diff(smooth, axis=axis))
        after = np.abs(np.diff(cv2.blur(smooth, size, borderType=cv2.BORDER_REFLECT), axis=axis))
        total = float(before.sum())
        lost = float(np.maximum(before - after, 0).sum())
        found.append(1.0 if total < before.size / 100 else 1 - lost / total)
    return max(found)


def darkness(gray: Gray) -> float:
    """1 minus the brightness that nine tenths of the pixels stay below, 0 … 1 (black)."""
    return 1 - float(np.percentile(gray, 90)) / 255


def over_exposed(gray: Gray) -> float:
    """Share of pixels that are white through and through, 0 … 1."""
    return float((gray >= OVER_EXPOSED).mean())


def contrast(gray: Gray) -> float:
    """Distance between the 5th and the 95th percentile, 0 (one grey) … 1."""
    low, high = np.percentile(gray, [5, 95])
    return float(high - low) / 255
