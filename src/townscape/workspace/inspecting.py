"""Looking at an image file once: what it is, and whether it can be decoded at all."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from townscape.core.errors import UnreadableImage
from townscape.workspace import photos, rasters


def inspect_image(path: Path, *, max_megapixels: float) -> dict[str, Any]:
    """Facts about an image file (kind, width, height, bands …) after decoding it.

    Raises `UnreadableImage`, `ImageTooLarge` or `MissingExtra`, naming the file.
    """
    if path.stat().st_size == 0:
        raise UnreadableImage(f"{path} is empty (0 bytes).", hint="copy it again.")
    if path.suffix.lower() in rasters.SUFFIXES and rasters.has_raster_support():
        facts = rasters.inspect_raster(path)
        return {"kind": "raster"} | asdict(facts)
    if path.suffix.lower() == ".vrt":
        rasters.inspect_raster(path)
    facts = photos.inspect_photo(path, max_megapixels=max_megapixels)
    return {"kind": "photo"} | asdict(facts)
