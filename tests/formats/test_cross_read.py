"""What readers that we did not write find in our files, and what we find in theirs.

Those that are installed with the project's own tests; `./x prove cross-read` asks the heavier ones.
"""

import contextlib
import io
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from townscape.core.labelmap import IGNORE
from townscape.formats.codecs import png
from townscape.formats.files import Files
from townscape.formats.kinds import cityscapes, coco, coco_stuff, geopackage, geotiff, voc
from townscape.testing.label_sets import CLASSES, VOID, camvid_part, read_planes, streets, truth, write

# pycocotools 2.0.11 with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def drawn():
    """Streets with objects, of two sizes."""
    train = streets(4, height_px=120, width_px=160)
    val = [replace(p, name="other") for p in streets(1, height_px=90, width_px=121, part="val")]
    return [*train, *val]


@pytest.fixture(params=["camvid", "drawn"])
def pictures(request):
    """CamVid's val (every sixth, all of it in the proof) or drawn streets."""
    if request.param == "drawn":
        return request.getfixturevalue("drawn")
    step = 1 if "TOWNSCAPE_ALL_OF_CAMVID" in os.environ else 6
    return list(camvid_part(request.getfixturevalue("real_data") / "camvid", "val"))[::step]


def assert_same(found, pictures):
    """Every picture was found, with every pixel of the class that it is."""
    wrong = {p.name: int(np.count_nonzero(found[p.name] != truth(p))) for p in pictures}
    assert not any(wrong.values()), {k: n for k, n in wrong.items() if n}


def objects_of(labels):
    """Class and pixels of every object."""
    return Counter(
        (o.class_index, np.packbits(labels.objects_hw == k).tobytes())
        for k, o in enumerate(labels.objects, start=1)
    )


# COCO


def open_coco(path):
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(path)


@pytest.mark.parametrize(
    ("kind", "variant", "file"),
    [
        (coco, "rle", "annotations/instances_{}.json"),
        (coco, "polygons", "annotations/instances_{}.json"),
        (coco_stuff, "json", "annotations/stuff_{}.json"),
    ],
)
def test_pycocotools_decodes_the_same_masks(tmp_path, pictures, kind, variant, file):
    plan = write(kind, variant, pictures, tmp_path / "out")
    things = {k for k, c in enumerate(plan.classes, start=1) if c.kind == "thing"}
    by_name = {p.name: p for p in pictures}
    found = {}
    for part in plan.parts:
        opened = open_coco(tmp_path / "out" / file.format(part))
        for image_id, image in opened.imgs.items():
            name = Path(image["file_name"]).stem
            plane = np.full((image["height"], image["width"]), VOID, dtype=np.uint16)
            objects = Counter()
            for annotation in opened.loadAnns(opened.getAnnIds(image_id)):
                mask = opened.annToMask(annotation) > 0
                assert np.all(plane[mask] == VOID), "annotations overlap"
                assert annotation["area"] == np.count_nonzero(mask)
                plane[mask] = annotation["category_id"]
                if annotation["category_id"] in things and not annotation["iscrowd"]:
                    objects[annotation["category_id"], np.packbits(mask).tobytes()] += 1
            found[name] = plane
            if kind is coco:
                assert objects == objects_of(by_name[name].labels)
    assert_same(found, pictures)


def test_what_pycocotools_encodes_is_read(tmp_path, pictures):
    """Run lengths as strings, as counts, and polygons, of which pycocotools says what they cover."""
    from pycocotools import mask as tools

    images, annotations, expected = [], [], {}
    for k, picture in enumerate(pictures, start=1):
        plane = truth(picture)
        height, width = plane.shape
        images.append({"id": k, "file_name": f"{picture.name}.png", "height": height, "width": width})
        for index in [i for i in np.unique(plane).tolist() if i != VOID]:
            code = tools.encode(np.asfortranarray(plane == index).astype(np.uint8))
            counts = code["counts"].decode()
            if index % 2:
                flat = np.asfortranarray(plane == index).reshape(-1, order="F").astype(np.int8)
                edges = np.flatnonzero(np.diff(flat, prepend=0)).tolist()
                counts = np.diff([0, *edges, flat.size]).tolist()
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": k,
                    "category_id": 10 * index,
                    "iscrowd": 1,
                    "segmentation": {"size": [height, width], "counts": counts},
                }
            )
        triangle = [10.3, 5.2, 0.4 * width, 20.9, 12.5, 0.7 * height]
        annotations.append(
            {
                "id": len(annotations) + 1,
                "image_id": k,
                "category_id": 110,
                "iscrowd": 0,
                "segmentation": [triangle],
            }
        )
        covered = tools.decode(tools.frPyObjects([triangle], height, width))[..., 0] > 0
        expected[picture.name] = np.where(covered, np.uint16(11), plane)
    categories = [{"id": 10 * k, "name": c.name} for k, c in enumerate(CLASSES, start=1)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "theirs.json").write_text(json.dumps(content))
    found = read_planes(coco, tmp_path)
    assert all(np.array_equal(found[name], plane) for name, plane in expected.items())


# Cityscapes


def test_cityscapesscripts_scores_our_export_against_itself(tmp_path, pictures, monkeypatch):
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as evaluation  # noqa: N813

    monkeypatch.setattr(np, "in1d", np.isin, raising=False)  # gone from NumPy 2.4
    monkeypatch.setattr(evaluation.args, "quiet", True)
    monkeypatch.setattr(evaluation.args, "JSONOutput", False)
    write(cityscapes, "fine", pictures, tmp_path / "out")
    files = [str(p) for p in sorted((tmp_path / "out").rglob("*_gtFine_labelIds.png"))]
    assert len(files) == len(pictures)
    result = evaluation.evaluateImgLists(files, files, evaluation.args)
    scores = {name: score for name, score in result["classScores"].items() if not np.isnan(score)}
    present = {CLASSES[k - 1].name for p in pictures for k in np.unique(truth(p)) if k != VOID}
    assert scores == dict.fromkeys(present, 1.0)
    assert {s for s in result["classInstScores"].values() if not np.isnan(s)} <= {1.0}


def test_cityscapesscripts_draws_our_polygons_as_our_masks(tmp_path, pictures):
    from cityscapesscripts.helpers.annotation import Annotation
    from cityscapesscripts.preparation.json2instanceImg import createInstanceImage
    from cityscapesscripts.preparation.json2labelImg import createLabelImage

    write(cityscapes, "fine", pictures, tmp_path / "out")
    for path in (tmp_path / "out").rglob("*_polygons.json"):
        polygons = Annotation()
        polygons.fromJsonFile(str(path))
        ours = path.with_name(path.name.replace("polygons.json", "labelIds.png"))
        drawn = np.asarray(createLabelImage(polygons, "ids"))
        assert np.array_equal(drawn, np.asarray(Image.open(ours)))
        ours = path.with_name(path.name.replace("polygons.json", "instanceIds.png"))
        drawn, written = np.asarray(createInstanceImage(polygons, "ids")), np.asarray(Image.open(ours))
        pairs = np.unique(np.stack([drawn.reshape(-1), written.reshape(-1)]), axis=1)
        # Every polygon is an instance there, so that an object of several pieces is several.
        assert len(set(pairs[0].tolist())) == pairs.shape[1], "objects are joined"
        assert np.array_equal(drawn // 1000, written // 1000)


def test_the_train_ids_of_cityscapesscripts_are_read(tmp_path, pictures):
    from cityscapesscripts.preparation.json2labelImg import json2labelImg

    write(cityscapes, "fine", pictures, tmp_path / "out")
    for path in (tmp_path / "out").rglob("*_polygons.json"):
        target = tmp_path / "theirs" / path.relative_to(tmp_path / "out")
        target.parent.mkdir(parents=True, exist_ok=True)
        json2labelImg(
            str(path), str(target).replace("polygons.json", "labelTrainIds.png"), encoding="trainIds"
        )
    found = {unquote(name): plane for name, plane in read_planes(cityscapes, tmp_path / "theirs").items()}
    names = {p.name: next(name for name in found if name.startswith(p.name)) for p in pictures}
    assert_same({own: found[name] for own, name in names.items()}, pictures)


def test_torchvision_reads_our_cityscapes(tmp_path, pictures):
    torchvision = pytest.importorskip("torchvision")
    from cityscapesscripts.helpers.labels import name2label

    write(cityscapes, "fine", pictures, tmp_path / "out")
    ids = [0, *(name2label[c.name].id for c in CLASSES)]
    for part in {p.part for p in pictures}:
        dataset = torchvision.datasets.Cityscapes(tmp_path / "out", split=part, target_type="semantic")
        for k, path in enumerate(dataset.images):
            picture = next(p for p in pictures if unquote(Path(path).name).startswith(p.name))
            image, target = dataset[k]
            plane = truth(picture)
            assert image.size == target.size == plane.shape[::-1]
            known = plane != VOID
            assert np.array_equal(np.asarray(target)[known], np.array([*ids, 0])[plane][known])
            assert not np.isin(np.asarray(target)[~known], ids[1:]).any()


# PASCAL VOC


def test_torchvision_and_pillow_see_the_indices_of_voc(tmp_path, pictures):
    torchvision = pytest.importorskip("torchvision")

    def jpeg(picture):
        height, width = picture.labels.classes_hw.shape
        buffer = io.BytesIO()
        Image.new("RGB", (width, height), (90, 120, 80)).save(buffer, "JPEG")
        return buffer.getvalue()

    photos = [replace(p, image=lambda p=p: jpeg(p), suffix=".jpg") for p in pictures]
    write(voc, "palette", photos, tmp_path / "VOCdevkit" / "VOC2012")
    for part in {p.part for p in pictures}:
        dataset = torchvision.datasets.VOCSegmentation(tmp_path, year="2012", image_set=part)
        for k, path in enumerate(dataset.masks):
            picture = next(p for p in pictures if p.name == Path(path).stem)
            image, target = dataset[k]
            assert (image.size, target.mode) == (target.size, "P")
            assert target.getpalette()[:6] == [0, 0, 0, 128, 0, 0]
            plane = truth(picture)
            assert np.array_equal(np.asarray(target), np.where(plane == VOID, 255, plane))
        assert len(dataset) == sum(p.part == part for p in pictures)


def test_palette_pngs_of_pillow_are_read_as_voc(tmp_path, pictures):
    names = "".join(f"{c.name}:{','.join(map(str, c.rgb))}::\n" for c in CLASSES)
    (tmp_path / "labelmap.txt").write_text("background:0,0,0::\n" + names)
    (tmp_path / "SegmentationClass").mkdir()
    palette = [0, 0, 0, *(v for c in CLASSES for v in c.rgb)]
    for picture in pictures:
        plane = truth(picture)
        image = Image.fromarray(np.where(plane == VOID, 255, plane).astype(np.uint8))
        image.putpalette(palette + [224] * (768 - len(palette)))
        image.save(tmp_path / "SegmentationClass" / f"{picture.name}.png", optimize=True)
    found = read_planes(voc, tmp_path)
    assert_same({name: np.where(plane == 255, VOID, plane) for name, plane in found.items()}, pictures)


# Geographic formats


def test_rasterio_reads_our_geotiffs_and_we_read_its(tmp_path, pictures):
    rasterio = pytest.importorskip("rasterio")
    from townscape.workspace import rasters

    write(geotiff, "classes", pictures, tmp_path / "out")
    with rasters.quiet():
        for picture in pictures:
            (path,) = (tmp_path / "out" / "labels").rglob(f"{picture.name}.tif")
            with rasterio.open(path) as opened:
                plane, values = truth(picture), opened.read(1)
                assert np.array_equal(values, np.where(plane == VOID, 255, plane))
                assert opened.colormap(1)[4] == (0x80, 0x40, 0x80, 255)
            theirs = tmp_path / "theirs" / f"{picture.name}.tif"
            theirs.parent.mkdir(exist_ok=True)
            height, width = plane.shape
            profile = {"driver": "GTiff", "count": 1, "height": height, "width": width, "dtype": "uint8"}
            with rasterio.open(theirs, "w", nodata=255, compress="lzw", **profile) as opened:
                opened.write(values.astype(np.uint8), 1)
    source = geotiff.read(Files.of(tmp_path / "theirs", masks=tmp_path / "theirs"))
    for picture in source.pictures:
        labels = source.labels(picture)
        values = [VOID, *(VOID if s.value == "255" else int(s.value) for s in labels.slots)]
        known = next(p for p in pictures if p.name == Path(picture.name).stem)
        assert np.array_equal(np.array(values)[labels.plane_hw], truth(known))


def test_gdal_burns_our_geopackage_into_the_same_pixels(tmp_path, pictures):
    pyogrio, features = pytest.importorskip("pyogrio"), pytest.importorskip("rasterio.features")
    shapely = pytest.importorskip("shapely")

    write(geopackage, "polygons", pictures, tmp_path / "out")
    (path,) = (tmp_path / "out").glob("*.gpkg")
    found = {}
    for layer in pyogrio.list_layers(path)[:, 0]:
        meta, _, wkb, columns = pyogrio.raw.read(path, layer=layer)
        table = dict(zip(meta["fields"], columns, strict=True))
        if "picture" not in table or "value" not in table:
            continue
        for picture in pictures:
            own = [k for k, name in enumerate(table["picture"]) if Path(name).stem == picture.name]
            shapes = [(shapely.from_wkb(wkb[k]), min(int(table["value"][k]), VOID)) for k in own]
            found[picture.name] = features.rasterize(
                shapes, out_shape=truth(picture).shape, fill=VOID, dtype="uint16"
            )
    assert_same(found, pictures)


def test_every_class_and_void_occur(pictures):
    """The comparisons above would be empty otherwise."""
    present = {k for p in pictures for k in np.unique(truth(p)).tolist()}
    assert len(present) >= 10
    assert any(IGNORE in p.labels.classes_hw for p in pictures) or any(p.labels.objects for p in pictures)
    assert png.decode(pictures[0].image()).values.shape[:2] == truth(pictures[0]).shape
