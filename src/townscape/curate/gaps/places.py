"""Which zone, or cell of a grid, each image was taken in."""

import math
from collections.abc import Sequence

import numpy as np
import shapely

from townscape.core.errors import MissingExtra
from townscape.workspace.records import Image, Zone

_DEGREES = ("EPSG:4326", "OGC:CRS84")
_NEAR_M = 25.0
_LAT_M = 111_320.0


def has_position(image: Image) -> bool:
    """Whether an image says where it was taken."""
    return image.longitude is not None and image.latitude is not None


def zones_of(images: Sequence[Image], zones: Sequence[Zone]) -> dict[str, str]:
    """Image id → name of the zone that it was taken in, for those with a position in one.

    Where zones overlap, the first counts. Raises `MissingExtra` if zones are in another coordinate
    system than degrees and `geo` is not installed.
    """
    placed = [image for image in images if has_position(image)]
    degrees = np.array([[i.longitude, i.latitude] for i in placed], np.float64).reshape(-1, 2)
    found: dict[str, str] = {}
    for zone in sorted(zones, key=lambda one: one.position):
        if zone.crs is None:
            continue
        points = degrees if zone.crs in _DEGREES else _projected(degrees, zone.crs)
        outline = shapely.from_wkb(zone.outline_wkb)
        shapely.prepare(outline)
        inside = shapely.contains_xy(outline, points[:, 0], points[:, 1])
        for row in np.flatnonzero(inside):
            found.setdefault(placed[row].id, zone.name)
    return found


def grid_of(images: Sequence[Image], side: int) -> dict[str, str]:
    """Image id → cell (A1 in the north-west) of a grid of at most side × side over all positions.

    Cells are about square on the ground, at least 25 m wide.
    """
    placed = [image for image in images if has_position(image)]
    if not placed:
        return {}
    x = np.array([i.longitude for i in placed], np.float64)
    y = np.array([i.latitude for i in placed], np.float64)
    x_m = (x - x.min()) * _LAT_M * math.cos(math.radians(float(y.mean())))
    y_m = (y.max() - y) * _LAT_M
    cell_m = max(_NEAR_M, float(max(x_m.max(), y_m.max())) / side)
    columns = np.minimum(x_m // cell_m, side - 1).astype(int)
    rows = np.minimum(y_m // cell_m, side - 1).astype(int)
    return {i.id: f"{chr(65 + c)}{r + 1}" for i, c, r in zip(placed, columns, rows, strict=True)}


def _projected(degrees: np.ndarray, crs: str) -> np.ndarray:
    try:
        from pyproj import Transformer
    except ImportError as error:
        raise MissingExtra("Laying images on zones", extra="geo") from error
    transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.stack(transformer.transform(degrees[:, 0], degrees[:, 1]), axis=1)
