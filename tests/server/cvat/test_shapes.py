"""Shapes and label maps are two views of the same pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.cvat.conftest import box, mask_points
from townscape.core.labelmap import IGNORE, LabelMap, ObjectRow
from townscape.core.taxonomy import read_taxonomy
from townscape.server.cvat.labels import Labels
from townscape.server.cvat.painting import Canvas, ShapeIn
from townscape.server.cvat.shapes import shape_id, shapes_of, split_shape_id

H, W = 40, 50
SKY, CAR, PEDESTRIAN = 1, 9, 10


def drawn(label, mask, frame=0, **more):
    return {"type": "mask", "label_id": label, "frame": frame, "points": mask_points(mask), **more}


def mask_of(found, height=H, width=W):
    """The pixels of a shape that the server gave."""
    *counts, left, top, right, bottom = (int(p) for p in found["points"])
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    mask = np.zeros((height, width), dtype=bool)
    mask[top : bottom + 1, left : right + 1] = flat.reshape(bottom - top + 1, right - left + 1)
    return mask


def all_labels(taxonomy):
    numbers = [*(c.number for c in taxonomy.active), IGNORE]
    names = {c.number: c.name for c in taxonomy.active} | {IGNORE: "ignore"}
    return Labels(taxonomy, {n: n + 100 for n in numbers}, names, {})


@given(frame=st.integers(0, 1 << 20), segment=st.integers(1, (1 << 32) - 1))
def test_numbers_of_shapes_are_made_of_frame_and_segment(frame, segment):
    assert split_shape_id(shape_id(frame, segment)) == (frame, segment)


@given(st.data())
def test_what_is_read_and_sent_back_changes_nothing(data):
    labels = all_labels(read_taxonomy("camvid"))
    height, width = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    objects = {65536: ObjectRow(65536, CAR), 70000: ObjectRow(70000, PEDESTRIAN, {"name": "x"})}
    values = st.sampled_from([0, SKY, CAR, PEDESTRIAN, IGNORE, *objects])
    flat = data.draw(st.lists(values, min_size=height * width, max_size=height * width))
    plane = np.array(flat, dtype=np.uint32).reshape(height, width)
    shapes = [ShapeIn(**s) for s in shapes_of(LabelMap(plane, objects), labels, 3)]
    order = data.draw(st.permutations(shapes))
    canvas = Canvas.of(LabelMap(plane, objects), 70001, labels)
    canvas.plane_hw[:] = 0
    canvas.paint(order)
    assert np.array_equal(canvas.plane_hw, plane)
    assert canvas.changed_rows == {}
    covered = np.zeros((height, width), dtype=int)
    for shape in shapes:
        covered += mask_of(shape.model_dump(), height, width)
    assert np.array_equal(covered, plane > 0), "masks do not overlap"


def test_a_mask_of_a_thing_is_an_object_and_of_stuff_pixels_of_its_class(asked):
    number = asked.task()
    labels = asked.labels(number)
    first, second = box(H, W, 0, 0, 10, 20), box(H, W, 20, 5, 30, 25)
    sent = [drawn(labels[name], mask) for name in ("Car", "Sky") for mask in (first, second)]
    answer = asked.change(number, "create", sent)
    assert answer.status_code == 200, answer.text
    found = asked.shapes(number)
    assert [s["label_id"] for s in found] == [labels["Sky"]], "the sky lies over the cars: it was sent later"
    assert np.array_equal(mask_of(found[0]), first | second)
    asked.change(number, "create", [drawn(labels["Car"], first), drawn(labels["Car"], second)])
    cars = asked.shapes(number)
    assert [s["label_id"] for s in cars] == [labels["Car"]] * 2
    assert [mask_of(s).tolist() for s in cars] == [first.tolist(), second.tolist()]
    annotation = asked.annotation(number)
    history = asked.workspace.history.revisions(annotation.id)
    assert [r.author for r in history[1:]] == ["cvat", "cvat"]
    assert history[-1].message == f"Changed by CVAT's client (task {number}, frame 0)"


def test_higher_z_order_lies_on_top(asked):
    number = asked.task()
    labels = asked.labels(number)
    whole, part = box(H, W, 0, 0, H, W), box(H, W, 5, 5, 15, 15)
    asked.change(number, "create", [drawn(labels["Sky"], part, z_order=1), drawn(labels["Road"], whole)])
    by_label = {s["label_id"]: mask_of(s) for s in asked.shapes(number)}
    assert np.array_equal(by_label[labels["Sky"]], part)
    assert np.array_equal(by_label[labels["Road"]], ~part)


def test_polygons_are_filled_by_the_rule_of_coco(asked):
    from townscape.core.geometry.fill import fill_coco

    number = asked.task()
    label = asked.labels(number)["Sky"]
    points = [3.2, 4.7, 30.1, 8.0, 22.5, 33.3]
    polygon = {"type": "polygon", "label_id": label, "frame": 0, "points": points}
    assert asked.change(number, "create", [polygon]).status_code == 200
    expected = fill_coco([np.array(points).reshape(-1, 2)], H, W)
    assert np.array_equal(asked.plane(number) > 0, expected)


def test_a_shape_is_moved_and_taken_away_by_its_number(asked):
    number = asked.task()
    labels = asked.labels(number)
    asked.change(
        number,
        "create",
        [drawn(labels["Car"], box(H, W, 0, 0, 5, 5), 1), drawn(labels["Sky"], box(H, W, 20, 0, 40, 50), 1)],
    )
    car, sky = sorted(asked.shapes(number), key=lambda s: s["label_id"] != labels["Car"])
    moved = {**car, "points": mask_points(box(H, W, 2, 2, 9, 9))}
    assert asked.change(number, "update", [moved]).json()["shapes"][0]["id"] == car["id"]
    found = {s["id"]: mask_of(s) for s in asked.shapes(number)}
    assert np.array_equal(found[car["id"]], box(H, W, 2, 2, 9, 9))
    assert sky["id"] in found
    asked.change(number, "update", [{**moved, "label_id": labels["Road"]}])
    assert {s["label_id"] for s in asked.shapes(number)} == {labels["Sky"], labels["Road"]}
    gone = asked.change(number, "delete", [moved])
    assert gone.status_code == 200
    assert [s["id"] for s in asked.shapes(number)] == [sky["id"]]
    row = asked.workspace.labels.objects(asked.annotation(number, 1).id, asked.annotation(number, 1).head)
    assert row == {}, "an object without pixels is gone"
    again = asked.change(number, "delete", [moved])
    assert again.status_code == 404
    assert again.json()["detail"].startswith(f"There is no shape {car['id']}.")


def test_setting_what_is_there_makes_no_revision_and_setting_nothing_clears(asked):
    number = asked.task()
    labels = asked.labels(number)
    asked.change(
        number,
        "create",
        [drawn(labels["Car"], box(H, W, 0, 0, 5, 5)), drawn(labels["Sky"], box(H, W, 9, 0, 40, 50), 1)],
    )
    heads = [asked.annotation(number, k).head for k in (0, 1)]
    path = f"/api/tasks/{number}/annotations"
    assert asked.client.put(path, json={"version": 0, "shapes": asked.shapes(number)}).status_code == 200
    assert [asked.annotation(number, k).head for k in (0, 1)] == heads
    only = drawn(labels["Road"], box(H, W, 0, 0, 2, 2))
    asked.client.put(f"/api/jobs/{number}/annotations/", json={"shapes": [only]})
    assert [(s["frame"], s["label_id"]) for s in asked.shapes(number)] == [(0, labels["Road"])]
    assert asked.client.delete(path).status_code == 204
    assert asked.shapes(number) == []
    assert asked.annotation(number).head == heads[0] + 2, "what was there stays in the history"


def test_pixels_painted_in_townscape_appear_and_a_page_hears_of_shapes(asked):
    number = asked.task()
    labels = asked.labels(number)
    image_id = asked.windows(number)[0].image_id
    page = asked.served.client.post("/v1/annotations", json={"image_id": image_id}).json()
    tile = np.zeros((512, 512), dtype=np.uint32)
    tile[:10, :20], tile[30:40, :] = SKY, IGNORE
    header = {"save_id": "00000000-0000-7000-8000-000000000001", "base_revision": 0}
    assert asked.served.save(page["id"], header, [((0, 0), tile)]).status_code == 200
    found = {s["label_id"]: mask_of(s) for s in asked.shapes(number)}
    ignore = asked.labels(number)["ignore"]
    assert found.keys() == {labels["Sky"], ignore}
    assert np.array_equal(found[ignore], box(H, W, 30, 0, 40, 50))
    before = asked.get(f"tasks/{number}").json()["updated_date"]
    asked.change(number, "create", [drawn(labels["Road"], box(H, W, 5, 5, 8, 8))])
    assert asked.get(f"tasks/{number}").json()["updated_date"] > before, "clients keep what is not newer"
    changes = asked.served.client.get(f"/v1/annotations/{page['id']}/changes?after=1").json()
    assert (changes["revision"], changes["authors"], changes["tiles"]) == (2, ["cvat"], [[0, 0]])


def test_both_sides_are_kept_where_somebody_saved_meanwhile(asked, monkeypatch):
    from townscape.workspace.label_save import Save

    number = asked.task()
    labels = asked.labels(number)
    asked.change(number, "create", [drawn(labels["Sky"], box(H, W, 0, 0, 5, 50))])
    store, annotation = asked.workspace.labels, asked.annotation(number)
    read = type(store).read

    def read_while_somebody_saves(self, annotation_id, **more):
        found = read(self, annotation_id, **more)
        if "revision" in more and store.get(annotation_id).head == 1:
            tile = np.zeros((512, 512), dtype=np.uint32)
            tile[:5, :50], tile[20:25, :50] = SKY, 4
            store.save(annotation_id, Save(base_revision=1, tiles={(0, 0): tile}, author="ben"))
        return found

    monkeypatch.setattr(type(store), "read", read_while_somebody_saves)
    assert asked.change(number, "create", [drawn(labels["Car"], box(H, W, 30, 0, 35, 50))]).status_code == 200
    plane = asked.plane(number)
    assert (plane[0, 0], plane[22, 3], plane[32, 3] >= 65536) == (SKY, 4, True)
    assert asked.workspace.labels.get(annotation.id).head == 3


def test_shapes_that_cannot_be_are_refused_and_nothing_is_changed(asked):
    number = asked.task()
    label = asked.labels(number)["Car"]
    good = drawn(label, box(H, W, 0, 0, 5, 5))
    huge = [1, (1 << 40) - 1, 0, 0, (1 << 20) - 1, (1 << 20) - 1]
    wrong = [
        ({"points": [3, 4, 0, 0, 9, 9]}, 400, "fill 7 of 100 pixels"),
        ({"points": [0, 100, 45, 0, 54, 9]}, 400, "its box does not lie in the image"),
        ({"points": huge}, 400, "its box does not lie in the image"),
        ({"points": [0, -5, 105, 0, 0, 9, 9]}, 400, "Shape 1"),
        ({"points": [0.5, 99.5, 0, 0, 9, 9]}, 400, "no whole numbers"),
        ({"points": [1]}, 400, "fewer than five numbers"),
        ({"points": []}, 400, "fewer than five numbers"),
        ({"type": "polygon", "points": [1, 1, 5, 5]}, 400, "no three points"),
        ({"type": "rectangle", "points": [1, 1]}, 400, "two points"),
        ({"type": "polyline", "points": [1, 1, 5, 5]}, 400, "covers no pixels"),
        ({"type": "skeleton", "points": []}, 400, "covers no pixels"),
        ({"label_id": 9999}, 404, "there is no label 9999"),
        ({"frame": 2}, 404, "there is no such frame"),
        ({"frame": -1}, 404, "there is no such frame"),
        ({"attributes": [{"spec_id": 7, "value": "x"}]}, 404, "no attribute 7"),
    ]
    for changes, status, sentence in wrong:
        answer = asked.change(number, "create", [good, {**good, "frame": 1, **changes}])
        assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True), answer.text
    for body in ({"tags": [{"frame": 0, "label_id": label}]}, {"tracks": [{}]}):
        path = f"/api/tasks/{number}/annotations"
        assert asked.client.put(path, json={"shapes": [good], **body}).status_code == 400
    for body in (b"no json", b'{"shapes": 3}', b'{"shapes": [{"type": "mask"}]}'):
        headers = {"content-type": "application/json"}
        path = f"/api/tasks/{number}/annotations?action=create"
        assert asked.client.patch(path, content=body, headers=headers).status_code == 400
    assert asked.shapes(number) == []
    assert asked.change(number, "explode", [good]).status_code == 400
    assert asked.change(number, "update", [good]).status_code == 400
    assert asked.change(number, "update", [{**good, "id": shape_id(1, 65536)}]).status_code == 404
    assert asked.change(999, "create", [good]).status_code == 404


def test_attributes_of_a_label_are_kept_with_its_objects(asked):
    kinds = [
        {"name": "parked", "input_type": "checkbox", "mutable": False, "values": [], "default_value": "false"}
    ]
    number = asked.task(labels=[{"name": "van", "attributes": kinds}])
    (label,) = asked.get("labels", params={"task_id": number}).json()["results"]
    spec = label["attributes"][0]["id"]
    sent = drawn(label["id"], box(H, W, 0, 0, 5, 5), attributes=[{"spec_id": spec, "value": "true"}])
    assert asked.change(number, "create", [sent]).status_code == 200
    assert asked.shapes(number)[0]["attributes"] == [{"spec_id": spec, "value": "true"}]
    annotation = asked.annotation(number)
    (row,) = asked.workspace.labels.objects(annotation.id, annotation.head).values()
    assert row.attributes == {"parked": "true"}


@pytest.mark.parametrize("name", ["ignore", "Void"])
def test_a_label_for_ignore_is_ignore(asked, name):
    number = asked.task(name="Own", labels=[{"name": "van"}, {"name": name}])
    labels = asked.labels(number)
    asked.change(number, "create", [drawn(labels[name], box(H, W, 0, 0, 5, 5))])
    assert (asked.plane(number)[:5, :5] == IGNORE).all()
    assert [s["label_id"] for s in asked.shapes(number)] == [labels[name]]
