"""Rasters and models for the tests of predict."""

import numpy as np
import pytest
import rasterio
from PIL import Image as Pillow
from rasterio.transform import Affine

from townscape.core.taxonomy import read_taxonomy
from townscape.testing.tiny_models import tiny_card, write_color_model, write_constant_model
from townscape.workspace import create_workspace

LAND = read_taxonomy("land-cover")
UTM = Affine(0.5, 0, 400_000, 0, -0.5, 2_800_000)


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="land-cover") as opened:
        yield opened


@pytest.fixture
def color_model(tmp_path):
    write_color_model(tmp_path / "color.onnx", tiny_card(LAND, name="color"))
    return tmp_path / "color.onnx"


@pytest.fixture
def constant_model(tmp_path):
    write_constant_model(tmp_path / "constant.onnx", tiny_card(LAND, name="constant"), channel=5)
    return tmp_path / "constant.onnx"


def class_colors(plane):
    """An image in the taxonomy's own colours, so that the colour model is always right."""
    table = np.zeros((256, 3), dtype=np.uint8)
    for c in LAND.classes:
        table[c.number] = c.rgb
    return table[plane]


def write_raster(path, values, *, crs="EPSG:32640", transform=UTM, nodata=None, alpha=None):
    """A GeoTIFF of height × width × bands values."""
    bands = values if alpha is None else np.dstack([values, alpha])
    profile = {
        "driver": "GTiff",
        "width": values.shape[1],
        "height": values.shape[0],
        "count": bands.shape[2],
        "dtype": values.dtype.name,
        "nodata": nodata,
        "photometric": "rgb" if values.shape[2] == 3 and values.dtype == np.uint8 else "minisblack",
    }
    if alpha is not None:
        profile["alpha"] = "yes"
    if crs:
        profile["crs"] = crs
    if transform:
        profile["transform"] = transform
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", **profile) as out:
        out.write(np.moveaxis(bands, -1, 0))
    return path


def write_photo(path, plane):
    """A PNG in class colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(class_colors(plane)).save(path)
    return path
