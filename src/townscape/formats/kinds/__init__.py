"""The exchange formats, one file each, found by file name (`coco_panoptic` is called `coco-panoptic`).

A file offers what `formats.format.Format` lists; every one must pass `testing/conformance/formats.py`.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from townscape.core.errors import InputError, UsageError
from townscape.formats.files import Files
from townscape.formats.format import Format


@dataclass(frozen=True, slots=True)
class Detected:
    """A format that files look like, and why."""

    name: str
    reason: str


@cache
def format_names() -> tuple[str, ...]:
    """Names of the formats that come with Townscape."""
    found = (m.name.replace("_", "-") for m in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return tuple(sorted(found))


def get_format(name: str) -> Format:
    """The format of that name. Raises `UsageError` with those that there are."""
    if name not in format_names():
        raise UsageError(f"There is no format {name!r}.", hint=f"there are {', '.join(format_names())}.")
    return importlib.import_module(f"townscape.formats.kinds.{name.replace('-', '_')}")  # pyright: ignore[reportReturnType]


def writable_names() -> tuple[str, ...]:
    """Formats that can be written."""
    return tuple(name for name in format_names() if get_format(name).VARIANTS)


def detect(files: Files) -> list[Detected]:
    """Every format that the files look like, the most telling first (`PRIORITY`, then name)."""
    found: list[tuple[int, Detected]] = []
    for name in format_names():
        kind = get_format(name)
        reason = kind.detect(files)
        if reason is not None:
            found.append((getattr(kind, "PRIORITY", 0), Detected(name, reason)))
    return [detected for _, detected in sorted(found, key=lambda f: (-f[0], f[1].name))]


def detect_one(files: Files) -> Detected:
    """The format that the files look like. Raises `InputError` that says what was looked for."""
    found = detect(files)
    if not found:
        raise InputError(
            f"{files.root / (files.only or '')} looks like none of the formats that Townscape reads.",
            hint=f"say which it is with `--format`: {', '.join(format_names())}; a folder of images and one "
            "of masks are `townscape import IMAGES MASKS`.",
        )
    return found[0]
