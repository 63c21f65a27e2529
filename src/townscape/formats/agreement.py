"""Whether labels that were written and read again are the same, pixel by pixel."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import IGNORE, UNLABELLED
from townscape.formats.format import ExportLabels, Scheme, SourceLabels


@dataclass
class Agreement:
    """Sums over pictures, by class index (0 unlabelled, 65,535 ignore)."""

    written_px: Counter[int] = field(default_factory=Counter[int])
    same_px: Counter[int] = field(default_factory=Counter[int])
    objects: int = 0
    same_objects: int = 0
    """Objects whose pixels came back as one object of the same class."""

    def add(self, other: "Agreement") -> None:
        """Add another one's sums."""
        self.written_px += other.written_px
        self.same_px += other.same_px
        self.objects += other.objects
        self.same_objects += other.same_objects

    @property
    def share(self) -> float:
        """Share of all pixels whose class came back, 0…1."""
        return sum(self.same_px.values()) / max(1, sum(self.written_px.values()))

    def share_of(self, class_index: int) -> float:
        """Share of a class's pixels that came back, 0…1; 1 for a class without pixels."""
        written = self.written_px[class_index]
        return self.same_px[class_index] / written if written else 1.0


def index_by_value(scheme: Scheme) -> dict[str, int]:
    """Value → class index, as the plan has them; 0 unlabelled, 65,535 ignore."""
    found = {value: k for k, value in enumerate(scheme.values, start=1)}
    if scheme.ignore is not None:
        found[scheme.ignore] = IGNORE
    if scheme.unlabelled:
        found[scheme.unlabelled] = UNLABELLED
    return found


def class_indices(labels: SourceLabels, index_of: Mapping[str, int]) -> NDArray[np.uint32]:
    """The class index of every pixel that was read; 65,534 for values that were never written."""
    table = np.array([0, *(index_of.get(slot.value, IGNORE - 1) for slot in labels.slots)], dtype=np.uint32)
    return table[labels.plane_hw]


def compare(written: ExportLabels, read: SourceLabels, index_of: Mapping[str, int]) -> Agreement:
    """How far labels came back; another size counts as nothing."""
    found = Agreement(objects=len(written.objects))
    plane = written.classes_hw
    found.written_px.update(_counts(plane))
    if read.plane_hw.shape != plane.shape:
        return found
    same = class_indices(read, index_of) == plane
    found.same_px.update(_counts(plane[same]))
    found.same_objects = _same_objects(written, read, index_of)
    return found


def _counts(plane: NDArray[np.integer]) -> dict[int, int]:
    counts = np.bincount(plane.reshape(-1))
    return {int(k): int(counts[k]) for k in np.flatnonzero(counts)}


def _same_objects(written: ExportLabels, read: SourceLabels, index_of: Mapping[str, int]) -> int:
    if not written.objects:
        return 0
    object_numbers, classes = _object_numbers(read, index_of)
    found = object_numbers[read.plane_hw]
    n_written, n_read = len(written.objects), len(classes)
    pair = written.objects_hw.astype(np.int64) * (n_read + 1) + found
    pairs, counts = np.unique(pair, return_counts=True)
    size_written = np.bincount(written.objects_hw.reshape(-1), minlength=n_written + 1)
    size_read = np.bincount(found.reshape(-1), minlength=n_read + 1)
    same = 0
    for key, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        one, other = divmod(key, n_read + 1)
        if one and other and count == size_written[one] == size_read[other]:
            same += written.objects[one - 1].class_index == classes[other - 1]
    return same


def _object_numbers(
    read: SourceLabels, index_of: Mapping[str, int]
) -> tuple[NDArray[np.int64], Sequence[int]]:
    """Slot → number of its object (0: none), and the class index of each object."""
    numbers: dict[object, int] = {}
    classes: list[int] = []
    table = np.zeros(len(read.slots) + 1, dtype=np.int64)
    for k, slot in enumerate(read.slots, start=1):
        if slot.object is None:
            continue
        if slot.object not in numbers:
            numbers[slot.object] = len(numbers) + 1
            classes.append(index_of.get(slot.value, -1))
        table[k] = numbers[slot.object]
    return table, classes
