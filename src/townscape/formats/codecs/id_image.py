"""Segments as one colour image: a pixel's id is red + 256 · green + 65,536 · blue.

COCO panoptic and Segments.ai hold labels this way, with a table that says what each id is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError
from townscape.core.runs import Starts, Stretches, run_lengths, run_starts
from townscape.formats.codecs import png
from townscape.formats.files import Files
from townscape.formats.labels import Plane, Slot, SourceLabels, StretchLabels

N_IDS = 1 << 24


def encode(ids_hw: Plane, *, has_alpha: bool = False) -> bytes:
    """A PNG of ids below `N_IDS`; alpha, where it is written, is opaque."""
    parts = np.ascontiguousarray(ids_hw, dtype="<u4").view(np.uint8).reshape(*ids_hw.shape, 4)
    if not has_alpha:
        return png.encode_rgb(parts[..., :3])
    parts[..., 3] = 255
    return png.encode_rgb(parts)


def decode(path: Path) -> Plane:
    """The id of every pixel; alpha is left out, and images of one band hold the ids themselves.

    Raises `UnreadableImage` or `InputError` naming the file.
    """
    mask = png.decode(path)
    values = mask.values if mask.palette is None else _colors(path, mask.values, mask.palette)
    if values.ndim == 2 and values.dtype.kind in "ui":
        return values.astype(np.uint32)
    if values.ndim != 3 or values.shape[2] not in (3, 4) or values.dtype != np.uint8:
        raise InputError(f"{path} holds no ids: it is neither a colour image nor one of whole numbers.")
    parts = np.zeros((*values.shape[:2], 4), dtype=np.uint8)
    for band in range(3):  # band by band: three of four bytes are copied slowly otherwise
        parts[..., band] = values[..., band]
    return parts.view("<u4")[..., 0]


def _colors(path: Path, values: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if values.size and int(values.max()) >= len(palette):
        raise InputError(f"{path} is damaged: it has pixels that its palette has no colour for.")
    return palette[values]


@dataclass(frozen=True, slots=True)
class Present:
    """The ids that occur in an image."""

    ids: NDArray[np.uint32]
    """In ascending order."""
    areas: NDArray[np.int64]
    """Pixels of each."""
    _of_run: NDArray[np.intp]
    _starts: Starts
    _shape: tuple[int, int]

    @classmethod
    def of(cls, ids_hw: Plane) -> "Present":
        """Look at a plane, run by run: there are far fewer runs of one id than pixels."""
        flat = ids_hw.reshape(-1)
        starts = run_starts(flat)
        lengths = run_lengths(starts, flat.size)
        ids, of_run = np.unique(flat[starts], return_inverse=True)
        areas = np.bincount(of_run, weights=lengths).astype(np.int64)
        height, width = ids_hw.shape
        return cls(ids, areas, of_run, starts, (height, width))

    def labels(self, slot_of: Callable[[int], Slot | None]) -> SourceLabels:
        """Labels; `slot_of` says what each id stands for (None: nothing)."""
        slots: list[Slot] = []
        table = np.zeros(self.ids.size, dtype=np.uint32)
        for k, number in enumerate(self.ids.tolist()):
            slot = slot_of(number)
            if slot is not None:
                slots.append(slot)
                table[k] = len(slots)
        height, width = self._shape
        return StretchLabels(Stretches(self._starts, table[self._of_run], height * width), self._shape, slots)


class NamedPngs:
    """The PNGs of a dataset, by the names that its table gives them; only listed files are found."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._by_name: dict[str, str | None] = {}
        for listed in files.find("*.png"):
            key = listed.rpartition("/")[2].lower()
            self._by_name[key] = None if key in self._by_name else listed

    def find(self, *names: str) -> Path | None:
        """The first of the relative paths that is listed, else the only PNG of one's last part."""
        wanted = [n for name in names if (n := name.replace("\\", "/").lstrip("./"))]
        for name in wanted:
            if self._files.has(name):
                return self._files.path(name)
        found = (self._by_name.get(name.rpartition("/")[2].lower()) for name in wanted)
        only = next((f for f in found if f is not None), None)
        return None if only is None else self._files.path(only)
