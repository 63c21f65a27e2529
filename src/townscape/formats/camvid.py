"""CamVid as the SegNet tutorial lays it out: train/, val/, test/ and trainannot/ and so on.

Label files hold one byte a pixel: 0…10 the eleven classes, 11 void. Names tell sequence and
frame (`0016E5_07959.png`); the sequences run at 30 frames a second.
"""

import re
from pathlib import Path

from townscape.core.errors import InputError, NothingToRead
from townscape.core.labelmap import IGNORE
from townscape.core.splits import Part
from townscape.core.taxonomy import Taxonomy
from townscape.formats.mask_folder import Pair, find_pairs

FRAMES_PER_SECOND = 30.0
KEYS = (
    "sky",
    "building",
    "pole",
    "road",
    "pavement",
    "tree",
    "sign",
    "fence",
    "car",
    "pedestrian",
    "bicyclist",
)
VOID = 11
_PARTS: tuple[Part, ...] = ("train", "val", "test")
_NAME = re.compile(r"(?P<sequence>\w+)_f?(?P<frame>\d+)")


def find_parts(root: Path) -> dict[Part, list[Pair]]:
    """The pairs of each published part. Raises `NothingToRead` if the layout is another."""
    found: dict[Part, list[Pair]] = {}
    for part in _PARTS:
        images, masks = root / part, root / f"{part}annot"
        if images.is_dir() and masks.is_dir():
            found[part] = [
                Pair(pair.image, pair.mask, f"{part}/{pair.name}") for pair in find_pairs(images, masks)
            ]
    if not found:
        raise NothingToRead(
            f"{root} does not hold CamVid as the SegNet tutorial lays it out.",
            hint="it should hold the folders train, trainannot, val and valannot; for other layouts use "
            "`townscape import mask-folder`.",
        )
    return found


def number_by_code(taxonomy: Taxonomy) -> dict[int, int]:
    """Label byte → class number. Raises `InputError` if the taxonomy lacks one of the classes."""
    numbers = {VOID: IGNORE}
    for value, key in enumerate(KEYS):
        label_class = taxonomy.find_by_name(key)
        if label_class is None:
            raise InputError(
                f"Taxonomy {taxonomy.name} has no class {key}, which CamVid needs.",
                hint="make the workspace with `--taxonomy camvid`.",
            )
        numbers[value] = label_class.number
    return numbers


def sequence_of(name: str) -> tuple[str | None, float | None]:
    """Sequence and seconds since its first frame, from a file name; (None, None) for others."""
    found = _NAME.fullmatch(Path(name).stem)
    if found is None:
        return None, None
    return found["sequence"], int(found["frame"]) / FRAMES_PER_SECOND
