"""Short hashes of pictures that stay close when a picture is saved anew, and far apart otherwise.

A hash is the signs of 256 low frequencies of a picture's two-dimensional cosine transform, as 32
bytes. Saving it smaller, as JPEG, brighter or grey changes few of them. Mirroring a picture turns
the sign of every odd horizontal frequency and of nothing else, so the mirrored picture's hash is
the hash XOR one constant. After Zauner 2010, "Implementation and benchmarking of perceptual image
hash functions", with signs in the place of comparisons with the median, which mirroring moves.

Two unrelated pictures differ in about 128 bits. A picture without structure has no hash worth
comparing: `is_flat` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

ALGORITHM = 1
"""Raised whenever hashes come out differently; hashes of two algorithms are not comparable."""

HASH_BYTES = 32
N_BITS = 256
THUMBNAIL_SIDE = 120
"""Side of the square that a picture is averaged to before anything else, in pixels."""
_WHOLE = (0, 0, THUMBNAIL_SIDE, THUMBNAIL_SIDE)

_SIDE = 32
"""Side of the square that is transformed."""
_LOWEST = 16
_FLAT_STANDARD_DEVIATION = 2.0
_CROP_SIDES = (0.92, 0.84, 0.75)
_CROP_STEPS = (3, 3, 5)


@dataclass(frozen=True, slots=True)
class PictureHash:
    """What is kept of one picture."""

    whole: bytes
    """32 bytes."""
    flipped: bytes
    """The whole picture's, mirrored left to right: 32 bytes."""
    crops: bytes
    """Of `n_crops()` windows inside it, one after the other, 32 bytes each."""
    is_flat: bool
    """There is no structure: its hashes mean nothing."""


def hash_picture(gray: NDArray[np.uint8]) -> PictureHash:
    """All hashes of a grey picture (height × width, uint8), as it is seen upright."""
    thumbnail = _thumbnail(gray)
    hashes = _hashes(thumbnail, (_WHOLE, *crop_windows()))
    return PictureHash(
        whole=hashes[0].tobytes(),
        flipped=(hashes[0] ^ _mirror_mask()).tobytes(),
        crops=hashes[1:].tobytes(),
        is_flat=_is_flat(thumbnail),
    )


def dct_hash(gray: NDArray[np.uint8]) -> bytes:
    """The 32 bytes of a grey picture (height × width, uint8)."""
    return _hashes(_thumbnail(gray), (_WHOLE,))[0].tobytes()


def mirrored(one: bytes) -> bytes:
    """The hash of the same picture mirrored left to right."""
    return (np.frombuffer(one, np.uint8) ^ _mirror_mask()).tobytes()


def distance(a: bytes, b: bytes) -> int:
    """Number of bits in which two hashes differ, 0…256."""
    difference = np.frombuffer(a, np.uint8) ^ np.frombuffer(b, np.uint8)
    return int(np.bitwise_count(difference).sum())


def is_flat(gray: NDArray[np.uint8]) -> bool:
    """Whether a picture has no structure, like a black frame, so that its hash means nothing."""
    return _is_flat(_thumbnail(gray))


@cache
def crop_windows() -> tuple[tuple[int, int, int, int], ...]:
    """The windows whose hashes are kept (x, y, width, height in the thumbnail), larger ones first.

    Each size is laid out as a grid from edge to edge; neighbours overlap by far the most part.
    """
    found: list[tuple[int, int, int, int]] = []
    for share, steps in zip(_CROP_SIDES, _CROP_STEPS, strict=True):
        side = round(THUMBNAIL_SIDE * share)
        places = np.linspace(0, THUMBNAIL_SIDE - side, steps).round().astype(int).tolist()
        found += [(x, y, side, side) for y in places for x in places]
    return tuple(found)


def n_crops() -> int:
    """How many windows of a picture are hashed."""
    return len(crop_windows())


def as_rows(hashes: Sequence[bytes]) -> NDArray[np.uint8]:
    """Hashes of equal length as an array, one a row."""
    length = len(hashes[0]) if hashes else HASH_BYTES
    return np.frombuffer(b"".join(hashes), np.uint8).reshape(len(hashes), length)


def _thumbnail(gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    side = (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    return np.asarray(cv2.resize(gray.astype(np.float32), side, interpolation=cv2.INTER_AREA), np.float32)


def _hashes(
    thumbnail: NDArray[np.float32], windows: tuple[tuple[int, int, int, int], ...]
) -> NDArray[np.uint8]:
    """The hashes of windows (x, y, width, height) of a thumbnail, n × 32."""
    stretches = sorted({s for x, y, w, h in windows for s in ((x, w), (y, h))})
    number = {stretch: k for k, stretch in enumerate(stretches)}
    transforms = _transforms(tuple(stretches))
    # Many small products: a large one would be shared among threads, which costs more than it gains.
    strips = transforms @ thumbnail
    down = [number[y, h] for _, y, _, h in windows]
    across = [number[x, w] for x, _, w, _ in windows]
    spectra = strips[down] @ transforms[across].transpose(0, 2, 1)
    return np.packbits(spectra.reshape(len(windows), -1)[:, _kept()] > 0, axis=1)


def _is_flat(thumbnail: NDArray[np.float32]) -> bool:
    return float(thumbnail.std()) < _FLAT_STANDARD_DEVIATION


@cache
def _transforms(stretches: tuple[tuple[int, int], ...]) -> NDArray[np.float32]:
    """`_transform` of each stretch (start, length): n × 17 × 120."""
    return np.stack([_transform(*stretch) for stretch in stretches]).astype(np.float32)


def _transform(start: int, side: int) -> NDArray[np.float64]:
    """17 × 120: a stretch of the thumbnail's side averaged to 32 values, and those transformed.

    Averaging and the cosine transform (type II) are both linear, so that one product does both.
    """
    edges = start + side * np.arange(_SIDE + 1) / _SIDE
    place = np.arange(THUMBNAIL_SIDE)
    covered = np.minimum(edges[1:, None], place + 1) - np.maximum(edges[:-1, None], place)
    average = covered.clip(0) * _SIDE / side
    k = np.arange(_LOWEST + 1)[:, None]
    return np.cos(np.pi * k * (2 * np.arange(_SIDE) + 1) / (2 * _SIDE)) @ average


@cache
def _kept() -> NDArray[np.intp]:
    """Places of the 256 lowest frequencies, without the mean, in the flattened 17 × 17 spectrum."""
    v, u = np.divmod(np.arange((_LOWEST + 1) ** 2), _LOWEST + 1)
    return np.argsort(v * v + u * u, kind="stable")[1 : N_BITS + 1]


@cache
def _mirror_mask() -> NDArray[np.uint8]:
    u = np.arange((_LOWEST + 1) ** 2) % (_LOWEST + 1)
    return np.packbits(u[_kept()] % 2 == 1)
