"""Pictures inside a page: small copies as data URIs."""

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError


def shrink(pixels: NDArray[np.uint8], max_side: int, *, nearest: bool = False) -> NDArray[np.uint8]:
    """The picture with its long side brought down to `max_side`; class colours need `nearest`."""
    scale = max_side / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)


def photo_uri(pixels: NDArray[np.uint8], *, max_side: int = 720) -> str:
    """A photo (height × width × 3, RGB) as a JPEG data URI."""
    return _uri(shrink(pixels, max_side), ".jpg", "image/jpeg", [cv2.IMWRITE_JPEG_QUALITY, 82])


def plane_uri(colors: NDArray[np.uint8], *, max_side: int = 720) -> str:
    """Class colours (height × width × 3, RGB) as a PNG data URI, exact."""
    return _uri(shrink(colors, max_side, nearest=True), ".png", "image/png", [])


def _uri(pixels: NDArray[np.uint8], suffix: str, media_type: str, options: list[int]) -> str:
    done, content = cv2.imencode(suffix, pixels[..., ::-1], options)
    if not done:
        raise InputError("A picture for the page could not be encoded.")
    return f"data:{media_type};base64,{base64.b64encode(content.tobytes()).decode('ascii')}"
