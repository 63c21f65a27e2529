"""Whether labels that were written and read again are the same, pixel by pixel."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import IGNORE, UNLABELLED
from townscape.core.runs import Starts, Stretches, count_runs, crossed, distinct, run_lengths
from townscape.formats.format import Scheme
from townscape.formats.labels import ExportLabels, SourceLabels


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


def _class_of_slot(labels: SourceLabels, index_of: Mapping[str, int]) -> NDArray[np.uint32]:
    """Slot → class index; 65,534 for values that were never written."""
    return np.array([0, *(index_of.get(slot.value, IGNORE - 1) for slot in labels.slots)], dtype=np.uint32)


def compare(written: ExportLabels, read: SourceLabels, index_of: Mapping[str, int]) -> Agreement:
    """How far labels came back; another size counts as nothing."""
    found = Agreement(objects=len(written.objects))
    if read.shape != written.classes_hw.shape:
        plain = Stretches.of(written.classes_hw.reshape(-1))
        found.written_px.update(count_runs(plain.values, plain.lengths))
        return found
    starts, class_of_run, object_of_run, slot_of_run = _crossed(written, read)
    lengths = run_lengths(starts, written.classes_hw.size)
    found.written_px.update(count_runs(class_of_run, lengths))
    is_same = _class_of_slot(read, index_of)[slot_of_run] == class_of_run
    found.same_px.update(count_runs(class_of_run, lengths * is_same))
    if written.objects:
        runs = _Runs(object_of_run, slot_of_run, lengths)
        found.same_objects = _same_objects(written, read, index_of, runs)
    return found


def _crossed(
    written: ExportLabels, read: SourceLabels
) -> tuple[Starts, NDArray[np.uint16], NDArray[np.uint32], NDArray[np.uint32]]:
    """Stretches over which neither what was written nor what was read changes: their starts, and the
    class index, the object and the slot of each; down the columns where the labels were read so.
    """
    slots = read.stretches
    starts, classes, objects = written.stretches(by_columns=read.is_by_columns)
    starts, in_written, in_read = crossed(starts, slots.starts, slots.size)
    return starts, classes[in_written], objects[in_written], slots.values[in_read]


@dataclass(frozen=True)
class _Runs:
    """Stretches over which neither the object that was written nor the slot that was read changes."""

    objects: NDArray[np.integer[Any]]
    slots: NDArray[np.integer[Any]]
    lengths: NDArray[np.intp]


def _same_objects(written: ExportLabels, read: SourceLabels, index_of: Mapping[str, int], runs: _Runs) -> int:
    object_numbers, classes = _object_numbers(read, index_of)
    found = object_numbers[runs.slots]
    size_written = np.bincount(runs.objects, weights=runs.lengths, minlength=len(written.objects) + 1)
    size_read = np.bincount(found, weights=runs.lengths, minlength=len(classes) + 1)
    pair = runs.objects.astype(np.int64) * (len(classes) + 1) + found
    pairs, of_run = distinct(pair)
    counts = np.bincount(of_run, weights=runs.lengths)
    same = 0
    for key, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        one, other = divmod(key, len(classes) + 1)
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
