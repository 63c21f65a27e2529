"""Collecting pictures of the web: a list of addresses, on a real server on this computer."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.collect import CollectOptions, run
from townscape.collect.sources import kind_of
from townscape.core.errors import InputError, NothingToRead, SourceGone, UsageError
from townscape.core.events import Report
from townscape.testing.buckets import Page, WebServer
from townscape.workspace import create_workspace, open_workspace
from townscape.workspace.remote import web as web_module


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("TOWNSCAPE_ALLOW_PRIVATE_HOSTS", "1")
    monkeypatch.setattr(web_module, "_LONGEST_PAUSE_S", 0.01)
    started = WebServer({})
    yield started
    started.close()


def picture(seed, size=(64, 48), kind="JPEG"):
    values = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(values).save(buffer, format=kind)
    return buffer.getvalue()


def collect(root, address, **more):
    if not root.exists():
        create_workspace(root).close()
    with open_workspace(root) as workspace:
        return run(workspace, CollectOptions(addresses=(address,), **more), Report())


def serve(server, pages, *, lines=None):
    server.pages |= pages
    listed = lines if lines is not None else [f"{server.origin}{path}" for path in pages]
    server.pages["/list.txt"] = Page("\n".join(listed).encode(), headers={"Content-Type": "text/plain"})
    return f"{server.origin}/list.txt"


def test_every_address_of_a_list_is_taken_once_and_the_rest_listed_with_reasons(server, tmp_path):
    pages = {f"/photos/street/{k}.jpg": Page(picture(k)) for k in range(20)}
    pages["/photos/bad.jpg"] = Page(b"not a picture")
    pages["/photos/gone.jpg"] = Page(status=404)
    pages["/photos/mine.jpg"] = Page(status=403)
    lines = [
        "# pictures of the street", "", *(f"{server.origin}{path}" for path in pages), "photos/street/3.jpg",
        f"{server.origin}/a.jpg?X-Amz-Signature=hunter2", "ftp://example.org/a.jpg", "http://[broken/a.jpg",
    ]  # fmt: skip
    result = collect(tmp_path / "w", serve(server, pages, lines=lines))
    assert (result.found, result.added, result.n_rejected) == (26, 20, 6)
    reasons = " ".join(entry["reason"] for entry in result.rejected)
    for words in (
        "is gone (HTTP 404)",
        "may not be read (HTTP 403)",
        "not an image",
        "signature",
        "no address",
    ):
        assert words in reasons
    assert "hunter2" not in reasons
    with open_workspace(tmp_path / "w") as workspace:
        images = {image.name: image for image in workspace.images.find()}
        third = images["photos/street/3.jpg"]
        assert third.source == f"{server.origin}/photos/street/3.jpg"
        assert third.sequence == "photos/street"
        assert workspace.images.path(third).read_bytes() == pages["/photos/street/3.jpg"].content
    server.asked.clear()
    again = collect(tmp_path / "w", f"{server.origin}/list.txt")
    assert (again.added, again.known) == (0, 20)
    assert [path for method, path, _ in server.asked if method == "GET" and "street" in path] == []


def test_a_single_picture_needs_no_list(server, tmp_path):
    server.pages["/a.png"] = Page(picture(1, kind="PNG"))
    server.pages["/by-number/7"] = Page(picture(2), headers={"Content-Type": "image/jpeg"})
    assert collect(tmp_path / "w", f"{server.origin}/a.png").added == 1
    assert collect(tmp_path / "w", f"{server.origin}/by-number/7").added == 1


def test_a_picture_that_changed_becomes_a_new_image(server, tmp_path):
    address = serve(server, {"/a.jpg": Page(picture(1))})
    collect(tmp_path / "w", address)
    server.pages["/a.jpg"] = Page(picture(2, size=(80, 60)))
    with open_workspace(tmp_path / "w") as workspace:
        (old,) = workspace.images.find()
        workspace.remote.cache.forget(old.source)
        with pytest.raises(InputError, match="changed since it was collected"):
            workspace.images.read(old)
    result = collect(tmp_path / "w", address)
    assert (result.added, result.replaced) == (1, 1)


def test_the_time_of_the_last_change_stands_in_for_an_etag(server, tmp_path):
    stamp = {"ETag": "", "Last-Modified": "Sat, 28 Nov 2026 03:00:00 GMT"}
    address = serve(server, {"/a.jpg": Page(picture(1), headers=stamp)})
    collect(tmp_path / "w", address)
    with open_workspace(tmp_path / "w") as workspace:
        (image,) = workspace.images.find()
    assert image.source_version == "Sat, 28 Nov 2026 03:00:00 GMT"


def test_a_picture_that_breaks_off_is_taken_up_where_it_broke(server, tmp_path):
    page = Page(picture(1, size=(400, 300)))
    page.break_after += [20_000, 10_000]
    result = collect(tmp_path / "w", serve(server, {"/a.jpg": page}))
    assert (result.added, result.n_rejected) == (1, 0)
    assert [w for _, path, w in server.asked if path == "/a.jpg"][-2:] == ["bytes=20000-", "bytes=30000-"]


def test_servers_that_refuse_head_are_asked_for_one_byte(server, tmp_path, monkeypatch):
    address = serve(server, {"/a.jpg": Page(picture(1))})
    handler = server._server.RequestHandlerClass
    monkeypatch.setattr(handler, "do_HEAD", lambda self: self.send_error(405))
    assert collect(tmp_path / "w", address).added == 1
    assert ("GET", "/a.jpg", "bytes=0-0") in server.asked


def test_a_host_of_this_network_is_refused_unless_that_is_allowed(server, tmp_path, monkeypatch):
    monkeypatch.delenv("TOWNSCAPE_ALLOW_PRIVATE_HOSTS")
    address = serve(server, {"/a.jpg": Page(picture(1))})
    with pytest.raises(InputError, match="host of this computer or its network") as caught:
        collect(tmp_path / "w", address)
    assert "allow_private_hosts" in caught.value.hint
    assert server.asked == []


def test_a_server_that_goes_away_while_pictures_are_taken_stops_the_run(server, tmp_path):
    address = serve(server, {f"/{k}.jpg": Page(picture(k)) for k in range(12)})
    create_workspace(tmp_path / "w").close()
    options = CollectOptions(addresses=(address,))
    with open_workspace(tmp_path / "w") as workspace:
        opened = kind_of(address)[1].open(address, options=options, workspace=workspace)
        source = workspace.sources.begin_listing(workspace.sources.open("web-list", address), "run-1")
        workspace.sources.put_entries(source, opened.entries(None))
        waiting = list(workspace.sources.waiting(source.id))
        assert len(waiting) == 12
        opened.take(workspace, waiting[0], run_id="run-1")
        server.close()
        with pytest.raises(SourceGone, match="does not answer"):
            opened.take(workspace, waiting[1], run_id="run-1")
        opened.close()


def test_one_host_that_does_not_answer_is_listed_and_the_rest_goes_on(server, tmp_path):
    dead = WebServer({})
    dead.close()
    pages = {"/a.jpg": Page(picture(1))}
    lines = [f"{server.origin}/a.jpg", f"{dead.origin}/b.jpg"]
    result = collect(tmp_path / "w", serve(server, pages, lines=lines))
    assert (result.added, result.n_rejected) == (1, 1)
    assert "does not answer" in result.rejected[0]["reason"]


def test_an_empty_list_and_a_list_that_is_gone_are_told_of(server, tmp_path):
    with pytest.raises(NothingToRead, match="names no address"):
        collect(tmp_path / "w", serve(server, {}, lines=["# nothing yet"]))
    with pytest.raises(InputError, match="is gone"):
        collect(tmp_path / "w", f"{server.origin}/nowhere.txt")


def test_an_address_with_a_signature_is_refused_and_not_repeated(tmp_path):
    address = "https://example.org/list.txt?token=hunter2"
    options = CollectOptions(addresses=("https://example.org/list.txt",))
    with pytest.raises(UsageError) as caught:
        kind_of(address)[1].open(address, options=options, workspace=None)
    assert "hunter2" not in str(caught.value)
