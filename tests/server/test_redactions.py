"""Redactions over HTTP: the queue, areas that people change, the original and the audit."""

import io

import numpy as np
from PIL import Image as Pillow

from townscape.core.events import Report
from townscape.curate.kinds import redact
from townscape.workspace.redactions import Area, Redaction

FACE = Area(id="face", x=10, y=10, width=20, height=20, kind="face", score=0.4, by="centerface")


def propose(served, names="ab"):
    images = [served.add_image(f"{name}.png", 90, 120, seed) for seed, name in enumerate(names)]
    served.workspace.redactions.propose(
        Redaction(
            image_id=image.id,
            state="proposed",
            areas=(FACE,),
            doubt=doubt,
            how={"detectors": ["centerface"]},
            original_sha256=image.content_sha256,
        )
        for image, doubt in zip(images, (0.2, 0.9), strict=True)
    )
    return images


def put_areas(served, image, *areas):
    return served.client.put(
        f"/v1/redactions/{image.id}/areas", json={"areas": list(areas)}, headers={"x-townscape-person": "Ada"}
    )


def box(area_id, x, y, width, height, *, keep=True):
    return {"id": area_id, "x": x, "y": y, "width": width, "height": height, "keep": keep}


def pixels(served, address):
    answer = served.client.get(address)
    assert answer.status_code == 200, answer.text
    return np.array(Pillow.open(io.BytesIO(answer.content)).convert("L"), np.float64)


def test_the_queue_begins_with_the_most_doubtful(served):
    a, b = propose(served)
    page = served.client.get("/v1/redactions", params={"state": "proposed", "limit": 1}).json()
    assert (page["total"], page["by_state"]) == (2, {"proposed": 2})
    assert [item["image_id"] for item in page["items"]] == [b.id]
    both = served.client.get("/v1/redactions").json()["items"]
    assert [item["name"] for item in both] == [b.name, a.name]


def test_areas_are_added_under_ids_of_the_server_and_found_ones_stay_on_record(served):
    a, _ = propose(served)
    answer = put_areas(served, a, box("new-1", 50, 40, 30, 20))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["state"], found["reviewer"], found["doubt"]) == ("reviewed", "Ada", 0)
    added, face = found["areas"]
    assert added["id"] != "new-1"
    assert (added["kind"], added["by"], added["score"]) == ("added", "Ada", None)
    assert (face["id"], face["keep"], face["by"]) == ("face", False, "centerface")
    again = put_areas(served, a, box(added["id"], 51, 40, 30, 20), box("face", 10, 10, 20, 20)).json()
    assert [(i["id"], i["x"], i["keep"]) for i in again["areas"]] == [
        (added["id"], 51, True),
        ("face", 10, True),
    ]


def test_an_area_beyond_the_picture_is_refused_in_words(served):
    a, _ = propose(served)
    answer = put_areas(served, a, box("new-1", 100, 40, 30, 20))
    assert answer.status_code == 409
    assert "reaches beyond a.png (120×90)" in answer.json()["title"]
    assert served.workspace.redactions.get(a.id).areas == (FACE,)
    assert served.client.get("/v1/redactions/nobody").status_code == 404


def test_what_is_covered_is_gone_from_every_picture_until_the_original_is_brought_back(served):
    a, _ = propose(served)
    thumbnail = f"/v1/images/{a.id}/thumbnail"
    first = served.client.get(thumbnail)
    held = {"if-none-match": first.headers["etag"]}
    assert served.client.get(thumbnail, headers=held).status_code == 304
    original = pixels(served, f"/v1/images/{a.id}/tiles/0/0/0")
    redact.run(served.workspace, redact.Options(), Report(run_id="run-1"))
    assert served.client.get(thumbnail, headers=held).status_code == 200, (
        "the browser's picture holds no more"
    )
    assert pixels(served, f"/v1/images/{a.id}/tiles/0/0/0")[14:26, 14:26].std() < 6
    before = served.client.get(f"/v1/redactions/{a.id}/original")
    assert before.headers["cache-control"] == "no-store"
    shown = np.array(Pillow.open(io.BytesIO(before.content)).convert("L"), np.float64)
    assert np.abs(shown - original).mean() < 12
    answer = served.client.post(f"/v1/redactions/{a.id}/original")
    assert answer.json()["state"] == "reviewed"
    assert np.abs(pixels(served, f"/v1/images/{a.id}/tiles/0/0/0") - original).mean() < 1
    assert served.client.post(f"/v1/redactions/{a.id}/original").status_code == 409


def test_an_audit_is_answered_and_taken_back(served):
    a, b = propose(served)
    assert served.client.get("/v1/redactions/audit").json() == {"audit": None, "words": ""}
    assert served.client.put(f"/v1/redactions/{a.id}/audit", json={"missed": 0}).status_code == 409
    served.workspace.redactions.draw_audit([a.id, b.id], audit="run-2")
    served.client.put(f"/v1/redactions/{a.id}/audit", json={"missed": 0})
    served.client.put(f"/v1/redactions/{b.id}/audit", json={"missed": 2})
    assert "1 miss in 2 images" in served.client.get("/v1/redactions/audit").json()["words"]
    served.client.put(f"/v1/redactions/{b.id}/audit", json={"missed": None})
    assert "0 misses in 1 image" in served.client.get("/v1/redactions/audit").json()["words"]
    drawn = served.client.get("/v1/redactions", params={"audit": "run-2"}).json()
    assert drawn["total"] == 2
