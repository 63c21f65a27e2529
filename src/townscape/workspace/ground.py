"""Sizes on the ground: metres and square metres of pixels, whatever the CRS. Needs `geo`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import MissingExtra
from townscape.core.spaces import Transform, Window
from townscape.workspace.records import Image

_TOLERANCE = 0.005
_NODES = 9


@dataclass(frozen=True, slots=True)
class Ground:
    """How large the pixels of an image are.

    In a projected CRS a pixel is as large as the map says, unless the map stretches areas by
    more than half a per cent there (Web Mercator does); then, and in degrees, areas are those on
    the ellipsoid, worked out per row.
    """

    pixel_m2: float | None
    """Area of the pixel in the middle, square metres; None without a CRS."""
    row_factor: NDArray[np.float64] | None
    """Per image row, area relative to `pixel_m2`; None where all rows are alike."""
    is_corrected: bool
    """Whether the map's own areas had to be corrected."""

    @property
    def pixel_m(self) -> float | None:
        """Side of a square of the middle pixel's area, metres."""
        return None if self.pixel_m2 is None else self.pixel_m2**0.5

    def row_weights(self, window: Window) -> NDArray[np.float64]:
        """Area of each row's pixels in a window, square metres (or 1 without a CRS)."""
        base = self.pixel_m2 or 1.0
        if self.row_factor is None:
            return np.full(window.height, base)
        return base * self.row_factor[window.y : window.y + window.height]


def ground_of(image: Image) -> Ground:
    """The ground under an image; raises `MissingExtra` if it has a CRS and `geo` is missing."""
    if image.crs is None or image.transform is None:
        return Ground(None, None, is_corrected=False)
    try:
        from pyproj import CRS
    except ImportError as error:
        raise MissingExtra("Measuring areas on the ground", extra="geo") from error
    crs = CRS.from_user_input(image.crs)
    rows = np.linspace(0, image.height, min(_NODES, image.height + 1))
    true_m2 = _true_areas(crs, image.transform, image.width / 2, rows)
    middle = float(np.interp(image.height / 2, rows, true_m2))
    if not crs.is_geographic:
        flat = abs(image.transform.determinant) * crs.axis_info[0].unit_conversion_factor ** 2
        if not np.isfinite(middle) or abs(flat / middle - 1) <= _TOLERANCE:
            return Ground(flat, None, is_corrected=False)
    every_row = np.interp(np.arange(image.height) + 0.5, rows, true_m2 / middle)
    return Ground(middle, every_row, is_corrected=True)


def _true_areas(
    crs: object, transform: Transform, x: float, rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Area on the ellipsoid of the pixels around (x, row), square metres."""
    from pyproj import CRS, Geod, Transformer

    to_degrees = Transformer.from_crs(crs, CRS.from_epsg(4326), always_xy=True)
    geod = Geod(ellps="WGS84")
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * 8
    areas: list[float] = []
    for row in rows:
        world = transform.world_from_image(corners + np.array([x, row]))
        longitudes, latitudes = to_degrees.transform(world[:, 0], world[:, 1])
        area, _ = geod.polygon_area_perimeter(longitudes, latitudes)
        areas.append(abs(area) / 64)
    return np.array(areas)
