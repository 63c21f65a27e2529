"""Which image is which frame: CVAT's files number the frames of a video and name only some images."""

import re
from collections.abc import Mapping
from pathlib import Path

from townscape.formats.files import Files

_FRAME = re.compile(r"frame_(\d{1,9})")


def images_below(files: Files, folder: str) -> dict[str, Path]:
    """Path within a folder of the dataset ("" or ending in `/`) → file, of every image in it."""
    return {name[len(folder) :]: path for name, path in files.image_files.items() if name.startswith(folder)}


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts `2.png` before `10.png`."""
    parts = re.split(r"(\d{1,18})", name.lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def images_by_frame(
    images: Mapping[str, Path], size: int, step: int = 1
) -> tuple[dict[int, str], str | None]:
    """Frame → image, by names such as `frame_000012.png`, otherwise by order; and a note of the latter.

    Without either, nothing is known.
    """
    named = {int(match[1]): name for name in images if (match := _FRAME.fullmatch(Path(name).stem.lower()))}
    if named or not images:
        return named, None
    if len(images) != size:
        return {}, f"its {size} frames are not told apart by the names of {len(images)} images"
    ordered = sorted(images, key=natural_key)
    return {
        k * step: name for k, name in enumerate(ordered)
    }, "its frames are the images in order of their names"
