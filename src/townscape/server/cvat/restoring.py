"""Tasks and projects made anew from CVAT's backups, ours or its own."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any, Literal

from fastapi import Response

from townscape.core.errors import InputError, UsageError
from townscape.exchange import ImportOptions
from townscape.formats.cvat.shapes import CROWD
from townscape.server.cvat.carrying import taken_in, task_of_images, unpacked
from townscape.server.cvat.errands import ErrandAbout, Outcome, Progressing
from townscape.server.cvat.inbox import Parcel, check_archive
from townscape.server.cvat.labels import NO_AREA, LabelIn
from townscape.server.cvat.parts import Parts
from townscape.server.cvat.sending import Finished, accepted
from townscape.server.cvat.tasks import TaskAbout

_MAX_HEAD_BYTES = 64 << 20


def begin_restore(parts: Parts, sent: Finished, kind: Literal["task", "project"], user: str) -> Response:
    """Begin to make tasks of a backup that was sent. Raises `InputError` for an archive that is none."""
    parcel = sent.one()
    check_archive(parcel)
    _read_heads(parcel.path, parcel.name)
    about = ErrandAbout(type="import:backup", target=kind, user=user)
    return accepted(
        parts.errands.start(about, lambda progressing: _restore(parts, parcel, progressing, user=user))
    )


def _restore(parts: Parts, parcel: Parcel, progressing: Progressing, *, user: str) -> Outcome:
    """Make the tasks of a backup (and their project) anew; the outcome is the number of the first, or of
    the project.
    """
    heads = _read_heads(parcel.path, parcel.name)
    project = heads.pop("", None) if any(folder for folder in heads) else None
    listed = [project, *heads.values()] if project else list(heads.values())
    wanted: dict[str, LabelIn] = {}
    for head in listed:
        for label in _declared(head):
            wanted.setdefault(label.name or "", label)
    called = str((project or next(iter(heads.values()))).get("name") or "backup")
    taxonomy = parts.labels.choose(
        list(wanted.values()), called=called, may_reuse=project is None, without=CROWD
    )
    try:
        options = ImportOptions(
            path=unpacked(parcel), format="cvat-backup", taxonomy=taxonomy, copy_images=True, author=user
        )
        result = progressing.run(options)
    finally:
        shutil.rmtree(parcel.folder, ignore_errors=True)
    images = taken_in(parts, result["run_id"])
    numbers: list[int] = []
    for folder, head in heads.items():
        own = [i for i in images if len(heads) == 1 or i.name.startswith(folder)]
        numbers.append(task_of_images(parts, own, _about(head, taxonomy, user), user=user).number)
    if project is not None:
        return Outcome(number=parts.labels.project_of(taxonomy))
    return Outcome(number=numbers[0])


def _about(head: dict[str, Any], taxonomy: str, user: str) -> TaskAbout:
    data = head.get("data")
    data = data if isinstance(data, dict) else {}
    chunk, quality = data.get("chunk_size"), data.get("image_quality")
    return TaskAbout(
        name=str(head.get("name") or "backup")[:120],
        taxonomy=taxonomy,
        owner=user,
        subset=str(head.get("subset") or "")[:60],
        bug_tracker=str(head.get("bug_tracker") or "")[:200],
        chunk_size=chunk if type(chunk) is int and 0 < chunk <= 1000 else None,
        image_quality=quality if type(quality) is int and 0 <= quality <= 100 else 70,
    )


def _declared(head: dict[str, Any]) -> list[LabelIn]:
    listed = head.get("labels")
    try:
        labels = [LabelIn.model_validate(label) for label in (listed if isinstance(listed, list) else ())]
        return [label for label in labels if label.type not in NO_AREA]
    except ValueError as error:
        raise InputError("The labels of the backup are not understood.") from error


def _read_heads(path: Path, name: str) -> dict[str, dict[str, Any]]:
    """Folder of each task ("" or ending in `/`) → its `task.json`; "" → `project.json`, if there is one."""
    found: dict[str, dict[str, Any]] = {}
    try:
        with zipfile.ZipFile(path) as opened:
            for info in opened.infolist():
                folder, _, last = info.filename.rpartition("/")
                if last in ("task.json", "project.json") and info.file_size <= _MAX_HEAD_BYTES:
                    values: Any = json.loads(opened.read(info))
                    if isinstance(values, dict):
                        found[f"{folder}/" if folder else ""] = values
    except (zipfile.BadZipFile, OSError, ValueError, RecursionError, NotImplementedError) as error:
        raise InputError(f"{name} is no backup that can be read: {error}.") from error
    if not found:
        raise UsageError(
            f"{name} is no backup: it has no task.json.", hint="`cvat-cli task backup` makes one."
        )
    return dict(sorted(found.items()))
