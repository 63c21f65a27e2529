"""Tiles out, saves in, whatever is sent; live news of them."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.conftest import sign_in
from townscape.core.ids import new_id
from townscape.core.tiles import TILE_PX, unpack
from townscape.server import wire


def plane_of(segment, rows=slice(None)):
    plane = np.zeros((TILE_PX, TILE_PX), dtype=np.uint32)
    plane[rows] = segment
    return plane


def header_of(base=0, **more):
    return {"save_id": new_id(), "base_revision": base, **more}


def read_tile(served, annotation_id, row, column, **more):
    answer = served.client.get(
        f"/v1/annotations/{annotation_id}/tiles", params={"place": f"{row}.{column}", **more}
    )
    assert answer.status_code == 200, answer.text
    header, content = wire.split_packet(answer.content)
    assert len(header["tiles"]) <= 1
    return unpack(content) if header["tiles"] else np.zeros((TILE_PX, TILE_PX), dtype=np.uint32)


def test_what_is_saved_is_read(served):
    annotation = served.open(served.add_image())
    answer = served.save(annotation["id"], header_of(annotation["revision"]), [((0, 0), plane_of(4))])
    assert answer.status_code == 200, answer.text
    assert (read_tile(served, annotation["id"], 0, 0) == 4).all()
    now = served.client.get(f"/v1/annotations/{annotation['id']}").json()
    assert now["pixels_by_class"] == {"4": TILE_PX * TILE_PX}
    assert now["labelled_share"] == pytest.approx(TILE_PX * TILE_PX / (700 * 900))


def test_the_same_save_twice_is_one_revision(served):
    annotation = served.open(served.add_image())
    header = header_of(annotation["revision"])
    first = served.save(annotation["id"], header, [((0, 0), plane_of(4))]).json()
    second = served.save(annotation["id"], header, [((0, 0), plane_of(4))]).json()
    assert first["revision"] == second["revision"]


def test_two_people_meet_and_both_are_told(served):
    annotation = served.open(served.add_image())
    base = annotation["revision"]
    served.save(annotation["id"], header_of(base), [((0, 0), plane_of(3, slice(50, 150)))])
    answer = served.save(
        annotation["id"], header_of(base), [((0, 0), plane_of(2, slice(0, 100)))],
        headers={"x-townscape-person": "B%C3%A9a"},
    ).json()  # fmt: skip
    assert answer["conflicts"] == [{"row": 0, "column": 0, "pixels": 50 * 512, "box": [0, 50, 512, 100]}]
    found = read_tile(served, annotation["id"], 0, 0)
    assert (found[:100] == 2).all()
    assert (found[100:150] == 3).all()
    revisions = served.client.get(f"/v1/annotations/{annotation['id']}/revisions").json()
    assert revisions[0]["author"] == "Béa"
    assert revisions[0]["conflict_pixels"] == 50 * 512


def test_objects_get_new_ids_where_they_clash(served):
    annotation = served.open(served.add_image())
    base, first = annotation["revision"], annotation["next_object"]
    row = {"id": first, "class_number": 9, "attributes": {}}
    mine = {"objects": [row], "created": [first]}
    served.save(annotation["id"], header_of(base, **mine), [((0, 0), plane_of(first))])
    answer = served.save(annotation["id"], header_of(base, **mine), [((0, 1), plane_of(first))]).json()
    assert answer["renumbered"] == [[first, first + 1]]
    found = read_tile(served, annotation["id"], 0, 1)[:, : 900 - TILE_PX]
    assert (found == first + 1).all()


def test_saves_that_cannot_be_are_refused_in_words(served):
    annotation = served.open(served.add_image())
    base = annotation["revision"]
    refused = {
        "no such class": (header_of(base), [((0, 0), plane_of(77))]),
        "no such object": (header_of(base), [((0, 0), plane_of(70_000))]),
        "outside": (header_of(base), [((9, 9), plane_of(4))]),
        "the future": (header_of(base + 9), [((0, 0), plane_of(4))]),
        "other words": (header_of(base, mood="cheerful"), []),
        "no id": ({"save_id": "../..", "base_revision": base}, []),
    }
    for what, (header, planes) in refused.items():
        answer = served.save(annotation["id"], header, planes)
        assert answer.status_code in (404, 409, 422), (what, answer.text)
        assert answer.json()["title"], what
    assert served.client.get(f"/v1/annotations/{annotation['id']}").json()["revision"] == base


@given(body=st.binary(max_size=400))
def test_garbage_is_refused_in_words(served_once, body):
    served, annotation_id = served_once
    answer = served.client.post(f"/v1/annotations/{annotation_id}/saves", content=body)
    assert answer.status_code == 409
    assert answer.json()["title"]


def bomb(n_bytes):
    """A stream that unpacks to `n_bytes` of zeros."""
    packer = zlib.compressobj(9)
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(n_bytes >> 20)) + packer.flush()


def test_a_tile_that_would_fill_the_memory_is_refused(served):
    annotation = served.open(served.add_image())
    content = bomb(1 << 30)
    head = wire.join_packet({**header_of(annotation["revision"]), "tiles": [[0, 0, len(content)]]}, [content])
    answer = served.client.post(f"/v1/annotations/{annotation['id']}/saves", content=head)
    assert answer.status_code == 409
    assert "damaged" in answer.json()["title"]


def test_lengths_that_lie_are_refused(served):
    annotation = served.open(served.add_image())
    for length in (-1, 1 << 40, 5):
        header = {**header_of(annotation["revision"]), "tiles": [[0, 0, length]]}
        answer = served.client.post(
            f"/v1/annotations/{annotation['id']}/saves", content=wire.join_packet(header, [b"abc"])
        )
        assert answer.status_code == 409
    answer = served.client.post(
        f"/v1/annotations/{annotation['id']}/saves", content=struct.pack("<I", 0xFFFFFFFF) + b"{}"
    )
    assert answer.status_code == 409


@pytest.fixture(scope="module")
def served_once(tmp_path_factory):
    """One server for many examples."""
    from tests.server.conftest import HOST, Served
    from townscape.server.app import create_app
    from townscape.workspace import create_workspace

    with create_workspace(tmp_path_factory.mktemp("once") / "w", taxonomy="camvid") as workspace:
        app = create_app(workspace, hosts=[HOST])
        served = Served(workspace, app, sign_in(app))
        yield served, served.open(served.add_image())["id"]
        app.state.context.pixels.close()


def test_going_back_is_a_new_revision(served):
    annotation = served.open(served.add_image())
    first = served.save(annotation["id"], header_of(0), [((0, 0), plane_of(4))]).json()["revision"]
    served.save(annotation["id"], header_of(first), [((0, 0), plane_of(5))])
    restored = served.client.post(f"/v1/annotations/{annotation['id']}/revisions/{first}/restore").json()
    assert restored["revision"] == first + 2
    assert (read_tile(served, annotation["id"], 0, 0) == 4).all()
    assert (read_tile(served, annotation["id"], 0, 0, revision=first + 1) == 5).all()


def test_time_at_work_is_kept_by_person(served):
    annotation = served.open(served.add_image())
    base = 0
    for person, seconds in (("Ana", 10.0), ("Ana", 5.5), ("Ben", 2.0)):
        answer = served.save(
            annotation["id"], header_of(base, active_s=seconds), [((0, 0), plane_of(base + 1))],
            headers={"x-townscape-person": person},
        )  # fmt: skip
        base = answer.json()["revision"]
    assert served.open(served.workspace.images.find()[0])["active_s"] == {"Ana": 15.5, "Ben": 2.0}


def test_states_follow_their_order_and_coverage_is_asked_for(served):
    annotation = served.open(served.add_image())
    path = f"/v1/annotations/{annotation['id']}/state"
    assert served.client.put(path, json={"state": "accepted"}).status_code == 409
    low = served.client.put(path, json={"state": "submitted"})
    assert (low.status_code, low.json()["may_insist"]) == (409, True)
    sure = served.client.put(path, json={"state": "submitted", "despite_coverage": True})
    assert sure.json()["state"] == "submitted"
    for state in ("returned", "submitted", "accepted", "draft"):
        body = {"state": state, "despite_coverage": True}
        assert served.client.put(path, json=body).json()["state"] == state
