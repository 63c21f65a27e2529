"""The release file of Segments.ai: one object whose `dataset` holds categories and a list of samples."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from townscape.core.errors import InputError
from townscape.formats.codecs import id_image
from townscape.formats.codecs.json_stream import JsonFile, Span
from townscape.formats.format import Picture
from townscape.formats.labels import Slot, SourceLabels

GROUND_TRUTH = "ground-truth"
CROWD = "is_crowd"
"""The attribute of pixels whose objects are not told apart."""
_BITMAPS = ("segmentation-bitmap", "segmentation-bitmap-highres", "image-segmentation-sequence")


class ReleaseFile(JsonFile):
    """A release file; samples are read one at a time."""

    def dataset(self) -> Iterator[tuple[str, Span, Any]]:
        """The members of `dataset`, each element of an array by itself."""
        for _, span in self.spans("dataset"):
            is_object = False
            for key, part in self.spans_within(span):
                is_object = True
                yield key, part, self.read(part)
            if not is_object:
                raise InputError(f"{self.name} has a dataset that is no object.")


def check_task(name: str, task: Any) -> None:
    """Raises `InputError` for a release whose labels are no bitmaps."""
    if task not in _BITMAPS:
        raise InputError(
            f"{name} is a release of labels of the kind {task}, which are no segmentation of images.",
            hint=f"Townscape reads {', '.join(_BITMAPS)}.",
        )


def member(value: Any, *keys: str) -> Any:
    """What lies at the end of a path of keys; None where there is nothing."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def frames(attributes: Any) -> list[Any]:
    """The frames of a sequence, or the attributes themselves as the only one."""
    listed = member(attributes, "frames")
    return listed if isinstance(listed, list) else [attributes]


@dataclass(frozen=True)
class Place:
    """Where the labels of an image are (`Picture.labels`)."""

    file: Path
    json_name: str
    sample: Span
    labelset: str
    frame: int
    png: Path


def read_labels(is_thing_by_value: Mapping[str, bool], picture: Picture) -> SourceLabels:
    """The labels of one image; ids of categories that are no things are no objects.

    Raises `InputError` naming the PNG if it cannot be read.
    """
    where: Place = picture.labels
    sample = ReleaseFile(where.file, where.json_name).read(where.sample)
    label = frames(member(sample, "labels", where.labelset, "attributes"))[where.frame]
    repairs: Counter[str] = Counter()
    slots: dict[int, Slot] = {}
    listed = member(label, "annotations")
    for annotation in listed if isinstance(listed, list) else ():
        number, value = member(annotation, "id"), str(member(annotation, "category_id"))
        given = member(annotation, "attributes")
        attributes = dict(given) if isinstance(given, Mapping) else {}
        if not isinstance(number, int) or not 0 <= number < id_image.N_IDS:
            repairs["objects without a usable id"] += 1
        elif number in slots:
            repairs["objects with the id of another one"] += 1
        elif value not in is_thing_by_value:
            repairs["objects of a category that is not listed"] += 1
        elif is_thing_by_value[value] and attributes.get(CROWD) is not True:
            slots[number] = Slot(value, number, attributes)
        else:
            slots[number] = Slot(value, attributes={k: v for k, v in attributes.items() if k != CROWD})
    present = id_image.Present.of(id_image.decode(where.png))
    found = set(present.ids.tolist())
    repairs["ids in a PNG that the release does not name"] += len(found - slots.keys() - {0})
    repairs["ids in the release of which the PNG has no pixel"] += len(slots.keys() - found)
    return present.labels(slots.get).with_repairs({what: n for what, n in repairs.items() if n})
