"""Tasks: selections in their order, and how their images get in."""

import pytest

from tests.server.cvat.conftest import LABELS, box, mask_points, png, zipped


def names_of(asked, number):
    return [f["name"] for f in asked.get(f"tasks/{number}/data/meta").json()["frames"]]


def test_a_task_is_a_selection_and_its_images_are_in_order(asked):
    number = asked.create(name="Elm Street", subset="Train")
    before = asked.get(f"tasks/{number}").json()
    assert (before["size"], before["jobs"]["count"]) == (0, 0)
    told = asked.wait(asked.send(number, [("b.png", png(seed=1)), ("a.png", png(30, 20)), ("c.png", png())]))
    assert told["status"] == "finished"
    assert told["operation"]["type"] == "create:task"
    after = asked.get(f"tasks/{number}/").json()
    assert (after["size"], after["jobs"]["count"], after["mode"]) == (3, 1, "annotation")
    assert names_of(asked, number) == ["a.png", "b.png", "c.png"]
    (selection,) = asked.workspace.selections.find()
    assert (selection.name, selection.author, selection.n_windows) == ("Elm Street", "cvat", 3)
    job = asked.get(f"jobs/{number}").json()
    assert (job["task_id"], job["start_frame"], job["stop_frame"]) == (number, 0, 2)
    assert [j["id"] for j in asked.get("jobs", params={"task_id": number}).json()["results"]] == [number]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"sorting_method": "lexicographical"}, ["1.png", "10.png", "2.png"]),
        ({"sorting_method": "natural"}, ["1.png", "2.png", "10.png"]),
        ({"sorting_method": "predefined"}, ["10.png", "2.png", "1.png"]),
        (
            {"sorting_method": "predefined", "upload_file_order": ["2.png", "10.png", "1.png"]},
            ["2.png", "10.png", "1.png"],
        ),
        ({"sorting_method": "natural", "start_frame": 1}, ["2.png", "10.png"]),
        ({"sorting_method": "natural", "frame_filter": "step=2"}, ["1.png", "10.png"]),
        ({"sorting_method": "natural", "stop_frame": 0}, ["1.png"]),
    ],
)  # fmt: skip
def test_frames_come_in_the_order_that_was_asked_for(asked, said, expected):
    number = asked.create()
    files = [(f"{k}.png", png(8, 8, seed=k)) for k in (10, 2, 1)]
    assert asked.wait(asked.send(number, files, **said))["status"] == "finished"
    assert names_of(asked, number) == expected


@pytest.mark.parametrize(
    "name", ["/etc/../root/a.png", "..\\..\\a.png", "C:\\photos\\a.png", "../../../a.png"]
)
def test_only_the_last_part_of_a_name_is_kept(asked, name):
    number = asked.create()
    assert asked.wait(asked.send(number, [(name, png())]))["status"] == "finished"
    assert names_of(asked, number) == ["a.png"]


def test_an_archive_of_images_is_unpacked(asked):
    number = asked.create()
    content = zipped({"street/2.png": png(seed=2), "street/1.png": png(seed=1), "notes.txt": "x"})
    assert asked.wait(asked.send(number, [("all.zip", content)]))["status"] == "finished"
    assert names_of(asked, number) == ["street/1.png", "street/2.png"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("a.png", b"no picture")], "a.png"),
        ([("good.png", png()), ("cut.png", png()[:300])], "cut.png"),
        ([("a.zip", zipped({"../a.png": png()}))], "../a.png"),
        ([("a.zip", b"PK no archive")], "a.zip cannot be unpacked"),
        ([("a.zip", zipped({"a.txt": "x"}))], "no image"),
        ([("x/a.png", png()), ("y/a.png", png(seed=1))], "2 files are called a.png"),
    ],
)
def test_what_cannot_be_taken_leaves_nothing_behind(asked, files, said):
    number = asked.create()
    told = asked.wait(asked.send(number, files))
    assert told["status"] == "failed"
    assert said in told["message"]
    assert str(asked.workspace.root) not in told["message"]
    assert asked.workspace.images.find() == []
    assert asked.workspace.selections.find() == []
    assert asked.get(f"tasks/{number}").json()["size"] == 0
    assert not list(asked.workspace.folder.uploads.glob("cvat-*"))
    assert asked.wait(asked.send(number, [("a.png", png())]))["status"] == "finished"


@pytest.mark.parametrize(
    ("files", "said", "sentence"),
    [
        ([("a.mp4", b"x")], {}, "videos have to be unpacked"),
        ([("a.svg", b"<svg/>")], {}, "neither an image nor an archive"),
        ([("a.png", png())], {"server_files": ["/etc/passwd"]}, "not ones from a share"),
        ([("a.png", png())], {"remote_files": ["http://10.0.0.1/a.png"]}, "not ones from a share"),
        ([("a.png", png())], {"frame_filter": "step=0"}, "write step=N"),
        ([("a.png", png())], {"job_file_mapping": [["a.png"]]}, "one job"),
        ([("a.png", png())], {"sorting_method": "by size"}, "sorting-method"),
        ([("a.png", png())], {"chunk_size": 0}, "chunk-size"),
    ],
)
def test_what_is_not_done_here_is_refused_at_once(asked, files, said, sentence):
    answer = asked.send(asked.create(), files, **said)
    assert answer.status_code == 400
    assert sentence in answer.json()["detail"]


def test_a_task_gets_its_images_once(asked):
    number = asked.task()
    answer = asked.post(f"tasks/{number}/data", headers={"Upload-Start": ""})
    assert answer.status_code == 400
    assert "has its images already" in answer.json()["detail"]


def test_large_files_come_in_pieces_and_go_on_where_they_stopped(asked):
    number, content = asked.create(), png(60, 60)
    path = f"tasks/{number}/data/"
    asked.post(path, headers={"Upload-Start": ""})
    about = {
        "Upload-Length": str(len(content)),
        "Upload-Metadata": "filename YS5wbmc=",
        "Tus-Resumable": "1.0.0",
    }
    begun = asked.post(path, headers=about)
    place = begun.headers["location"].removeprefix("http://testserver")
    assert (
        asked.client.patch(place, content=content[:5000], headers={"Upload-Offset": "0"}).status_code == 204
    )
    early = asked.post(path, json={"image_quality": 70}, headers={"Upload-Finish": ""})
    assert early.status_code == 400
    assert "a.png is not whole: 5,000 of" in early.json()["detail"]
    wrong = asked.client.patch(place, content=b"x", headers={"Upload-Offset": "7"})
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, "5000")
    assert asked.client.head(place).headers["upload-offset"] == "5000"
    more = asked.client.patch(place, content=content[5000:] + b"x", headers={"Upload-Offset": "5000"})
    assert (more.status_code, more.json()["detail"]) == (400, "a.png is longer than was said.")
    rest = int(asked.client.head(place).headers["upload-offset"])
    asked.client.patch(place, content=content[rest:], headers={"Upload-Offset": str(rest)})
    answer = asked.post(path, json={"image_quality": 70}, headers={"Upload-Finish": ""})
    assert asked.wait(answer)["status"] == "finished"
    assert names_of(asked, number) == ["a.png"]


@pytest.mark.parametrize("length", [str(1 << 62), "-1", "many", str((64 << 30) + 1)])
def test_sizes_that_cannot_be_are_refused(asked, length):
    number = asked.create()
    headers = {"Upload-Length": length, "Upload-Metadata": "filename YS5wbmc="}
    answer = asked.post(f"tasks/{number}/data/", headers=headers)
    assert answer.status_code == 400
    assert "cannot be taken" in answer.json()["detail"]


def test_uploads_of_one_task_are_not_those_of_another(asked):
    first, second = asked.create(), asked.create()
    headers = {"Upload-Length": "5", "Upload-Metadata": "filename YS5wbmc="}
    place = asked.post(f"tasks/{first}/data/", headers=headers).headers["location"]
    other = place.removeprefix("http://testserver").replace(f"tasks/{first}/", f"tasks/{second}/")
    assert asked.client.head(other).status_code == 404
    assert asked.client.head("/api/tasks/1/data/..%2f..%2fcatalogue").status_code in (404, 501)


def test_frames_are_given_out_as_they_came_and_chunks_hold_them(asked):
    import io
    import zipfile

    from PIL import Image as Pillow

    number, content = asked.create(), png(20, 30)
    turned = io.BytesIO()
    exif = Pillow.Exif()
    exif[0x0112] = 6
    Pillow.new("RGB", (30, 20), "red").save(turned, "JPEG", exif=exif)
    told = asked.wait(asked.send(number, [("a.png", content), ("b.jpg", turned.getvalue())], chunk_size=1))
    assert told["status"] == "finished"
    frame = asked.get(f"tasks/{number}/data", params={"type": "frame", "number": 0, "quality": "original"})
    assert frame.content == content
    assert frame.headers["x-content-type-options"] == "nosniff"
    upright = asked.get(f"jobs/{number}/data", params={"type": "frame", "number": 1, "quality": "original"})
    assert Pillow.open(io.BytesIO(upright.content)).size == (20, 30)
    assert asked.get(f"tasks/{number}/data/meta").json()["frames"][1]["width"] == 20
    small = asked.get(f"tasks/{number}/data", params={"type": "frame", "number": 0})
    assert small.headers["content-type"] == "image/jpeg"
    chunk = asked.get(f"tasks/{number}/data", params={"type": "chunk", "number": 0, "quality": "original"})
    with zipfile.ZipFile(io.BytesIO(chunk.content)) as archive:
        assert [archive.read(n) for n in archive.namelist()] == [content]
    assert asked.get(f"tasks/{number}/preview").headers["content-type"] == "image/jpeg"
    for wanted in ({"type": "frame", "number": 9}, {"type": "chunk", "number": 9}):
        assert asked.get(f"tasks/{number}/data", params=wanted).status_code == 404
    assert not list(asked.workspace.folder.uploads.glob("chunk-*"))


def test_deleting_a_task_keeps_images_and_labels(asked):
    number = asked.task()
    label = asked.labels(number)["Car"]
    shape = {"type": "mask", "label_id": label, "frame": 0, "points": mask_points(box(40, 50, 1, 1, 9, 9))}
    assert asked.change(number, "create", [shape]).status_code == 200
    annotation = asked.annotation(number)
    assert asked.client.delete(f"/api/tasks/{number}").status_code == 204
    assert asked.get(f"tasks/{number}").status_code == 404
    assert asked.client.delete(f"/api/tasks/{number}").status_code == 404
    assert asked.workspace.selections.find() == []
    assert len(asked.workspace.images.find()) == 2
    assert asked.workspace.labels.get(annotation.id).head == 1
    assert asked.create() == number + 1, "numbers are never used again"


def test_a_selection_made_in_townscape_is_a_task(asked):
    from townscape.core.spaces import Window
    from townscape.workspace.records import SelectionWindow

    image = asked.served.add_image("wide.png", height=600, width=700)
    windows = [SelectionWindow(image_id=image.id, window=Window(500, 10, 100, 80))]
    asked.workspace.selections.put("Hard ones", windows, reason="uncertain", author="ana")
    (task,) = asked.get("tasks").json()["results"]
    assert (task["name"], task["owner"]["username"], task["size"]) == ("Hard ones", "ana", 1)
    number = task["id"]
    assert asked.get(f"tasks/{number}/data/meta").json()["frames"][0]["height"] == 80
    label = asked.labels(number)["Sky"]
    shape = {
        "type": "mask",
        "label_id": label,
        "frame": 0,
        "points": mask_points(box(80, 100, 0, 0, 80, 100)),
    }
    assert asked.change(number, "create", [shape]).status_code == 200
    plane = asked.plane(number)
    assert (plane[10:90, 500:600] > 0).all()
    assert (plane > 0).sum() == 80 * 100
    assert [s["points"][-4:] for s in asked.shapes(number)] == [[0.0, 0.0, 99.0, 79.0]]


def test_labels_that_a_taxonomy_has_use_it_and_others_make_a_new_one(asked):
    known = asked.create(labels=[{"name": "Sky"}, {"name": "ignore"}])
    assert asked.get(f"tasks/{known}").json()["project_name"] == "CamVid, 11 classes"
    labels = [{"name": "road", "color": "#112233"}, {"name": "Zebra crossing"}, {"name": "Void"}]
    new = asked.create(name="Crossings", labels=labels)
    assert asked.get(f"tasks/{new}").json()["project_name"] == "Crossings"
    assert sorted(asked.labels(new)) == ["Void", "Zebra crossing", "road"]
    taxonomy = asked.workspace.taxonomies.get("crossings")
    road = taxonomy.active[0]
    assert (road.name, road.color, road.kind) == ("road", "#112233", "thing")
    assert len(taxonomy.active) == 2, "void is no class"
    again = asked.create(name="More", labels=[{"name": "Zebra crossing"}])
    assert asked.get(f"tasks/{again}").json()["project_id"] == asked.get(f"tasks/{new}").json()["project_id"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "a"},
        {"name": "", "labels": LABELS},
        {"name": "a", "labels": [{"name": "x"}, {"name": "x"}]},
        {"name": "a", "labels": [{"name": "x", "type": "skeleton"}]},
        {"name": "a", "labels": [{"color": "#ffffff"}]},
        {"name": "a", "project_id": 1, "labels": LABELS},
        {"labels": LABELS},
    ],
)
def test_tasks_that_make_no_sense_are_refused(asked, wanted):
    answer = asked.post("tasks", json=wanted)
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")
    assert asked.get("tasks").json()["count"] == 0


def test_lists_come_in_pages_and_are_filtered(asked):
    for name in ("a", "b", "c"):
        asked.create(name=name, subset="Train" if name == "b" else "")
    first = asked.get("tasks", params={"page_size": 2, "sort": "-name"}).json()
    assert ([t["name"] for t in first["results"]], first["count"]) == (["c", "b"], 3)
    second = asked.client.get(first["next"]).json()
    assert ([t["name"] for t in second["results"]], second["next"]) == (["a"], None)

    def found(**params):
        return [t["name"] for t in asked.get("tasks", params=params).json()["results"]]

    assert found(subset="Train") == ["b"]
    assert found(search="C") == ["c"]
    assert found(
        filter='{"and":[{"in":[{"var":"name"},["a","b"]]},{"!":{"==":[{"var":"subset"},"Train"]}}]}'
    ) == ["a"]
    assert found(filter='{"<=":[2,{"var":"id"},3]}') == ["b", "c"]
    for wrong in ('{"eval":[1]}', "no json", '{"<":[{"var":"name"},1]}'):
        assert asked.get("tasks", params={"filter": wrong}).status_code == 400


def test_labels_are_changed_but_never_removed(asked):
    number = asked.task(name="New", labels=[{"name": "kerb"}])
    label = asked.labels(number)["kerb"]
    changed = {"labels": [{"id": label, "name": "Kerb", "color": "#ff0000"}, {"name": "Drain"}]}
    assert (
        asked.client.patch(f"/api/tasks/{number}", json={"name": "Newer", **changed}).json()["name"]
        == "Newer"
    )
    assert asked.labels(number) == {"Kerb": label, "Drain": label + 1}
    assert asked.get(f"labels/{label}").json()["color"] == "#ff0000"
    answer = asked.client.delete(f"/api/labels/{label}")
    assert answer.status_code == 400
    assert "merge the class" in answer.json()["detail"]
    assert asked.client.patch("/api/labels/999", json={"name": "x"}).status_code == 404
    assert asked.client.patch(f"/api/labels/{label}", json={"name": "Drain"}).status_code == 400
