"""What an export writes: which windows at which revision, in which part, under which name."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from townscape.core.errors import NothingToRead, UsageError
from townscape.core.spaces import Window
from townscape.core.taxonomy import Taxonomy
from townscape.exchange.options import ExportOptions
from townscape.workspace import Workspace
from townscape.workspace.records import Annotation, Image

DEFAULT = "default"
"""The part of what belongs to none."""

_RANK = {"draft": 0, "returned": 0, "submitted": 1, "accepted": 2}
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
_MAX_NAME_BYTES = 160


@dataclass(frozen=True, slots=True)
class Chosen:
    """One window to write."""

    image: Image
    window: Window
    annotation_id: str
    revision: int
    part: str
    name: str
    """Unique in the export, safe as a file name."""


def choose(workspace: Workspace, options: ExportOptions, taxonomy: Taxonomy) -> list[Chosen]:
    """The windows that the options name, in the order of their names.

    Raises `NothingToRead` if there is none, `UsageError` if options contradict one another.
    """
    if options.dataset and options.selection:
        raise UsageError("Give --dataset or --selection, not both.")
    found = [
        *(
            _of_dataset(workspace, options.dataset, taxonomy)
            if options.dataset
            else _of_labels(workspace, options, taxonomy)
        )
    ]
    if options.parts:
        wanted = {"train" if part == "tune" else part for part in options.parts}
        found = [f for f in found if f[4] in wanted]
    if not found:
        raise NothingToRead(
            "No labelled image matches what was asked for.",
            hint="`townscape status` says what is labelled; check --taxonomy, --layer, --parts and --state.",
        )
    names = _names([(image, window) for image, window, *_ in found])
    chosen = [Chosen(*entry, name) for entry, name in zip(found, names, strict=True)]
    return sorted(chosen, key=lambda c: (c.part, c.name))


_Entry = tuple[Image, Window, str, int, str]


def _of_dataset(workspace: Workspace, dataset_id: str, taxonomy: Taxonomy) -> Iterator[_Entry]:
    dataset = workspace.datasets.get(None if dataset_id == "newest" else dataset_id)
    if dataset.taxonomy != taxonomy.name:
        raise UsageError(
            f"The dataset is of taxonomy {dataset.taxonomy}, not {taxonomy.name}.",
            hint=f"add `--taxonomy {dataset.taxonomy}`.",
        )
    images = {i.id: i for i in workspace.images.get_many(sorted({i.image_id for i in dataset.items}))}
    for item in dataset.items:
        part = "train" if item.part == "tune" else item.part
        yield images[item.image_id], item.window, item.annotation_id, item.revision, part


def _of_labels(workspace: Workspace, options: ExportOptions, taxonomy: Taxonomy) -> Iterator[_Entry]:
    rank = _RANK.get(options.state, 0)
    by_image = {
        a.image_id: a
        for a in workspace.labels.find(taxonomy=taxonomy.name, layer=options.layer)
        if a.head > 0 and _RANK[a.state] >= rank
    }
    windows = _selected(workspace, options.selection)
    current = {i.id: i for i in workspace.images.find()}
    if options.with_unlabelled:
        for image_id in current.keys() if windows is None else windows.keys() & current.keys():
            if image_id not in by_image:
                opened = workspace.labels.open(current[image_id], taxonomy.name, layer=options.layer)
                by_image[image_id] = opened
    for image_id, annotation in by_image.items():
        image = current.get(image_id)
        if image is None or (windows is not None and image_id not in windows):
            continue
        for window in (image.whole,) if windows is None else windows[image_id]:
            yield image, window, annotation.id, annotation.head, _part(annotation)


def _part(annotation: Annotation) -> str:
    part = annotation.official_part
    return DEFAULT if part is None else "train" if part == "tune" else part


def _selected(workspace: Workspace, selection_id: str | None) -> Mapping[str, list[Window]] | None:
    if selection_id is None:
        return None
    found: dict[str, list[Window]] = {}
    for entry in workspace.selections.get(selection_id).windows:
        found.setdefault(entry.image_id, []).append(entry.window)
    return found


def _names(places: Sequence[tuple[Image, Window]]) -> list[str]:
    """The image's name without folders where that is enough to tell them apart, else with them."""
    short = Counter(safe_name(image.stem) for image in {i.id: i for i, _ in places}.values())
    taken: set[str] = set()
    names: list[str] = []
    for image, window in places:
        stem = safe_name(image.stem)
        if short[stem] > 1:
            folders = image.name.rpartition("/")[0]
            stem = safe_name(f"{folders}_{image.stem}" if folders else image.stem)
        if window != image.whole:
            stem = f"{stem}_x{window.x}_y{window.y}"
        name = next(
            n for k in range(1, 10**7) if (n := stem if k == 1 else f"{stem}_{k}").lower() not in taken
        )
        taken.add(name.lower())
        names.append(name)
    return names


def safe_name(name: str) -> str:
    """A name that every file system takes: no separators, no control characters, not endless."""
    plain = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" .") or "image"
    while len(plain.encode()) > _MAX_NAME_BYTES:
        plain = plain[:-1]
    return plain
