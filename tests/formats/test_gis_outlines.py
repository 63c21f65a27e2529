"""Outlines in GIS files: what GDAL and shapely see in ours, and what we see in those of others."""

import json
import sqlite3
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.geometry.fill import fill_centers
from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Transform, Window
from townscape.formats.codecs.scanline import Rings, runs_of
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.gis.outline_shapes import outline_shapes
from townscape.formats.kinds import detect, geojson, geopackage
from townscape.formats.labels import ExportLabels, ExportObject, Slot
from townscape.workspace import rasters

pyogrio = pytest.importorskip("pyogrio")
rasterio = pytest.importorskip("rasterio")
features = pytest.importorskip("rasterio.features")

CLASSES = (ExportClass("Straße", "#804080", "stuff"), ExportClass("car", "#00008e", "thing"))
GROUND = Transform(0.5, 0, 389_000, 0, -0.5, 5_819_000)
PLANE = np.array(
    [
        [1, 1, 1, 1, 0, 2],
        [1, 0, 0, 1, 0, 2],
        [1, 0, 0, 1, 2, 0],
        [1, 1, 1, 1, 0, IGNORE],
    ],
    dtype=np.uint16,
)  # fmt: skip
LABELS = ExportLabels(
    PLANE, np.where(PLANE == 2, 1, 0).astype(np.uint32), [ExportObject(2, {"parked": True, "Höhe": 1.5})]
)


def _write(
    kind, root: Path, labels: ExportLabels = LABELS, *, crs="EPSG:25833", transform=GROUND, names=("a",)
):
    out = Out(root)
    writer = kind.write(out, Plan("p", CLASSES, "polygons"))
    height, width = labels.classes_hw.shape
    for name in names:
        item = Item(name, width, height, "default", ".png", bytes, crs, transform)
        encoded = writer.encode(item, labels)
        for path, content in encoded.files.items():
            out.put(path, content)
        writer.add(out, item, encoded.entry)
    writer.close(out)
    out.close()


def _image(path: Path, *, width=6, height=4, crs="EPSG:25833", transform: Transform | None = GROUND) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    place = {} if transform is None else {"crs": crs, "transform": rasterio.Affine(*transform)}
    with (
        rasters.quiet(),
        rasterio.open(
            path, "w", driver="GTiff", count=1, width=width, height=height, dtype="uint8", **place
        ) as out,
    ):
        out.write(np.zeros((1, height, width), np.uint8))


def _layer(path: Path, shapes, *, layer="labels", crs="EPSG:25833", **columns) -> None:
    wkb = np.array([shapely.to_wkb(s) for s in shapes], dtype=object)
    pyogrio.raw.write(
        path, wkb, [np.array(c, dtype=object) for c in columns.values()], list(columns), layer=layer, crs=crs,
        geometry_type="Unknown" if path.suffix != ".shp" else "Polygon", append=path.exists(),
    )  # fmt: skip


def _box(left, top, right, bottom, transform=GROUND) -> shapely.Polygon:
    """A rectangle of pixels, in world coordinates."""
    return shapely.transform(shapely.box(left, top, right, bottom), transform.world_from_image)


def test_gdal_burns_our_outlines_into_the_same_pixels(tmp_path):
    _write(geopackage, tmp_path)
    meta, _, wkb, columns = pyogrio.raw.read(tmp_path / "labels.gpkg", layer="labels")
    found = dict(zip(meta["fields"], columns, strict=True))
    burnt = features.rasterize(
        list(zip(shapely.from_wkb(wkb), found["value"].tolist(), strict=True)),
        out_shape=PLANE.shape, transform=rasterio.Affine(*GROUND), dtype="uint16",
    )  # fmt: skip
    assert burnt.tolist() == PLANE.tolist()
    assert meta["crs"] == "EPSG:25833"
    assert found["class"].tolist() == ["Straße", "car", "ignore"]
    assert json.loads(found["attributes"][1]) == {"parked": True, "Höhe": 1.5}
    assert found["color"].tolist() == ["#804080", "#00008e", "#282828"]


def test_corners_are_pixel_corners_and_the_first_row_is_the_north(tmp_path):
    _write(geopackage, tmp_path)
    _, _, wkb, _ = pyogrio.raw.read(tmp_path / "labels.gpkg", layer="labels")
    (road,) = shapely.from_wkb(wkb[0]).geoms
    assert road.exterior.bounds == (389_000, 5_818_998, 389_002, 5_819_000)
    (hole,) = road.interiors
    assert hole.bounds == (389_000.5, 5_818_998.5, 389_001.5, 5_819_000 - 0.5)
    assert road.exterior.is_ccw
    assert not hole.is_ccw


def test_an_object_is_one_feature_even_if_it_falls_apart(tmp_path):
    _write(geopackage, tmp_path)
    _, _, wkb, _ = pyogrio.raw.read(tmp_path / "labels.gpkg", layer="labels", where="object = 1")
    assert [len(shape.geoms) for shape in shapely.from_wkb(wkb)] == [2]


@given(arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 2)))
def test_polygons_are_valid_and_turn_the_right_way(plane):
    labels = ExportLabels(plane, np.zeros(plane.shape, np.uint32))
    for transform in (None, GROUND):
        _, shapes = outline_shapes(labels, transform)
        assert all(shapely.is_valid(shapes).tolist())
        assert all(p.exterior.is_ccw for s in shapes for p in s.geoms)
        assert not any(h.is_ccw for s in shapes for p in s.geoms for h in p.interiors)


@given(
    st.lists(
        st.lists(
            st.lists(st.tuples(st.integers(-9, 40), st.integers(-9, 40)), min_size=3, max_size=7),
            min_size=1, max_size=2,
        ),
        max_size=3,
    )
)  # fmt: skip
def test_many_polygons_at_once_are_filled_like_one_at_a_time(halves):
    shapes = [[np.array(ring) / 2 for ring in shape] for shape in halves]
    every = [ring for shape in shapes for ring in shape]
    rings = Rings(
        np.concatenate(every) if every else np.zeros((0, 2)),
        np.repeat(np.arange(len(every)), [len(r) for r in every]),
        np.repeat(np.arange(len(shapes)), [len(s) for s in shapes]),
    )
    for shape, runs in zip(shapes, runs_of(rings, len(shapes), 11, 13), strict=True):
        mask = np.zeros(11 * 13, dtype=bool)
        mask[runs.indices()] = True
        assert np.array_equal(mask.reshape(11, 13), fill_centers(shape, 11, 13))


def test_the_geopackage_is_whole_indexed_and_styled(tmp_path):
    _write(geopackage, tmp_path, names=("a", "b"))
    database = sqlite3.connect(tmp_path / "labels.gpkg")
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert not database.execute("PRAGMA foreign_key_check").fetchall()
    assert database.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
    assert database.execute("SELECT count(*) FROM rtree_labels_geom").fetchone() == (6,)
    assert database.execute(
        "SELECT min_x, max_y, srs_id, last_change FROM gpkg_contents WHERE table_name = 'labels'"
    ).fetchall() == [(389_000, 5_819_000, 25833, "2000-01-01T00:00:00.000Z")]
    table, is_default, style = database.execute(
        "SELECT f_table_name, useAsDefault, styleQML FROM layer_styles"
    ).fetchone()
    database.close()
    renderer = ElementTree.fromstring(style).find("renderer-v2")
    assert (table, is_default) == ("labels", 1)
    assert renderer.get("attr") == "class"
    assert [c.get("value") for c in renderer.iter("category")] == ["Straße", "car", "ignore"]
    colors = [o.get("value") for o in renderer.iter("Option") if o.get("name") == "color"]
    assert colors[0] == "128,64,128,170"


def test_gdal_edits_our_geopackage_with_its_index(tmp_path):
    _write(geopackage, tmp_path)
    _layer(
        tmp_path / "labels.gpkg", [shapely.MultiPolygon([_box(4, 0, 5, 1)])],
        picture=["a.png"], **{"class": ["car"]},
    )  # fmt: skip
    source = geopackage.read(Files.of(tmp_path))
    found = source.labels(source.pictures[0], Window(4, 0, 1, 1))  # asks the index
    assert [slot.value for slot in found.slots] == ["car"]


def test_without_a_place_coordinates_are_pixels_with_y_down(tmp_path):
    _write(geopackage, tmp_path, crs=None, transform=None)
    _, _, wkb, _ = pyogrio.raw.read(tmp_path / "labels.gpkg", layer="labels")
    assert shapely.from_wkb(wkb[0]).bounds == (0, 0, 4, 4)
    assert shapely.from_wkb(wkb[2]).bounds == (5, 3, 6, 4)
    source = geopackage.read(Files.of(tmp_path))
    assert np.count_nonzero(source.labels(source.pictures[0]).plane_hw) == np.count_nonzero(PLANE)


def test_images_of_two_coordinate_systems_have_two_layers(tmp_path):
    out = Out(tmp_path)
    writer = geopackage.write(out, Plan("p", CLASSES, "polygons"))
    for name, crs in (("a", "EPSG:25833"), ("b", "EPSG:25832"), ("c", None)):
        item = Item(name, 6, 4, "default", ".png", bytes, crs, GROUND)
        writer.add(out, item, writer.encode(item, LABELS).entry)
    writer.close(out)
    assert pyogrio.list_layers(tmp_path / "labels.gpkg")[:, 0].tolist()[:3] == [
        "labels",
        "labels_2",
        "labels_3",
    ]
    source = geopackage.read(Files.of(tmp_path))
    assert {np.count_nonzero(source.labels(p).plane_hw) for p in source.pictures} == {np.count_nonzero(PLANE)}


def test_geojson_is_longitude_and_latitude_by_the_right_hand_rule(tmp_path):
    _write(geojson, tmp_path)
    content = json.loads((tmp_path / "labels/a.geojson").read_text())
    road, car, _ = content["features"]
    assert road["properties"]["class"] == "Straße"
    assert car["properties"]["attributes"] == {"parked": True, "Höhe": 1.5}
    (polygon,) = shapely.get_parts(shapely.geometry.shape(road["geometry"]))
    assert polygon.exterior.is_ccw
    assert not polygon.interiors[0].is_ccw
    longitude, latitude = polygon.exterior.coords[0]
    assert 13.3 < longitude < 13.4
    assert 52.5 < latitude < 52.6
    source = geojson.read(Files.of(tmp_path))
    found = source.labels(source.pictures[0])
    assert found.slots[1] == Slot("car", (0, 1), {"parked": True, "Höhe": 1.5})
    assert np.array_equal(found.plane_hw, np.where(PLANE == IGNORE, 3, PLANE))


def test_long_edges_stay_where_they_are_in_longitude_and_latitude(tmp_path):
    plane = np.zeros((1000, 4000), np.uint16)
    plane[:500] = 1
    wide = Transform(2, 0, 300_000, 0, -2, 5_819_000)
    _write(geojson, tmp_path, ExportLabels(plane, np.zeros(plane.shape, np.uint32)), transform=wide)
    _, _, wkb, _ = pyogrio.raw.read(tmp_path / "labels/a.geojson")
    back = rasterio.warp.transform_geom("EPSG:4326", "EPSG:25833", shapely.from_wkb(wkb[0]))
    burnt = features.rasterize([(back, 1)], out_shape=plane.shape, transform=rasterio.Affine(*wide))
    assert np.array_equal(burnt, plane)


def test_geojson_refuses_images_without_a_place(tmp_path):
    with pytest.raises(UsageError, match="longitude and latitude") as error:
        _write(geojson, tmp_path, crs=None, transform=None)
    assert "geopackage" in str(error.value.hint)


def test_a_shapefile_of_somebody_else(tmp_path):
    _image(tmp_path / "ortho.tif")
    _layer(tmp_path / "trees.shp", [_box(0, 0, 2, 2), _box(1, 1, 3, 3)], TYPE=["oak", "lime"], age=["7", "9"])
    source = geopackage.read(Files.of(tmp_path))
    assert source.notes == ["trees.shp: the class is taken from the column 'TYPE'."]
    found = source.labels(source.pictures[0])
    assert found.plane_hw.tolist() == [[1, 1, 0, 0, 0, 0], [1, 2, 2, 0, 0, 0], [0, 2, 2, 0, 0, 0], [0] * 6]
    assert found.slots == [Slot("oak", (0, 0), {"age": "7"}), Slot("lime", (0, 1), {"age": "9"})]
    assert found.overlap_px == 1


def test_a_layer_without_classes_is_one_class_and_other_systems_are_reprojected(tmp_path):
    _image(tmp_path / "ortho.tif")
    geometry = rasterio.warp.transform_geom("EPSG:25833", "EPSG:3857", _box(2, 1, 4, 3))
    _layer(
        tmp_path / "city.gpkg", [shapely.geometry.shape(geometry)], layer="buildings", crs="EPSG:3857", n=[1]
    )
    _layer(tmp_path / "city.gpkg", [shapely.Point(0, 0)], layer="lamps", n=[1])
    source = geopackage.read(Files.of(tmp_path))
    found = source.labels(source.pictures[0])
    assert found.plane_hw.tolist() == [[0] * 6, [0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 0], [0] * 6]
    assert found.slots[0].value == "buildings"


def test_a_column_names_images_that_have_no_place(tmp_path):
    _image(tmp_path / "street's.tif", transform=None)
    _layer(
        tmp_path / "labels.geojson", [shapely.box(0, 0, 1, 1), shapely.box(4, 2, 6, 4)], crs="EPSG:4326",
        image=[r"C:\pictures\street's.tif", "elsewhere.tif"], label=["car", "car"],
    )  # fmt: skip
    source = geojson.read(Files.of(tmp_path))
    assert source.labels(source.pictures[0]).plane_hw[:2, :2].tolist() == [[1, 0], [0, 0]]
    assert "1 images that labels.geojson names were not found." in source.notes


def test_windows_of_a_geojson_file_are_parts_of_the_whole(tmp_path):
    _image(tmp_path / "a.tif")
    lonlat = [
        shapely.geometry.shape(rasterio.warp.transform_geom("EPSG:25833", "EPSG:4326", box))
        for box in (_box(0, 0, 3, 3), _box(2, 1, 6, 2))
    ]
    _layer(tmp_path / "a.geojson", lonlat, crs="EPSG:4326", label=["car", "tree"])
    source = geojson.read(Files.of(tmp_path))
    whole = source.labels(source.pictures[0])
    for window in (Window(0, 0, 3, 2), Window(2, 1, 4, 3), Window(4, 2, 2, 2)):
        part = source.labels(source.pictures[0], window)
        names = [["", *(s.value for s in found.slots)] for found in (whole, part)]
        wanted = np.array(names[0])[whole.plane_hw[window.slices]]
        assert np.array_equal(np.array(names[1])[part.plane_hw], wanted)


def test_bad_shapes_are_counted_and_left_out(tmp_path):
    _image(tmp_path / "a.tif")
    shapes = [_box(0, 0, 1, 1), shapely.Point(389_000, 5_819_000), shapely.Polygon(), _box(3, 0, 4, 1)]
    _layer(tmp_path / "a.gpkg", [*shapes, _box(90, 0, 99, 9)], label=["car", "car", "car", None, "car"])
    source = geopackage.read(Files.of(tmp_path))
    found = source.labels(source.pictures[0])
    assert [slot.value for slot in found.slots] == ["car"]
    assert np.count_nonzero(found.plane_hw) == 1
    assert found.repairs["shapes that are no polygons"] == 1
    assert found.repairs["shapes without a class"] == 1


def test_polygons_that_lie_nowhere_are_a_question(tmp_path):
    _image(tmp_path / "a.tif")
    _layer(tmp_path / "a.gpkg", [_box(9000, 0, 9001, 1)], label=["car"])
    with pytest.raises(NothingToRead, match="No image lies under"):
        geopackage.read(Files.of(tmp_path))


def test_files_that_only_pretend_are_not_opened(tmp_path):
    _image(tmp_path / "a.tif")
    _layer(tmp_path / "good.gpkg", [_box(0, 0, 1, 1)], label=["car"])
    virtual = (
        "<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>"
    )
    (tmp_path / "bad.gpkg").write_text(virtual)
    (tmp_path / "bad.geojson").write_text(virtual)
    assert {name for name, _ in geopackage.read(Files.of(tmp_path)).problems} == {"bad.gpkg", "bad.geojson"}


def test_damaged_files_are_named(tmp_path):
    _write(geojson, tmp_path, names=("a", "b", "c"))
    path = tmp_path / "labels/b.geojson"
    path.write_text(path.read_text().replace('"width": 6', '"width": 1000000000000'))
    source = geojson.read(Files.of(tmp_path))
    assert [p.name for p in source.pictures] == ["a.png", "c.png"]
    assert source.problems[0][0] == "labels/b.geojson"
    cut = tmp_path / "labels/c.geojson"
    cut.write_bytes(cut.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"c\.geojson"):
        source.labels(source.pictures[1])


def test_detected_by_names(tmp_path):
    for name, wanted in (("a.geojson", "geojson"), ("b.gpkg", "geopackage"), ("c.shp", "geopackage")):
        (tmp_path / name).write_bytes(b"")
        assert next(d.name for d in detect(Files.of(tmp_path))) == wanted
