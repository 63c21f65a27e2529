"""What a decoding process can do. Everything comes back re-encoded: no byte of a file passes through."""

import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from townscape.core.errors import ImageTooLarge, UnreadableImage, UsageError
from townscape.core.tiles import TILE_PX
from townscape.server.pixels.sources import Patch, Picture, read_tile, read_whole, read_window, stretch_of

Answer = tuple[dict[str, Any], bytes]

_PAPER = (217, 213, 203)
_NDVI_RAMP = ((140, 90, 60), (238, 232, 200), (30, 110, 60))
_QUALITY = 92
_PLAIN_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
_ORIENTATION = 0x0112


def draw_tile(
    picture: dict[str, Any], level: int, row: int, column: int, bands: list[str], index: str
) -> Answer:
    """A tile as JPEG: three bands as red, green and blue, or an index as colours."""
    source = _picture(picture)
    return {}, _jpeg(_shown(source, read_tile(source, level, row, column), bands, index), _QUALITY)


def draw_thumbnail(picture: dict[str, Any], side: int) -> Answer:
    """All of a picture as a small JPEG."""
    source = _picture(picture)
    return {}, _jpeg(_shown(source, read_whole(source, side), [], ""), 85)


def draw_frame(picture: dict[str, Any], area: list[int], quality: int | None) -> Answer:
    """A part of a picture (x, y, width, height) at full size: a PNG, or a JPEG of a quality.

    Facts say `as_is`, and nothing is drawn, where the file itself is that PNG already, or as good.
    """
    source = _picture(picture)
    x, y, width, height = area
    if width * height > source.max_megapixels * 1e6:
        raise ImageTooLarge(
            f"{width}×{height} pixels are too many for one frame.", hint="select smaller windows of it."
        )
    form = _plain_format(source) if quality is None and area == [0, 0, source.width, source.height] else None
    if form is not None:
        return {"as_is": True, "format": form}, b""
    rgb = _shown(source, read_window(source, x, y, width, height), [], "")
    return {"as_is": False}, _png(rgb) if quality is None else _jpeg(rgb, quality)


def find_superpixels(picture: dict[str, Any], row: int, column: int, size: Any) -> Answer:
    """Superpixels of a full-size tile: 512 × 512 little-endian uint16 behind zlib, 0 outside."""
    from townscape.assist.superpixels import compute_superpixels

    source = _picture(picture)
    shown = _shown(source, read_tile(source, 0, row, column), [], "")
    regions = np.zeros((TILE_PX, TILE_PX), dtype="<u2")
    found = compute_superpixels(shown, size)
    regions[: found.shape[0], : found.shape[1]] = found
    return {"regions": int(found.max())}, zlib.compress(regions.tobytes(), 1)


def inspect(path: str, max_megapixels: float) -> Answer:
    """Facts about a file after decoding it; what is no picture is refused."""
    from townscape.workspace.inspecting import inspect_image

    return {"facts": inspect_image(Path(path), max_megapixels=max_megapixels)}, b""


WORKS: dict[str, Callable[..., Answer]] = {
    "tile": draw_tile,
    "thumbnail": draw_thumbnail,
    "frame": draw_frame,
    "superpixels": find_superpixels,
    "inspect": inspect,
}


def picture_of(picture: Picture) -> dict[str, Any]:
    """A picture as plain values, to be sent to a child."""
    return asdict(picture)


def _picture(values: dict[str, Any]) -> Picture:
    named: Any = values | {"bands": tuple(values["bands"])}
    return Picture(**named)


def _shown(picture: Picture, patch: Patch, bands: list[str], index: str) -> NDArray[np.uint8]:
    names = [b for b in picture.bands if b != "alpha"] or list(picture.bands)
    colors = _ndvi(patch, names) if index == "ndvi" else _as_rgb(picture, patch, names, bands)
    if not patch.valid.all():
        colors = colors.copy()
        colors[~patch.valid] = _PAPER
    return colors


def _as_rgb(picture: Picture, patch: Patch, names: list[str], bands: list[str]) -> NDArray[np.uint8]:
    wanted = bands or _usual_bands(names)
    for band in wanted:
        if band not in names:
            raise UsageError(f"The image has no band {band}.", hint=f"it has {', '.join(names)}.")
    stretch = stretch_of(picture)
    planes = [_to_byte(patch.values[..., k], stretch[k]) for k in (names.index(b) for b in wanted)]
    return np.stack(planes * 3 if len(planes) == 1 else planes, axis=-1)


def _usual_bands(names: list[str]) -> list[str]:
    if {"red", "green", "blue"} <= set(names):
        return ["red", "green", "blue"]
    return names[:3] if len(names) >= 3 else names[:1]


def _to_byte(values: NDArray[Any], limits: tuple[float, float]) -> NDArray[np.uint8]:
    if values.dtype == np.uint8 and limits == (0.0, 255.0):
        return values
    low, high = limits
    scaled = (np.nan_to_num(values.astype(np.float32)) - low) * (255 / (high - low))
    return np.clip(scaled, 0, 255).astype(np.uint8)


def _ndvi(patch: Patch, names: list[str]) -> NDArray[np.uint8]:
    """(NIR − red) / (NIR + red), −0.2 … 0.9, from brown to green (Rouse et al. 1974)."""
    infrared = next((n for n in ("nir", "near-infrared", "infrared", "nir08") if n in names), None)
    if infrared is None or "red" not in names:
        raise UsageError("NDVI needs the bands red and nir.", hint=f"this image has {', '.join(names)}.")
    nir = patch.values[..., names.index(infrared)].astype(np.float32)
    red = patch.values[..., names.index("red")].astype(np.float32)
    total = nir + red
    ndvi = np.divide(nir - red, total, out=np.zeros_like(total), where=total != 0)
    place = np.clip((ndvi + 0.2) / 1.1, 0, 1)[..., None]
    low, middle, high = (np.array(c, dtype=np.float32) for c in _NDVI_RAMP)
    colors = np.where(
        place < 0.4, low + (middle - low) * place / 0.4, middle + (high - middle) * (place - 0.4) / 0.6
    )
    return colors.astype(np.uint8)


def _plain_format(picture: Picture) -> str | None:
    """The format of a photo that every program shows alike; None if it is another, or to be turned."""
    if picture.kind != "photo":
        return None
    with Pillow.open(picture.path) as image:
        is_plain = image.format in _PLAIN_FORMATS and image.getexif().get(_ORIENTATION, 1) == 1
        return image.format if is_plain and image.size == (picture.width, picture.height) else None


def _png(rgb: NDArray[np.uint8]) -> bytes:
    done, content = cv2.imencode(
        ".png", np.ascontiguousarray(rgb[..., ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 1]
    )
    if not done:
        raise UnreadableImage("A frame could not be encoded.")
    return content.tobytes()


def _jpeg(rgb: NDArray[np.uint8], quality: int) -> bytes:
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    done, content = cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), options)
    if not done:
        raise UnreadableImage("A tile could not be encoded.")
    return content.tobytes()
