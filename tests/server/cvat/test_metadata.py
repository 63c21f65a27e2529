"""What CVAT's client downloads has no metadata any more, and the pixels it had."""

import io
import zipfile

import numpy as np
from PIL import Image as Pillow

TELLING = (b"Exif", b"Mustermann", b"xmpmeta")


def jpeg_that_tells():
    told = Pillow.Exif()
    told[0x013B] = "Frau Mustermann"
    told.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 1.5), 3: "E", 4: (13.0, 22.0, 4.0)})
    out = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">Mustermann</x:xmpmeta>'
    Pillow.fromarray(pixels).save(out, "JPEG", exif=told, xmp=xmp, comment=b"Mustermann")
    return out.getvalue()


def test_originals_chunks_and_backups_hold_the_pixels_and_nothing_else(asked):
    content = jpeg_that_tells()
    assert all(word in content for word in TELLING)
    number = asked.create()
    assert asked.wait(asked.send(number, [("a.jpg", content)]))["status"] == "finished"
    wanted = {"quality": "original", "number": 0}
    frame = asked.get(f"tasks/{number}/data", params={"type": "frame", **wanted}).content
    chunk = asked.get(f"tasks/{number}/data", params={"type": "chunk", **wanted}).content
    with zipfile.ZipFile(io.BytesIO(chunk)) as archive:
        (inside,) = (archive.read(name) for name in archive.namelist())
    assert inside == frame
    assert [word for word in TELLING if word in frame] == []
    with Pillow.open(io.BytesIO(frame)) as got, Pillow.open(io.BytesIO(content)) as sent:
        assert np.array_equal(np.asarray(got), np.asarray(sent))
