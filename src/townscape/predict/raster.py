"""Predicting one raster: windows in, a cloud-optimised GeoTIFF out, resumable in between.

Finished bands are kept as small files in the run's folder, named by their place, so a run that
was killed goes on with the next band. At the end they are put together into a tiled GeoTIFF and
turned into a COG with overviews.
"""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import ModelError
from townscape.core.labelmap import class_number_by_channel
from townscape.core.spaces import Transform, Window
from townscape.core.taxonomy import Taxonomy
from townscape.models.blend import Band, Plan, blend_raster
from townscape.models.inference import select_bands
from townscape.models.runtimes import Runtime
from townscape.version import __version__
from townscape.workspace import rasters
from townscape.workspace.folder import storage_errors, write_atomically
from townscape.workspace.ground import ground_of
from townscape.workspace.records import Image

_SAME_SCALE = 1.1
_MAX_ENLARGEMENT = 2.0
_BLOCK_PX = 512


@dataclass(frozen=True, slots=True)
class Grid:
    """The pixel grid of a prediction: the raster's own, or that of the model's ground resolution."""

    width: int
    height: int
    scale: float
    transform: Transform | None


def choose_grid(image: Image, model_pixel_m: float | None, *, any_scale: bool) -> Grid:
    """The grid on which a model should see a raster.

    Raises `ModelError` if the raster would have to be enlarged more than twofold.
    """
    own_m = ground_of(image).pixel_m
    scale = own_m / model_pixel_m if own_m and model_pixel_m else 1.0
    if 1 / _SAME_SCALE <= scale <= _SAME_SCALE:
        return Grid(image.width, image.height, 1.0, image.transform)
    if scale > _MAX_ENLARGEMENT and not any_scale:
        raise ModelError(
            f"{image.name} has pixels of {own_m:.2f} m; the model learned from {model_pixel_m:.2f} m. "
            f"It would have to be enlarged {scale:.1f} times, and what is not in it cannot be found.",
            hint="use finer images, train on images like it, or insist with `--any-scale`.",
        )
    width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    t = image.geo_transform
    sx, sy = image.width / width, image.height / height
    return Grid(width, height, scale, Transform(t.a * sx, t.b * sy, t.c, t.d * sx, t.e * sy, t.f))


def predict_raster(
    runtime: Runtime,
    image: Image,
    path: Path,
    target: Path,
    bands_folder: Path,
    *,
    window_px: int,
    any_scale: bool,
    on_window: Callable[[int, int], None],
) -> dict[int, int]:
    """Write the prediction of a raster file to `target` (COG); returns pixels per class number.

    `on_window(done, total)` hears of every window. Interrupted, it goes on from `bands_folder`.
    """
    card = runtime.card
    grid = choose_grid(image, card.preprocessing.pixel_m, any_scale=any_scale)
    plan = Plan.of(grid.width, grid.height, card.n_classes, window_px=window_px)
    _claim(bands_folder, card.model_dump_json(), image, plan)
    done = 0
    total = plan.n_windows

    def heard(n: int) -> None:
        nonlocal done
        done += n
        on_window(done, total)

    with rasters.open_raster(path) as dataset:
        reader = _GridReader(dataset, image, grid, card.preprocessing.bands)
        bands = blend_raster(
            runtime,
            reader.read,
            plan,
            is_finished=lambda window: _band_path(bands_folder, window).is_file(),
            on_window=heard,
        )
        for band in bands:
            _write_band(bands_folder, band)
    return _assemble(bands_folder, target, image, grid, plan, card.taxonomy)


@dataclass(frozen=True, slots=True)
class _GridReader:
    """Reads model bands of windows of a grid from an open raster."""

    dataset: Any
    image: Image
    grid: Grid
    bands: tuple[str, ...]

    def read(self, window: Window) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        if self.grid.scale == 1.0:
            values, valid = rasters.read_open_raster(self.dataset, window)
        else:
            values, valid = rasters.read_resampled(self.dataset, window, self.grid.width, self.grid.height)
        names = self.image.bands
        if names[-1] == "alpha" and len(names) > 1:
            names, values = names[:-1], values[..., :-1]
        return select_bands(values, names, self.bands), valid


def _claim(folder: Path, card: str, image: Image, plan: Plan) -> None:
    """Start afresh if the folder holds bands of another model, image or plan."""
    key = hashlib.sha256(f"{card}{image.id}{image.source_version}{plan}".encode()).hexdigest()
    marker = folder / "made-of.json"
    if marker.is_file() and json.loads(marker.read_text("utf-8")) == {"key": key}:
        return
    if folder.is_dir():
        for path in folder.glob("band-*.npz"):
            path.unlink()
    write_atomically(marker, json.dumps({"key": key}).encode())


def _band_path(folder: Path, window: Window) -> Path:
    return folder / f"band-{window.x}-{window.y}.npz"


def _write_band(folder: Path, band: Band) -> None:
    packed = io.BytesIO()
    np.savez_compressed(packed, channels=band.answer.channels, confidence=band.answer.confidence)
    write_atomically(_band_path(folder, band.window), packed.getvalue())


def _assemble(
    folder: Path, target: Path, image: Image, grid: Grid, plan: Plan, taxonomy: Taxonomy
) -> dict[int, int]:
    import rasterio
    import rasterio.shutil as raster_files

    number_of = class_number_by_channel(taxonomy)
    dtype = "uint8" if max(taxonomy.channels) < 256 else "uint16"
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "width": grid.width,
        "height": grid.height,
        "count": 2,
        "dtype": dtype,
        "nodata": 0,
        "tiled": True,
        "blockxsize": _BLOCK_PX,
        "blockysize": _BLOCK_PX,
        "compress": "deflate",
        "bigtiff": "if_safer",
    }
    if image.crs:
        profile["crs"] = image.crs
    if grid.transform:
        profile["transform"] = rasterio.Affine(*grid.transform)
    counts = np.zeros(65_536, dtype=np.int64)
    loose = target.with_suffix(".loose.tif")
    with storage_errors(), rasters.quiet(), rasters.bounded_cache():
        try:
            with rasterio.open(loose, "w", **profile) as out:
                for window in _all_bands(plan):
                    numbers, sure = _read_band(folder, window, number_of)
                    counts += np.bincount(numbers.reshape(-1), minlength=65_536)
                    area = rasters.rasterio_window(window)
                    out.write(numbers.astype(dtype), 1, window=area)
                    out.write(sure.astype(dtype), 2, window=area)
                _describe(out, taxonomy)
            raster_files.copy(
                loose,
                target,
                driver="COG",
                compress="deflate",
                predictor="no",
                blocksize=_BLOCK_PX,
                overview_resampling="nearest",
                bigtiff="if_safer",
                num_threads="all_cpus",
            )
        finally:
            loose.unlink(missing_ok=True)
    return {int(n): int(counts[n]) for n in np.flatnonzero(counts) if n}


def _all_bands(plan: Plan) -> list[Window]:
    from townscape.models.blend import BAND_PX

    return [
        Window(left, y, right - left, min(BAND_PX, plan.height - y))
        for y in range(0, plan.height, BAND_PX)
        for left, right in plan.panels()
    ]


def _read_band(
    folder: Path, window: Window, number_of: NDArray[np.uint16]
) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    with np.load(_band_path(folder, window), allow_pickle=False) as stored:
        return number_of[stored["channels"]], stored["confidence"]


def _describe(out: Any, taxonomy: Taxonomy) -> None:
    """Names, colours and meaning, inside the file."""
    out.set_band_description(1, "class")
    out.set_band_description(2, "confidence")
    colors = {c.number: (*c.rgb, 255) for c in taxonomy.active if c.number < 256}
    out.write_colormap(1, {0: (0, 0, 0, 0), **colors})
    out.update_tags(1, **{f"CLASS_{c.number}": c.name for c in taxonomy.active})
    out.update_tags(2, MEANING="highest class probability, 255 = certain, 0 = no prediction")
    out.update_tags(
        TIFFTAG_SOFTWARE=f"Townscape {__version__}", TAXONOMY=f"{taxonomy.name} {taxonomy.version}"
    )
