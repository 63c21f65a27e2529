"""What leaves has no metadata any more, and every pixel it had."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import PngImagePlugin

from townscape.core.errors import UnreadableImage
from townscape.core.events import Report
from townscape.core.labelmap import LabelMap
from townscape.core.metadata_free import NotTakenApart, without_metadata
from townscape.core.tiff_tags import blank_metadata
from townscape.exchange import ExportOptions, run
from townscape.workspace import create_workspace
from townscape.workspace.photos import read_photo
from townscape.workspace.stripping import bare, copy_bare, icc_profile_of

TELLING = (b"Exif", b"EXIF", b"eXIf", b"GPS", b"xmpmeta", b"Photoshop", b"Mustermann", b"Canon", b"a comment")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">Mustermann</x:xmpmeta>'


def exif(orientation=None):
    """EXIF with maker, author, GPS position and, where asked, an orientation."""
    told = Pillow.Exif()
    told[0x010F], told[0x013B] = "Canon", "Frau Mustermann"
    if orientation:
        told[0x0112] = orientation
    told.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.5), 3: "E", 4: (13.0, 22.0, 4.0)})
    return told


def thumbnail_segment(pixels):
    """An EXIF segment whose second directory is a thumbnail of the picture."""
    small = io.BytesIO()
    Pillow.fromarray(pixels[::2, ::2].copy()).save(small, "JPEG")
    jpeg = small.getvalue()
    first = struct.pack("<H", 0) + struct.pack("<I", 14)
    second = struct.pack("<H", 2) + b"".join(
        struct.pack("<HHII", tag, 4, 1, value) for tag, value in ((0x201, 44), (0x202, len(jpeg)))
    )
    body = b"Exif\0\0" + b"II*\0" + struct.pack("<I", 8) + first + second + struct.pack("<I", 0) + jpeg
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def png_text(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def icc():
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


WAYS = {
    "plain.jpg": {"quality": 90},
    "progressive.jpg": {"progressive": True, "quality": 40},
    "restarts.jpg": {"restart_marker_rows": 1, "subsampling": 0},
    "a.png": {},
    "interlaced-palette.png": {},
    "lossy.webp": {"quality": 60},
    "lossless.webp": {"lossless": True},
    "a.tif": {},
    "lzw.tif": {"compression": "tiff_lzw"},
    "big.tif": {"big_tiff": True},
    "a.bmp": {},
    "a.avif": {"quality": 60},
}


def write(path, pixels, **ways):
    """A picture with everything that a file can tell beside its pixels."""
    image = Pillow.fromarray(pixels)
    more = {} if path.suffix == ".bmp" else {"exif": exif(), "icc_profile": icc()}
    if path.suffix in (".jpg", ".webp", ".avif"):
        more["xmp"] = XMP
    if path.suffix == ".jpg":
        more["comment"] = b"a comment"
    if path.suffix == ".png":
        told = PngImagePlugin.PngInfo()
        told.add_text("Author", "Frau Mustermann")
        told.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=False)
        more["pnginfo"] = told
    if "palette" in path.name:
        image = image.quantize(32)
    if path.name in ("lzw.tif", "big.tif"):
        more.pop("exif")
    image.save(path, **ways, **more)
    if path.suffix == ".jpg":
        content = path.read_bytes()
        path.write_bytes(content[:2] + thumbnail_segment(pixels) + content[2:] + b"\xff\xd8\xffafter the end")


@pytest.mark.parametrize("name", WAYS)
@given(height=st.integers(8, 70), width=st.integers(8, 70), seed=st.integers(0, 99))
def test_pixels_and_colours_stay_and_nothing_tells_of_people_or_places(tmp_path, name, height, width, seed):
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    path = tmp_path / name
    write(path, pixels, **WAYS[name])
    assert any(word in path.read_bytes() for word in TELLING) or name in ("a.bmp", "lzw.tif", "big.tif")
    stripped = bare(path, is_raster=False)
    target = tmp_path / f"bare{stripped.suffix}"
    target.write_bytes(stripped.content)
    assert np.array_equal(read_photo(path), read_photo(target))
    assert [word for word in TELLING if word in stripped.content] == []
    assert b"after the end" not in stripped.content
    assert icc_profile_of(target) == icc_profile_of(path)
    with Pillow.open(target) as image:
        assert not image.getexif().get_ifd(0x8825)
        assert getattr(image, "n_frames", 1) == 1


@pytest.mark.parametrize("name", [name for name in WAYS if name.endswith((".jpg", ".png", ".webp"))])
def test_what_is_bare_already_stays_byte_for_byte(tmp_path, name):
    write(tmp_path / name, np.zeros((20, 30, 3), np.uint8), **WAYS[name])
    once = without_metadata((tmp_path / name).read_bytes())
    assert without_metadata(once) == once


def test_only_the_first_picture_of_a_file_with_several_stays(tmp_path):
    first, second = (np.full((40, 60, 3), v, np.uint8) for v in (10, 200))
    path = tmp_path / "two.tif"
    Pillow.fromarray(first).save(path, save_all=True, append_images=[Pillow.fromarray(second)])
    assert second.tobytes() in path.read_bytes()
    content = bare(path, is_raster=False).content
    assert second.tobytes() not in content
    assert first.tobytes() in content


@given(st.binary(max_size=300), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]))
def test_any_bytes_are_taken_apart_or_refused(content, start):
    with contextlib.suppress(NotTakenApart):
        without_metadata(start + content)


@given(st.binary(max_size=300), st.sampled_from([b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"]))
def test_any_tiff_is_taken_apart_or_refused(content, start):
    buffer = bytearray(start + content)
    with contextlib.suppress(NotTakenApart):
        blank_metadata(buffer, first_only=True)
    assert len(buffer) == len(start + content)


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0nonsense")
    with pytest.raises(UnreadableImage, match=r"broken\.jpg"):
        bare(tmp_path / "broken.jpg", is_raster=False)


@pytest.mark.parametrize("driver", ["GTiff", "COG"])
def test_a_raster_keeps_its_place_bands_and_overviews_and_loses_what_else_it_says(tmp_path, driver):
    rasterio = pytest.importorskip("rasterio")
    values = np.random.default_rng(1).integers(0, 255, (4, 600, 700), np.uint8)
    path, target = tmp_path / "a.tif", tmp_path / "bare.tif"
    tiled = {"tiled": True, "blockxsize": 128, "blockysize": 128} if driver == "GTiff" else {}
    with rasterio.open(
        path, "w", driver=driver, width=700, height=600, count=4, dtype="uint8", crs="EPSG:32640",
        transform=rasterio.Affine(1, 0, 1000, 0, -1, 2000), nodata=0, compress="deflate", **tiled,
    ) as dataset:  # fmt: skip
        dataset.write(values)
        dataset.update_tags(OWNER="Mustermann", TIFFTAG_ARTIST="Mustermann", TIFFTAG_MAKE="Canon")
        for k, band in enumerate(["red", "green", "blue", "nir"], 1):
            dataset.set_band_description(k, band)
    assert b"Mustermann" in path.read_bytes()
    copy_bare(path, target, is_raster=True)
    assert target.read_bytes() == bare(path, is_raster=True).content
    assert [word for word in TELLING if word in target.read_bytes()] == []
    with rasterio.open(path) as before, rasterio.open(target) as after:
        assert np.array_equal(before.read(), after.read())
        assert (before.profile, before.descriptions) == (after.profile, after.descriptions)
        assert before.overviews(1) == after.overviews(1)


@pytest.mark.parametrize(("format_name", "turned"), [("voc", False), ("hugging-face", False), ("yolo", True)])
def test_exports_hold_no_metadata_and_show_the_same_pixels(tmp_path, format_name, turned):
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    path = tmp_path / "street.jpg"
    Pillow.fromarray(pixels).save(path, exif=exif(6 if turned else None), comment=b"a comment", xmp=XMP)
    with create_workspace(tmp_path / "w", taxonomy="cityscapes") as workspace:
        image, _ = workspace.images.take_in(path, name="street.jpg")
        assert image.latitude == pytest.approx(52.50042, abs=1e-4)  # the catalogue keeps the place
        annotation = workspace.labels.open(image, "cityscapes")
        plane = np.full((image.height, image.width), 1, np.uint32)
        workspace.labels.save_map(annotation.id, LabelMap(plane))
        options = ExportOptions(format=format_name, out=tmp_path / "out", unlabelled="class", ignore="class")
        run(workspace, options, Report())
        shown = workspace.images.read(image).values
    found = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert found
    for file in found:
        assert [word for word in TELLING if word in file.read_bytes()] == [], file
    copies = [p for p in found if p.suffix in (".jpg", ".png") and p.stem == "street"]
    pixels_of = [read_photo(p) for p in copies]
    assert format_name == "hugging-face" or any(np.array_equal(p, shown) for p in pixels_of)
