"""STAC label collections: what the published schemas demand, and collections of others."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from townscape.core.errors import NothingToRead
from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Transform
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.kinds import detect, stac
from townscape.formats.labels import ExportLabels

rasterio = pytest.importorskip("rasterio")
pytest.importorskip("pyogrio")

CLASSES = (ExportClass("Straße", "#804080", "stuff"), ExportClass("行人", "#dc143c", "thing"))
GROUND = Transform(0.5, 0, 389_000, 0, -0.5, 5_819_000)
PLANE = np.array([[1, 2, 0], [1, 1, IGNORE]], dtype=np.uint16)
LABELS = ExportLabels(PLANE, np.zeros(PLANE.shape, np.uint32))


def _write(root: Path, *, crs="EPSG:25833", transform=GROUND, **plan) -> None:
    out = Out(root)
    writer = stac.write(out, Plan("Berlin, Mitte", CLASSES, "raster", parts=("val",), **plan))
    for name in ("a b", "ö"):
        item = Item(name, 3, 2, "val", ".png", bytes, crs, transform)
        encoded = writer.encode(item, LABELS)
        for path, content in encoded.files.items():
            out.put(path, content)
        writer.add(out, item, encoded.entry)
    writer.close(out)
    out.close()


def _json(path: Path):
    return json.loads(path.read_text("utf-8"))


def test_the_collection_has_what_its_schema_demands(tmp_path):
    _write(tmp_path, licence="CC BY 4.0")
    found = _json(tmp_path / "collection.json")
    assert (found["type"], found["stac_version"], found["id"]) == ("Collection", "1.1.0", "Berlin-Mitte")
    assert re.fullmatch(r"[\w\-.+]+", found["license"])
    assert "CC BY 4.0" in found["description"]
    ((west, south, east, north),) = found["extent"]["spatial"]["bbox"]
    assert 13 < west < east < 14
    assert 52 < south < north < 53
    assert found["extent"]["temporal"] == {"interval": [[None, None]]}
    assert [link["rel"] for link in found["links"]] == ["root", *["item"] * 4]
    for link in found["links"]:
        assert (tmp_path / link["href"]).is_file()


def test_label_items_have_what_the_label_extension_demands(tmp_path):
    _write(tmp_path)
    item = _json(tmp_path / "items/labels/val/ö.json")
    assert (item["type"], item["stac_version"], item["collection"]) == ("Feature", "1.1.0", "Berlin-Mitte")
    assert "https://stac-extensions.github.io/label/v1.0.1/schema.json" in item["stac_extensions"]
    about = item["properties"]
    assert about["label:properties"] is None
    assert about["label:type"] == "raster"
    assert about["label:description"]
    assert about["label:classes"] == [{"name": None, "classes": ["unlabelled", "Straße", "行人", "ignore"]}]
    assert about["datetime"] is None
    assert about["start_datetime"] < about["end_datetime"]
    assert about["proj:shape"] == [2, 3]
    assert about["proj:code"] == "EPSG:25833"
    (ring,) = item["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert (item["bbox"][0], item["bbox"][3]) == (min(p[0] for p in ring), max(p[1] for p in ring))
    classes = item["assets"]["labels"]["classification:classes"]
    assert [(c["value"], c["title"], c["color_hint"]) for c in classes] == [
        (0, "unlabelled", "000000"),
        (1, "Straße", "804080"),
        (2, "行人", "DC143C"),
        (255, "ignore", "282828"),
    ]  # fmt: skip
    assert all(re.fullmatch(r"[0-9A-Za-z_-]+", c["name"]) for c in classes)
    (source,) = [link for link in item["links"] if link["rel"] == "source"]
    assert source["label:assets"] == ["image"]
    image = tmp_path / "items/labels/val" / source["href"]
    assert _json(image)["assets"]["image"]["href"] == "../../../images/val/ö.png"


def test_images_without_a_place_have_no_geometry_and_no_bounds(tmp_path):
    _write(tmp_path, crs=None, transform=None)
    item = _json(tmp_path / "items/labels/val/ö.json")
    assert item["geometry"] is None
    assert "bbox" not in item
    assert _json(tmp_path / "collection.json")["extent"]["spatial"]["bbox"] == [[-180, -90, 180, 90]]


def test_labels_without_images(tmp_path):
    _write(tmp_path, has_images=False)
    source = stac.read(Files.of(tmp_path))
    assert [(p.name, p.image, p.part) for p in source.pictures] == [
        ("a b-labels", None, "val"), ("ö-labels", None, "val"),
    ]  # fmt: skip


def _foreign(root: Path, *, label_type: str, asset: str, source: str, **about) -> None:
    (root / "collection.json").write_text('{"type": "Collection", "stac_version": "1.0.0"}')
    item = {
        "type": "Feature", "stac_version": "1.0.0", "id": "x",
        "properties": {"label:type": label_type, **about},
        "assets": {"raster_labels": {"href": asset, "roles": ["labels"]}},
        "links": [{"rel": "source", "href": source, "label:assets": "image"}],
    }  # fmt: skip
    (root / "x.json").write_text(json.dumps(item))


def _raster(path: Path) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", count=1, width=3, height=2, dtype="uint8", crs="EPSG:4326",
        transform=rasterio.Affine(0.1, 0, 13, 0, -0.1, 52),
    ) as out:  # fmt: skip
        out.write(np.array([[[1, 0, 0], [0, 0, 0]]], np.uint8))


def test_rasters_of_others_with_addresses_on_the_web(tmp_path):
    _raster(tmp_path / "field.tif")
    _raster(tmp_path / "scene.tif")
    _foreign(
        tmp_path, label_type="raster", asset="https://example.org/a/field.tif?token=1", source="./scene.tif"
    )
    files = Files.of(tmp_path)
    assert next(d.name for d in detect(files)) == "stac"
    (picture,) = stac.read(files).pictures
    assert picture.image == tmp_path / "scene.tif"
    assert [s.value for s in stac.read(files).labels(picture).slots] == ["0", "1"]


def test_geojson_of_others_is_burnt_into_the_image(tmp_path):
    _raster(tmp_path / "scene.tif")
    ring = [[13.1, 51.8], [13.3, 51.8], [13.3, 51.9], [13.1, 51.9], [13.1, 51.8]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"use": "park"}, "geometry": geometry}
    (tmp_path / "l.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    _foreign(
        tmp_path,
        label_type="vector",
        asset="./l.geojson",
        source="scene.tif",
        **{"label:properties": ["use"]},
    )
    source = stac.read(Files.of(tmp_path))
    found = source.labels(source.pictures[0])
    assert found.plane_hw.tolist() == [[0, 0, 0], [0, 1, 1]]
    assert found.slots[0].value == "park"


def test_addresses_that_lead_outside_are_not_followed(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    _raster(tmp_path / "secret.tif")
    _foreign(inside, label_type="raster", asset="../secret.tif", source="../secret.tif")
    assert [name for name, _ in stac.read(Files.of(inside)).problems] == ["x.json"]


def test_collections_without_labels_are_nothing_to_read(tmp_path):
    (tmp_path / "catalog.json").write_text('{"type": "Catalog", "stac_version": "1.0.0"}')
    with pytest.raises(NothingToRead):
        stac.read(Files.of(tmp_path))
