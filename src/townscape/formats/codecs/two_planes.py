"""Labels that are two planes of numbers: one says the class of a pixel, the other its object."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from townscape.core.runs import Stretches, distinct, run_starts
from townscape.formats.labels import Slot, SourceLabels, StretchLabels


def labels_of_planes(
    values_hw: NDArray[np.integer],
    objects_hw: NDArray[np.integer] | None,
    slot_of: Callable[[int, int], Slot | None],
) -> SourceLabels:
    """Labels of every pair (value, object number) that occurs; `slot_of` says what it stands for.

    Without a plane of objects every object number is 0. None as a slot: nothing, unlabelled.
    """
    flats = [plane.reshape(-1) for plane in (values_hw, objects_hw) if plane is not None]
    starts = run_starts(*flats)
    values, of_run = distinct(flats[0].take(starts))
    pairs = [(int(value), 0) for value in values]
    if objects_hw is not None:
        numbers, number_of_run = distinct(flats[1].take(starts))
        found, of_run = distinct(number_of_run * values.size + of_run)
        split = (divmod(f, values.size) for f in found.tolist())
        pairs = [(int(values[rest]), int(numbers[k])) for k, rest in split]
    slots: list[Slot] = []
    table = np.zeros(len(pairs), dtype=np.uint32)
    for k, (value, number) in enumerate(pairs):
        slot = slot_of(value, number)
        if slot is not None:
            slots.append(slot)
            table[k] = len(slots)
    height, width = values_hw.shape
    return StretchLabels(Stretches(starts, table[of_run], flats[0].size), (height, width), slots)
