"""The pixel maps of COCO-Stuff: the names of its categories, and which number a pixel has for each.

Two conventions are in use, one apart. The maps of things and stuff (`stuffthingmaps`) hold the
category's id less one, 255 for unlabelled; those of the stuff challenge (`pixelmaps`) hold the id
itself, 0 for unlabelled. Nothing in a file says which it is, so a few maps are looked at.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import InputError
from townscape.formats.codecs import png

NAMES = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "street sign", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse",
    "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "hat", "backpack", "umbrella", "shoe",
    "eye glasses", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle", "plate",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed",
    "mirror", "dining table", "window", "desk", "toilet", "door", "tv", "laptop", "mouse", "remote",
    "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "blender", "book",
    "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush", "hair brush", "banner",
    "blanket", "branch", "bridge", "building-other", "bush", "cabinet", "cage", "cardboard", "carpet",
    "ceiling-other", "ceiling-tile", "cloth", "clothes", "clouds", "counter", "cupboard", "curtain",
    "desk-stuff", "dirt", "door-stuff", "fence", "floor-marble", "floor-other", "floor-stone", "floor-tile",
    "floor-wood", "flower", "fog", "food-other", "fruit", "furniture-other", "grass", "gravel",
    "ground-other", "hill", "house", "leaves", "light", "mat", "metal", "mirror-stuff", "moss", "mountain",
    "mud", "napkin", "net", "paper", "pavement", "pillow", "plant-other", "plastic", "platform",
    "playingfield", "railing", "railroad", "river", "road", "rock", "roof", "rug", "salad", "sand", "sea",
    "shelf", "sky-other", "skyscraper", "snow", "solid-other", "stairs", "stone", "straw",
    "structural-other", "table", "tent", "textile-other", "towel", "tree", "vegetable", "wall-brick",
    "wall-concrete", "wall-other", "wall-panel", "wall-stone", "wall-tile", "wall-wood", "water-other",
    "waterdrops", "window-blind", "window-other", "wood",)  # fmt: skip
"""Of ids 1…182, as `labels.txt` of COCO-Stuff lists them: things to 91, then stuff."""
N_THINGS = 91
OTHER = 183
"""The id of all things together, in the files of the stuff challenge."""
VOID = 255
_REMOVED = frozenset({12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91})
"""Ids of categories that COCO gave up before it was published: no pixel has them."""
_LINE = re.compile(r"(\d+)\s*:\s*(\S.*)")
_SAMPLES = 16


@dataclass(frozen=True, slots=True)
class Convention:
    """How the numbers of pixels are ids."""

    less_one: bool
    why: str

    @property
    def note(self) -> str:
        """What was decided, for people."""
        rule = "value 0 is category 1, and 255 is unlabelled" if self.less_one else "value 1 is category 1"
        return f"In these pixel maps {rule}: {self.why}."


def parse_labels(text: str) -> dict[int, str]:
    """Id → name, of lines such as `92: banner`; nothing if there are other lines."""
    found: dict[int, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        parsed = _LINE.fullmatch(line)
        if parsed is None:
            return {}
        found[int(parsed[1])] = parsed[2]
    return found


def format_labels(name_by_id: Mapping[int, str]) -> str:
    """The same lines, with 0 for unlabelled first."""
    return "".join(f"{number}: {name}\n" for number, name in {0: "unlabeled", **name_by_id}.items())


def read_map(path: Path) -> NDArray[np.uint8]:
    """The numbers of a pixel map. Raises `InputError` naming the file."""
    values = png.decode(path).values
    if values.ndim != 2 or values.dtype != np.uint8:
        raise InputError(
            f"{path} is no pixel map of COCO-Stuff: it holds colours, not one number per pixel.",
            hint="import it as a folder of masks.",
        )
    return values


def find_convention(paths: Sequence[Path], *, folder: str, is_official: bool) -> Convention:
    """Decide by the numbers of a few maps and by their folder; else as COCO-Stuff publishes them.

    `is_official`: the categories are COCO-Stuff's own, so some numbers tell.
    """
    present = np.zeros(256, dtype=bool)
    for path in paths[:: max(1, len(paths) // _SAMPLES)][:_SAMPLES]:
        try:
            present |= np.bincount(read_map(path).reshape(-1), minlength=256) > 0
        except InputError:
            continue
    values = set(np.flatnonzero(present).tolist())
    if VOID in values:
        return Convention(True, "255 occurs")
    if is_official and OTHER in values:
        return Convention(False, f"{OTHER} occurs, which is the stuff challenge's id of all things")
    if "stuffthing" in folder.lower():
        return Convention(True, "their folder is called stuffthingmaps")
    not_ids, not_less_one = values & _REMOVED, {v for v in values if v + 1 in _REMOVED}
    if is_official and bool(not_ids) != bool(not_less_one):
        shown = min(not_ids or not_less_one)
        return Convention(bool(not_ids), f"{shown} occurs, which would be a category that no pixel has")
    if "pixelmap" in folder.lower():
        return Convention(False, "their folder is called pixelmaps, as in the stuff challenge")
    return Convention(True, "nothing in them tells, and that is how COCO-Stuff publishes them")
