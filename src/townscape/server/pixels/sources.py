"""Reading windows of pictures at any level: photos decoded once and kept, rasters by windows."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.tiles import TILE_PX, level_shape
from townscape.workspace import photos, rasters

KEPT_BYTES = 500 << 20


@dataclass(frozen=True, slots=True)
class Picture:
    """Which file, of which size. `version` changes when the file does."""

    path: str
    version: str
    kind: str
    width: int
    height: int
    bands: tuple[str, ...]
    max_megapixels: float


@dataclass(frozen=True, slots=True)
class Patch:
    """Values (height × width × bands) and which pixels are valid."""

    values: NDArray[Any]
    valid: NDArray[np.bool_]


def read_tile(picture: Picture, level: int, row: int, column: int) -> Patch:
    """The tile at a level (halved that often); cut at the picture's edge."""
    height, width = level_shape(picture.height, picture.width, level)
    y, x = row * TILE_PX, column * TILE_PX
    h, w = max(0, min(TILE_PX, height - y)), max(0, min(TILE_PX, width - x))
    if picture.kind == "photo":
        values = _photo_level(picture, level)[y : y + h, x : x + w]
        return _split_alpha(picture, values, np.ones(values.shape[:2], dtype=bool))
    return _read_raster(picture, (x << level, y << level, w << level, h << level), (h, w))


def read_window(picture: Picture, x: int, y: int, width: int, height: int) -> Patch:
    """A part of it at full size."""
    if picture.kind == "photo":
        values = _photo_level(picture, 0)[y : y + height, x : x + width]
        return _split_alpha(picture, values, np.ones(values.shape[:2], dtype=bool))
    return _read_raster(picture, (x, y, width, height), (height, width))


def read_whole(picture: Picture, max_side: int) -> Patch:
    """All of it, brought down to a long side."""
    scale = min(1.0, max_side / max(picture.width, picture.height))
    shape = (max(1, round(picture.height * scale)), max(1, round(picture.width * scale)))
    if picture.kind == "photo":
        values = photos.read_photo(
            Path(picture.path), max_megapixels=picture.max_megapixels, max_side=max_side
        )
        small = _resized(values, shape)
        return _split_alpha(picture, small, np.ones(shape, dtype=bool))
    return _read_raster(picture, (0, 0, picture.width, picture.height), shape)


@lru_cache(maxsize=64)
def stretch_of(picture: Picture) -> tuple[tuple[float, float], ...]:
    """Per band, the values shown as black and as white: those of 8-bit pictures as they are, of
    others the 2nd and the 98th percentile of the whole.
    """
    patch = read_whole(picture, 512)
    if patch.values.dtype == np.uint8:
        return ((0.0, 255.0),) * patch.values.shape[-1]
    found: list[tuple[float, float]] = []
    for band in range(patch.values.shape[-1]):
        values = patch.values[..., band][patch.valid].astype(np.float64)
        values = values[np.isfinite(values)]
        low, high = np.percentile(values, [2, 98]) if values.size else (0.0, 1.0)
        found.append((float(low), float(max(high, low + 1e-6))))
    return tuple(found)


_levels: OrderedDict[tuple[str, str, int], NDArray[Any]] = OrderedDict()


def _photo_level(picture: Picture, level: int) -> NDArray[Any]:
    key = (picture.path, picture.version, level)
    if key in _levels:
        _levels.move_to_end(key)
        return _levels[key]
    if level == 0:
        values = photos.read_photo(Path(picture.path), max_megapixels=picture.max_megapixels)
    else:
        above = _photo_level(picture, level - 1)
        values = _resized(above, level_shape(picture.height, picture.width, level))
    _levels[key] = values
    while sum(v.nbytes for v in _levels.values()) > KEPT_BYTES and len(_levels) > 1:
        _levels.popitem(last=False)
    return values


def _resized(values: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    if values.shape[:2] == shape:
        return values
    small = cv2.resize(values, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return small[..., None] if small.ndim == 2 else small


def _read_raster(picture: Picture, area: tuple[int, int, int, int], shape: tuple[int, int]) -> Patch:
    from rasterio.enums import Resampling
    from rasterio.windows import Window

    x, y, w, h = area
    inside_w, inside_h = min(w, picture.width - x), min(h, picture.height - y)
    out = (max(1, round(shape[0] * inside_h / h)), max(1, round(shape[1] * inside_w / w)))
    with rasters.open_raster(Path(picture.path)) as dataset:
        window = Window(x, y, inside_w, inside_h)  # pyright: ignore[reportCallIssue]
        how = Resampling.average if w > shape[1] else Resampling.nearest
        values = dataset.read(window=window, out_shape=(dataset.count, *out), resampling=how)
        valid = dataset.dataset_mask(window=window, out_shape=out) > 0
    if values.dtype.kind == "f":
        valid &= np.isfinite(values).all(axis=0)
    return _split_alpha(picture, np.moveaxis(values, 0, -1), valid)


def _split_alpha(picture: Picture, values: NDArray[Any], valid: NDArray[np.bool_]) -> Patch:
    if picture.bands[-1] == "alpha" and len(picture.bands) > 1:
        return Patch(values[..., :-1], valid & (values[..., -1] > 0))
    return Patch(values, valid)
