"""Laying zones on images: outlines from world coordinates into an image's own pixels."""

from collections.abc import Sequence

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray

from townscape.core.errors import InputError
from townscape.workspace.records import Image, Zone


def outlines_in_image(zones: Sequence[Zone], image: Image) -> list[shapely.Geometry | None]:
    """Each zone's outline in the image's pixels (x right, y down); None where it lies elsewhere.

    A zone without a CRS belongs to the image without one. Raises `InputError` if zones have a
    CRS and the image does not.
    """
    frame = shapely.box(0, 0, image.width, image.height)
    inverse = image.geo_transform.inverse()
    matrix = [inverse.a, inverse.b, inverse.d, inverse.e, inverse.c, inverse.f]
    found: list[shapely.Geometry | None] = []
    for zone in zones:
        outline = shapely.from_wkb(zone.outline_wkb)
        if zone.crs != image.crs:
            if image.crs is None or zone.crs is None:
                raise InputError(
                    f"{image.name} has no coordinate system, so zones of {zone.crs} cannot be laid on it.",
                    hint="give the raster its CRS (for example with gdal_edit.py -a_srs), or use the grid.",
                )
            outline = _reprojected(outline, zone.crs, image.crs)
        placed = shapely.affinity.affine_transform(outline, matrix)
        found.append(placed if shapely.intersects(placed, frame) else None)
    return found


def _reprojected(outline: shapely.Geometry, from_crs: str, to_crs: str) -> shapely.Geometry:
    from pyproj import Transformer

    transformer = Transformer.from_crs(from_crs, to_crs, always_xy=True)

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(transformer.transform(points[:, 0], points[:, 1]), axis=1)

    return shapely.transform(outline, move)
