"""The files that `predict --out` writes, for people and other programs."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import StorageFull
from townscape.core.labelmap import Rgb, rgb_by_class_number
from townscape.core.taxonomy import Taxonomy
from townscape.workspace.folder import write_atomically
from townscape.workspace.prediction_files import PredictedWindow, encode_png
from townscape.workspace.records import Image

_OVERLAY_STRENGTH = 0.5
_JPEG_QUALITY = 88


def output_names(images: Iterable[Image]) -> Mapping[str, str]:
    """Image id → name of its files without ending: the stem, or the path where stems repeat."""
    images = list(images)
    count = Counter(image.stem for image in images)
    return {
        image.id: image.stem if count[image.stem] == 1 else str(Path(image.name).with_suffix(""))
        for image in images
    }


def write_classes(taxonomy: Taxonomy, out: Path) -> None:
    """`classes.json`: class number → key, name and colour."""
    listed = {str(c.number): {"key": c.key, "name": c.name, "color": c.color} for c in taxonomy.active}
    content = {"taxonomy": taxonomy.name, "version": taxonomy.version, "no_prediction": 0, "classes": listed}
    write_atomically(out / "classes.json", (json.dumps(content, indent=2) + "\n").encode())


def write_photo(
    out: Path, name: str, window: PredictedWindow, pixels: NDArray[np.uint8], taxonomy: Taxonomy
) -> None:
    """Class PNG, confidence PNG and overlay JPEG of one photo."""
    write_atomically(out / f"{name}.png", encode_png(window.class_numbers))
    write_atomically(out / "confidence" / f"{name}.png", encode_png(window.confidence))
    write_overlay(out / "overlay" / f"{name}.jpg", window.class_numbers, pixels, taxonomy)


def write_overlay(
    path: Path, class_numbers: NDArray[np.uint16], pixels: NDArray[np.uint8], taxonomy: Taxonomy
) -> None:
    """The image with its classes over it, half transparent, as JPEG."""
    colors = rgb_by_class_number(taxonomy)[class_numbers]
    strength = np.where(class_numbers > 0, _OVERLAY_STRENGTH, 0.0)[..., None]
    mixed: Rgb = (pixels * (1 - strength) + colors * strength).astype(np.uint8)
    done, content = cv2.imencode(".jpg", mixed[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise StorageFull(f"{path} could not be encoded.")
    write_atomically(path, content.tobytes())


def write_qgis_style(path: Path, taxonomy: Taxonomy) -> None:
    """A QGIS style beside a GeoTIFF: class names and colours appear as soon as it is opened."""
    entries = "".join(
        f'<paletteEntry value="{c.number}" color="{c.color}" alpha="255" label={quoteattr(c.name)}/>'
        for c in taxonomy.active
    )
    text = (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.22"><pipe><rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1">'
        f"<colorPalette>{entries}</colorPalette></rasterrenderer></pipe></qgis>\n"
    )
    write_atomically(path, text.encode())
