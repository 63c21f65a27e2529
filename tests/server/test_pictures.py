"""Pictures reach the page re-encoded, and what cannot be decoded is refused in a child process."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import UnreadableImage
from townscape.server.pixels.pool import PixelWorkers


def picture(kind="JPEG", size=(640, 480), **more):
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    out = io.BytesIO()
    Pillow.fromarray(noise).save(out, kind, **more)
    return out.getvalue()


def send(served, name, content, piece=1 << 20):
    began = served.client.post("/v1/uploads", json={"name": name, "size": len(content), "modified": 1.0})
    if began.status_code != 201:
        return began
    upload = began.json()
    for at in range(upload["offset"], len(content), piece):
        part = served.client.patch(
            f"/v1/uploads/{upload['id']}",
            content=content[at : at + piece],
            headers={"upload-offset": str(at)},
        )
        assert part.status_code == 200, part.text
    return served.client.post(f"/v1/uploads/{upload['id']}/image")


def test_a_tile_holds_nothing_of_the_file_but_its_pixels(served):
    secret = b"where I live: 52.2053, 0.1218"
    exif = Pillow.Exif()
    exif[0x010E] = secret.decode()
    content = picture(exif=exif, comment=secret)
    assert secret in content
    answer = send(served, "home.jpg", content)
    image_id = answer.json()["image_id"]
    for path in ("tiles/0/0/0", "thumbnail"):
        shown = served.client.get(f"/v1/images/{image_id}/{path}")
        assert shown.status_code == 200, shown.text
        assert shown.headers["content-type"] == "image/jpeg"
        assert secret not in shown.content
    assert Pillow.open(io.BytesIO(served.client.get(f"/v1/images/{image_id}/tiles/0/0/0").content)).size == (
        512,
        480,
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<script>alert(1)</script>", "not an image"),
        ("page.jpg", b"<html><script>alert(1)</script></html>", "page.jpg"),
        ("half.jpg", picture()[:9000], "half.jpg"),
        ("empty.png", b"", "0 bytes"),
        ("../../etc/passwd", b"root", "not an image"),
        ("x.svg", b"<svg onload='alert(1)'/>", "not an image"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(served, name, content, words):
    answer = send(served, name, content)
    assert answer.status_code in (409, 422), answer.text
    assert words in answer.json()["title"]
    assert str(served.workspace.root) not in answer.text
    assert served.workspace.images.find() == []
    assert list((served.workspace.root / "uploads").glob("*")) == []


def test_a_decompression_bomb_is_refused(served):
    out = io.BytesIO()
    Pillow.new("1", (30_000, 30_000)).save(out, "PNG")
    answer = send(served, "bomb.png", out.getvalue())
    assert answer.status_code == 413
    assert "bomb.png" in answer.json()["title"]


def test_an_upload_goes_on_where_it_stood(served):
    content = picture()
    about = {"name": "a.jpg", "size": len(content), "modified": 5.0}
    upload = served.client.post("/v1/uploads", json=about).json()
    served.client.patch(f"/v1/uploads/{upload['id']}", content=content[:5000], headers={"upload-offset": "0"})
    again = served.client.post("/v1/uploads", json=about).json()
    assert (again["id"], again["offset"]) == (upload["id"], 5000)
    wrong = served.client.patch(
        f"/v1/uploads/{upload['id']}", content=content[:5000], headers={"upload-offset": "0"}
    )
    assert wrong.status_code == 409
    assert "goes on at byte 5,000" in wrong.json()["title"]
    rest = served.client.patch(
        f"/v1/uploads/{upload['id']}", content=content[5000:], headers={"upload-offset": "5000"}
    )
    assert rest.json()["offset"] == len(content)
    assert served.client.post(f"/v1/uploads/{upload['id']}/image").json()["is_new"]
    found = served.workspace.images.find()
    assert [image.name for image in found] == ["a.jpg"]


def test_the_same_picture_twice_is_one_image(served):
    content = picture()
    first, second = send(served, "a.jpg", content).json(), send(served, "a.jpg", content).json()
    assert first["image_id"] == second["image_id"]
    assert (first["is_new"], second["is_new"]) == (True, False)


def test_a_child_that_hangs_or_eats_memory_is_given_up(tmp_path):
    path = tmp_path / "wide.png"
    Pillow.new("RGB", (12_000, 9_000)).save(path)
    workers = PixelWorkers(n=1, memory_bytes=3 << 30, timeout_s=0.05)
    try:
        with pytest.raises(UnreadableImage, match="too much memory or time"):
            workers.run("inspect", {"path": str(path), "max_megapixels": 200}, key="a")
    finally:
        workers.close()


def test_superpixels_are_whole_regions_and_come_from_the_cache(served):
    import zlib

    image = served.add_image(height=300, width=400)
    path = f"/v1/images/{image.id}/superpixels/medium/0/0"
    first = served.client.get(path)
    regions = np.frombuffer(zlib.decompress(first.content), dtype="<u2").reshape(512, 512)
    assert (regions[:300, :400] > 0).all()
    assert (regions[300:] == 0).all()
    assert (regions[:, 400:] == 0).all()
    assert served.client.get(path).content == first.content


def test_tiles_that_are_not_there_are_said_to_be(served):
    image = served.add_image()
    for place in ("0/9/9", "9/0/0", "0/-1/0"):
        answer = served.client.get(f"/v1/images/{image.id}/tiles/{place}")
        assert answer.status_code in (404, 422)
        assert answer.json()["title"]
