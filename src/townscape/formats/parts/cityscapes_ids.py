"""The label ids of Cityscapes (also KITTI's), and ids of one's own where other classes are written.

Table of the official ids: https://github.com/mcordts/cityscapesScripts, helpers/labels.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import UsageError
from townscape.core.labelmap import IGNORE
from townscape.formats import label_colors
from townscape.formats.files import Files
from townscape.formats.format import ExportClass, Kind, Meaning, Scheme, SourceClass

UNLABELED, OUT_OF_ROI = 0, 3
_LICENCE_PLATE = 255
"""−1 in the official list, which 8-bit files hold as 255."""
_MAX_IDS = 255


@dataclass(frozen=True, slots=True)
class Label:
    """An official label."""

    id: int
    name: str
    train_id: int
    kind: Kind
    color: str

    @property
    def is_evaluated(self) -> bool:
        """Whether the official evaluation counts it."""
        return self.train_id != 255


_TABLE = """
0 unlabeled 255 stuff #000000
1 ego-vehicle 255 stuff #000000
2 rectification-border 255 stuff #000000
3 out-of-roi 255 stuff #000000
4 static 255 stuff #000000
5 dynamic 255 stuff #6f4a00
6 ground 255 stuff #510051
7 road 0 stuff #804080
8 sidewalk 1 stuff #f423e8
9 parking 255 stuff #faaaa0
10 rail-track 255 stuff #e6968c
11 building 2 stuff #464646
12 wall 3 stuff #66669c
13 fence 4 stuff #be9999
14 guard-rail 255 stuff #b4a5b4
15 bridge 255 stuff #966464
16 tunnel 255 stuff #96785a
17 pole 5 stuff #999999
18 polegroup 255 stuff #999999
19 traffic-light 6 stuff #faaa1e
20 traffic-sign 7 stuff #dcdc00
21 vegetation 8 stuff #6b8e23
22 terrain 9 stuff #98fb98
23 sky 10 stuff #4682b4
24 person 11 thing #dc143c
25 rider 12 thing #ff0000
26 car 13 thing #00008e
27 truck 14 thing #000046
28 bus 15 thing #003c64
29 caravan 255 thing #00005a
30 trailer 255 thing #00006e
31 train 16 thing #005064
32 motorcycle 17 thing #0000e6
33 bicycle 18 thing #770b20
"""


def _labels() -> tuple[Label, ...]:
    rows = [line.split() for line in _TABLE.strip().splitlines()]
    return tuple(
        Label(int(i), name.replace("-", " "), int(t), "thing" if kind == "thing" else "stuff", color)
        for i, name, t, kind, color in rows
    )


LABELS = _labels()
_BY_PLAIN_NAME = {"".join(c for c in label.name if c.isalnum()): label for label in LABELS}


@dataclass(frozen=True)
class Ids:
    """How a list of classes is written: ids, names and colours."""

    ids: tuple[int, ...]
    """The id of each class, in order."""
    names: Mapping[int, str]
    colors: Mapping[int, str]
    ignore: int
    is_official: bool

    @cached_property
    def table(self) -> NDArray[np.uint8]:
        """Class index (0 unlabelled, 65,535 ignore) → id."""
        found = np.full(IGNORE + 1, UNLABELED, dtype=np.uint8)
        found[1 : len(self.ids) + 1] = self.ids
        found[IGNORE] = self.ignore
        return found

    @cached_property
    def palette(self) -> NDArray[np.uint8]:
        """Id → red, green and blue."""
        found = np.zeros((256, 3), dtype=np.uint8)
        for k, color in self.colors.items():
            found[k] = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
        return found

    @property
    def scheme(self) -> Scheme:
        """The scheme of formats that hold these ids."""
        return Scheme([str(i) for i in self.ids], unlabelled=str(UNLABELED), ignore=str(self.ignore))

    def label_colors(self) -> str:
        """The list of ids of one's own: line k says colour and name of id k."""
        return label_colors.text_of((self.colors[k], self.names[k]) for k in sorted(self.names))


def find_label(name: str) -> Label | None:
    """The official label of that name, ignoring case, spaces and hyphens."""
    return _BY_PLAIN_NAME.get("".join(c for c in name.casefold() if c.isalnum()))


def plan_ids(classes: Sequence[ExportClass]) -> Ids:
    """Official ids if every class has one, otherwise 1, 2, 3 …, things first.

    Raises `UsageError` for more than 253 classes.
    """
    found = [find_label(c.name) for c in classes]
    official = [label for label in found if label is not None and label.id not in (UNLABELED, OUT_OF_ROI)]
    if len(official) == len(classes) and len({label.id for label in official}) == len(classes):
        every = {label.id: label for label in LABELS}
        names = {i: label.name for i, label in every.items()}
        colors = {i: label.color for i, label in every.items()}
        return Ids(tuple(label.id for label in official), names, colors, OUT_OF_ROI, True)
    if len(classes) + 2 > _MAX_IDS:
        raise UsageError(f"There are ids for {_MAX_IDS - 2} classes; these are {len(classes)}.")
    order = sorted(range(len(classes)), key=lambda k: classes[k].kind != "thing")
    ids = {k: position for position, k in enumerate(order, start=1)}
    ignore = len(classes) + 1
    named = {ids[k]: c.name for k, c in enumerate(classes)}
    colored = {ids[k]: c.color for k, c in enumerate(classes)}
    return Ids(
        tuple(ids[k] for k in range(len(classes))),
        {UNLABELED: "unlabelled", **named, ignore: "ignore"},
        {UNLABELED: "#000000", **colored, ignore: "#ffffff"},
        ignore,
        False,
    )


def read_classes(files: Files, base: str) -> list[SourceClass]:
    """The classes of a dataset: from its own list if it has one, else the official ones."""
    for name in (f"{base}{label_colors.NAME}", f"{base}label_color.txt"):
        if files.has(name):
            return _own_classes(files.read_text(name))
    found = [
        SourceClass(str(label.id), label.name, label.color, label.kind, *_meanings(label)) for label in LABELS
    ]
    return [*found, SourceClass(str(_LICENCE_PLATE), "license plate", otherwise="ignore")]


def _meanings(label: Label) -> tuple[Meaning | None, Meaning | None]:
    if label.id == UNLABELED:
        return "unlabelled", None
    return ("ignore" if label.id == OUT_OF_ROI else None), (None if label.is_evaluated else "ignore")


def _own_classes(text: str) -> list[SourceClass]:
    listed = label_colors.parse(text)
    found: list[SourceClass] = []
    for k, (color, name) in enumerate(listed):
        word = name.lower()
        is_void = word == "ignore" and k == len(listed) - 1
        means: Meaning | None = "ignore" if is_void else None
        if k == UNLABELED and word in ("unlabelled", "unlabeled"):
            means = "unlabelled"
        found.append(SourceClass(str(k), name or str(k), color, means=means))
    return found
