"""Buckets on real servers, for the tests of collecting; `conftest` makes the fixtures known."""

import urllib.request
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.collect import CollectOptions, run
from townscape.collect.sources import kind_of
from townscape.core.events import Report
from townscape.testing.buckets import BadLine, S3Server, rclone_server
from townscape.workspace import create_workspace, open_workspace


@pytest.fixture
def buckets(tmp_path):
    folder = tmp_path / "buckets"
    (folder / "city").mkdir(parents=True)
    return folder


@pytest.fixture
def server(buckets, monkeypatch):
    with rclone_server(buckets, is_read_only=True) as started:
        use(monkeypatch, started)
        yield started


@pytest.fixture
def line(server, monkeypatch):
    """A line to the server that can be made to fail."""
    bad = BadLine(int(server.endpoint.rsplit(":", 1)[1]))
    use(monkeypatch, S3Server(f"http://127.0.0.1:{bad.port}"))
    yield bad
    bad.close()


@pytest.fixture
def quick_retries(monkeypatch):
    """The same number of tries as always, with short pauses."""
    from townscape.workspace.remote import stores

    backoff = {
        "init_backoff": timedelta(milliseconds=5),
        "max_backoff": timedelta(milliseconds=20),
        "base": 2,
    }
    monkeypatch.setattr(stores, "_RETRIES", stores._RETRIES | {"backoff": backoff})
    monkeypatch.setattr(stores, "_PAUSE_S", 0.01)


def use(monkeypatch, server):
    monkeypatch.setenv("HOME", "/nonexistent")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


def draw(path, seed, *, size=(64, 48)):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Pillow.fromarray(values).save(path)
    return path


def put(url, content):
    """Moto takes any request, also unsigned ones."""
    urllib.request.urlopen(urllib.request.Request(url, data=content, method="PUT")).close()


def collect(root, address="s3://city/photos", **more):
    """One run of collect over a freshly opened workspace."""
    if not root.exists():
        create_workspace(root).close()
    with open_workspace(root) as workspace:
        return run(workspace, CollectOptions(addresses=(address,), **more), Report())


def open_bucket(workspace, address="s3://city/photos"):
    return kind_of(address)[1].open(
        address, options=CollectOptions(addresses=(address,)), workspace=workspace
    )
