"""Annotations and datasets carried in and out: what is sent is unpacked, and runs do the rest."""

import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from townscape.core.errors import InputError, UsageError
from townscape.exchange import ExportOptions, ImportOptions
from townscape.exchange.choosing import safe_name
from townscape.formats import archive
from townscape.formats.kinds import get_format
from townscape.server.cvat.errands import Outcome, Progressing
from townscape.server.cvat.formats import NamedFormat, answers
from townscape.server.cvat.frames import usual_chunk_size
from townscape.server.cvat.inbox import Parcel, unpack
from townscape.server.cvat.parts import Parts
from townscape.server.cvat.saving import clear_frames
from townscape.server.cvat.tasks import Task, TaskAbout
from townscape.workspace.records import Image, SelectionWindow


def import_annotations(
    parts: Parts,
    task: Task,
    found: NamedFormat,
    parcel: Parcel,
    progressing: Progressing,
    *,
    is_replacing: bool,
    user: str,
) -> Outcome:
    """Put the labels that were sent onto the task's images; `is_replacing`: the others lose theirs."""
    if task.selection is None:
        raise UsageError(f"Task {task.number} has no images yet.", hint="send them first.")
    try:
        result = progressing.run(
            ImportOptions(
                path=unpacked(parcel),
                format=found.kind,
                taxonomy=task.about.taxonomy,
                existing="replace" if is_replacing else "fill",
                onto=task.selection.id,
                skip_missing=True,
                author=user,
            )
        )
    finally:
        shutil.rmtree(parcel.folder, ignore_errors=True)
    if is_replacing:
        saved = parts.workspace.labels.saved_by(result["run_id"])
        labelled = {
            a.image_id for a in parts.workspace.labels.find(taxonomy=task.about.taxonomy) if a.id in saved
        }
        others = [f.number for f in parts.frames.of(task) if f.image.id not in labelled]
        clear_frames(parts, task, others, user=user)
    return Outcome(number=task.number)


def import_dataset(
    parts: Parts, taxonomy: str, found: NamedFormat, parcel: Parcel, progressing: Progressing, *, user: str
) -> Outcome:
    """Take in images with their labels as a new task of a project."""
    name = PurePosixPath(parcel.name).stem
    try:
        result = progressing.run(
            ImportOptions(
                path=unpacked(parcel),
                format=found.kind,
                taxonomy=taxonomy,
                copy_images=True,
                skip_missing=True,
                author=user,
            )
        )
    finally:
        shutil.rmtree(parcel.folder, ignore_errors=True)
    images = taken_in(parts, result["run_id"])
    task = task_of_images(parts, images, TaskAbout(name=name, taxonomy=taxonomy, owner=user), user=user)
    return Outcome(number=task.number)


def taken_in(parts: Parts, run_id: str) -> list[Image]:
    """The images that a run has taken in, in the order in which it did."""
    found = [i for i in parts.workspace.images.find(current_only=False) if i.run_id == run_id]
    return sorted(found, key=lambda i: i.id)


def task_of_images(parts: Parts, images: Sequence[Image], about: TaskAbout, *, user: str) -> Task:
    """A new task of images that are here."""
    if not images:
        raise InputError("There is no image in what was sent.")
    windows = [SelectionWindow(image_id=i.id, window=i.whole) for i in images]
    chunk = about.chunk_size or usual_chunk_size(images[0])
    task = parts.tasks.create(about)
    return parts.tasks.fill(task.number, windows, author=user, chunk_size=chunk)


def export_dataset(
    parts: Parts,
    found: NamedFormat,
    progressing: Progressing,
    *,
    taxonomy: str,
    selection: str | None,
    with_images: bool,
    name: str,
) -> Outcome:
    """Write labels (and images) of a selection, or of all that a taxonomy has, as a .zip file."""
    kind = get_format(found.kind)
    stem = safe_name("".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in name))
    file = f"{stem.lstrip('._ ') or 'dataset'}.zip"
    progressing.folder.mkdir(parents=True, exist_ok=True)
    given = answers(parts.workspace, found, taxonomy)
    progressing.run(
        ExportOptions.parse(
            {
                "format": found.kind,
                "variant": found.variant or kind.VARIANTS[0],
                "out": progressing.folder / file,
                "taxonomy": taxonomy,
                "selection": selection,
                "with_unlabelled": selection is not None,
                "images": "copy" if with_images else "none",
                **given,
            }
        )
    )
    return Outcome(file=file)


def unpacked(parcel: Parcel) -> Path:
    """The folder of what was sent, unpacked if it is an archive. Raises `InputError`."""
    if parcel.path.name.endswith(archive.SUFFIXES):
        return unpack(parcel)
    parcel.files.mkdir(parents=True)
    parcel.path.replace(parcel.files / f"annotations{parcel.path.suffix}")
    return parcel.files
