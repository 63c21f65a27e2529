"""Sending an export to a bucket: nothing overwritten, cut off and gone on, a list of all at the end."""

import json
import shutil
import urllib.request

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.errors import SourceGone, UsageError
from townscape.core.events import Report
from townscape.core.labelmap import LabelMap
from townscape.exchange import ExportOptions, run
from townscape.exchange.sending import MANIFEST, etag_of, temporary_folder
from townscape.testing.buckets import BadLine, S3Server, moto_server, rclone_server
from townscape.workspace import create_workspace
from townscape.workspace.blobs import sha256_of_file
from townscape.workspace.remote import stores

pytest.importorskip("obstore")
AT = "s3://city/labels/first"


@pytest.fixture
def workspace(tmp_path):
    with create_workspace(tmp_path / "w", taxonomy="cityscapes") as opened:
        for k in range(5):
            path = tmp_path / f"{k}.png"
            noise = np.random.default_rng(k).integers(0, 255, (60, 80, 3), np.uint8)
            Pillow.fromarray(noise).save(path)
            image, _ = opened.images.take_in(path, name=path.name)
            annotation = opened.labels.open(image, "cityscapes")
            plane = np.full((60, 80), 1 + k, np.uint32)
            opened.labels.save_map(annotation.id, LabelMap(plane))
        yield opened


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr(stores, "_RETRIES", stores._RETRIES | {"max_retries": 1})


def use(workspace, monkeypatch, server):
    monkeypatch.setenv("HOME", "/nonexistent")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    object.__setattr__(
        workspace.remote, "_settings", type(workspace.settings).read(workspace.folder.settings)
    )
    workspace.remote._buckets.clear()


@pytest.fixture
def moto(workspace, monkeypatch):
    with moto_server() as server:
        request = urllib.request.Request(f"{server.endpoint}/city", method="PUT")
        urllib.request.urlopen(request).close()
        use(workspace, monkeypatch, server)
        yield server


def export(workspace, out, *, run_id=None, **more):
    options = ExportOptions(format="mask-folder", out=out, send_to=AT, **more)
    return run(workspace, options, Report(run_id=run_id))


def there(workspace):
    return {listed.key: listed for listed in workspace.remote.bucket("s3", "city").list("labels/first")}


def test_every_file_arrives_and_the_list_names_them_all(workspace, moto, tmp_path):
    result = export(workspace, tmp_path / "out")
    local = {
        p.relative_to(tmp_path / "out").as_posix(): p for p in (tmp_path / "out").rglob("*") if p.is_file()
    }
    assert (result.sent.files, result.sent.sent, result.sent.there) == (len(local), len(local), 0)
    assert set(there(workspace)) == {f"labels/first/{name}" for name in [*local, MANIFEST]}
    with (tmp_path / "manifest").open("w+b") as out:
        workspace.remote.bucket("s3", "city").read(f"labels/first/{MANIFEST}", out)
    listed = json.loads((tmp_path / "manifest").read_text())["files"]
    assert {(f["name"], f["size"], f["sha256"]) for f in listed} == {
        (name, path.stat().st_size, sha256_of_file(path)) for name, path in local.items()
    }


def test_a_folder_that_goes_once_it_was_sent(workspace, moto):
    result = export(workspace, temporary_folder(workspace, AT))
    assert result.out == AT
    assert not temporary_folder(workspace, AT).exists()


def test_a_whole_export_is_not_sent_over_another(workspace, moto, tmp_path):
    export(workspace, tmp_path / "out")
    with pytest.raises(UsageError, match="whole export"):
        export(workspace, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_file_of_somebody_else_is_refused_and_stays(workspace, moto, tmp_path):
    """Moto answers the conditional put with 412, which is what the refusal is made of."""
    bucket = workspace.remote.bucket("s3", "city")
    bucket.create("labels/first/data_card.md", b"mine")
    with pytest.raises(UsageError, match="another content"):
        export(workspace, tmp_path / "out")
    assert there(workspace)["labels/first/data_card.md"].size == 4
    assert f"labels/first/{MANIFEST}" not in there(workspace)


def test_the_condition_holds_also_when_the_look_before_saw_nothing(workspace, moto, monkeypatch):
    """Two senders at once: both look, both see nothing; the server lets one of them write."""
    bucket = workspace.remote.bucket("s3", "city")
    bucket.create("labels/first/a", b"first")
    monkeypatch.setattr(stores.Bucket, "find", lambda _bucket, _key: None)
    assert not bucket.create("labels/first/a", b"second")
    monkeypatch.undo()
    assert bucket.find("labels/first/a").size == 5


def test_sending_that_breaks_goes_on_with_what_is_missing(workspace, moto, tmp_path, monkeypatch):
    line = BadLine(int(moto.endpoint.rsplit(":", 1)[1]))
    use(workspace, monkeypatch, S3Server(f"http://127.0.0.1:{line.port}"))
    real, calls = stores.Bucket.create, []

    def create(self, key, content):
        calls.append(key)
        line.is_down = len(calls) > 4
        return real(self, key, content)

    monkeypatch.setattr(stores.Bucket, "create", create)
    monkeypatch.setattr("townscape.exchange.sending._AT_ONCE", 1)
    with pytest.raises(SourceGone):
        export(workspace, tmp_path / "out", run_id="run-1")
    monkeypatch.undo()
    use(workspace, monkeypatch, moto)
    before = there(workspace)
    assert before
    assert f"labels/first/{MANIFEST}" not in before
    result = export(workspace, tmp_path / "out", run_id="run-1")
    assert result.sent.there == len(before)
    assert result.sent.sent == result.sent.files - len(before)
    assert f"labels/first/{MANIFEST}" in there(workspace)
    line.close()


def test_files_sent_in_pieces_are_known_again_by_their_etag(workspace, moto, tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "LARGE_BYTES", 6 << 20)
    monkeypatch.setattr(stores, "PART_BYTES", 5 << 20)
    path = tmp_path / "large"
    path.write_bytes(bytes(range(256)) * (12 << 12))
    bucket = workspace.remote.bucket("s3", "city")
    assert bucket.create("large", path)
    assert bucket.find("large").version == etag_of(path)
    assert etag_of(path).endswith("-3")


def test_a_server_that_ignores_conditions_still_overwrites_nothing(workspace, tmp_path, monkeypatch):
    (tmp_path / "buckets" / "city").mkdir(parents=True)
    with rclone_server(tmp_path / "buckets") as server:
        use(workspace, monkeypatch, server)
        bucket = workspace.remote.bucket("s3", "city")
        bucket.create("labels/first/data_card.md", b"mine")
        with pytest.raises(UsageError, match="another content"):
            export(workspace, tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    (tmp_path / "buckets" / "city" / "labels" / "first" / "data_card.md").unlink()
    with rclone_server(tmp_path / "buckets") as server:
        use(workspace, monkeypatch, server)
        result = export(workspace, tmp_path / "out")
    sent = tmp_path / "buckets" / "city" / "labels" / "first"
    for path in (p for p in (tmp_path / "out").rglob("*") if p.is_file()):
        assert (sent / path.relative_to(tmp_path / "out")).read_bytes() == path.read_bytes()
    assert result.sent.files == len([p for p in sent.rglob("*") if p.is_file()]) - 1


def test_links_cannot_be_sent(workspace, tmp_path):
    with pytest.raises(UsageError, match="Links cannot be sent"):
        export(workspace, tmp_path / "out", images="link")
