"""`/api/` is for programs with the token; a browser's page gets nothing there."""

import pytest
from fastapi.testclient import TestClient

from tests.server.conftest import HOST, ORIGIN
from townscape.server.app import create_app


def stranger(served, **headers):
    return TestClient(served.app, base_url=ORIGIN, headers=headers)


def signed_in(served, user="ana"):
    client = stranger(served)
    token = served.app.state.context.passes.access_token
    answer = client.post("/api/auth/login", json={"username": user, "password": token})
    assert answer.status_code == 200, answer.text
    return client, answer


def test_only_what_the_server_is_may_be_asked_without_the_token(served):
    client = stranger(served)
    assert client.get("/api/server/about").json()["version"] == "2.80.0"
    for path in ("tasks", "users/self", "tasks/1", "nothing", "server/annotation/formats"):
        answer = client.get(f"/api/{path}")
        assert answer.status_code == 401
        assert "townscape serve --print-token" in answer.json()["detail"]
    assert client.post("/api/tasks", json={"name": "a"}).status_code == 401


@pytest.mark.parametrize("authorization", ["Bearer wrong", "Bearer ", "Token wrong", "Basic YTpi", "Bearer"])
def test_a_wrong_token_is_refused(served, authorization):
    assert stranger(served, authorization=authorization).get("/api/tasks").status_code == 401


def test_a_wrong_password_is_refused(served):
    for user, password in (
        ("ana", "wrong"),
        ("ana", ""),
        (" ", served.app.state.context.passes.access_token),
    ):
        answer = stranger(served).post("/api/auth/login", json={"username": user, "password": password})
        assert answer.status_code == 401
        assert "access token" in answer.json()["detail"]
        assert "set-cookie" not in answer.headers


def test_the_name_given_is_who_asks_and_becomes_a_person(served):
    client, answer = signed_in(served, "Ana López")
    assert client.get("/api/users/self").json()["username"] == "Ana López"
    assert [p.name for p in served.workspace.people.find()] == ["Ana López"]
    cookies = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in cookies[0]
    assert all("Path=/api" in c and "samesite=strict" in c.lower() for c in cookies)
    assert len(answer.json()["key"]) == 40
    by_key = stranger(served, authorization=f"Token {answer.json()['key']}")
    assert by_key.get("/api/users/self").json()["username"] == "Ana López"


def test_a_session_changes_things_only_with_its_csrf_token(served):
    client, _ = signed_in(served)
    wanted = {"name": "a", "labels": [{"name": "Sky"}]}
    assert client.get("/api/tasks").status_code == 200
    assert client.post("/api/tasks", json=wanted).status_code == 401
    assert client.post("/api/tasks", json=wanted, headers={"x-csrftoken": "0" * 32}).status_code == 401
    proof = {"x-csrftoken": client.cookies["csrftoken"], "origin": ORIGIN}
    assert client.post("/api/tasks", json=wanted, headers=proof).status_code == 201


def test_a_session_ends_when_its_program_signs_out(served):
    client, answer = signed_in(served)
    other = stranger(served, authorization=f"Token {answer.json()['key']}")
    proof = {"x-csrftoken": client.cookies["csrftoken"]}
    assert client.post("/api/auth/logout", headers=proof).status_code == 200
    assert other.get("/api/tasks").status_code == 401


def test_sessions_and_the_token_outlive_the_server(served):
    _, answer = signed_in(served)
    again = create_app(served.workspace, hosts=[HOST])
    later = TestClient(again, base_url=ORIGIN, headers={"authorization": f"Token {answer.json()['key']}"})
    assert later.get("/api/users/self").json()["username"] == "ana"
    assert again.state.context.passes.access_token == served.app.state.context.passes.access_token
    again.state.context.pixels.close()


def test_the_cookie_of_the_web_app_opens_nothing_here_and_the_token_nothing_there(served):
    assert served.client.get("/v1/session").status_code == 200
    assert served.client.get("/api/tasks").status_code == 401
    token = served.app.state.context.passes.access_token
    assert stranger(served, authorization=f"Bearer {token}").get("/v1/session").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_foreign_pages_are_refused_even_with_the_token(served, headers):
    token = served.app.state.context.passes.access_token
    client = stranger(served, authorization=f"Bearer {token}", **headers)
    for answer in (client.get("/api/tasks"), client.post("/api/auth/login", json={})):
        assert answer.status_code == 403
        assert answer.json()["detail"] == "Pages from elsewhere may not ask for anything here."


def test_other_names_are_not_answered(served):
    answer = stranger(served, host="evil.example").get("/api/server/about")
    assert answer.status_code == 421


def test_more_than_a_request_may_carry_is_refused_before_it_is_read(asked):
    answer = asked.client.post("/api/tasks", headers={"content-length": str(1 << 40)}, content=b"")
    assert answer.status_code == 413


def test_a_request_that_grows_too_large_is_cut_off(asked, monkeypatch):
    monkeypatch.setattr("townscape.server.access.MAX_PROGRAM_BODY_BYTES", 4000)
    number = asked.create()
    body = (b"--b\r\n" + b"x" * 1000 for _ in range(9))
    headers = {"upload-multiple": "", "content-type": "multipart/form-data; boundary=b"}
    answer = asked.post(f"tasks/{number}/data", content=body, headers=headers)
    assert answer.status_code == 413
    assert not [p for p in asked.workspace.folder.uploads.iterdir() if p.name.startswith(("body-", "part-"))]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "webhooks"), ("POST", "tasks/1/nothing"), ("DELETE", "users/1"), ("GET", "quality/reports/")],
)
def test_what_is_not_there_says_so(asked, method, path):
    answer = asked.client.request(method, f"/api/{path}")
    assert answer.status_code == 501
    assert answer.json()["detail"].startswith(f"Townscape does not answer {method} /api/{path.rstrip('/')}")
