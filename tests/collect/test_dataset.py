"""Open datasets by name: licence first, then a download that survives a broken line, then its checksum."""

import hashlib
import http.server
import threading
import zipfile
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pytest
from tests.collect.conftest import collect, names, picture

from townscape.collect import open_datasets
from townscape.collect.open_datasets import OpenDataset, get_open_dataset
from townscape.core.errors import InputError, SourceGone, UsageError
from townscape.workspace import create_workspace


@dataclass
class Mirror:
    """A server of one file that can be told to break off."""

    content: bytes = b""
    break_off_at: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def mirror():
    about = Mirror()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.answer(with_content=False)

        def do_GET(self):
            self.answer(with_content=True)

        def answer(self, *, with_content):
            begin = 0
            given = self.headers.get("Range")
            if with_content:
                about.asked.append(f"{self.path} {given}")
            if given:
                begin = int(given.removeprefix("bytes=").partition("-")[0])
            total = len(about.content)
            self.send_response(206 if given else 200)
            if given:
                self.send_header("Content-Range", f"bytes {begin}-{total - 1}/{total}")
            self.send_header("ETag", f'"{hashlib.md5(about.content).hexdigest()}"')
            self.send_header("Content-Length", str(total - begin))
            self.end_headers()
            if with_content:
                end = about.break_off_at.pop(0) if about.break_off_at else total
                self.wfile.write(about.content[begin:end])

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    about.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield about
    server.shutdown()
    server.server_close()


@pytest.fixture
def archive(tmp_path):
    """A zip of two images and their labels."""
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as out:
        for k, name in enumerate(("val/images_png/a.png", "val/images_png/b.png", "val/masks_png/a.png")):
            out.writestr(name, picture(tmp_path / "made.png", seed=k, size=(300, 200)).read_bytes())
    return path.read_bytes()


@pytest.fixture
def offered(monkeypatch, mirror, archive, tmp_path):
    """The dataset `tiny`, of which nobody knows the checksum, on the local server."""
    monkeypatch.setenv("TOWNSCAPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TOWNSCAPE_DATASETS_MIRROR", mirror.address)
    monkeypatch.setenv("TOWNSCAPE_ALLOW_PRIVATE_HOSTS", "true")
    mirror.content = archive
    tiny = OpenDataset(
        name="tiny", title="Two pictures", page="https://example.org", licence="CC0", sha256="", md5="",
        licence_page="https://example.org/cc0", address="https://example.org/files/set.zip",
        images=("*/images_png/*",),
    )  # fmt: skip

    def offer(**changes):
        known = MappingProxyType({"tiny": replace(tiny, **changes)})
        monkeypatch.setattr(open_datasets, "open_datasets", lambda: known)

    offer()
    return offer


@pytest.fixture
def workspace(tmp_path, offered):
    with create_workspace(tmp_path / "w") as opened:
        yield opened


def fetch(workspace, **options):
    return collect(workspace, addresses=("dataset:tiny",), accept_licence="tiny", **options)


def test_every_dataset_names_its_place_its_licence_and_only_checksums_of_the_right_length():
    for name in open_datasets.open_datasets():
        found = get_open_dataset(name)
        assert found.address.startswith(("https://", "http://"))
        assert found.licence
        assert found.licence_page.startswith("https://")
        assert len(found.sha256) in (0, 64)
        assert len(found.md5) in (0, 32)
        assert found.images
    with pytest.raises(UsageError, match="no open dataset"):
        get_open_dataset("nothing")


def test_nothing_is_fetched_before_the_licence_was_shown_and_accepted(workspace, mirror):
    with pytest.raises(UsageError, match="CC0") as caught:
        collect(workspace, addresses=("dataset:tiny",))
    assert "--accept-licence tiny" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="CC0"):
        collect(workspace, addresses=("dataset:tiny",), accept_licence="other")
    assert mirror.asked == []


def test_its_images_are_taken_and_not_its_labels_and_the_checksum_is_said_once(workspace, mirror, archive):
    result = fetch(workspace)
    assert names(workspace) == ["val/images_png/a.png", "val/images_png/b.png"]
    assert workspace.images.find()[0].source == "dataset:tiny:val/images_png/a.png"
    assert any(hashlib.sha256(archive).hexdigest() in remark for remark in result.remarks)
    assert any("CC0" in remark for remark in result.remarks)
    again = fetch(workspace)
    assert (again.added, again.known) == (0, 2)
    assert not any("SHA-256" in remark for remark in again.remarks)
    assert len(mirror.asked) == 1, "the archive is kept"


def test_a_line_that_breaks_off_is_taken_up_where_it_broke(workspace, mirror):
    mirror.break_off_at = [1000, 5000]
    assert fetch(workspace).added == 2
    assert [a.partition(" ")[2] for a in mirror.asked] == ["None", "bytes=1000-", "bytes=5000-"]


def test_a_download_that_was_given_up_goes_on_in_the_next_run(workspace, mirror):
    mirror.break_off_at = [1000, 1000, 1000, 1000]
    with pytest.raises(SourceGone, match="breaks off"):
        fetch(workspace)
    mirror.asked.clear()
    assert fetch(workspace).added == 2
    assert [a.partition(" ")[2] for a in mirror.asked] == ["bytes=1000-"]


def test_a_download_begins_anew_if_the_file_was_changed_meanwhile(workspace, mirror, tmp_path):
    mirror.break_off_at = [1000, 1000, 1000, 1000]
    with pytest.raises(SourceGone):
        fetch(workspace)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as out:
        out.write(picture(tmp_path / "c.png", seed=7), "x/images_png/c.png")
    mirror.content = other.read_bytes()
    fetch(workspace)
    assert names(workspace) == ["x/images_png/c.png"]


def test_a_file_with_another_checksum_than_was_published_is_refused(workspace, offered, archive):
    offered(sha256="0" * 64)
    with pytest.raises(InputError, match="another checksum"):
        fetch(workspace)
    assert names(workspace) == []
    offered(sha256=hashlib.sha256(archive).hexdigest(), md5=hashlib.md5(archive).hexdigest())
    assert fetch(workspace).added == 2


def test_a_file_that_is_not_the_first_one_any_more_is_refused(workspace, mirror, tmp_path):
    fetch(workspace)
    kept = tmp_path / "cache" / "datasets" / "tiny" / "set.zip"
    kept.unlink()
    mirror.content += b"\0"
    with pytest.raises(InputError, match="downloaded first"):
        fetch(workspace)
    assert not kept.exists()
