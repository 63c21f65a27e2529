"""The image files of an export: copied without metadata where that is right, written anew where not."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from townscape.core.errors import UsageError
from townscape.exchange.choosing import Chosen
from townscape.workspace import Workspace
from townscape.workspace.remote import is_remote
from townscape.workspace.stripping import bare, copy_bare, suffix_of

_ORIENTATION = 0x0112
_TIFF = (".tif", ".tiff")
_SAME = {".jpeg": ".jpg", ".tiff": ".tif"}
_WRITTEN_ANEW = (".avif", ".vrt")
"""AVIF holds its metadata where it cannot be taken out without loss; a VRT only names other files."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """How an image gets into an export."""

    suffix: str
    original: Path | None
    """The file that can be copied but for its metadata; None: it is written anew."""
    content: Callable[[], bytes]
    is_cached: bool = False
    """Whether that file is a copy of a remote one, which will be cleared."""
    is_raster: bool = False

    def place(self, target: Path, *, how: str) -> None:
        """Copy or link it to `target`; what lies elsewhere is copied.

        A copy has no EXIF, GPS, thumbnail or text any more. A link is no copy: it leads to the original.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.original is None:
            target.write_bytes(self.content())
        elif how == "link" and not self.is_cached:
            target.symlink_to(self.original.resolve())
        else:
            copy_bare(self.original, target, is_raster=self.is_raster)


def image_file(workspace: Workspace, chosen: Chosen, allowed: Sequence[str]) -> ImageFile:
    """The file of a window's image with one of the endings that a format allows (any, if empty).

    The original is taken for a whole image whose pixels are stored the way they are shown;
    otherwise a lossless PNG is written (a GeoTIFF for parts of rasters, where that is allowed).
    """
    image = chosen.image
    path = workspace.images.path(image)
    suffix = _suffix(image.name, path)
    is_whole = chosen.window == image.whole
    is_raster = image.kind == "raster"
    is_copied = suffix not in _WRITTEN_ANEW and not _is_turned(path, image.kind)
    if is_whole and is_copied and (not allowed or suffix in allowed):
        is_cached = image.blob is None and is_remote(image.source)
        return ImageFile(suffix, path, partial(_bare, path, is_raster), is_cached, is_raster)
    if image.kind == "raster" and (not allowed or set(allowed) & set(_TIFF)):
        return ImageFile(".tif", None, partial(_cut_raster, path, chosen))
    if allowed and ".png" not in allowed:
        raise UsageError(
            f"{image.name} would have to be written as {' or '.join(allowed)}, which loses pixels."
        )
    return ImageFile(".png", None, partial(_as_png, workspace, chosen))


def _suffix(name: str, path: Path) -> str:
    """The image's own ending, unless its content is of another kind (it was covered, say)."""
    suffix, true_suffix = Path(name).suffix.lower() or path.suffix.lower(), suffix_of(path)
    return suffix if not true_suffix or _SAME.get(suffix, suffix) == true_suffix else true_suffix


def _bare(path: Path, is_raster: bool) -> bytes:
    return bare(path, is_raster=is_raster).content


def _is_turned(path: Path, kind: str) -> bool:
    """Whether EXIF says that the file is to be shown turned: its labels are of the turned picture."""
    if kind != "photo":
        return False
    with Pillow.open(path) as image:
        return image.getexif().get(_ORIENTATION, 1) != 1


def _as_png(workspace: Workspace, chosen: Chosen) -> bytes:
    values = workspace.images.read(chosen.image, chosen.window).values
    buffer = io.BytesIO()
    Pillow.fromarray(_eight_bit(values)).save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def _eight_bit(values: NDArray[Any]) -> NDArray[np.uint8]:
    """The first three bands (or the only one) as 8-bit, stretched from 2 % to 98 % where they are more."""
    bands = values[..., :3] if values.shape[2] >= 3 else values[..., 0]
    if bands.dtype == np.uint8:
        return np.ascontiguousarray(bands)
    low, high = np.percentile(bands, [2, 98])
    scaled = (bands.astype(np.float64) - low) / max(high - low, 1e-9) * 255
    return scaled.clip(0, 255).astype(np.uint8)


def _cut_raster(path: Path, chosen: Chosen) -> bytes:
    """A part of a raster as a GeoTIFF in its own place."""
    import rasterio
    from rasterio.io import MemoryFile
    from rasterio.windows import Window as RasterWindow

    w = chosen.window
    with rasterio.open(path) as source:
        window = RasterWindow(w.x, w.y, w.width, w.height)  # pyright: ignore[reportCallIssue]
        values = source.read(window=window)
        profile: dict[str, Any] = {
            "driver": "GTiff", "count": source.count, "dtype": source.dtypes[0], "width": w.width,
            "height": w.height, "crs": source.crs, "transform": source.window_transform(window),
            "nodata": source.nodata, "compress": "deflate",
        }  # fmt: skip
    with MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(values)
        return memory.read()
