"""CVAT's backups of a task or a project, written; they are read by the exchange format `cvat-backup`.

`task.json` says what the task is, `annotations.json` holds its shapes by names of labels, `data` its
images with a list of them.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from townscape.formats import archive
from townscape.formats.cvat.shapes import CROWD
from townscape.server.cvat.errands import Outcome, Progressing
from townscape.server.cvat.frames import Frame, FrameFile, frame_file
from townscape.server.cvat.labels import AttributeIn, Labels
from townscape.server.cvat.parts import Parts
from townscape.server.cvat.shapes import read_frame, shapes_of
from townscape.server.cvat.tasks import Task
from townscape.server.cvat.views import label_views

_VERSION = "1.0"


def write_backup(
    parts: Parts, tasks: Sequence[Task], progressing: Progressing, *, name: str, project: str | None = None
) -> Outcome:
    """A backup of a task, or (with the name of its taxonomy) of a project with its tasks."""
    progressing.folder.mkdir(parents=True, exist_ok=True)
    file = f"{name}.zip"
    part = progressing.folder / f"{file}.part"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as target:
        if project is not None:
            target.writestr("project.json", _json(_project(parts, project)))
        for k, task in enumerate(tasks):
            _write_task(parts, task, target, f"task_{k}/" if project is not None else "", progressing)
    part.replace(progressing.folder / file)
    return Outcome(file=file)


def _write_task(
    parts: Parts, task: Task, target: zipfile.ZipFile, folder: str, progressing: Progressing
) -> None:
    labels, frames = parts.labels.of(task.about.taxonomy), parts.frames.paintable(task)
    lines = ['{"version":"1.1"}', '{"type":"images"}']
    for frame in frames:
        progressing.tell("Writing images", frame.number / len(frames) / 2)
        file = frame_file(parts.context, frame, quality=None)
        name = _file_name(frame, file)
        target.writestr(f"{folder}data/{name}", file.content, zipfile.ZIP_STORED)
        lines.append(_manifest_line(frame, name))
    target.writestr(f"{folder}data/manifest.jsonl", "\n".join(lines) + "\n")
    target.writestr(f"{folder}task.json", _json(_task(parts, task, labels)))
    with target.open(f"{folder}annotations.json", "w", force_zip64=True) as stream:
        stream.write(b'[{"version": 0, "tags": [], "tracks": [], "shapes": [')
        is_first = True
        for frame in frames:
            progressing.tell("Writing annotations", 0.5 + frame.number / len(frames) / 2)
            for shape in _shapes(parts, labels, frame):
                stream.write(("" if is_first else ",").encode() + b"\n" + json.dumps(shape).encode())
                is_first = False
        stream.write(b"]}]\n")


def _shapes(parts: Parts, labels: Labels, frame: Frame) -> Iterator[dict[str, Any]]:
    """The shapes of a frame; each says whether it is one object, so that it comes back as it is."""
    found = read_frame(parts.workspace, labels.taxonomy.name, frame)
    if found is None:
        return
    class_by_id = labels.class_by_id
    for shape in shapes_of(found, labels, frame.number):
        number = class_by_id[shape.pop("label_id")]
        named = {about["id"]: name for name, about in labels.attributes.get(number, {}).items()}
        values = {named[a["spec_id"]]: a["value"] for a in shape["attributes"]}
        segment = shape.pop("id") & 0xFFFF_FFFF
        values[CROWD] = "false" if segment in found.objects else "true"
        shape["label"] = labels.name_by_class[number]
        shape["attributes"] = [{"name": name, "value": value} for name, value in values.items()]
        yield shape


def _task(parts: Parts, task: Task, labels: Labels) -> dict[str, Any]:
    about = task.about
    return {
        "name": task.name,
        "bug_tracker": about.bug_tracker,
        "status": "annotation",
        "subset": about.subset,
        "labels": _labels(parts, labels),
        "version": _VERSION,
        "data": {
            "chunk_size": task.chunk_size,
            "image_quality": about.image_quality,
            "start_frame": 0,
            "stop_frame": max(0, task.size - 1),
            "storage_method": "cache",
            "storage": "local",
            "sorting_method": "predefined",
            "chunk_type": "imageset",
            "deleted_frames": list(about.deleted_frames),
        },
        "jobs": [
            {
                "start_frame": 0,
                "stop_frame": max(0, task.size - 1),
                "frames": [],
                "type": "annotation",
                "status": "annotation",
            }
        ],
    }


def _project(parts: Parts, name: str) -> dict[str, Any]:
    labels = parts.labels.of(name)
    return {
        "name": labels.taxonomy.title or name,
        "bug_tracker": "",
        "status": "annotation",
        "labels": _labels(parts, labels),
        "version": _VERSION,
    }


def _labels(parts: Parts, labels: Labels) -> list[dict[str, Any]]:
    """Labels by name, each with the attribute that says whether a shape is one object."""
    found: list[dict[str, Any]] = []
    kinds = {c.name: c.kind for c in labels.taxonomy.active}
    for label in label_views(parts, labels):
        own = [{k: v for k, v in a.items() if k != "id"} for a in label["attributes"]]
        if all(a["name"] != CROWD for a in own):
            default = "false" if kinds.get(label["name"]) == "thing" else "true"
            crowd = AttributeIn(name=CROWD, input_type="checkbox", default_value=default)
            own.append(crowd.model_dump(mode="json"))
        found.append({"name": label["name"], "color": label["color"], "type": "any", "attributes": own})
    return found


def _file_name(frame: Frame, file: FrameFile) -> str:
    """The frame's name; with an ending that says what it is, where it was written anew."""
    plain = archive.safe_name(frame.name) or f"frame_{frame.number:06d}"
    is_named_right = PurePosixPath(plain).suffix.lower().replace(".jpg", ".jpeg") == file.suffix
    return plain if file.is_own and is_named_right else f"{PurePosixPath(plain).with_suffix('')}{file.suffix}"


def _manifest_line(frame: Frame, name: str) -> str:
    path = PurePosixPath(name)
    values = {
        "name": path.with_suffix("").as_posix(),
        "extension": path.suffix,
        "width": frame.window.width,
        "height": frame.window.height,
        "meta": {"related_images": []},
    }
    return json.dumps(values, separators=(",", ":"))


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
