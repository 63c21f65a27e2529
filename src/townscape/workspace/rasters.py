"""Rasters: GeoTIFFs and their like, of any size, read by windows. Needs the `geo` extra."""

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import MissingExtra, UnreadableImage
from townscape.core.spaces import Transform, Window

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

SUFFIXES = (".tif", ".tiff", ".vrt")
_CACHE_MB = 128


@dataclass(frozen=True, slots=True)
class RasterFacts:
    """What a raster's header says."""

    width: int
    height: int
    bands: tuple[str, ...]
    dtype: str
    crs: str | None
    transform: Transform | None
    nodata: float | None


def has_raster_support() -> bool:
    """Whether the `geo` extra is installed."""
    try:
        import rasterio  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        return False
    return True


@contextmanager
def open_raster(path: Path) -> "Generator[DatasetReader]":
    """The opened raster. Raises `UnreadableImage`, or `MissingExtra` without the `geo` extra."""
    try:
        import rasterio
        from rasterio.errors import NotGeoreferencedWarning, RasterioIOError
    except ImportError as error:
        raise MissingExtra(f"Reading the raster {path.name}", extra="geo") from error
    with warnings.catch_warnings(), bounded_cache():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with rasterio.open(path) as dataset:
                yield dataset
        except RasterioIOError as error:
            raise UnreadableImage(
                f"{path} cannot be read as a raster: {_plain(error)}.", hint="export or download it again."
            ) from error


@contextmanager
def bounded_cache() -> Generator[None]:
    """GDAL keeps at most 128 MB of blocks; on its own it takes a twentieth of the machine's memory."""
    import rasterio

    with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB):
        yield


def inspect_raster(path: Path) -> RasterFacts:
    """Facts from the header, and proof that the first and last blocks can be decoded."""
    with open_raster(path) as dataset:
        facts = RasterFacts(
            width=dataset.width,
            height=dataset.height,
            bands=_band_names(dataset),
            dtype=dataset.dtypes[0],
            crs=_crs_text(dataset),
            transform=_transform(dataset),
            nodata=None if dataset.nodata is None else float(dataset.nodata),
        )
        if facts.dtype not in ("uint8", "uint16", "int16", "float32", "float64"):
            raise UnreadableImage(
                f"{path} holds {facts.dtype} values, which are no image bands.",
                hint="Townscape reads 8-bit, 16-bit and floating-point bands.",
            )
        for window in _corner_windows(facts.width, facts.height):
            dataset.read(window=rasterio_window(window))
    return facts


def read_raster(
    path: Path, window: Window, *, bands: tuple[int, ...] | None = None
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Pixels (height × width × bands) of a window inside the raster, and which are valid.

    Valid pixels are those that nodata, an alpha band or an internal mask do not exclude.
    `bands` are 1-based numbers; all by default.
    """
    with open_raster(path) as dataset:
        return read_open_raster(dataset, window, bands=bands)


def read_open_raster(
    dataset: "DatasetReader", window: Window, *, bands: tuple[int, ...] | None = None
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """`read_raster` for a raster that is open already."""
    area = rasterio_window(window)
    values = dataset.read(indexes=list(bands) if bands else None, window=area)
    valid = dataset.dataset_mask(window=area) > 0
    if values.dtype.kind == "f":
        valid &= np.isfinite(values).all(axis=0)
    return np.moveaxis(values, 0, -1), valid


def read_resampled(
    dataset: "DatasetReader", window: Window, width: int, height: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """A window of the raster as it would be at width × height; areas are averaged when shrinking."""
    from rasterio.enums import Resampling
    from rasterio.windows import Window as RasterioWindow

    sx, sy = dataset.width / width, dataset.height / height
    area = RasterioWindow(window.x * sx, window.y * sy, window.width * sx, window.height * sy)  # pyright: ignore[reportCallIssue]
    shape = (window.height, window.width)
    how = Resampling.average if sx > 1 else Resampling.bilinear
    values = dataset.read(window=area, out_shape=(dataset.count, *shape), resampling=how)
    valid = dataset.dataset_mask(window=area, out_shape=shape, resampling=Resampling.nearest) > 0
    if values.dtype.kind == "f":
        valid &= np.isfinite(values).all(axis=0)
    return np.moveaxis(values, 0, -1), valid


def read_overview(
    path: Path, width: int, height: int, *, nearest: bool = False
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The whole raster at a small size (height × width × bands), and which pixels are valid."""
    from rasterio.enums import Resampling

    with open_raster(path) as dataset:
        how = Resampling.nearest if nearest else Resampling.average
        values = dataset.read(out_shape=(dataset.count, height, width), resampling=how)
        valid = dataset.dataset_mask(out_shape=(height, width), resampling=Resampling.nearest) > 0
    return np.moveaxis(values, 0, -1), valid


@contextmanager
def quiet() -> Generator[None]:
    """Without rasterio's warning that a raster has no georeference: we know."""
    from rasterio.errors import NotGeoreferencedWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        yield


def rasterio_window(window: Window) -> Any:
    """The window as rasterio writes it."""
    from rasterio.windows import Window as RasterioWindow

    return RasterioWindow(window.x, window.y, window.width, window.height)  # pyright: ignore[reportCallIssue]


def _corner_windows(width: int, height: int) -> tuple[Window, Window]:
    w, h = min(width, 64), min(height, 64)
    return Window(0, 0, w, h), Window(width - w, height - h, w, h)


def _band_names(dataset: "DatasetReader") -> tuple[str, ...]:
    names: list[str] = []
    for index in range(dataset.count):
        described = (dataset.descriptions[index] or "").strip().lower().replace(" ", "-")
        color = dataset.colorinterp[index].name
        name = color if color in ("red", "green", "blue", "alpha", "gray") else ""
        name = described if described and described not in names else name
        names.append(name if name and name not in names else f"band-{index + 1}")
    return tuple(names)


def _crs_text(dataset: "DatasetReader") -> str | None:
    if not dataset.crs:
        return None
    code = dataset.crs.to_epsg()
    return f"EPSG:{code}" if code else str(dataset.crs.to_wkt())


def _transform(dataset: "DatasetReader") -> Transform | None:
    if dataset.transform.is_identity:
        return None
    t = dataset.transform
    return Transform(t.a, t.b, t.c, t.d, t.e, t.f)


def _plain(error: Exception) -> str:
    return str(error).strip().rstrip(".")
