"""Without an optional part formats are still recognised, and say which part is missing."""

import sys

import pytest

from townscape.core.errors import MissingExtra
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Plan
from townscape.formats.kinds import detect, get_format

CASES = {
    "geotiff": ("labels/a.tif", "rasterio", "geo"),
    "geopackage": ("a.gpkg", "pyogrio", "geo"),
    "geojson": ("a.geojson", "pyogrio", "geo"),
    "stac": ("collection.json", "rasterio", "geo"),
    "hugging-face": ("data/train-00000-of-00001.parquet", "pyarrow", "parquet"),
}


@pytest.mark.parametrize("name", CASES)
def test_recognised_but_not_read_or_written(name, tmp_path, monkeypatch):
    file, module, extra = CASES[name]
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text('{"type": "Collection", "stac_version": "1.1.0"}')
    monkeypatch.setitem(sys.modules, module, None)
    files = Files.of(tmp_path)
    assert next(d.name for d in detect(files)) == name
    kind = get_format(name)
    with pytest.raises(MissingExtra) as error:
        kind.read(files)
    assert error.value.extra == extra
    plan = Plan("p", [ExportClass("road", "#804080", "stuff")], kind.VARIANTS[0])
    with pytest.raises(MissingExtra) as error:
        kind.write(Out(tmp_path), plan)
    assert error.value.extra == extra
