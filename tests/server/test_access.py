"""Only a browser that was let in, on our own pages, gets anything from the server."""

import time

import pytest
from fastapi.testclient import TestClient

from tests.server.conftest import HOST, ORIGIN, sign_in
from townscape.server.app import create_app
from townscape.workspace import create_workspace


def stranger(served):
    return TestClient(served.app, base_url=ORIGIN)


def test_nothing_without_the_cookie(served):
    answer = stranger(served).get("/v1/session")
    assert answer.status_code == 401
    assert answer.json()["hint"] == "open the link that `townscape serve` prints."


def test_a_link_works_once(served):
    token = served.app.state.context.doorkeeper.new_token()
    first, second = stranger(served), stranger(served)
    assert first.get(f"/enter?token={token}", follow_redirects=False).status_code == 303
    assert first.get("/v1/session").status_code == 200
    answer = second.get(f"/enter?token={token}", follow_redirects=False)
    assert answer.status_code == 403
    assert "each works once" in answer.json()["hint"]
    assert second.get("/v1/session").status_code == 401


def test_the_cookie_is_hidden_from_scripts_and_foreign_pages(served):
    token = served.app.state.context.doorkeeper.new_token()
    answer = stranger(served).get(f"/enter?token={token}", follow_redirects=False)
    assert answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.parametrize("change", ["longer", "other-signature", "later"])
def test_a_changed_cookie_is_refused(served, change):
    name = served.app.state.context.doorkeeper.cookie_name
    value = served.client.cookies[name]
    body, _, signature = value.rpartition(".")
    ends, _, nonce = body.partition(".")
    forged = {
        "longer": value + "0",
        "other-signature": f"{body}.{'0' * len(signature)}",
        "later": f"{int(ends) + 9_999}.{nonce}.{signature}",
    }[change]
    client = stranger(served)
    client.cookies.set(name, forged)
    assert client.get("/v1/session").status_code == 401


def test_a_cookie_ends(served, monkeypatch):
    assert served.client.get("/v1/session").status_code == 200
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31 * 24 * 3600)
    assert served.client.get("/v1/session").status_code == 401


def test_the_cookie_outlives_the_server_but_not_its_workspace(served, tmp_path):
    again = create_app(served.workspace, hosts=[HOST])
    client = TestClient(again, base_url=ORIGIN, cookies=dict(served.client.cookies))
    assert client.get("/v1/session").status_code == 200
    with create_workspace(tmp_path / "other", taxonomy="camvid") as other:
        client = TestClient(
            create_app(other, hosts=[HOST]), base_url=ORIGIN, cookies=dict(served.client.cookies)
        )
        assert client.get("/v1/session").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "testserver:81", ""])
def test_other_names_are_not_answered(served, host):
    answer = served.client.get("/v1/session", headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "file://testserver"},
        {"origin": "http://testserver.evil.example"},
        {"origin": ""},
    ],
)
def test_a_foreign_page_changes_nothing(served, headers):
    answer = served.client.post("/v1/people", json={"name": "Mallory", "color": "#000000"}, headers=headers)
    assert answer.status_code == 403
    assert served.workspace.people.find() == []


def test_a_request_without_a_page_changes_nothing(served):
    client = TestClient(served.app, base_url=ORIGIN, cookies=dict(served.client.cookies))
    assert client.post("/v1/people", json={"name": "Mallory", "color": "#000000"}).status_code == 403
    own = {"sec-fetch-site": "same-origin"}
    answer = client.post("/v1/people", json={"name": "Ana", "color": "#000000"}, headers=own)
    assert answer.status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_foreign_page_reads_nothing(served, site):
    image = served.add_image()
    for path in ("/v1/session", f"/v1/images/{image.id}/thumbnail"):
        assert served.client.get(path, headers={"sec-fetch-site": site}).status_code == 403


def test_every_answer_forbids_frames_sniffing_and_foreign_scripts(served):
    for answer in (
        served.client.get("/v1/session"),
        served.client.get("/v1/none"),
        stranger(served).get("/v1/session"),
    ):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/../workspace.toml", "/%2e%2e/workspace.toml", "/assets/../../access.py",
     "/assets/%2e%2e/%2e%2e/app.py", "//etc/passwd", "/..%5c..%5capp.py", "/server-secret"],
)  # fmt: skip
def test_no_file_outside_the_web_app_is_served(served, path):
    answer = served.client.get(path)
    assert "import" not in answer.text[:200]
    assert "taxonomy =" not in answer.text
    assert "root:" not in answer.text


def test_what_is_too_long_is_refused_before_it_is_read(served):
    answer = served.client.post(
        "/v1/people", content=b"{}", headers={"content-length": str(200 << 20), "origin": ORIGIN}
    )
    assert answer.status_code == 413


def test_two_workspaces_on_one_machine_do_not_sign_each_other_out(served, tmp_path):
    with create_workspace(tmp_path / "other", taxonomy="camvid") as other:
        app = create_app(other, hosts=[HOST])
        client = sign_in(app)
        client.cookies.update(served.client.cookies)
        assert client.get("/v1/session").json()["workspace"] == other.settings.name
