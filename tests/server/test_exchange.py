"""Import and export over HTTP: formats, sent datasets, runs that go on from a look, downloads."""

import io
import os
import time
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow

from townscape.core.labelmap import LabelMap
from townscape.engine import run_here
from townscape.exchange import ExportOptions, ImportOptions
from townscape.formats.kinds import format_names


def png(array):
    buffer = io.BytesIO()
    Pillow.fromarray(array).save(buffer, format="PNG")
    return buffer.getvalue()


@pytest.fixture
def files():
    """A dataset of two pictures with masks: sky above, a number that nobody explains below."""
    mask = np.full((40, 60), 1, np.uint8)
    mask[20:] = 77
    image = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    return {f"set/{kind}/{n}.png": png(a) for n in "ab" for kind, a in (("images", image), ("masks", mask))}


def begin(served, files, name="set"):
    listed = [{"path": path, "size": len(content), "modified": 1.5} for path, content in files.items()]
    return served.client.post("/v1/sent-datasets", json={"name": name, "files": listed})


def patch(served, dataset_id, index, offset, content):
    url = f"/v1/sent-datasets/{dataset_id}/files/{index}"
    return served.client.patch(url, content=content, headers={"upload-offset": str(offset)})


def send(served, files, name="set"):
    sent = begin(served, files, name).json()
    for index, content in enumerate(files.values()):
        if sent["offsets"][index] is not None and content:
            assert patch(served, sent["id"], index, 0, content).json() == {"offset": len(content)}
    return sent["id"], served.client.post(f"/v1/sent-datasets/{sent['id']}/whole")


def finished(served, **wanted):
    run = served.client.post("/v1/runs", json=wanted).json()
    ends = time.monotonic() + 60
    while run["state"] in ("queued", "running") and time.monotonic() < ends:
        time.sleep(0.1)
        run = served.client.get(f"/v1/runs/{run['id']}").json()
    return run


def test_every_format_says_what_it_is_and_what_it_cannot_hold(served):
    listed = served.client.get("/v1/formats").json()
    assert {f["name"] for f in listed} == set(format_names())
    for found in listed:
        assert found["title"]
        assert len(found["text"]) > 20
        assert found["text"][0].isupper() or found["text"][0] == "`"
        losses = [loss for variant in found["variants"] for loss in variant["losses"]]
        assert sorted({loss["what"] for loss in losses}) == found["cannot_hold"]
    outlines = {(f["name"], v["name"]) for f in listed for v in f["variants"] if v["is_outlines"]}
    assert ("coco", "polygons") in outlines
    assert ("voc", "palette") not in outlines


def test_a_sent_dataset_is_looked_at_then_imported_and_gone(served, files):
    dataset_id, whole = send(served, files)
    entry = whole.json()
    assert (whole.status_code, entry["name"], entry["is_folder"]) == (201, "set", True)
    look = finished(served, form="import", answers={"path": entry["id"], "look": True})
    assert look["state"] == "done", look["error"]
    result = look["result"]
    assert (result["images"], result["unmatched"]) == (2, ["1", "77"])
    assert {"key": "sky", "name": "Sky", "color": "#808080"} in result["classes"]
    assert served.workspace.images.find() == []

    preview = result["previews"][0]
    shown = served.client.get(f"/v1/runs/{look['id']}/previews/{preview['file']}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert Pillow.open(io.BytesIO(shown.content)).size == (2 * 60 + 4, 40)
    plane = zlib.decompress(served.client.get(f"/v1/runs/{look['id']}/previews/{preview['plane']}").content)
    rows = np.frombuffer(plane, np.uint8).reshape(preview["height"], preview["width"])
    assert [result["values"][r - 1]["value"] for r in (rows[0, 0], rows[-1, 0])] == ["1", "77"]
    for name in ("../log.txt", "log.txt", "00.png", "..%2F..%2Fworkspace.toml", "99.jpg"):
        assert served.client.get(f"/v1/runs/{look['id']}/previews/{name}").status_code == 404

    done = finished(
        served,
        form="import",
        like=look["id"],
        answers={"look": None, "map": ["1=sky", "77=ignore"], "split": "val"},
    )
    assert (done["state"], done["result"]["images"]) == ("done", 2), done["error"]
    assert done["result"]["looked_only"] is False
    (first, _) = served.workspace.images.find()
    assert first.blob is not None
    annotation = served.workspace.labels.find(image_id=first.id)[0]
    assert annotation.official_part == "val"
    assert not (served.workspace.root / "uploads" / dataset_id).exists()


def test_a_taxonomy_made_of_bare_values_knows_them(served, files):
    _, whole = send(served, files)
    look = finished(
        served, form="import", answers={"path": whole.json()["id"], "look": True, "new_taxonomy": "bare"}
    )
    assert look["state"] == "done", look["error"]
    assert look["result"]["unmatched"] == []
    assert [(v["value"], v["class"]) for v in look["result"]["values"]] == [("1", "1"), ("77", "77")]


def test_an_interrupted_upload_goes_on_where_it_stood(served, files):
    contents = list(files.values())
    sent = begin(served, files).json()
    assert patch(served, sent["id"], 0, 0, contents[0][:10]).json() == {"offset": 10}
    assert patch(served, sent["id"], 0, 4, contents[0]).status_code == 409
    assert patch(served, sent["id"], 0, 10, contents[0]).status_code == 409
    assert patch(served, sent["id"], 99, 0, b"x").status_code == 404
    again = begin(served, files).json()
    assert (again["id"], again["offsets"]) == (sent["id"], [10, 0, 0, 0])
    assert served.client.post(f"/v1/sent-datasets/{sent['id']}/whole").status_code == 409
    assert served.client.get("/v1/sent-datasets/00000000-0000-0000-0000-000000000000").status_code == 404


def test_what_was_sent_long_ago_and_never_imported_goes(served, files):
    old, _ = send(served, files)
    folder = served.workspace.folder.uploads / old
    os.utime(folder / "manifest.json", (0, 0))
    new, _ = send(served, {**files, "set/more.txt": b"more"})
    assert not folder.exists()
    assert (folder.parent / new).is_dir()


def test_names_that_lead_out_are_left_out_and_said(served, files):
    bad = {"../../evil.png": b"x", "/etc/passwd": b"x", "C:/x.png": b"x", "set/images/A.PNG": b"x"}
    dataset_id, whole = send(served, {**files, **bad, "set/labels/empty.txt": b""})
    assert whole.status_code == 201, whole.text
    left_out = served.client.get(f"/v1/sent-datasets/{dataset_id}").json()["left_out"]
    assert left_out == list(bad)
    root = served.workspace.root / "uploads"
    here = {p.relative_to(root / dataset_id).as_posix() for p in root.rglob("*") if p.is_file()}
    assert here == {"manifest.json", "files/set/labels/empty.txt", *(f"files/{path}" for path in files)}
    for name in ("not-an-id", "..%2F..", "%2e%2e%2fcatalogue.db"):
        assert served.client.get(f"/v1/sent-datasets/{name}").status_code == 404


def test_what_is_too_large_or_empty_is_refused(served):
    assert begin(served, {}).status_code == 409
    file = {"path": "a.png", "size": 1 << 50}
    answer = served.client.post("/v1/sent-datasets", json={"name": "a", "files": [file]})
    assert answer.status_code == 409
    assert "too much to send" in answer.json()["title"]


def test_an_archive_that_was_sent_alone_is_taken_as_one(served, files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    dataset_id, whole = send(served, {"city.zip": buffer.getvalue()}, "city.zip")
    entry = whole.json()
    assert (entry["name"], entry["is_folder"]) == ("city.zip", False)
    answers = {"path": entry["id"], "map": ["1=sky", "77=road"]}
    done = finished(served, form="import", answers=answers)
    assert (done["state"], done["result"]["images"]) == ("done", 2), done["error"]
    assert not (served.workspace.root / "uploads" / dataset_id).exists()


def label(served):
    image = served.add_image("a.png", 40, 60)
    annotation = served.workspace.labels.open(image, "camvid")
    plane = np.full((40, 60), 4, np.uint32)
    plane[:5], plane[-5:] = 0, 65_535
    served.workspace.labels.save_map(annotation.id, LabelMap(plane))


def test_an_export_asks_then_goes_on_and_is_downloaded(served):
    label(served)
    wanted = {"form": "export", "answers": {"format": "coco", "out": "../../my city.zip"}}
    asked = finished(served, **wanted)
    assert (asked["state"], asked["error"]["code"]) == ("failed", "export-question")
    assert (asked["error"]["field"], asked["error"]["choices"]) == ("ignore", ["unlabelled", "class"])
    with served.client.stream("GET", f"/v1/runs/{asked['id']}/events") as events:
        assert '"choices":["unlabelled","class"]' in "".join(events.iter_text())
    assert served.client.get(f"/v1/runs/{asked['id']}/download").status_code == 404
    done = finished(served, form="export", like=asked["id"], answers={"ignore": "class"})
    assert done["state"] == "done", done["error"]
    folder = served.workspace.folder.exports
    assert done["result"]["out"] == str(folder / "_.._my city.zip")
    answer = served.client.get(f"/v1/runs/{done['id']}/download")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "townscape.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    again = served.client.post("/v1/runs", json=wanted)
    assert again.status_code == 409
    assert "already" in again.json()["title"]
    assert served.client.post("/v1/runs", json={**wanted, "like": "nobody"}).status_code == 404


def test_only_archives_in_the_exports_folder_are_given_out(served, tmp_path):
    label(served)
    for out in (tmp_path / "elsewhere.zip", served.workspace.folder.exports / "folder"):
        run_here(served.workspace, ExportOptions(format="voc", out=out))
        run = served.workspace.runs.find()[-1]
        assert served.client.get(f"/v1/runs/{run.id}/download").status_code == 404


def test_a_run_goes_on_only_from_its_own_kind(served, tmp_path, files):
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    run_here(served.workspace, ImportOptions(path=tmp_path / "set", look=True))
    look = served.workspace.runs.find()[-1]
    answer = served.client.post("/v1/runs", json={"form": "export", "like": look.id, "answers": {}})
    assert answer.status_code == 409
