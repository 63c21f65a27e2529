"""Lists of images narrowed in every way; selections; what is removed and comes back."""

import numpy as np
import pytest

from townscape.core.labelmap import LabelMap


@pytest.fixture
def street(served):
    """Five images: the first three with labels, the third submitted."""
    images = [served.add_image(f"{name}.png", 60, 80, seed=k) for k, name in enumerate("abcde")]
    for image, number in zip(images[:3], (4, 4, 9), strict=True):
        annotation = served.workspace.labels.open(image, "camvid")
        plane = np.full((60, 80), number, dtype=np.uint32)
        plane[:6] = 0
        served.workspace.labels.save_map(annotation.id, LabelMap(plane))
    last = served.workspace.labels.find(image_id=images[2].id)[0]
    served.workspace.labels.set_state(last.id, "submitted")
    return images


def names(served, **query):
    answer = served.client.get("/v1/images", params=query)
    assert answer.status_code == 200, answer.text
    return "".join(line["name"][0] for line in answer.json()["items"])


def test_every_filter_narrows(served, street):
    assert names(served) == "abcde"
    assert names(served, text="b") == "b"
    assert names(served, state="draft") == "ab"
    assert names(served, state=["submitted", "unlabelled"]) == "cde"
    assert names(served, class_number=4) == "ab"
    assert names(served, class_number=[4, 9]) == "abc"
    assert names(served, below_share=0.5) == "de"
    assert names(served, kind="raster") == ""
    assert names(served, offset=1, limit=2) == "bc"


def test_a_text_is_no_pattern(served):
    served.add_image("100%_done.png", 20, 20)
    served.add_image("100xxdone.png", 20, 20)
    answer = served.client.get("/v1/images", params={"text": "%_"}).json()
    assert [line["name"] for line in answer["items"]] == ["100%_done.png"]


def test_selections_are_frozen_and_filter(served, street):
    made = served.client.post(
        "/v1/selections",
        json={"name": "mine", "image_ids": [street[1].id, street[4].id]},
        headers={"x-townscape-person": "Ana"},
    ).json()
    assert (made["n_windows"], made["author"]) == (2, "Ana")
    assert names(served, selection=made["id"]) == "be"
    served.client.delete(f"/v1/selections/{made['id']}")
    assert served.client.get("/v1/selections").json() == []


def test_removed_images_leave_every_list_and_come_back(served, street):
    ids = [street[0].id, street[3].id]
    served.client.post("/v1/images/removals", json={"image_ids": ids})
    assert names(served) == "bce"
    assert served.client.post("/v1/annotations", json={"image_id": ids[0]}).status_code == 404
    served.client.post("/v1/images/returns", json={"image_ids": ids})
    assert names(served) == "abcde"
    assert names(served, class_number=4) == "ab"


def test_the_queue_offers_returned_work_first_then_goes_by_name(served, street):
    served.workspace.labels.set_state(served.workspace.labels.find(image_id=street[2].id)[0].id, "returned")

    def following(after=None, **query):
        params = {k: v for k, v in {"after": after, **query}.items() if v is not None}
        return served.client.get("/v1/queue/next", params=params).json()

    assert following()["image_id"] == street[2].id
    assert following(state=["draft", "unlabelled"], after=street[0].id)["image_id"] == street[1].id
    # Behind an image that matches no longer, in the order of names, and round from the last.
    assert following(state=["draft", "unlabelled"], after=street[2].id)["image_id"] == street[3].id
    assert following(state=["draft", "unlabelled"], after=street[-1].id)["image_id"] == street[0].id
    done = {"image_ids": [image.id for image in street]}
    served.client.post("/v1/images/removals", json=done)
    assert following() is None


def test_neighbours_are_those_of_the_list(served, street):
    answer = served.client.get(
        f"/v1/images/{street[1].id}/neighbours", params={"class_number": [4, 9]}
    ).json()
    assert (answer["before"], answer["after"]) == (street[0].id, street[2].id)


def test_folders_outside_the_roots_are_not_shown(served, tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.png").touch()
    (tmp_path / "way-out").symlink_to("/etc")
    roots = served.client.get("/v1/folders").json()
    listing = served.client.get(f"/v1/folders/{roots[0]['id']}").json()
    shown = {entry["name"]: entry["id"] for entry in listing["entries"]}
    assert "inside" in shown
    assert "way-out" not in shown
    assert listing["parent"] is None
    for wanted in ("etc", "%2Fetc", "..%2F..%2Fetc"):
        assert served.client.get(f"/v1/folders/{wanted}").status_code == 404


def test_a_run_is_started_from_answers_and_never_from_paths(served, tmp_path):
    answer = served.client.post("/v1/runs", json={"form": "collect", "answers": {"paths": ["/etc"]}})
    assert answer.status_code == 404
    assert "folder is not known" in answer.json()["title"]
    answer = served.client.post("/v1/runs", json={"form": "predict", "answers": {"paths": ["/etc"]}})
    assert served.workspace.runs.find() == [] or answer.status_code == 201
    assert served.client.post("/v1/runs", json={"form": "rm -rf", "answers": {}}).status_code == 409


def test_every_form_has_words_for_every_field(served):
    forms = served.client.get("/v1/stages").json()
    assert {form["stage"] for form in forms} >= {
        "collect",
        "import",
        "train",
        "evaluate",
        "predict",
        "insights",
    }
    for form in forms:
        for field in form["fields"]:
            assert field["text"], (form["name"], field["name"])
