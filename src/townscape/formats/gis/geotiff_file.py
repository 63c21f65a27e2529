"""One GeoTIFF of numbers: its header, its values by windows, and writing it. Needs the `geo` extra."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import UnreadableImage, UsageError
from townscape.core.spaces import Transform, Window
from townscape.formats.format import Grid, Item
from townscape.workspace import rasters

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

SUFFIXES = (".tif", ".tiff")
NOTHING = -1 << 40
"""Stands for pixels that hold no value at all: not a number, transparent."""
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BLOCK_PX = 256
_BAND_PX = 16 * _BLOCK_PX
_MAX_SIDE = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    """What a GeoTIFF says about itself."""

    grid: Grid
    n_bands: int
    nodata: float | None
    """None also where it is no number."""
    color_by_value: Mapping[int, str]
    """The colour table as `#rrggbb`, black left out."""


@dataclass(frozen=True, slots=True)
class Values:
    """The numbers of a raster; colours as 0xrrggbb."""

    values_hw: NDArray[np.integer]
    is_color: bool

    def text(self, value: int) -> str:
        """A value as people write it: `12` or `#3c1098`."""
        return f"#{value:06x}" if self.is_color else str(value)


def read_header(path: Path) -> Header:
    """Raises `UnreadableImage` naming the file, also for other files that are called `.tif`."""
    with path.open("rb") as stream:
        if stream.read(4) not in _MAGIC:
            raise UnreadableImage(f"{path} is no TIFF file.", hint="export it again as GeoTIFF.")
    with rasters.open_raster(path) as dataset:
        if max(dataset.width, dataset.height) > _MAX_SIDE:
            raise UnreadableImage(f"{path} says that it is {dataset.width}×{dataset.height} pixels large.")
        t, nodata = dataset.transform, dataset.nodata
        transform = None if t.is_identity else Transform(t.a, t.b, t.c, t.d, t.e, t.f)
        return Header(
            Grid(dataset.width, dataset.height, transform),
            dataset.count,
            None if nodata is None or not np.isfinite(nodata) else float(nodata),
            _color_table(dataset),
        )


def _color_table(dataset: "DatasetReader") -> dict[int, str]:
    try:
        table = dataset.colormap(1)
    except ValueError:
        return {}
    return {k: "#{:02x}{:02x}{:02x}".format(*rgba[:3]) for k, rgba in table.items() if any(rgba[:3])}


def read_values(path: Path, window: Window | None = None) -> Values:
    """The whole raster, or a window of it: colours of three or four 8-bit bands, else the first band.

    Raises `UnreadableImage` naming the file.
    """
    with rasters.open_raster(path) as dataset:
        area = None if window is None else rasters.rasterio_window(window)
        if dataset.count in (3, 4) and set(dataset.dtypes) == {"uint8"}:
            bands = dataset.read(window=area)
            colors = bands[0].astype(np.int64) << 16 | bands[1].astype(np.int64) << 8 | bands[2]
            return Values(np.where(bands[3] == 0, NOTHING, colors) if len(bands) == 4 else colors, True)
        return Values(_whole_numbers(dataset.read(1, window=area), path), False)


def _whole_numbers(values: NDArray[Any], path: Path) -> NDArray[np.integer]:
    if values.dtype.kind in "iu":
        return values if values.dtype != np.uint64 else values.astype(np.int64)
    is_number = np.isfinite(values) & (np.abs(values) < 2**40) if values.dtype.kind == "f" else None
    whole = None if is_number is None else np.where(is_number, values, 0).astype(np.int64)
    if whole is None or is_number is None or (whole != values)[is_number].any():
        raise UnreadableImage(
            f"The raster {path} holds {values.dtype} values that are no whole numbers, so no classes.",
            hint="it may be the image itself, or a map of probabilities.",
        )
    return np.where(is_number, whole, NOTHING)


def encode(
    plane_hw: NDArray[np.integer],
    item: Item,
    *,
    dtype: type[np.unsignedinteger],
    colors: Mapping[int, tuple[int, int, int, int]] | None = None,
) -> bytes:
    """A GeoTIFF of one band on the grid of `item`, in tiles, without loss; 0 is no data.

    Of numbers that `dtype` has no room for the lowest bits are written. Raises `UsageError` for a
    CRS that PROJ does not know.
    """
    from rasterio import Affine
    from rasterio.errors import CRSError
    from rasterio.io import MemoryFile

    height, width = plane_hw.shape
    profile: dict[str, Any] = {
        "driver": "GTiff", "width": width, "height": height, "count": 1, "nodata": 0,
        "dtype": np.dtype(dtype).name,
        "tiled": True, "blockxsize": _BLOCK_PX, "blockysize": _BLOCK_PX,
        "compress": "deflate", "bigtiff": "if_safer",
    }  # fmt: skip
    if item.transform is not None:
        profile |= {"crs": item.crs, "transform": Affine(*item.transform)}
    try:
        with rasters.bounded_cache(), rasters.quiet(), MemoryFile() as memory:
            with memory.open(**profile) as out:
                if colors:
                    out.write_colormap(1, dict(colors))
                for y in range(0, height, _BAND_PX):
                    window = Window(0, y, width, _BAND_PX).clip(width, height)
                    part = plane_hw[window.slices].astype(dtype)
                    out.write(part, 1, window=rasters.rasterio_window(window))
            return bytes(memory.getbuffer())
    except CRSError as error:
        raise UsageError(f"The CRS of {item.name} is not known here: {error}.") from error
