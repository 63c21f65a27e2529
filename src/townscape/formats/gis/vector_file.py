"""Reading a file of a geographic information system: GeoPackage, Shapefile, GeoJSON. Needs `geo`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError, MissingExtra
from townscape.workspace import rasters

Bounds = tuple[float, float, float, float]
"""Least x, least y, greatest x, greatest y."""
_MAGIC = {".gpkg": b"SQLite format 3\0", ".shp": b"\0\0\x27\x0a"}
_WITHOUT_INDEX = (".geojson",)
"""Files that are parsed from begin to end whatever is asked for: kept for the next question."""


@dataclass(frozen=True, slots=True)
class Features:
    """Some features of a layer."""

    columns: Mapping[str, NDArray[Any]]
    shapes: NDArray[Any]
    """Geometries; None for what cannot be read."""
    bounds: NDArray[np.float64]
    """Of each shape (n × 4); not a number for an empty one."""
    numbers: NDArray[np.int64]
    """Their numbers in the layer."""

    def column(self, name: str) -> list[Any]:
        """The values of a column as JSON has them; None throughout if there is no such column."""
        values = self.columns.get(name)
        return [None] * len(self.numbers) if values is None else [plain(v) for v in values.tolist()]

    def within(self, bbox: Bounds) -> "Features":
        """Those whose bounds meet `bbox`."""
        left, low, right, high = bbox
        b = self.bounds
        meets = (b[:, 0] <= right) & (b[:, 2] >= left) & (b[:, 1] <= high) & (b[:, 3] >= low)
        chosen = {name: values[meets] for name, values in self.columns.items()}
        return Features(chosen, self.shapes[meets], b[meets], self.numbers[meets])


def require_geo(doing: str) -> None:
    """Raise `MissingExtra` without the `geo` extra."""
    try:
        import pyogrio  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        raise MissingExtra(doing, extra="geo") from error
    if not rasters.has_raster_support():
        raise MissingExtra(doing, extra="geo")


def check_magic(path: Path) -> None:
    """Raise `InputError` for a file that is something else than its ending says."""
    wanted = _MAGIC.get(path.suffix.lower())
    try:
        with path.open("rb") as stream:
            begin = stream.read(1024)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    is_right = (
        begin.startswith(wanted) if wanted else begin.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    )
    if not is_right:
        raise InputError(f"{path} is no {path.suffix.lower()} file.", hint="export it again.")


def read_table(path: Path, layer: str | None) -> list[dict[str, Any]]:
    """The rows of a layer without their shapes. Raises `InputError` naming the file."""
    columns, _, _ = _read(path, layer, read_geometry=False)
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [{name: plain(v) for name, v in zip(columns, row, strict=True)} for row in rows]


def read_features(
    path: Path, layer: str | None, *, where: str | None = None, bbox: Bounds | None = None
) -> Features:
    """The features that fit the condition `where` (SQL) and meet `bbox`.

    Raises `InputError` naming the file if it cannot be read.
    """
    if bbox is not None and path.suffix.lower() in _WITHOUT_INDEX:
        return _whole(path, path.stat().st_mtime_ns, layer, where).within(bbox)
    return _features(path, layer, where=where, bbox=bbox)


@lru_cache(maxsize=1)
def _whole(path: Path, modified_ns: int, layer: str | None, where: str | None) -> Features:
    del modified_ns
    return _features(path, layer, where=where)


def _features(path: Path, layer: str | None, **asked: Any) -> Features:
    import shapely

    columns, wkb, numbers = _read(path, layer, **asked)
    shapes: Any = shapely.from_wkb(wkb, on_invalid="ignore")
    return Features(columns, shapes, np.asarray(shapely.bounds(shapes)).reshape(-1, 4), numbers)


def _read(
    path: Path, layer: str | None, **asked: Any
) -> tuple[dict[str, NDArray[Any]], Any, NDArray[np.int64]]:
    import pyogrio.raw
    from pyogrio.errors import DataLayerError, DataSourceError

    try:
        meta, numbers, wkb, columns = pyogrio.raw.read(
            path, layer=layer, return_fids=True, force_2d=True, **asked
        )
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.", hint="export it again.") from error
    names = [str(name) for name in meta["fields"]]
    return dict(zip(names, columns, strict=True)), wkb, np.asarray(numbers, dtype=np.int64)


def reproject(points: NDArray[np.float64], source: str, target: str) -> NDArray[np.float64]:
    """Points (n × 2; longitude and latitude in this order) from one CRS to another.

    Raises `InputError` for points that lie outside what the target can show.
    """
    from rasterio.crs import CRS
    from rasterio.errors import CRSError
    from rasterio.warp import transform

    try:
        one, other = CRS.from_user_input(source), CRS.from_user_input(target)
        if one == other:
            return points
        xs, ys = transform(one, other, points[:, 0].tolist(), points[:, 1].tolist())[:2]
    except CRSError as error:
        raise InputError(f"A CRS is not known here: {error}.") from error
    found = np.stack([xs, ys], axis=1).astype(np.float64)
    if not np.isfinite(found).all():
        raise InputError(f"Some coordinates in {source} have no place in {target}.")
    return found


def plain(value: Any) -> Any:
    """A field's value as JSON has it, whole numbers without a point; None where there is none."""
    if isinstance(value, float):
        return None if not np.isfinite(value) else int(value) if value.is_integer() else value
    return value if isinstance(value, str | int) else None if value is None else str(value)
