"""Points of a map as GeoJSON, put together where there are too many to draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from townscape.workspace.browsing import PlacedImage

MOST_POINTS = 10_000
"""More points than this come in clusters."""
_CELLS = 64


def as_features(images: Sequence[PlacedImage]) -> list[dict[str, Any]]:
    """A GeoJSON feature for each image; for each cell of a 64 × 64 grid if there are more than 10,000.

    A cluster lies at the mean of its images; `count` says how many, `image_id` is one of them.
    """
    if len(images) <= MOST_POINTS:
        return [_feature(i.longitude, i.latitude, i, 1) for i in images]
    degrees = np.array([[i.longitude, i.latitude] for i in images])
    low = degrees.min(axis=0)
    extent = np.maximum(degrees.max(axis=0) - low, 1e-9)
    columns, rows = np.minimum((degrees - low) / extent * _CELLS, _CELLS - 1).astype(int).T
    cells, first, belongs, counts = np.unique(
        rows * _CELLS + columns, return_index=True, return_inverse=True, return_counts=True
    )
    sums = np.zeros((len(cells), 2))
    np.add.at(sums, belongs, degrees)
    return [
        _feature(float(x), float(y), images[int(k)], int(n))
        for (x, y), k, n in zip(sums / counts[:, None], first, counts, strict=True)
    ]


def _feature(longitude: float, latitude: float, image: PlacedImage, count: int) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(longitude, 7), round(latitude, 7)]},
        "properties": {"image_id": image.id, "name": image.name, "count": count},
    }
