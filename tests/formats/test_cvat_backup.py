"""CVAT backups: one task, several tasks, videos, and bad input."""

import json
import pickle

import numpy as np
import pytest

from townscape.core.errors import InputError, UsageError
from townscape.formats.files import Files
from townscape.formats.kinds import cvat_backup, detect_one

LABELS = [
    {
        "name": "car", "color": "#00008E", "type": "any", "sublabels": [],
        "attributes": [
            {"name": "lanes", "input_type": "number", "default_value": "1", "values": ["1", "4"]},
            {"name": "is_crowd", "input_type": "checkbox", "default_value": "false", "values": []},
        ],
    },
    {"name": "road", "color": "#804080", "type": "mask", "attributes": []},
]  # fmt: skip


def task(**more):
    data = {
        "start_frame": 0,
        "stop_frame": 2,
        "storage_method": "cache",
        "storage": "local",
        **more.pop("data", {}),
    }
    return {
        "version": "1.0", "name": "street", "labels": LABELS, "data": data,
        "jobs": [{"start_frame": 0, "stop_frame": 2, "status": "annotation"}], **more,
    }  # fmt: skip


def shape(kind, frame, points, label="car", **more):
    common = {
        "occluded": False,
        "outside": False,
        "z_order": 0,
        "rotation": 0.0,
        "group": 0,
        "source": "manual",
    }
    return {
        **common,
        "type": kind,
        "frame": frame,
        "points": points,
        "label": label,
        "attributes": [],
        **more,
    }


def annotations(shapes=(), tracks=()):
    return {"version": 0, "tags": [], "shapes": list(shapes), "tracks": list(tracks)}


def write(folder, *, document=None, jobs=(), names=("a.png", "b.png", "10.png"), size=(10, 8), manifest=True):
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "task.json").write_text(json.dumps(document or task()))
    (folder / "annotations.json").write_text(json.dumps(list(jobs)))
    lines = [{"version": "1.1"}, {"type": "images"}]
    for name in names:
        stem, _, ending = name.rpartition(".")
        lines.append(
            {"name": stem, "extension": f".{ending}", "width": size[0], "height": size[1], "meta": {}}
        )
        (folder / "data" / name).write_bytes(b"")
    if manifest:
        (folder / "data/manifest.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    (folder / "data/index.json").write_text("{}")


def read(folder):
    return pickle.loads(pickle.dumps(cvat_backup.read(Files.of(folder))))


def values(labels):
    names = np.array(["", *(s.value for s in labels.slots)], dtype=object)
    return names[labels.plane_hw]


def test_a_task_is_read(tmp_path):
    lanes = [{"name": "lanes", "value": "3"}]
    crowd = [{"name": "is_crowd", "value": "true"}]
    write(tmp_path, jobs=[annotations([
        shape("mask", 0, [0, 2, 1, 3, 2, 1, 4, 2], attributes=lanes),
        shape("polygon", 0, [0, 4, 10, 4, 10, 8, 0, 8], "road", z_order=-1, attributes=crowd),
        shape("rectangle", 2, [0, 0, 1, 1], group=5),
        shape("rectangle", 2, [3, 0, 4, 1], group=5),
        shape("polyline", 2, [0, 0, 1, 1]),
    ])])  # fmt: skip
    assert detect_one(Files.of(tmp_path)).name == "cvat-backup"
    source = read(tmp_path)
    assert [(p.name, p.image and p.image.name) for p in source.pictures] == [
        ("a.png", "a.png"), ("b.png", "b.png"), ("10.png", "10.png"),
    ]  # fmt: skip
    assert [(c.value, c.color, c.kind) for c in source.classes] == [
        ("car", "#00008e", "thing"), ("road", "#804080", None),
    ]  # fmt: skip
    first, second, third = (source.labels(p) for p in source.pictures)
    assert np.argwhere(values(first) == "car").tolist() == [[1, 2], [1, 3], [2, 2], [2, 3], [2, 4]]
    assert (values(first)[4:] == "road").all()
    assert [(s.value, s.object is None, s.attributes) for s in first.slots] == [
        ("road", True, {}), ("car", False, {"lanes": 3}),
    ]  # fmt: skip
    assert not second.plane_hw.any()
    assert third.slots[0].object == third.slots[1].object
    assert third.repairs == {"polyline shapes, which have no area": 1}


def test_frames_are_counted_from_the_first_in_steps(tmp_path):
    data = {"start_frame": 1, "stop_frame": 5, "frame_filter": "step=2", "deleted_frames": [2]}
    write(
        tmp_path,
        document=task(data=data),
        names=[f"{k}.png" for k in range(7)],
        jobs=[annotations([shape("rectangle", 1, [0, 0, 1, 1])])],
    )
    source = read(tmp_path)
    assert [p.name for p in source.pictures] == ["1.png", "3.png"]
    assert [bool(source.labels(p).plane_hw.any()) for p in source.pictures] == [False, True]


@pytest.mark.parametrize(
    ("method", "names"),
    [("lexicographical", ["10.png", "9.png", "a.png"]), ("natural", ["9.png", "10.png", "a.png"])],
)
def test_without_a_manifest_images_are_in_order(tmp_path, method, names):
    document = task(data={"sorting_method": method})
    write(
        tmp_path, document=document, names=("a.png", "9.png", "10.png"), manifest=False, jobs=[annotations()]
    )
    assert [p.name for p in read(tmp_path).pictures] == names


def test_tracks_are_read_where_they_were_drawn(tmp_path):
    def drawn(frame, **more):
        return {**shape("rectangle", frame, [0, 0, 2, 2]), "label": None, **more}

    tracks = [
        {"frame": 0, "label": "car", "group": 0, "attributes": [{"name": "lanes", "value": "2"}],
         "shapes": [drawn(0), drawn(3), drawn(4, outside=True)]},
        {"frame": 1, "label": "road", "group": 0, "attributes": [],
         "shapes": [drawn(1, points=[4, 4, 5, 5])]},
        {"frame": 1, "label": "road", "group": 0, "attributes": [],
         "shapes": [{**drawn(1), "type": "mask", "points": [0, 1, 9, 7, 9, 7]}]},
    ]  # fmt: skip
    document = task(data={"stop_frame": 4})
    lines = [
        {"version": "1.1"}, {"type": "video"},
        {"properties": {"name": "a.mp4", "resolution": [10, 8], "length": 5}},
        *({"number": k, "pts": k, "checksum": ""} for k in range(5)),
    ]  # fmt: skip
    write(tmp_path, document=document, names=(), jobs=[annotations((), tracks)])
    (tmp_path / "data/manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    source = read(tmp_path)
    assert [p.name for p in source.pictures] == [f"frame_{k:06d}" for k in range(5)]
    labels = [source.labels(p) for p in source.pictures]
    assert [sorted({s.value for s in found.slots}) for found in labels] == [
        ["car"],
        ["road"],
        [],
        ["car"],
        [],
    ]
    assert labels[0].slots[0].attributes == {"lanes": 2}
    assert labels[0].slots[0].object == labels[3].slots[0].object
    assert [sum(found.repairs.values()) for found in labels] == [0, 1, 2, 1, 1]


def test_one_annotation_of_a_frame_is_read_and_none_that_checks_others(tmp_path):
    """Neighbouring jobs share frames; ground truth repeats them."""
    document = task(jobs=[{"type": "annotation"}, {"type": "annotation"}, {"type": "ground_truth"}])
    write(
        tmp_path,
        document=document,
        jobs=[
            annotations([shape("rectangle", 0, [0, 0, 1, 1])]),
            annotations([shape("rectangle", 0, [0, 0, 2, 2]), shape("rectangle", 1, [0, 0, 2, 2])]),
            annotations([shape("rectangle", k, [0, 0, 3, 3]) for k in range(3)]),
        ],
    )
    source = read(tmp_path)
    labels = [source.labels(p) for p in source.pictures]
    assert [np.count_nonzero(found.plane_hw) for found in labels] == [1, 4, 0]
    assert labels[0].repairs == {"shapes of a second annotation of the same frame": 1}
    assert source.notes == ["1 annotations of task.json are left out: ground_truth."]


def test_several_tasks_share_their_classes(tmp_path):
    (tmp_path / "project.json").write_text(json.dumps({"version": "1.0", "name": "city", "labels": LABELS}))
    for k, subset in enumerate(("Train", "Validation")):
        document = task(subset=subset, labels=[])
        job = annotations([shape("rectangle", 0, [0, 0, 1, 1], attributes=[{"name": "lanes", "value": "4"}])])
        write(tmp_path / f"task_{k}", document=document, jobs=[job], names=("a.png",))
    source = read(tmp_path)
    assert [(p.name, p.part) for p in source.pictures] == [
        ("task_0/a.png", "train"), ("task_1/a.png", "val"),
    ]  # fmt: skip
    assert source.labels(source.pictures[1]).slots[0].attributes == {"lanes": 4}
    assert [c.value for c in source.classes] == ["car", "road"]


def test_shapes_that_cannot_be_used_are_left_out_and_counted(tmp_path):
    write(tmp_path, jobs=[annotations([
        shape("mask", 0, [1, 2]),
        shape("mask", 0, [99, 0, 0, 1, 1]),
        shape("polygon", 0, [1, 1, 2, 2]),
        shape("polygon", 0, ["x", 1]),
        shape("polygon", 0, {"a": 1}),
        shape("rectangle", 0, [1, 2, 3]),
        shape("rectangle", 0, None),
        shape("mask", "0", [1]),
        "nonsense",
        {"frame": 0},
        shape("rectangle", 0, [0, 0, 1, 1], z_order="x", rotation="y", group="z", attributes="none"),
    ])])  # fmt: skip
    source = read(tmp_path)
    labels = source.labels(source.pictures[0])
    assert np.count_nonzero(labels.plane_hw) == 1
    assert labels.repairs == {
        "masks left out: it has fewer than five numbers": 1,
        "masks left out: a run length is out of range": 1,
        "polygons with fewer than 3 points": 1,
        "polygons that are no list of coordinates": 2,
        "rectangles without two points": 2,
        "None shapes, which have no area": 1,
    }


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("task.json", '{"version": "2.0"}', "version 2.0"),
        ("task.json", "[]", "no object"),
        ("task.json", '{"version"', "no whole JSON"),
        ("annotations.json", '[{"shapes": [', "no whole JSON"),
        ("data/manifest.jsonl", '{"version": "1.1"}\n{"name"', "line 2"),
    ],
)
def test_damaged_files_are_refused_and_named(tmp_path, file, content, message):
    write(tmp_path, jobs=[annotations()])
    (tmp_path / file).write_text(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "task.json").write_text("{}")
    assert cvat_backup.detect(Files.of(tmp_path)) is None
    with pytest.raises(InputError, match=r"no task\.json"):
        read(tmp_path)


def test_paths_in_the_manifest_lead_nowhere(tmp_path):
    write(tmp_path, names=("a.png",), jobs=[annotations()])
    with (tmp_path / "data/manifest.jsonl").open("a") as stream:
        stream.write(json.dumps({"name": "../../etc/passwd", "extension": ""}) + "\n")
        stream.write(json.dumps({"name": "/etc/passwd", "extension": ".png"}) + "\n")
    assert [p.image and p.image.name for p in read(tmp_path).pictures] == ["a.png", None, None]


def test_it_is_only_read():
    with pytest.raises(UsageError, match="only read"):
        cvat_backup.scheme([], "")
