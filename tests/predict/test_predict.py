"""Predicting photos and rasters of every awkward kind; files that others can read."""

import json
import shutil
import warnings

import numpy as np
import pytest
import rasterio
from PIL import Image as Pillow
from rasterio.enums import ColorInterp
from rasterio.transform import Affine

from tests.predict.conftest import LAND, UTM, class_colors, write_photo, write_raster
from townscape.core.errors import InputError, ModelError, NotFound, NothingToRead, UnreadableImage, UsageError
from townscape.core.events import Report
from townscape.predict import PredictOptions, run
from townscape.workspace.prediction_files import read_prediction

RNG = np.random.default_rng(0)


def plane(height=70, width=90):
    return np.kron(RNG.integers(1, 9, (-(-height // 10), -(-width // 10))), np.ones((10, 10), int))[
        :height, :width
    ]


def predict(workspace, *paths, **values):
    options = PredictOptions.parse({"paths": paths, **{k: str(v) for k, v in values.items()}})
    return run(workspace, options, Report(run_id="test-run"))


def band(path, index):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path) as found:
            return found.read(index)


def test_photos_give_class_pngs_overlays_confidence_and_a_list_of_classes(workspace, color_model, tmp_path):
    planes = {f"{k}.png": plane() for k in range(3)}
    for name, classes in planes.items():
        write_photo(tmp_path / "photos" / name, classes)
    result = predict(workspace, tmp_path / "photos", model=color_model, out=tmp_path / "out")
    assert (result.images, result.predicted, result.rejected) == (3, 3, [])
    for name, classes in planes.items():
        with Pillow.open(tmp_path / "out" / name) as found:
            assert found.mode == "L"
            assert np.array_equal(np.asarray(found), classes)
        with Pillow.open(tmp_path / "out" / "confidence" / name) as found:
            assert found.size == (90, 70)
            assert np.asarray(found).min() >= 1
    overlays = sorted(p.name for p in (tmp_path / "out" / "overlay").iterdir())
    assert overlays == ["0.jpg", "1.jpg", "2.jpg"]
    listed = json.loads((tmp_path / "out" / "classes.json").read_text())
    assert listed["classes"]["6"] == {"key": "grass", "name": "Grass", "color": "#9ccc65"}
    assert sum(result.class_share.values()) == pytest.approx(1)


def test_photos_of_one_name_in_two_folders_keep_apart(workspace, color_model, tmp_path):
    for street in ("north", "south"):
        write_photo(tmp_path / "photos" / street / "1.png", plane())
    predict(workspace, tmp_path / "photos", model=color_model, out=tmp_path / "out")
    assert (tmp_path / "out" / "north" / "1.png").is_file()
    assert (tmp_path / "out" / "south" / "1.png").is_file()


def test_a_raster_gives_a_cog_with_everything_a_gis_wants(workspace, color_model, tmp_path):
    classes = plane(700, 1300)
    path = write_raster(tmp_path / "city.tif", class_colors(classes))
    predict(workspace, path, model=color_model, out=tmp_path / "out", window="256")
    with rasterio.open(tmp_path / "out" / "city.tif") as found:
        assert np.array_equal(found.read(1), classes)
        assert found.read(2).min() >= 1
        assert (found.crs.to_epsg(), found.transform) == (32640, UTM)
        assert (found.count, found.dtypes, found.nodata) == (2, ("uint8", "uint8"), 0)
        assert found.descriptions == ("class", "confidence")
        assert found.colormap(1)[6] == (156, 204, 101, 255)
        assert found.colorinterp[0] == ColorInterp.palette
        assert found.tags(1)["CLASS_6"] == "Grass"
        assert found.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert found.block_shapes[0] == (512, 512)
        assert found.overviews(1)[0] == 2
        assert "land-cover" in found.tags()["TAXONOMY"]
    style = (tmp_path / "out" / "city.qml").read_text()
    assert 'value="6" color="#9ccc65"' in style
    assert (tmp_path / "out" / "overlay" / "city.jpg").is_file()


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (33, 700), (513, 511), (1025, 1024)])
def test_a_constant_model_is_constant_on_every_pixel_of_any_raster(workspace, constant_model, tmp_path, size):
    path = write_raster(tmp_path / "r.tif", RNG.integers(0, 255, (*size, 3), dtype=np.uint8))
    predict(workspace, path, model=constant_model, out=tmp_path / "out", window="256")
    found = band(tmp_path / "out" / "r.tif", 1)
    assert found.shape == size
    assert np.unique(found).tolist() == [LAND.channels[5]]
    assert np.unique(band(tmp_path / "out" / "r.tif", 2)).tolist() in ([178], [179], [178, 179])


def test_nodata_and_alpha_stay_empty(workspace, constant_model, tmp_path):
    values = RNG.integers(1, 255, (300, 400, 3), dtype=np.uint8)
    hole = np.zeros((300, 400), dtype=bool)
    hole[50:120, 60:300] = True
    with_nodata = np.where(hole[..., None], 0, values).astype(np.uint8)
    alpha = np.where(hole, 0, 255).astype(np.uint8)
    paths = [
        write_raster(tmp_path / "nodata.tif", with_nodata, nodata=0),
        write_raster(tmp_path / "alpha.tif", values, alpha=alpha),
    ]
    predict(workspace, *paths, model=constant_model, out=tmp_path / "out", window="128")
    for name in ("nodata", "alpha"):
        found = band(tmp_path / "out" / f"{name}.tif", 1)
        assert np.array_equal(found == 0, hole)
        assert np.array_equal(band(tmp_path / "out" / f"{name}.tif", 2) == 0, hole)


def test_a_raster_without_crs_or_rotated_or_in_degrees_is_predicted_all_the_same(
    workspace, color_model, tmp_path
):
    classes = plane(120, 140)
    rotated = Affine(0.4, 0.3, 400_000, 0.3, -0.4, 2_800_000)
    degrees = Affine(1e-5, 0, 55.2, 0, -1e-5, 25.1)
    cases = {
        "plain": {"crs": None, "transform": None},
        "rotated": {"transform": rotated},
        "degrees": {"crs": "EPSG:4326", "transform": degrees},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, values in cases.items():
            path = write_raster(tmp_path / f"{name}.tif", class_colors(classes), **values)
            predict(workspace, path, model=color_model, out=tmp_path / "out")
            with rasterio.open(tmp_path / "out" / f"{name}.tif") as found:
                assert np.array_equal(found.read(1), classes)
                assert found.transform == (values.get("transform") or Affine.identity())


def test_a_model_sees_the_ground_resolution_that_it_learned(workspace, tmp_path):
    from townscape.testing.tiny_models import tiny_card, write_color_model

    write_color_model(tmp_path / "m.onnx", tiny_card(LAND, pixel_m=1.0))
    classes = np.kron(RNG.integers(1, 9, (20, 30)), np.ones((16, 16), int))
    fine = write_raster(tmp_path / "fine.tif", class_colors(classes))
    predict(workspace, fine, model=tmp_path / "m.onnx", out=tmp_path / "out")
    with rasterio.open(tmp_path / "out" / "fine.tif") as found:
        assert (found.width, found.height) == (240, 160)
        assert found.transform.a == pytest.approx(1.0)
        assert (found.read(1) == classes[1::2, 1::2]).mean() > 0.95
    image = workspace.images.find()[0]
    prediction = workspace.predictions.find(model_id=workspace.models.get().id)[image.id]
    native = read_prediction(workspace.blobs, prediction, image)
    assert native.class_numbers.shape == (320, 480)
    assert (native.class_numbers == classes).mean() > 0.9


def test_enlarging_more_than_twofold_is_refused_unless_insisted(workspace, tmp_path):
    from townscape.testing.tiny_models import tiny_card, write_color_model

    write_color_model(tmp_path / "m.onnx", tiny_card(LAND, pixel_m=0.1))
    coarse = write_raster(tmp_path / "coarse.tif", class_colors(plane()))
    with pytest.raises(ModelError, match=r"pixels of 0\.50 m; the model learned from 0\.10 m") as caught:
        predict(workspace, coarse, model=tmp_path / "m.onnx")
    assert "--any-scale" in (caught.value.hint or "")
    assert predict(workspace, coarse, model=tmp_path / "m.onnx", any_scale="true").predicted == 1


def test_a_second_run_predicts_only_what_is_new(workspace, color_model, tmp_path):
    write_photo(tmp_path / "photos" / "a.png", plane())
    assert predict(workspace, tmp_path / "photos", model=color_model).predicted == 1
    write_photo(tmp_path / "photos" / "b.png", plane())
    again = predict(workspace, tmp_path / "photos", model=color_model)
    assert (again.images, again.predicted) == (2, 1)
    assert predict(workspace, tmp_path / "photos", model=color_model, again="true").predicted == 2
    assert len(workspace.models.find()) == 1


def test_without_paths_every_image_of_the_workspace_is_predicted(workspace, color_model, tmp_path):
    with pytest.raises(NothingToRead, match="no images yet"):
        predict(workspace, model=color_model)
    for k in range(2):
        workspace.images.take_in(write_photo(tmp_path / f"{k}.png", plane()), name=f"{k}.png")
    assert predict(workspace, model=color_model).predicted == 2


def test_a_bad_image_among_good_ones_is_listed(workspace, color_model, tmp_path):
    write_photo(tmp_path / "photos" / "a.png", plane())
    (tmp_path / "photos" / "b.png").write_bytes(b"no picture")
    result = predict(workspace, tmp_path / "photos", model=color_model)
    assert (result.predicted, len(result.rejected)) == (1, 1)
    with pytest.raises(UnreadableImage):
        predict(workspace, tmp_path / "photos" / "b.png", model=color_model)


def test_an_image_that_is_gone_is_listed_too(workspace, color_model, tmp_path):
    for k in range(2):
        workspace.images.take_in(write_photo(tmp_path / f"{k}.png", plane()), name=f"{k}.png")
    (tmp_path / "1.png").unlink()
    result = predict(workspace, model=color_model)
    assert (result.predicted, len(result.rejected)) == (1, 1)
    assert "is gone from" in result.rejected[0]["reason"]


def test_missing_bands_are_named(workspace, tmp_path):
    from townscape.testing.tiny_models import tiny_card, write_constant_model

    card = tiny_card(LAND, bands=("red", "green", "blue", "nir"), mean=(0.5,) * 4, std=(0.5,) * 4)
    write_constant_model(tmp_path / "four.onnx", card, channel=0)
    photo = write_photo(tmp_path / "a.png", plane())
    with pytest.raises(ModelError, match="needs the band nir") as caught:
        predict(workspace, photo, model=tmp_path / "four.onnx")
    assert "--bands" in (caught.value.hint or "")


def test_grey_images_stand_in_for_color(workspace, constant_model, tmp_path):
    Pillow.fromarray(np.zeros((30, 30), dtype=np.uint8)).save(tmp_path / "g.png")
    assert predict(workspace, tmp_path / "g.png", model=constant_model).predicted == 1


def bare_onnx(path):
    import onnx
    from onnx import TensorProto, helper

    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Identity", ["a"], ["b"])],
        "bare",
        [value("a", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [value("b", TensorProto.FLOAT, ["n", 3, "h", "w"])],
    )
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)


def test_model_files_that_cannot_be_used(workspace, tmp_path, color_model):
    photo = write_photo(tmp_path / "a.png", plane())
    bare_onnx(tmp_path / "bare.onnx")
    (tmp_path / "damaged.onnx").write_bytes(b"\x08\x07nonsense")
    for name, reason in (
        ("bare", "no Townscape model card"),
        ("damaged", "no model that ONNX"),
        ("gone", "no model file"),
    ):
        with pytest.raises(ModelError, match=reason):
            predict(workspace, photo, model=tmp_path / f"{name}.onnx")
    with pytest.raises(NotFound, match="no model yet"):
        predict(workspace, photo)
    predict(workspace, photo, model=color_model)
    with pytest.raises(NotFound, match="no model colour"):
        predict(workspace, photo, model="colour")


def test_a_model_may_not_pull_in_other_files(workspace, tmp_path):
    """ONNX "external data" could read any file of the machine; it is refused."""
    import onnx
    from onnx import TensorProto

    from townscape.models.card import METADATA_KEY
    from townscape.testing.tiny_models import tiny_card, write_constant_model

    write_constant_model(tmp_path / "m.onnx", tiny_card(LAND), channel=0)
    model = onnx.load(tmp_path / "m.onnx")
    tensor = next(t for t in model.graph.initializer if t.name == "weight")
    (tmp_path / "secret.bin").write_bytes(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "secret.bin"), ("offset", "0"), ("length", str(8 * 3 * 4))):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    assert any(p.key == METADATA_KEY for p in model.metadata_props)
    (tmp_path / "evil.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError):
        predict(workspace, write_photo(tmp_path / "a.png", plane()), model=tmp_path / "evil.onnx")


def test_an_output_folder_that_is_a_file_is_refused(workspace, color_model, tmp_path):
    (tmp_path / "out").write_text("here I am")
    with pytest.raises(UsageError, match="is a file"):
        predict(workspace, write_photo(tmp_path / "a.png", plane()), model=color_model, out=tmp_path / "out")


def test_a_prediction_whose_blob_is_damaged_says_so(workspace, color_model, tmp_path):
    predict(workspace, write_photo(tmp_path / "a.png", plane()), model=color_model)
    image = workspace.images.find()[0]
    prediction = workspace.predictions.find(model_id=workspace.models.get().id)[image.id]
    shutil.copy(__file__, workspace.blobs.path(prediction.classes_blob))
    with pytest.raises(Exception, match="is damaged"):
        read_prediction(workspace.blobs, prediction, image)


def test_a_truncated_raster_is_named(workspace, color_model, tmp_path):
    path = write_raster(tmp_path / "r.tif", class_colors(plane(600, 600)))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"r\.tif"):
        predict(workspace, path, model=color_model)
