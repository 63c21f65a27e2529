"""Pairs over HTTP: pages, a person's word and its undoing, groups with the image to keep."""

from townscape.workspace.pairs import ImagePair


def put_pairs(served):
    a, b, c = (served.add_image(f"{name}.png", 60, 80, seed) for seed, name in enumerate("abc"))
    served.workspace.pairs.put(
        [
            ImagePair(
                first=a.id,
                second=b.id,
                kind="copy",
                distance=12,
                reason="same picture, flipped",
                detail={"flipped": True},
            ),
            ImagePair(first=b.id, second=c.id, kind="moment", distance=3, reason="same view, moments apart"),
        ]
    )
    return a, b, c


def test_pairs_come_in_pages_with_both_images(served):
    a, b, _ = put_pairs(served)
    page = served.client.get("/v1/pairs", params={"limit": 1}).json()
    assert (page["total"], page["by_kind"]) == (2, {"copy": 1, "moment": 1})
    (found,) = page["items"]
    assert (found["first"]["id"], found["second"]["name"]) == (a.id, "b.png")
    assert (found["first"]["width"], found["first"]["is_labelled"]) == (80, False)
    assert (found["reason"], found["detail"], found["holds"]) == (
        "same picture, flipped",
        {"flipped": True},
        True,
    )
    moments = served.client.get("/v1/pairs", params={"kind": "moment", "image_id": b.id}).json()
    assert [p["kind"] for p in moments["items"]] == ["moment"]


def test_a_verdict_is_signed_changes_the_groups_and_can_be_taken_back(served):
    a, b, c = put_pairs(served)
    groups = served.client.get("/v1/pairs/groups").json()
    assert (groups["total"], groups["n_others"]) == (1, 1)
    assert {image["id"] for image in groups["items"][0]["images"]} == {a.id, b.id}
    assert groups["items"][0]["images"][0]["id"] == groups["items"][0]["best"]
    where = f"/v1/pairs/{b.id}/{a.id}/verdict"
    answer = served.client.put(where, json={"verdict": "different"}, headers={"x-townscape-person": "Ada"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["verdict"], answer.json()["person"], answer.json()["holds"]) == (
        "different",
        "Ada",
        False,
    )
    assert served.client.get("/v1/pairs/groups").json()["total"] == 0
    assert served.client.get("/v1/pairs", params={"verdict": "none"}).json()["total"] == 1
    served.client.put(where, json={"verdict": None})
    assert served.client.get("/v1/pairs/groups").json()["total"] == 1
    with_moments = served.client.get("/v1/pairs/groups", params={"moments": True}).json()
    assert {image["id"] for image in with_moments["items"][0]["images"]} == {a.id, b.id, c.id}


def test_two_images_that_are_no_pair_are_not_found_with_the_way_out(served):
    a, _, c = put_pairs(served)
    answer = served.client.get(f"/v1/pairs/{a.id}/{c.id}")
    assert answer.status_code == 404
    assert "townscape curate duplicates" in answer.json()["hint"]
