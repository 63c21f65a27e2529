"""Sources on the page: what each has, what was left out, and looking again."""

import time

import pytest

from townscape import engine
from townscape.collect import CollectOptions, run
from townscape.core.events import Report


@pytest.fixture
def collected(served, tmp_path):
    from tests.collect.conftest import picture

    for k in range(3):
        picture(tmp_path / "p" / f"{k}.png", seed=k)
    for k in range(5):
        (tmp_path / "p" / f"broken-{k}.png").write_bytes(b"no")
    run(served.workspace, CollectOptions(paths=(tmp_path / "p",), place="Elm"), Report())
    return served


def ended(served, run_id):
    """The run, when it is over."""
    ends_at = time.monotonic() + 60
    while not served.workspace.runs.get(run_id).is_over and time.monotonic() < ends_at:
        engine.refresh(served.workspace)
        time.sleep(0.1)
    return served.client.get(f"/v1/runs/{run_id}").json()


def test_a_source_is_listed_with_its_numbers(collected, tmp_path):
    (source,) = collected.client.get("/v1/sources").json()
    assert {k: source[k] for k in ("kind", "title", "address", "is_whole", "taken", "rejected", "gone")} == {
        "kind": "folder",
        "title": "Folder of images",
        "address": str(tmp_path / "p"),
        "is_whole": True,
        "taken": 3,
        "rejected": 5,
        "gone": 0,
    }
    assert not source["has_moved"]
    assert collected.client.get(f"/v1/sources/{source['id']}").json() == source
    assert collected.client.get("/v1/sources/nobody").status_code == 404


def test_what_was_left_out_comes_page_by_page(collected):
    (source,) = collected.client.get("/v1/sources").json()
    address = f"/v1/sources/{source['id']}/rejected"
    first = collected.client.get(address, params={"limit": 3}).json()
    assert (first["total"], len(first["items"])) == (5, 3)
    rest = collected.client.get(address, params={"after": first["items"][-1]["key"]}).json()
    assert [i["key"] for i in rest["items"]] == ["broken-3.png", "broken-4.png"]
    assert "not an image" in rest["items"][0]["reason"]


def test_a_folder_that_was_moved_is_found_again_at_the_place_that_was_chosen(collected, tmp_path):
    (source,) = collected.client.get("/v1/sources").json()
    address = f"/v1/sources/{source['id']}/place"
    here = collected.client.app.state.context.folders.entry(tmp_path / "q", "q").id
    answer = collected.client.post(address, json={"folder": here})
    assert (answer.status_code, answer.json()["title"]) == (409, f"{tmp_path / 'p'} has not been moved."), (
        answer.text
    )
    (tmp_path / "p").rename(tmp_path / "q")
    assert collected.client.get(f"/v1/sources/{source['id']}").json()["has_moved"]
    assert collected.client.post(address, json={"folder": "/etc"}).status_code == 404
    answer = collected.client.post(address, json={"folder": here})
    assert answer.status_code == 201, answer.text
    result = ended(collected, answer.json()["id"])["result"]
    assert (result["missing"], result["relinked"], result["lost"]) == (3, 3, [])
    (found,) = collected.client.get("/v1/sources").json()
    assert (found["id"], found["address"], found["has_moved"]) == (source["id"], str(tmp_path / "q"), False)


def test_kinds_are_told_with_an_example(served):
    kinds = {k["name"]: k for k in served.client.get("/v1/sources/kinds").json()}
    assert {"folder", "archive", "video", "workspace", "dataset"} <= set(kinds)
    assert all(k["title"] and k["example"] for k in kinds.values())


def test_looking_again_is_a_run_with_the_options_of_the_last_time(collected, tmp_path):
    from tests.collect.conftest import picture

    picture(tmp_path / "p" / "new.png", seed=9)
    (source,) = collected.client.get("/v1/sources").json()
    answer = collected.client.post(f"/v1/sources/{source['id']}/runs")
    assert answer.status_code == 201, answer.text
    assert ended(collected, answer.json()["id"])["result"]["added"] == 1
    assert {i.place for i in collected.workspace.images.find()} == {"Elm"}


def test_a_page_names_no_paths_also_not_as_addresses(served):
    for address in ("/etc", "../..", "file:///etc/passwd"):
        answers = {"addresses": [address]}
        answer = served.client.post("/v1/runs", json={"form": "collect", "answers": answers})
        if answer.status_code == 201:
            assert ended(served, answer.json()["id"])["state"] == "failed"
        else:
            assert answer.status_code in (404, 409)
    answer = served.client.post("/v1/runs", json={"form": "collect", "answers": {"relink": "/etc"}})
    assert answer.status_code in (404, 409)
    assert served.workspace.images.find() == []
