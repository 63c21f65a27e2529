"""GeoTIFFs of labels: what GDAL sees in ours, and what we see in those of others."""

from pathlib import Path

import numpy as np
import pytest

from townscape.core.errors import InputError, UnreadableImage, UsageError
from townscape.core.labelmap import IGNORE
from townscape.core.spaces import Transform, Window
from townscape.formats.files import Files, Out
from townscape.formats.format import ExportClass, Item, Plan
from townscape.formats.gis import geotiff_file, raster_attributes
from townscape.formats.kinds import detect, geotiff
from townscape.formats.labels import ExportLabels, ExportObject, Slot

rasterio = pytest.importorskip("rasterio")

CLASSES = (ExportClass("Straße", "#804080", "stuff"), ExportClass("car", "#00008e", "thing"))
GROUND = Transform(0.5, 0, 389_000, 0, -0.5, 5_819_000)
PLANE = np.array([[0, 1, 2, 2], [1, 1, 2, IGNORE], [0, 0, 0, IGNORE]], dtype=np.uint16)
OBJECTS = np.array([[0, 0, 1, 2], [0, 0, 1, 0], [0, 0, 0, 0]], dtype=np.uint32)
LABELS = ExportLabels(
    PLANE, OBJECTS, [ExportObject(2, {"parked": True, "note": "„schräg“"}), ExportObject(2)]
)


def _write(root: Path, labels: ExportLabels, *, classes=CLASSES, crs="EPSG:25833", transform=GROUND) -> None:
    out = Out(root)
    writer = geotiff.write(out, Plan("p", classes, "classes"))
    height, width = labels.classes_hw.shape
    item = Item("a", width, height, "default", ".tif", bytes, crs, transform)
    for name, content in writer.encode(item, labels).files.items():
        out.put(name, content)


def _save(path: Path, bands: np.ndarray, *, palette=None, **profile) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    stacked = bands if bands.ndim == 3 else bands[None]
    profile.setdefault("transform", rasterio.Affine(*GROUND))
    with rasterio.open(
        path, "w", driver="GTiff", count=len(stacked), height=stacked.shape[1], width=stacked.shape[2],
        dtype=stacked.dtype, **profile,
    ) as out:  # fmt: skip
        if palette:
            out.write_colormap(1, palette)
        out.write(stacked)
    return path


def test_rasterio_sees_pixels_place_colours_and_no_data(tmp_path):
    _write(tmp_path, LABELS)
    with rasterio.open(tmp_path / "labels/a.tif") as found:
        assert found.read(1).tolist() == [[0, 1, 2, 2], [1, 1, 2, 255], [0, 0, 0, 255]]
        assert (found.crs, found.nodata, found.dtypes) == ("EPSG:25833", 0, ("uint8",))
        assert tuple(found.transform)[:6] == tuple(GROUND)
        assert found.xy(0, 0) == (389_000.25, 5_818_999.75)  # the centre of the first pixel, north up
        assert found.colormap(1)[1] == (0x80, 0x40, 0x80, 255)
        assert found.profile["tiled"]
    with rasterio.open(tmp_path / "objects/a.tif") as found:
        assert found.read(1).tolist() == OBJECTS.tolist()


def test_without_a_place_no_place_is_written(tmp_path):
    _write(tmp_path, LABELS, crs=None, transform=None)
    assert geotiff_file.read_header(tmp_path / "labels/a.tif").grid.transform is None


def test_side_files_name_values_and_carry_attributes(tmp_path):
    _write(tmp_path, LABELS)
    rows = raster_attributes.read(tmp_path / "labels/a.tif.aux.xml")
    assert [(r.value, r.name, r.color, r.kind) for r in rows] == [
        (0, "unlabelled", "#000000", "unlabelled"),
        (1, "Straße", "#804080", "stuff"),
        (2, "car", "#00008e", "thing"),
        (255, "ignore", "#282828", "ignore"),
    ]
    source = geotiff.read(Files.of(tmp_path))
    assert source.labels(source.pictures[0]).slots == [
        Slot("0"), Slot("1"), Slot("255"), Slot("2", 1, {"parked": True, "note": "„schräg“"}), Slot("2", 2),
    ]  # fmt: skip


def test_many_classes_need_16_bits(tmp_path):
    many = [ExportClass(f"c{k}", "#000001", "stuff") for k in range(300)]
    _write(
        tmp_path,
        ExportLabels(np.array([[300, IGNORE]], np.uint16), np.zeros((1, 2), np.uint32)),
        classes=many,
    )
    with rasterio.open(tmp_path / "labels/a.tif") as found:
        assert (found.dtypes, found.read(1).tolist()) == (("uint16",), [[300, 65_535]])
    with pytest.raises(UsageError):
        geotiff.scheme([CLASSES[0]] * 65_535, "classes")


def test_more_than_65535_objects_need_32_bits(tmp_path):
    numbers = np.arange(1, 70_001, dtype=np.uint32).reshape(70, 1000)
    _write(tmp_path, ExportLabels(np.full((70, 1000), 2, np.uint16), numbers, [ExportObject(2)] * 70_000))
    with rasterio.open(tmp_path / "objects/a.tif") as found:
        assert found.read(1).max() == 70_000


def test_a_window_is_that_part_of_the_whole(tmp_path):
    _write(tmp_path, LABELS)
    source = geotiff.read(Files.of(tmp_path))
    part = source.labels(source.pictures[0], Window(1, 1, 3, 2))
    assert [[0 if k == 0 else part.slots[k - 1].value for k in row] for row in part.plane_hw.tolist()] == [
        ["1", "2", "255"], ["0", "0", "255"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bands", "wanted"),
    [
        (np.array([[7, -9999]], np.int16), ["-9999", "7"]),
        (np.array([[3, np.nan]], np.float32), ["3"]),
        (np.array([[[0x3C, 0]], [[0x10, 0]], [[0x98, 0]]], np.uint8), ["#000000", "#3c1098"]),
        (np.array([[[0x3C, 9]], [[0x10, 9]], [[0x98, 9]], [[255, 0]]], np.uint8), ["#3c1098"]),
        (np.array([[4_000_000_000, 1]], np.uint32), ["1", "4000000000"]),
    ],
)
def test_masks_of_others_are_numbers_or_colours(tmp_path, bands, wanted):
    _save(tmp_path / "labels/a.tif", bands)
    source = geotiff.read(Files.of(tmp_path))
    assert [slot.value for slot in source.labels(source.pictures[0]).slots] == wanted


def test_no_data_is_unlabelled_if_all_rasters_agree(tmp_path):
    _save(tmp_path / "masks/a.tif", np.array([[1, 255]], np.uint8), nodata=255)
    source = geotiff.read(Files.of(tmp_path))
    assert [(c.value, c.means) for c in source.classes] == [("255", "unlabelled")]
    _save(tmp_path / "masks/b.tif", np.array([[1, 0]], np.uint8), nodata=0)
    source = geotiff.read(Files.of(tmp_path))
    assert not source.classes
    assert source.notes == ["The rasters do not agree on what stands for no data: 255 in 1, 0 in 1."]


def test_category_names_and_colour_tables_of_others(tmp_path):
    path = _save(tmp_path / "masks/a.tif", np.array([[1, 2]], np.uint8), palette={2: (1, 2, 3, 255)})
    path.with_name("a.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><CategoryNames><Category></Category><Category>water</Category>'
        "<Category>Wald</Category></CategoryNames></PAMRasterBand></PAMDataset>"
    )
    classes = geotiff.read(Files.of(tmp_path)).classes
    assert [(c.value, c.name, c.color) for c in classes] == [("1", "water", None), ("2", "Wald", "#010203")]


def test_a_mask_of_a_part_says_where_it_lies(tmp_path):
    _save(tmp_path / "images/a.tif", np.zeros((8, 8), np.uint8))
    _save(
        tmp_path / "labels/a.tif", np.ones((2, 3), np.uint8), transform=rasterio.Affine(*GROUND.shifted(4, 5))
    )
    (picture,) = geotiff.read(Files.of(tmp_path)).pictures
    assert picture.grid is not None
    assert picture.by_windows
    assert (picture.grid.width, picture.grid.height, picture.grid.transform) == (3, 2, GROUND.shifted(4, 5))


def test_images_and_masks_without_a_partner_are_told(tmp_path):
    for name in ("images/both.tif", "images/only.tif", "labels/both.tif", "labels/lost.tif"):
        _save(tmp_path / name, np.zeros((2, 2), np.uint8))
    found = {p.name: (p.image is None, p.labels is None) for p in geotiff.read(Files.of(tmp_path)).pictures}
    assert found == {"both.tif": (False, False), "only.tif": (False, True), "lost.tif": (True, False)}


def test_a_folder_of_masks_elsewhere(tmp_path):
    _save(tmp_path / "photos/a.tif", np.zeros((2, 2), np.uint8))
    _save(tmp_path / "answers/a.TIF", np.zeros((2, 2), np.uint8))
    files = Files.of(tmp_path / "photos", masks=tmp_path / "answers")
    assert next(d.name for d in detect(files)) == "geotiff"
    (picture,) = geotiff.read(files).pictures
    assert picture.image == tmp_path / "photos/a.tif"


def test_files_that_only_pretend_to_be_tiffs_are_not_opened(tmp_path):
    _save(tmp_path / "labels/good.tif", np.zeros((2, 2), np.uint8))
    (tmp_path / "labels/bad.tif").write_text(
        '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        "<SourceFilename>/etc/hostname</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    source = geotiff.read(Files.of(tmp_path))
    assert [p.name for p in source.pictures] == ["good.tif"]
    assert [name for name, _ in source.problems] == ["bad.tif"]


def test_damaged_files_are_named(tmp_path):
    path = _save(tmp_path / "labels/a.tif", np.arange(90_000, dtype=np.float64).reshape(300, 300) * 0.5)
    source = geotiff.read(Files.of(tmp_path))
    with pytest.raises(UnreadableImage, match=r"a\.tif holds float64 values that are no whole numbers"):
        source.labels(source.pictures[0])
    path.write_bytes(path.read_bytes()[:3000])
    (tmp_path / "labels/a.tif.aux.xml").write_text("<!DOCTYPE x [<!ENTITY a 'b'>]><PAMDataset/>")
    with pytest.raises(InputError, match=r"a\.tif"):
        source.labels(source.pictures[0])
    source = geotiff.read(Files.of(tmp_path))
    assert "DOCTYPE" in source.notes[0]
