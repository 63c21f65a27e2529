"""Whether labels that were written and read again are the same, pixel by pixel."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import IGNORE, UNLABELLED
from townscape.core.runs import Starts, count_runs, crossed, distinct, run_lengths
from townscape.formats.format import ExportClass, Scheme
from townscape.formats.labels import LabelStretches, SourceLabels


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

    def correct(self, found: "Agreement") -> None:
        """A picture that was added as if all had come back is as `found` says."""
        self.same_px -= found.written_px - found.same_px
        self.same_objects -= found.objects - found.same_objects

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


def things_of(classes: Sequence[ExportClass]) -> list[int]:
    """Class indices (1 is the first) of the classes that have objects."""
    return [k for k, c in enumerate(classes, start=1) if c.kind == "thing"]


def expected(written: LabelStretches) -> tuple[bytes, Agreement]:
    """32 bytes, and the sums if everything comes back: all does if `digest_of_read` gives the same bytes."""
    n_objects = len(written.class_of_object)
    px = Counter(count_runs(written.classes, written.lengths))
    what = (*written.shape, int(written.is_by_columns))
    digest = _digest(what, written.starts, written.classes, written.objects, n_objects)
    return digest, Agreement(px, Counter(px), n_objects, n_objects)


def digest_of_read(read: SourceLabels, index_of: Mapping[str, int], things: Sequence[int]) -> bytes:
    """The digest of labels as they came back; `things` are the class indices that may have objects.

    Objects of other classes do not count: some formats know nothing but objects.
    """
    slots = read.stretches
    numbers, classes_of_numbers = _object_numbers(read, index_of)
    classes = _class_of_slot(read, index_of).astype(np.uint16)
    numbers[[k for k, index in enumerate(classes.tolist()) if index not in things]] = 0
    are_apart = len(set(zip(classes.tolist(), numbers.tolist(), strict=True))) == classes.size
    starts, classes, numbers = slots.starts, classes[slots.values], numbers[slots.values]
    if not are_apart:
        is_start = np.ones(starts.size, dtype=np.bool_)
        is_start[1:] = (classes[1:] != classes[:-1]) | (numbers[1:] != numbers[:-1])
        starts, classes, numbers = starts[is_start], classes[is_start], numbers[is_start]
    what = (*read.shape, int(read.is_by_columns))
    return _digest(what, starts, classes, numbers, len(classes_of_numbers))


def _digest(
    what: Sequence[int],
    starts: Starts,
    classes: NDArray[np.uint16],
    objects: NDArray[np.integer[Any]],
    n_objects: int,
) -> bytes:
    """SHA-256; objects are numbered as they appear, because formats call them by other numbers."""
    if n_objects:
        first = np.full(n_objects + 1, objects.size)  # those that do not appear come last
        first[objects[::-1]] = np.arange(objects.size - 1, -1, -1)
        rank = np.zeros(n_objects + 1, dtype=np.uint32)
        rank[1 + np.argsort(first[1:], kind="stable")] = np.arange(1, n_objects + 1)
        objects = rank[objects]
    content = hashlib.sha256(np.array([*what, starts.size], dtype=np.uint64).data)
    content.update(starts.astype(np.intp, copy=False).data)
    content.update(classes.astype(np.uint16, copy=False).data)
    content.update(objects.astype(np.uint32, copy=False).data)
    return content.digest()


def compare(written: LabelStretches, read: SourceLabels, index_of: Mapping[str, int]) -> Agreement:
    """How far labels came back; another size counts as nothing."""
    if read.shape != written.shape:
        return replace(expected(written)[1], same_px=Counter(), same_objects=0)
    found = Agreement(objects=len(written.class_of_object))
    lengths, class_of_run, object_of_run, slot_of_run = _crossed(written, read)
    found.written_px.update(count_runs(class_of_run, lengths))
    is_same = _class_of_slot(read, index_of)[slot_of_run] == class_of_run
    same = found.written_px if is_same.all() else count_runs(class_of_run, lengths * is_same)
    found.same_px.update(same)
    if written.class_of_object:
        runs = _Runs(object_of_run, slot_of_run, lengths)
        found.same_objects = _same_objects(written, read, index_of, runs)
    return found


def _crossed(
    written: LabelStretches, read: SourceLabels
) -> tuple[Starts, NDArray[np.uint16], NDArray[np.uint32], NDArray[np.uint32]]:
    """Stretches over which neither what was written nor what was read changes: their lengths, and the
    class index, the object and the slot of each; down the columns where the labels were read so.
    """
    slots, written = read.stretches, written.ordered(by_columns=read.is_by_columns)
    if np.array_equal(slots.starts, written.starts):
        return written.lengths, written.classes, written.objects, slots.values
    starts, in_written, in_read = crossed(written.starts, slots.starts, slots.size)
    lengths = run_lengths(starts, slots.size)
    return lengths, written.classes[in_written], written.objects[in_written], slots.values[in_read]


@dataclass(frozen=True)
class _Runs:
    """Stretches over which neither the object that was written nor the slot that was read changes."""

    objects: NDArray[np.integer[Any]]
    slots: NDArray[np.integer[Any]]
    lengths: NDArray[np.intp]


def _same_objects(
    written: LabelStretches, read: SourceLabels, index_of: Mapping[str, int], runs: _Runs
) -> int:
    object_numbers, classes = _object_numbers(read, index_of)
    found = object_numbers[runs.slots]
    size_written = np.bincount(runs.objects, weights=runs.lengths, minlength=len(written.class_of_object) + 1)
    size_read = np.bincount(found, weights=runs.lengths, minlength=len(classes) + 1)
    pair = runs.objects.astype(np.int64) * (len(classes) + 1) + found
    pairs, of_run = distinct(pair)
    counts = np.bincount(of_run, weights=runs.lengths)
    same = 0
    for key, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        one, other = divmod(key, len(classes) + 1)
        if one and other and count == size_written[one] == size_read[other]:
            same += written.class_of_object[one - 1] == classes[other - 1]
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
