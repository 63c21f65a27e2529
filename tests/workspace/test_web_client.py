"""The client of the web: lines that break, redirects, sizes, and no way into this network."""

import os
import threading
import time

import pytest

from townscape.core.errors import InputError, SourceGone
from townscape.testing.buckets import Page, WebServer, free_port
from townscape.workspace.remote.web import Web
from townscape.workspace.remote.words import ObjectChanged

KB = 1000


@pytest.fixture
def web_server():
    server = WebServer({})
    yield server
    server.close()


@pytest.fixture
def web():
    return Web(allow_private=True, pause_s=0.01)


def read(web, url, tmp_path, **more):
    with (tmp_path / "out").open("w+b") as out:
        web.read(url, out, **more)
    return (tmp_path / "out").read_bytes()


def test_a_line_that_breaks_is_taken_up_where_it_broke(web, web_server, tmp_path):
    content = os.urandom(500 * KB)
    web_server.pages["/a.jpg"] = Page(content, break_after=[200 * KB, 100 * KB])
    assert read(web, f"{web_server.origin}/a.jpg", tmp_path) == content
    assert [wanted for _, _, wanted in web_server.asked] == [None, "bytes=200000-", "bytes=300000-"]


def test_a_server_that_knows_no_ranges_is_read_from_the_beginning_again(web, web_server, tmp_path):
    content = os.urandom(50 * KB)
    web_server.pages["/a.jpg"] = Page(content, break_after=[20 * KB], ignores_range=True)
    assert read(web, f"{web_server.origin}/a.jpg", tmp_path) == content


def test_a_line_that_always_breaks_ends_in_words(web, web_server, tmp_path):
    web_server.pages["/a.jpg"] = Page(os.urandom(50 * KB), break_after=[0] * 50)
    with pytest.raises(SourceGone, match="breaks off"):
        read(web, f"{web_server.origin}/a.jpg", tmp_path)
    assert len(web_server.asked) == 4


def test_a_picture_that_changes_between_two_halves_is_not_mixed(web, web_server, tmp_path):
    page = web_server.pages["/a.jpg"] = Page(b"a" * 50 * KB, break_after=[20 * KB])

    def change():
        while not web_server.asked:
            time.sleep(0.001)
        page.content = b"b" * 50 * KB

    thread = threading.Thread(target=change)
    slow = Web(allow_private=True, pause_s=0.5)
    thread.start()
    with pytest.raises(ObjectChanged, match="has changed since it was collected"):
        read(slow, f"{web_server.origin}/a.jpg", tmp_path)
    thread.join()


def test_busy_servers_are_asked_again_and_given_up_in_the_end(web, web_server, tmp_path):
    page = web_server.pages["/a.jpg"] = Page(b"abc", status=503)
    with pytest.raises(SourceGone, match="503"):
        web.look(f"{web_server.origin}/a.jpg")
    assert len(web_server.asked) == 4
    page.status = 200
    assert read(web, f"{web_server.origin}/a.jpg", tmp_path) == b"abc"


def test_redirects_are_followed_three_times_and_every_one_is_checked(web, web_server, tmp_path):
    for k in range(5):
        web_server.pages[f"/{k}"] = Page(status=302, headers={"Location": f"/{k + 1}"})
    web_server.pages["/5"] = Page(b"abc")
    assert read(web, f"{web_server.origin}/2", tmp_path) == b"abc"
    with pytest.raises(InputError, match="more than 3 times"):
        read(web, f"{web_server.origin}/0", tmp_path)
    web_server.pages["/out"] = Page(status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(InputError, match="no address of the web"):
        read(web, f"{web_server.origin}/out", tmp_path)


def test_a_redirect_into_this_network_is_refused(web_server, tmp_path, monkeypatch):
    """The first host is taken for a public one; the redirect leads to this computer by another name."""
    import socket

    from townscape.workspace.remote import hosts

    real = socket.getaddrinfo
    public = "93.184.215.14"

    def lookup(host, *more, **named):
        return real(public if host == "pictures.example" else host, *more, **named)

    connect = socket.create_connection

    def reach(where, **more):
        return connect(("127.0.0.1", web_server.port) if where[0] == public else where, **more)

    monkeypatch.setattr(hosts.socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", reach)
    web_server.pages["/a.jpg"] = Page(b"abc")
    web_server.pages["/b.jpg"] = Page(status=302, headers={"Location": f"{web_server.origin}/a.jpg"})
    web = Web(pause_s=0.01)
    assert read(web, "http://pictures.example/a.jpg", tmp_path) == b"abc"
    with pytest.raises(InputError, match="host of this computer or its network"):
        read(web, "http://pictures.example/b.jpg", tmp_path)


def test_a_name_that_answers_differently_the_second_time_gains_nothing(web_server, tmp_path, monkeypatch):
    """DNS rebinding: the connection goes to the address that was checked."""
    import socket

    from townscape.workspace.remote import hosts

    real, asked, reached = socket.getaddrinfo, [], []

    def lookup(host, port, **more):
        asked.append(host)
        return real("93.184.215.14" if len(asked) == 1 else "127.0.0.1", port, **more)

    def connect(where, **more):
        reached.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(hosts.socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises((InputError, SourceGone)):
        Web(pause_s=0.01).look("http://rebinding.example/a.jpg")
    assert "127.0.0.1" not in reached


def test_what_is_too_large_is_not_read(web_server, tmp_path):
    web_server.pages["/a.jpg"] = Page(b"x" * 50 * KB)
    small = Web(allow_private=True, max_bytes=10 * KB)
    with pytest.raises(InputError, match="larger than"):
        read(small, f"{web_server.origin}/a.jpg", tmp_path)


def test_a_host_that_does_not_answer_is_told_of_in_words(web, tmp_path):
    with pytest.raises(SourceGone, match="does not answer"):
        read(web, f"http://127.0.0.1:{free_port()}/a.jpg", tmp_path)
