"""Annotations and tasks carried in and out as files; what is done is done by runs."""

import io
import zipfile

import numpy as np
import pytest

from tests.server.cvat.conftest import box, mask_points, png, zipped

H, W = 40, 50


def coco(*names, segmentation=None, category="Car", width=W, height=H):
    """A COCO file with one box for each image."""
    images = [{"id": k, "file_name": n, "width": width, "height": height} for k, n in enumerate(names, 1)]
    outline = segmentation or [[5, 5, 25, 5, 25, 15, 5, 15]]
    shape = {"category_id": 1, "segmentation": outline, "area": 200, "bbox": [5, 5, 20, 10], "iscrowd": 0}
    annotations = [{"id": k, "image_id": k, **shape} for k in range(1, len(names) + 1)]
    return {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": category}]}


def put(asked, number, content, name="annotations.zip", format_name="COCO 1.0", **more):
    return asked.send_file(f"tasks/{number}/annotations/", content, name, format=format_name, **more)


def download(asked, told):
    assert told["status"] == "finished", told
    answer = asked.client.get(told["result_url"])
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="')
    return zipfile.ZipFile(io.BytesIO(answer.content))


def full_task(asked, **more):
    """A task with objects, class pixels and ignore on its first frame; its number."""
    number = asked.task(labels=[{"name": "Sky"}, {"name": "Car"}, {"name": "ignore"}], **more)
    labels = asked.labels(number)
    shapes = [
        {"type": "mask", "label_id": labels[name], "frame": 0, "points": mask_points(mask)}
        for name, mask in [
            ("Sky", box(H, W, 0, 0, 12, 50)),
            ("Car", box(H, W, 5, 5, 15, 25)),
            ("Car", box(H, W, 5, 25, 15, 35)),
            ("ignore", box(H, W, 38, 0, 40, 50)),
        ]
    ]
    assert asked.change(number, "create", shapes).status_code == 200
    return number


def test_annotations_are_put_onto_the_frames_by_name_and_signed(asked):
    number = asked.task(n=3)
    labels = asked.labels(number)
    old = {
        "type": "mask",
        "label_id": labels["Sky"],
        "frame": 2,
        "points": mask_points(box(H, W, 0, 0, 9, 9)),
    }
    asked.change(number, "create", [old])
    content = zipped({"annotations/instances_default.json": coco("0.png", "1.png", "elsewhere.png")})
    told = asked.wait(put(asked, number, content))
    assert told["status"] == "finished", told
    assert told["operation"] == {
        "type": "import:annotations", "target": "task", "project_id": None, "task_id": number,
        "job_id": None, "format": "COCO 1.0", "function_id": None,
    }  # fmt: skip
    found = asked.shapes(number)
    assert [(s["frame"], s["label_id"]) for s in found] == [(0, labels["Car"]), (1, labels["Car"])]
    assert len(asked.workspace.images.find()) == 3, "no image is taken in"
    for frame in range(3):
        annotation = asked.annotation(number, frame)
        assert asked.workspace.history.revisions(annotation.id)[-1].author == "cvat"
    assert not list(asked.workspace.folder.uploads.glob("cvat-*"))
    assert not list((asked.workspace.root / "unpacked").glob("*"))


def test_appended_annotations_fill_what_is_unlabelled(asked):
    number = asked.task()
    labels = asked.labels(number)
    old = {
        "type": "mask",
        "label_id": labels["Sky"],
        "frame": 0,
        "points": mask_points(box(H, W, 0, 0, 10, 50)),
    }
    asked.change(number, "create", [old])
    import json

    content = json.dumps(coco("0.png")).encode()
    told = asked.wait(put(asked, number, content, "instances.json", import_mode="append"))
    assert told["status"] == "finished", told
    pixels = {s["label_id"]: s["points"][-4:] for s in asked.shapes(number)}
    assert pixels == {labels["Sky"]: [0.0, 0.0, 49.0, 9.0], labels["Car"]: [5.0, 10.0, 24.0, 14.0]}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"a.json": coco("0.png", category="Spaceship")}, "match no class of camvid"),
        ({"a.json": coco("other.png")}, "None of the pictures can be used"),
        ({"a.json": coco("0.png", width=10, height=10)}, "10×10"),
        ({"a.json": '{"images": [{"id'}, ""),
    ],
)
def test_annotations_that_do_not_fit_change_nothing(asked, files, sentence):
    number = asked.task()
    told = asked.wait(put(asked, number, zipped(files)))
    assert told["status"] == "failed"
    assert sentence in told["message"]
    assert asked.shapes(number) == []
    assert asked.annotation(number) is None
    assert not list(asked.workspace.folder.uploads.glob("cvat-*"))


def test_archives_that_cannot_be_are_refused_at_once(asked):
    number = asked.task()
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(40):
            archive.writestr(f"{k}.json", b"0" * (16 << 20))
    for content, sentence in (
        (zipped({"../../evil.json": coco("0.png")}), "leads out of the archive"),
        (zipped({"/etc/evil.json": coco("0.png")}), "leads out of the archive"),
        (b"no archive", "no .zip file that can be read"),
        (bomb.getvalue(), "as bombs do"),
    ):
        answer = put(asked, number, content)
        assert answer.status_code == 400
        assert sentence in answer.json()["detail"]


def test_unknown_formats_and_uploads_are_refused(asked):
    number = asked.task()
    path = f"tasks/{number}/annotations/"
    for wrong in ({"format": "COCO 1.0", "import_mode": "sideways"}, {"format": "MOT 1.1"}):
        answer = asked.post(path, params=wrong, headers={"Upload-Start": ""})
        assert answer.status_code == 400
    assert "there are COCO 1.0, Segmentation mask 1.1" in answer.json()["detail"]
    for name in ("../../catalogue.db", "0" * 36 + ".zip", "nothing"):
        asked_for = {"format": "COCO 1.0", "filename": name}
        assert asked.post(path, params=asked_for, headers={"Upload-Finish": ""}).status_code == 404
    export = asked.post(f"tasks/{number}/dataset/export", params={"format": "MOT 1.1"})
    assert export.status_code == 400
    assert asked.post(f"tasks/{number}/dataset/export").status_code == 400
    away = {"format": "COCO 1.0", "location": "cloud_storage"}
    assert asked.post(f"tasks/{number}/dataset/export", params=away).status_code == 400
    assert asked.get("requests/nothing").status_code == 404


def test_every_format_that_is_offered_is_one_that_townscape_has(asked):
    from townscape.formats.kinds import format_names, get_format
    from townscape.server.cvat.formats import exporters, find_importer, importers

    told = asked.get("server/annotation/formats").json()
    assert "COCO 1.0" in [f["name"] for f in told["importers"]]
    assert "Segmentation mask 1.1" in [f["name"] for f in told["exporters"]]
    for found in (*importers(), *exporters()):
        assert found.kind in format_names()
        assert found.variant is None or found.variant in get_format(found.kind).VARIANTS
    assert find_importer("CVAT XML 1.1").kind == "cvat"


def test_a_task_is_exported_with_all_its_frames(asked):
    number = full_task(asked)
    path = f"tasks/{number}/dataset/export"
    told = asked.wait(asked.post(path, params={"format": "COCO 1.0", "save_images": "true"}))
    with download(asked, told) as archive:
        names = archive.namelist()
        assert "annotations/instances_default.json" in names
        assert {"images/0.png", "images/1.png"} <= {n.replace("images/default", "images") for n in names}
    told = asked.wait(asked.post(f"jobs/{number}/dataset/export", params={"format": "Segmentation mask 1.1"}))
    assert told["operation"]["target"] == "job"
    with download(asked, told) as archive:
        names = archive.namelist()
        assert {"SegmentationClass/0.png", "SegmentationClass/1.png", "labelmap.txt"} <= set(names)
        assert not [n for n in names if n.startswith("JPEGImages")]


def test_a_backup_makes_the_same_task_again(asked):
    number = full_task(asked, name="Elm Street", subset="Train")
    told = asked.wait(asked.post(f"tasks/{number}/backup/export"))
    with download(asked, told) as archive:
        assert archive.read("data/0.png") == png(seed=0)
        assert (
            '"name":"1","extension":".png","width":50,"height":40'
            in archive.read("data/manifest.jsonl").decode()
        )
    content = asked.client.get(told["result_url"]).content
    made = asked.wait(asked.send_file("tasks/backup/", content, "backup.zip"))
    assert made["status"] == "finished", made
    again = made["result_id"]
    assert again != number
    task = asked.get(f"tasks/{again}").json()
    assert (task["name"], task["subset"], task["size"], task["project_id"]) == ("Elm Street", "Train", 2, 1)
    frames = [asked.get(f"tasks/{n}/data/meta").json()["frames"] for n in (number, again)]
    assert frames[0] == frames[1]
    before, after = asked.shapes(number), asked.shapes(again)
    assert [s["points"] for s in before] == [s["points"] for s in after]
    assert [s["label_id"] for s in before] == [s["label_id"] for s in after]
    assert np.array_equal(asked.plane(number), asked.plane(again))
    assert len(asked.workspace.images.find()) == 4, "its images are its own"
    assert [label["attributes"] for label in asked.get("labels").json()["results"]] == [[]] * 10


def test_a_backup_of_a_project_makes_project_and_tasks_again(asked):
    full_task(asked, name="One")
    asked.task(name="Two", n=1)
    project = asked.get("tasks/1").json()["project_id"]
    told = asked.wait(asked.post(f"projects/{project}/backup/export"))
    assert told["status"] == "finished", told
    content = asked.client.get(told["result_url"]).content
    made = asked.wait(asked.send_file("projects/backup/", content, "backup.zip"))
    assert made["status"] == "finished", made
    assert made["result_id"] != project
    tasks = asked.get("tasks", params={"project_id": made["result_id"]}).json()["results"]
    assert [(t["name"], t["size"]) for t in tasks] == [("One", 2), ("Two", 1)]
    first = asked.shapes(tasks[0]["id"])
    assert [s["points"] for s in first] == [s["points"] for s in asked.shapes(1)]


@pytest.mark.parametrize(
    "files", [{"a.txt": "x"}, {"task.json": "[1]"}, {"task.json": "{"}, {"../task.json": {"name": "x"}}]
)
def test_what_is_no_backup_is_refused(asked, files):
    answer = asked.send_file("tasks/backup/", zipped(files), "backup.zip")
    assert answer.status_code == 400
    assert asked.get("tasks").json()["count"] == 0


def test_a_dataset_becomes_a_task_of_its_project(asked):
    made = asked.post("projects", json={"name": "Vehicles", "labels": [{"name": "Car"}]}).json()
    files = {"images/a.png": png(seed=1), "annotations/instances_default.json": coco("a.png")}
    path = f"projects/{made['id']}/dataset/"
    told = asked.wait(asked.send_file(path, zipped(files), "cars.zip", format="COCO 1.0"))
    assert told["status"] == "finished", told
    (task,) = asked.get("tasks", params={"project_id": made["id"]}).json()["results"]
    assert (task["name"], task["size"], task["project_name"]) == ("cars", 1, "Vehicles")
    assert len(asked.shapes(task["id"])) == 1
    exported = asked.wait(asked.post(f"projects/{made['id']}/dataset/export", params={"format": "COCO 1.0"}))
    with download(asked, exported) as archive:
        assert "annotations/instances_default.json" in archive.namelist()
    assert asked.client.delete(f"/api/projects/{made['id']}").status_code == 204
    assert asked.get("tasks", params={"project_id": made["id"]}).json()["count"] == 0
    assert asked.get(f"projects/{made['id']}").status_code == 404
    assert made["id"] not in [p["id"] for p in asked.get("projects").json()["results"]]
    assert asked.workspace.taxonomies.get("vehicles").title == "Vehicles"


def test_a_project_is_exported_with_all_frames_of_its_tasks(asked):
    full_task(asked, name="One")
    asked.task(name="Two", n=1)
    project = asked.get("tasks/1").json()["project_id"]
    told = asked.wait(asked.post(f"projects/{project}/dataset/export", params={"format": "COCO 1.0"}))
    with download(asked, told) as archive:
        import json

        listed = json.loads(archive.read("annotations/instances_default.json"))
    assert len(listed["images"]) == 3
    assert asked.get("tasks").json()["count"] == 2
    assert len(asked.workspace.selections.find()) == 2


def test_what_was_asked_for_is_known_when_the_server_was_started_anew(asked):
    from fastapi.testclient import TestClient

    from tests.server.conftest import HOST, ORIGIN
    from townscape.server.app import create_app
    from townscape.server.cvat.errands import ErrandAbout

    number = asked.create()
    told = asked.wait(asked.send(number, [("a.png", png())]))
    lost = ErrandAbout(type="create:task", target="task", user="cvat", state="started")
    asked.workspace.numbered.put("request", "lost", lost.model_dump(mode="json"))
    again = create_app(asked.workspace, hosts=[HOST])
    later = TestClient(again, base_url=ORIGIN, headers=dict(asked.client.headers))
    assert later.get(f"/api/requests/{told['id']}").json() == told
    answer = later.get("/api/requests/lost").json()
    assert (answer["status"], "started anew" in answer["message"]) == ("failed", True)
