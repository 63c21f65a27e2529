"""Every ordinary kind of picture is read as it looks; every bad one is named with the way out."""

import io
import os
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import ExifTags
from PIL import Image as Pillow

from townscape.core.errors import ImageTooLarge, InputError, UnreadableImage
from townscape.core.spaces import Window
from townscape.workspace import create_workspace
from townscape.workspace.images import source_version

RAMP = np.stack(
    [
        np.tile(np.arange(40, dtype=np.uint8) * 6, (30, 1)),
        np.full((30, 40), 90, np.uint8),
        np.full((30, 40), 200, np.uint8),
    ],
    axis=-1,
)


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w") as opened:
        yield opened


def take(workspace, path, **values):
    image, _ = workspace.images.take_in(path, name=path.name, **values)
    return image


def test_rgb_png_is_read_exactly(workspace, tmp_path):
    Pillow.fromarray(RAMP).save(tmp_path / "a.png")
    image = take(workspace, tmp_path / "a.png")
    assert (image.width, image.height, image.bands, image.dtype) == (
        40,
        30,
        ("red", "green", "blue"),
        "uint8",
    )
    pixels = workspace.images.read(image)
    assert np.array_equal(pixels.values, RAMP)
    assert pixels.valid.all()
    assert np.array_equal(workspace.images.read(image, Window(5, 6, 7, 8)).values, RAMP[6:14, 5:12])


def test_a_palette_image_is_read_as_its_colors(workspace, tmp_path):
    Pillow.fromarray(RAMP).quantize(64).save(tmp_path / "p.png")
    image = take(workspace, tmp_path / "p.png")
    assert image.bands == ("red", "green", "blue")
    assert np.abs(workspace.images.read(image).values.astype(int) - RAMP).max() <= 6


def test_alpha_becomes_validity(workspace, tmp_path):
    alpha = np.full((30, 40), 255, np.uint8)
    alpha[:, :10] = 0
    Pillow.fromarray(np.dstack([RAMP, alpha])).save(tmp_path / "a.png")
    image = take(workspace, tmp_path / "a.png")
    pixels = workspace.images.read(image)
    assert image.bands == ("red", "green", "blue", "alpha")
    assert pixels.bands == ("red", "green", "blue")
    assert np.array_equal(pixels.valid, alpha > 0)


def test_cmyk_becomes_rgb(workspace, tmp_path):
    Pillow.new("CMYK", (20, 10), (0, 255, 255, 0)).save(tmp_path / "c.jpg", quality=95)
    values = workspace.images.read(take(workspace, tmp_path / "c.jpg")).values
    assert values.shape == (10, 20, 3)
    assert values[5, 5, 0] > 200
    assert values[5, 5, 1:].max() < 60


@pytest.mark.parametrize("bands", [1, 3, 4])
def test_sixteen_bits_stay_sixteen_bits(workspace, tmp_path, bands):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 65_535, (12, 17, bands), dtype=np.uint16)
    order = [2, 1, 0, 3][:bands] if bands > 1 else [0]
    cv2.imwrite(str(tmp_path / "s.png"), values[..., order])
    image = take(workspace, tmp_path / "s.png")
    assert image.dtype == "uint16"
    found = workspace.images.read(image)
    assert np.array_equal(found.values, values[..., : min(3, bands)])


def test_orientation_is_applied(workspace, tmp_path):
    exif = Pillow.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Pillow.fromarray(RAMP).save(tmp_path / "o.png", exif=exif)
    image = take(workspace, tmp_path / "o.png")
    assert (image.width, image.height) == (30, 40)
    assert np.array_equal(workspace.images.read(image).values, np.rot90(RAMP, -1))


def test_time_position_and_heading_come_from_exif(workspace, tmp_path):
    exif = Pillow.Exif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2024:05:04 10:20:30"
    details[ExifTags.Base.OffsetTimeOriginal] = "+02:00"
    details[ExifTags.Base.SubsecTimeOriginal] = "25"
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] = (52.0, 30.0, 0.0), "N"
    gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] = (13.0, 15.0, 36.0), "W"
    gps[ExifTags.GPS.GPSImgDirection] = 181.5
    Pillow.fromarray(RAMP).save(tmp_path / "g.jpg", exif=exif)
    image = take(workspace, tmp_path / "g.jpg")
    assert image.captured_at == 1_714_810_830.25
    assert (image.latitude, image.longitude) == pytest.approx((52.5, -13.26))
    assert image.heading_deg == pytest.approx(181.5)


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "1970:01:01 00:00:00", "yesterday"])
def test_absurd_exif_is_ignored(workspace, tmp_path, taken):
    exif = Pillow.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] = (0.0, 0.0, 0.0), "N"
    gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] = (0.0, 0.0, 0.0), "E"
    Pillow.fromarray(RAMP).save(tmp_path / "g.jpg", exif=exif)
    image = take(workspace, tmp_path / "g.jpg")
    assert (image.captured_at, image.latitude, image.longitude) == (None, None, None)


def truncated(tmp_path):
    stream = io.BytesIO()
    Pillow.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)).save(
        stream, "JPEG"
    )
    path = tmp_path / "truncated.jpg"
    path.write_bytes(stream.getvalue()[: len(stream.getvalue()) // 2])
    return path


def no_image(tmp_path):
    path = tmp_path / "letter.jpg"
    path.write_text("Dear Sir or Madam")
    return path


def empty(tmp_path):
    path = tmp_path / "empty.png"
    path.touch()
    return path


def fractions(tmp_path):
    path = tmp_path / "f.webp"
    Pillow.fromarray(np.random.default_rng(0).random((9, 9)).astype(np.float32)).save(path, "TIFF")
    return path


@pytest.mark.parametrize("make", [truncated, no_image, empty, fractions])
def test_bad_images_are_named_and_not_kept(workspace, tmp_path, make):
    path = make(tmp_path)
    with pytest.raises(UnreadableImage) as caught:
        take(workspace, path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert workspace.images.find() == []


def test_a_decompression_bomb_is_refused_by_its_header(workspace, tmp_path):
    """A PNG of 60,000 × 60,000 pixels in a few hundred bytes: nothing of it is decoded."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(ImageTooLarge, match="3,600 megapixels") as caught:
        take(workspace, path)
    assert "GeoTIFF" in (caught.value.hint or "")


def test_the_same_file_is_taken_in_once_and_a_changed_one_replaces_it(workspace, tmp_path):
    path = tmp_path / "a.png"
    Pillow.fromarray(RAMP).save(path)
    first = take(workspace, path)
    assert workspace.images.take_in(path, name="a.png") == (first, False)
    Pillow.fromarray(RAMP[:, ::-1]).save(path)
    second = take(workspace, path)
    assert second.replaces == first.id
    assert [i.id for i in workspace.images.find()] == [second.id]
    assert len(workspace.images.find(current_only=False)) == 2
    with pytest.raises(InputError, match="changed since"):
        workspace.images.read(first)


def test_a_file_with_another_time_and_the_same_content_is_the_same_image(workspace, tmp_path):
    path = tmp_path / "a.png"
    Pillow.fromarray(RAMP).save(path)
    image = take(workspace, path)
    os.utime(path, (1, 1))
    assert workspace.images.path(image) == path
    assert workspace.images.get(image.id).source_version == source_version(path)
    os.utime(path, (2, 2))
    again, is_new = workspace.images.take_in(path, name="a.png")
    assert (again.id, is_new) == (image.id, False)
    assert len(workspace.images.find()) == 1


def test_a_copied_image_needs_its_source_no_more_and_a_referenced_one_does(workspace, tmp_path):
    for name in ("kept", "lent"):
        Pillow.fromarray(RAMP).save(tmp_path / f"{name}.png")
    kept, lent = take(workspace, tmp_path / "kept.png", copy=True), take(workspace, tmp_path / "lent.png")
    for name in ("kept", "lent"):
        (tmp_path / f"{name}.png").unlink()
    assert np.array_equal(workspace.images.read(kept).values, RAMP)
    with pytest.raises(InputError, match="is gone from") as caught:
        workspace.images.read(lent)
    assert "--copy" in (caught.value.hint or "")


def test_a_large_jpeg_may_come_back_smaller_but_not_too_small(workspace, tmp_path):
    Pillow.fromarray(np.kron(RAMP, np.ones((40, 40, 1), np.uint8))).save(tmp_path / "big.jpg")
    image = take(workspace, tmp_path / "big.jpg")
    values = workspace.images.read(image, max_side=400).values
    assert 400 <= max(values.shape[:2]) < 1600
