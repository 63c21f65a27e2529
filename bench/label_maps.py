"""The 701 label maps of 480 × 360 that formats are measured on: CamVid's 468 and 233 drawn streets.

Kept in a folder as `segments.raw` and `pictures.json`, so that a process in a venv of its own reads
them with NumPy alone. A picture's plane numbers its segments 1, 2, …; `pictures.json` says which
class and which object each of them is. CamVid's own labels know no objects, the streets' do.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from townscape.testing.label_sets import Labelled

HEIGHT, WIDTH = 360, 480
N_STREETS = 233
VOID = 12
"""Stands for ignore: the index after CamVid's eleven classes."""


@dataclass(frozen=True)
class LabelMaps:
    """Label maps, read one by one."""

    file: Path
    classes: list[dict]
    """`name`, `color` and `kind` of class 1, 2, …"""
    pictures: list[dict]
    """`name`, `part`, and `segments`: (class index, object number or 0) of segment 1, 2, …"""

    @classmethod
    def read(cls, folder: Path) -> "LabelMaps":
        return cls(folder / "segments.raw", **json.loads((folder / "pictures.json").read_text("utf-8")))

    def few(self) -> list[int]:
        """A handful of pictures, of every part and of both kinds."""
        firsts = {picture["part"]: k for k, picture in reversed(list(enumerate(self.pictures)))}
        n = len(self.pictures)
        return sorted({*firsts.values(), 1, n - 2, n - 1})

    def segments(self, k: int) -> np.ndarray:
        """The plane of picture k, height × width; 0 nowhere."""
        n = HEIGHT * WIDTH
        return np.fromfile(self.file, dtype=np.uint8, count=n, offset=k * n).reshape(HEIGHT, WIDTH)

    def class_plane(self, k: int) -> np.ndarray:
        """Class indices of picture k, 1…11, and `VOID`."""
        table = [0, *(index for index, _ in self.pictures[k]["segments"])]
        return np.array(table, dtype=np.uint8)[self.segments(k)]

    def index_of(self, name: str) -> int:
        """The class index of a name as a format may have bent it; 255 for a class that was never written."""
        plain = _plain(name)
        if plain in ("", "void", "background", "ignore", "unlabeled", "unlabelled"):
            return VOID
        return next((k for k, c in enumerate(self.classes, start=1) if _plain(c["name"]) == plain), 255)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())


def write_label_maps(folder: Path, pictures: "Iterable[Labelled]") -> None:
    """Make the folder, unless it is there."""
    from townscape.core.labelmap import IGNORE
    from townscape.testing import label_sets

    if (folder / "pictures.json").is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    with (folder / "segments.raw").open("wb") as out:
        for picture in pictures:
            plane, found = picture.labels.segments()
            assert plane.shape == (HEIGHT, WIDTH), f"{picture.name} is of another size"
            assert len(found) < 256, f"{picture.name} has more than 255 segments"
            out.write(plane.astype(np.uint8).tobytes())
            segments = [(VOID if index == IGNORE else index, number) for index, number in found]
            listed.append({"name": picture.name, "part": picture.part, "segments": segments})
    classes = [{"name": c.name, "color": c.color, "kind": c.kind} for c in label_sets.CLASSES]
    (folder / "pictures.json").write_text(json.dumps({"classes": classes, "pictures": listed}), "utf-8")


def all_pictures(camvid: Path) -> "Iterator[Labelled]":
    """CamVid's 468 and the drawn streets."""
    from townscape.testing import label_sets

    yield from label_sets.camvid_part(camvid, "train")
    yield from label_sets.camvid_part(camvid, "val")
    yield from label_sets.streets(N_STREETS, height_px=HEIGHT, width_px=WIDTH)
