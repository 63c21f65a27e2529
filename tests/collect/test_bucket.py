"""Collecting from buckets on real servers: what is there, once each, without a copy."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from tests.collect.cloud import collect, draw, put, use

from townscape.core.errors import InputError
from townscape.testing.buckets import KEY_ID, SECRET, moto_server
from townscape.workspace import create_workspace, open_workspace

pytest.importorskip("obstore")
pytestmark = pytest.mark.usefixtures("quick_retries")


def test_a_bucket_is_listed_taken_and_read_without_a_copy(server, buckets, tmp_path):
    for k in range(30):
        draw(buckets / "city" / "photos" / f"street {k // 10}" / f"{k:02d} ü.jpg", k)
    draw(buckets / "city" / "other" / "x.jpg", 99)
    (buckets / "city" / "photos" / "notes.txt").write_text("left alone")
    (buckets / "city" / "photos" / "new.heic").write_bytes(b"ftypheic")
    whole = (buckets / "city" / "photos" / "street 0" / "00 ü.jpg").read_bytes()
    (buckets / "city" / "photos" / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (buckets / "city" / "photos" / "empty.jpg").write_bytes(b"")
    result = collect(tmp_path / "w")
    assert (result.found, result.added, result.known, result.n_rejected) == (33, 30, 0, 3)
    assert {r["file"] for r in result.rejected} == {"new.heic", "half.jpg", "empty.jpg"}
    assert any("s3://city/photos/half.jpg is damaged" in r["reason"] for r in result.rejected)
    with open_workspace(tmp_path / "w") as workspace:
        images = workspace.images.find()
        assert {i.sequence for i in images} == {"street 0", "street 1", "street 2"}
        first = next(i for i in images if i.name == "street 0/00 ü.jpg")
        assert first.source == "s3://city/photos/street 0/00 ü.jpg"
        assert first.blob is None
        there = np.asarray(Pillow.open(buckets / "city" / "photos" / "street 0" / "00 ü.jpg"))
        assert np.array_equal(workspace.images.read(first).values, there)
        assert workspace.images.path(first).read_bytes() == whole
    again = collect(tmp_path / "w")
    assert (again.added, again.known) == (0, 30)


def test_copied_images_need_the_bucket_no_more(server, buckets, tmp_path):
    draw(buckets / "city" / "photos" / "a.jpg", 1)
    collect(tmp_path / "w", copy_images=True)
    (buckets / "city" / "photos" / "a.jpg").unlink()
    with open_workspace(tmp_path / "w") as workspace:
        (image,) = workspace.images.find()
        assert image.blob
        workspace.remote.cache.forget(image.source)
        assert workspace.images.read(image).values.shape == (48, 64, 3)


def test_an_object_that_changed_is_not_read_for_the_old_one_and_collected_anew(server, buckets, tmp_path):
    path = draw(buckets / "city" / "photos" / "a.jpg", 1)
    collect(tmp_path / "w")
    draw(path, 2, size=(80, 60))
    with open_workspace(tmp_path / "w") as workspace:
        (old,) = workspace.images.find()
        assert workspace.images.read(old).values.shape == (48, 64, 3), "it is still in the cache"
        workspace.remote.cache.forget(old.source)
        with pytest.raises(InputError, match="changed since it was collected") as caught:
            workspace.images.read(old)
        assert "collect again" in caught.value.hint
    result = collect(tmp_path / "w")
    assert (result.added, result.replaced) == (1, 1)
    with open_workspace(tmp_path / "w") as workspace:
        (new,) = workspace.images.find()
        assert (new.replaces, new.width) == (old.id, 80)


def test_an_object_that_is_gone_is_told_of_and_its_image_stays(server, buckets, tmp_path):
    draw(buckets / "city" / "photos" / "b.jpg", 2)
    path = draw(buckets / "city" / "photos" / "a.jpg", 1)
    collect(tmp_path / "w")
    path.unlink()
    assert collect(tmp_path / "w").gone == 1
    with open_workspace(tmp_path / "w") as workspace:
        image = next(i for i in workspace.images.find() if i.name == "a.jpg")
        workspace.remote.cache.forget(image.source)
        with pytest.raises(InputError, match="is gone"):
            workspace.images.read(image)


def test_an_object_that_is_larger_than_the_cache_is_rejected(server, buckets, tmp_path, monkeypatch):
    draw(buckets / "city" / "photos" / "a.jpg", 1, size=(300, 200))
    draw(buckets / "city" / "photos" / "b.jpg", 2, size=(20, 20))
    monkeypatch.setenv("TOWNSCAPE_CACHE_GB", "0.00001")
    result = collect(tmp_path / "w")
    assert (result.added, result.n_rejected) == (1, 1)
    assert "cache_gb" in result.rejected[0]["reason"]


def test_a_single_object_is_an_image_too(server, buckets, tmp_path):
    draw(buckets / "city" / "photos" / "a.jpg", 1)
    draw(buckets / "city" / "photos" / "b.jpg", 2)
    assert collect(tmp_path / "w", "s3://city/photos/a.jpg").added == 1


def test_moto_refuses_an_object_that_changed_by_the_condition_itself(tmp_path, monkeypatch):
    with moto_server() as server:
        use(monkeypatch, server)
        for at, content in (("", None), ("/a.jpg", b"one")):
            put(f"{server.endpoint}/city{at}", content)
        with create_workspace(tmp_path / "w") as workspace:
            bucket = workspace.remote.bucket("s3", "city")
            before = bucket.find("a.jpg")
            (tmp_path / "two").write_bytes(b"two")
            assert not bucket.create("a.jpg", tmp_path / "two"), "it is there already"
            assert bucket.create("b.jpg", tmp_path / "two")
            with (tmp_path / "out").open("w+b") as out:
                bucket.read("a.jpg", out, version=before.version)
                assert (tmp_path / "out").stat().st_size in (0, 3)
                with pytest.raises(InputError, match="has changed"):
                    bucket.read("b.jpg", out, version=before.version)


def test_no_secret_is_written_anywhere_in_the_workspace(server, buckets, tmp_path):
    """A run as users start it: options, events, log, catalogue and cache hold neither key nor secret."""
    draw(buckets / "city" / "photos" / "a.jpg", 1)
    (buckets / "city" / "photos" / "bad.jpg").write_bytes(b"bad")
    create_workspace(tmp_path / "w").close()
    environment = os.environ | {"HOME": str(tmp_path)}

    def townscape(*words, **more):
        command = [sys.executable, "-m", "townscape.cli.main", *words]
        return subprocess.run(
            command, cwd=tmp_path / "w", env=environment | more, capture_output=True, check=False
        )

    right = townscape("collect", "s3://city/photos", "--json")
    wrong = townscape("collect", "s3://city/photos", AWS_SECRET_ACCESS_KEY="also-a-secret-of-somebody")
    assert (right.returncode, wrong.returncode) == (0, 1), (right, wrong)
    texts = [p.read_bytes() for p in (tmp_path / "w").rglob("*") if p.is_file()]
    texts += [output for t in (right, wrong) for output in (t.stdout, t.stderr)]
    for secret in (SECRET, KEY_ID, "also-a-secret-of-somebody"):
        assert not any(secret.encode() in text for text in texts)


def test_two_runs_at_once_take_every_image_once(server, buckets, tmp_path):
    for k in range(60):
        draw(buckets / "city" / "photos" / f"{k:02d}.jpg", k)
    create_workspace(tmp_path / "w").close()
    code = (
        "import sys; from pathlib import Path; from townscape.collect import CollectOptions, run\n"
        "from townscape.core.events import Report; from townscape.workspace import open_workspace\n"
        "with open_workspace(Path(sys.argv[1])) as w:\n"
        "    run(w, CollectOptions(addresses=('s3://city/photos',)), Report(run_id=sys.argv[2]))\n"
    )
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "w"), name]) for name in ("one", "two")
    ]
    assert [process.wait() for process in runs] == [0, 0]
    with open_workspace(tmp_path / "w") as workspace:
        names = [image.name for image in workspace.images.find()]
    assert sorted(names) == [f"{k:02d}.jpg" for k in range(60)]


def test_a_collected_image_is_served_by_our_server_alone(server, buckets, tmp_path):
    """Bytes come through the server, re-encoded; no address of the bucket is given to a page."""
    from fastapi.testclient import TestClient

    from townscape.server.app import create_app

    draw(buckets / "city" / "photos" / "a.jpg", 1)
    collect(tmp_path / "w")
    with open_workspace(tmp_path / "w") as workspace:
        app = create_app(workspace, hosts=["here"])
        try:
            client = TestClient(app, base_url="http://here", headers={"origin": "http://here"})
            client.get(f"/enter?token={app.state.context.doorkeeper.new_token()}")
            (image,) = client.get("/v1/images").json()["items"]
            thumbnail = client.get(f"/v1/images/{image['id']}/thumbnail")
            assert thumbnail.status_code == 200, thumbnail.text
            assert Path(thumbnail.headers["content-type"]).parts[0] == "image"
        finally:
            app.state.context.pixels.close()
