"""Lists of class names that lie beside masks: which value has which name."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from townscape.formats.format import Kind, Meaning
from townscape.formats.mask_file import parse_code

_FILES = (
    "labelmap.txt",
    "label_colors.txt",
    "classes.json",
    "meta.json",
    "classes.txt",
    "class_dict.csv",
    "labels.txt",
)
UNLABELLED_WORDS = {"unlabelled", "unlabeled", "none"}
IGNORE_WORDS = {"ignore", "void", "ignored"}


@dataclass(frozen=True, slots=True)
class NamesFile:
    """A list of class names: code (see `mask_file`) → name."""

    path: Path
    name_by_code: Mapping[int, str]
    kind_by_code: Mapping[int, Kind] = field(default_factory=dict[int, Kind])


def find_names_file(*folders: Path) -> NamesFile | None:
    """The first list of class names in the folders that can be read."""
    for folder in folders:
        for name in _FILES:
            path = folder / name
            if path.is_file():
                found = _read(path)
                if found is not None and found.name_by_code:
                    return found
    return None


def means(name: str) -> Meaning | None:
    """What a class of that name stands for, if it is none."""
    word = name.strip().lower()
    if word in IGNORE_WORDS:
        return "ignore"
    return "unlabelled" if word in UNLABELLED_WORDS else None


def _read(path: Path) -> NamesFile | None:
    """The list in one of the usual files; None if it is something else."""
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix == ".json":
            return _names_in_json(path, json.loads(text))
        names = _names_in_csv(text) if path.suffix == ".csv" else _names_in_text(text)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return NamesFile(path, names)


def _names_in_json(path: Path, content: Any) -> NamesFile:
    listed = content.get("classes", content) if isinstance(content, dict) else content
    names: dict[int, str] = {}
    kinds: dict[int, Kind] = {}
    for entry in listed:
        code = parse_code(str(entry["value"] if "value" in entry else entry["color"]))
        names[code] = str(entry.get("title") or entry["name"])
        if entry.get("kind") in ("stuff", "thing"):
            kinds[code] = entry["kind"]
    return NamesFile(path, names, kinds)


def _names_in_csv(text: str) -> dict[int, str]:
    rows = list(csv.DictReader(text.splitlines(), skipinitialspace=True))
    return {_rgb_code(*(int(r[k]) for k in ("r", "g", "b"))): str(r["name"]) for r in rows}


def _names_in_text(text: str) -> dict[int, str]:
    """`name:r,g,b::` (CVAT), `r g b name` (CamVid), or one name a line (index = line number)."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found: dict[int, str] = {}
    for index, line in enumerate(lines):
        name, _, rest = line.partition(":")
        parts = line.split()
        if rest and rest.split(":")[0].count(",") == 2:
            found[_rgb_code(*(int(v) for v in rest.split(":")[0].split(",")))] = name
        elif len(parts) >= 4 and all(p.isdigit() for p in parts[:3]):
            found[_rgb_code(*(int(p) for p in parts[:3]))] = " ".join(parts[3:])
        else:
            found[index] = line
    return found


def _rgb_code(r: int, g: int, b: int) -> int:
    return parse_code(f"#{r:02x}{g:02x}{b:02x}")
