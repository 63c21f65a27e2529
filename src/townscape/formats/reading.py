"""What reading a dataset has in common: painting shapes, looking up values, counting them."""

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from townscape.core.runs import Stretches, distinct, run_starts
from townscape.formats.format import Picture, Source
from townscape.formats.labels import Plane, Slot, SourceLabels, StretchLabels


@contextmanager
def image_at_hand(source: Source, picture: Picture) -> Generator[Path]:
    """The picture's image file. Formats that hold images inside their own files offer
    `fetch_image(picture)`, which writes it out; it is removed again afterwards.
    """
    assert picture.image is not None, "only pictures with an image are asked for it"
    fetch = getattr(source, "fetch_image", None)
    if fetch is None:
        yield picture.image
        return
    path: Path = fetch(picture)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


class Painter:
    """Paints shapes over one another in the order given, and counts what they share."""

    def __init__(self, height: int, width: int) -> None:
        self.plane_hw: Plane = np.zeros((height, width), dtype=np.uint32)
        self.slots: list[Slot] = []
        self.overlap_px = 0
        self.repairs: Counter[str] = Counter()

    def paint(
        self,
        slot: Slot,
        mask: NDArray[np.bool_],
        place: tuple[slice, slice] = (slice(None), slice(None)),
    ) -> None:
        """Paint `mask`, which covers `place` of the plane, over what is there."""
        target = self.plane_hw[place]
        self.overlap_px += int(np.count_nonzero(target[mask]))
        self.slots.append(slot)
        target[mask] = len(self.slots)

    def labels(self) -> SourceLabels:
        """What was painted."""
        return SourceLabels(self.plane_hw, self.slots, self.overlap_px, dict(self.repairs))


def labels_of_values(
    values_hw: NDArray[np.integer],
    slot_of: Callable[[int], Slot | None],
    *,
    repairs: Mapping[str, int] | None = None,
) -> SourceLabels:
    """Labels of a mask of integers: `slot_of` says what each value stands for (None: nothing)."""
    flat = values_hw.reshape(-1)
    starts = run_starts(flat)
    present, of_run = distinct(flat[starts])
    slots: list[Slot] = []
    table = np.zeros(present.size, dtype=np.uint32)
    for k, value in enumerate(present.tolist()):
        slot = slot_of(value)
        if slot is not None:
            slots.append(slot)
            table[k] = len(slots)
    height, width = values_hw.shape
    return StretchLabels(Stretches(starts, table[of_run], flat.size), (height, width), slots, repairs=repairs)


def count_values(labels: SourceLabels) -> Counter[str]:
    """Pixels per value of one picture."""
    of_slot = labels.stretches
    weights = of_slot.lengths
    counts = np.bincount(of_slot.values, weights=weights, minlength=len(labels.slots) + 1).astype(np.int64)
    found: Counter[str] = Counter()
    for slot, count in zip(labels.slots, counts[1:].tolist(), strict=True):
        if count:
            found[slot.value] += count
    return found
