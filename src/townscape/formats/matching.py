"""Which class each value of a set of masks means: by the user's word, by name, by colour.

Nothing is guessed. A value that none of the three answers to is a question, asked with every
value's pixel share beside it (`UnmatchedLabels`).
"""

import csv
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from townscape.core.errors import NotFound, UnmatchedLabels, UsageError
from townscape.core.labelmap import IGNORE, UNLABELLED
from townscape.core.taxonomy import Taxonomy
from townscape.formats.mask_file import code_text, color_of, parse_code

OTHER = "other"
"""In a mapping: every value that is not named."""

_NAMES_FILES = (
    "labelmap.txt",
    "label_colors.txt",
    "classes.json",
    "meta.json",
    "classes.txt",
    "class_dict.csv",
    "labels.txt",
)
_UNLABELLED_WORDS = {"unlabelled", "unlabeled", "none"}
_IGNORE_WORDS = {"ignore", "void", "ignored"}
_MAX_LISTED = 25


@dataclass(frozen=True, slots=True)
class NamesFile:
    """A list of class names found beside the masks: code → name."""

    path: Path
    name_by_code: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Match:
    """What every value means, and why."""

    number_by_code: Mapping[int, int]
    reason_by_code: Mapping[int, str]
    pixels_by_code: Mapping[int, int]
    remarks: tuple[str, ...] = field(default=())

    def table(self, taxonomy: Taxonomy) -> list[dict[str, Any]]:
        """Rows (value, share, class, reason) in order of their share, for people and JSON."""
        total = max(1, sum(self.pixels_by_code.values()))
        return [
            {
                "value": code_text(code),
                "share": pixels / total,
                "class": _target_text(self.number_by_code.get(code), taxonomy),
                "reason": self.reason_by_code.get(code, ""),
            }
            for code, pixels in sorted(self.pixels_by_code.items(), key=lambda item: -item[1])
        ]


def parse_mapping(entries: Mapping[str, str], taxonomy: Taxonomy) -> dict[int | str, int]:
    """The user's mapping: value text (or `other`) → class number, ignore or unlabelled.

    Raises `UsageError` for a value or class that does not exist.
    """
    parsed: dict[int | str, int] = {}
    for value, target in entries.items():
        try:
            key = OTHER if value.strip().lower() == OTHER else parse_code(value)
        except ValueError as error:
            raise UsageError(
                f"In the mapping, {error}.", hint="write VALUE=CLASS, as in #3c1098=building."
            ) from None
        parsed[key] = _parse_target(target, taxonomy)
    return parsed


def find_names_file(*folders: Path) -> NamesFile | None:
    """The first list of class names in the folders that can be read."""
    for folder in folders:
        for name in _NAMES_FILES:
            path = folder / name
            if path.is_file():
                found = _read_names(path)
                if found:
                    return NamesFile(path, found)
    return None


def match_values(
    pixels_by_code: Counter[int],
    taxonomy: Taxonomy,
    *,
    mapping: Mapping[int | str, int],
    names: NamesFile | None,
    snap: float = 0.0,
) -> Match:
    """A class for every value found, or `UnmatchedLabels` asking for those without one.

    Order: the user's mapping, the names file, the taxonomy's colours. `snap` sends a colour
    without an answer to the nearest answered one within that RGB distance.
    """
    numbers: dict[int, int] = {}
    reasons: dict[int, str] = {}
    remarks: list[str] = []
    usable = names if names and set(names.name_by_code) & set(pixels_by_code) else None
    if names and usable is None:
        remarks.append(
            f"{names.path.name} lists {len(names.name_by_code)} values, but none of them occurs in the "
            "masks, so it is not used."
        )
    for code in pixels_by_code:
        for answer in (
            _by_mapping(code, mapping),
            _by_name(code, usable, taxonomy),
            _by_color(code, taxonomy),
        ):
            if answer is not None:
                numbers[code], reasons[code] = answer
                break
    _snap(pixels_by_code, numbers, reasons, _anchors(taxonomy, mapping), snap)
    if OTHER in mapping:
        for code in pixels_by_code:
            if code not in numbers:
                numbers[code], reasons[code] = mapping[OTHER], "everything else"
    match = Match(numbers, reasons, dict(pixels_by_code), tuple(remarks))
    if len(numbers) < len(pixels_by_code):
        raise _question(match, taxonomy)
    return match


def _by_mapping(code: int, mapping: Mapping[int | str, int]) -> tuple[int, str] | None:
    return (mapping[code], "given") if code in mapping else None


def _by_name(code: int, names: NamesFile | None, taxonomy: Taxonomy) -> tuple[int, str] | None:
    if names is None or code not in names.name_by_code:
        return None
    name = names.name_by_code[code]
    try:
        return _parse_target(name, taxonomy), f"called {name!r} in {names.path.name}"
    except UsageError:
        return None


def _by_color(code: int, taxonomy: Taxonomy) -> tuple[int, str] | None:
    if color_of(code) is None:
        return None
    label_class = taxonomy.find_by_color(code_text(code))
    if label_class is not None:
        return label_class.number, "colour of the class"
    if code_text(code) in taxonomy.ignore_colors:
        return IGNORE, "colour of ignore"
    return None


def _snap(
    pixels_by_code: Mapping[int, int],
    numbers: dict[int, int],
    reasons: dict[int, str],
    anchors: Mapping[int, int],
    limit: float,
) -> None:
    """Send colours without an answer to the nearest anchor colour within `limit`."""
    known = [(code, color) for code in anchors if (color := color_of(code)) is not None]
    if limit <= 0 or not known:
        return
    table = np.array([color for _, color in known], dtype=np.float64)
    for code in pixels_by_code:
        color = color_of(code)
        if code in numbers or color is None:
            continue
        distance = np.linalg.norm(table - np.array(color), axis=1)
        nearest = int(distance.argmin())
        if distance[nearest] <= limit:
            numbers[code] = anchors[known[nearest][0]]
            reasons[code] = f"near {code_text(known[nearest][0])}"


def _anchors(taxonomy: Taxonomy, mapping: Mapping[int | str, int]) -> dict[int, int]:
    """Colours whose meaning is known, whether they occur or not: the classes' own, then the user's."""
    anchors = {parse_code(c.color): c.number for c in taxonomy.active}
    return anchors | {code: number for code, number in mapping.items() if isinstance(code, int)}


def _question(match: Match, taxonomy: Taxonomy) -> UnmatchedLabels:
    rows = match.table(taxonomy)
    unmatched = [row for row in rows if not row["class"]]
    width = max(len(row["value"]) for row in rows)
    listed = [
        f"  {row['value']:<{width}}  {row['share']:>8.3%}  {row['class'] or '?'}"
        for row in rows[:_MAX_LISTED]
    ]
    if len(rows) > _MAX_LISTED:
        listed.append(f"  … and {len(rows) - _MAX_LISTED} more")
    message = "\n".join(
        [
            f"{len(unmatched)} of {len(rows)} values in the masks match no class of {taxonomy.name}.",
            *match.remarks,
            "",
            f"  {'value':<{width}}  {'share':>8}  class",
            *listed,
        ]
    )
    keys = ", ".join(c.key for c in taxonomy.active)
    flags = " ".join(f'--map "{row["value"]}=CLASS"' for row in unmatched[:3])
    more = "" if len(unmatched) <= 3 else " …"
    return UnmatchedLabels(
        message,
        hint=f"say what each value means: {flags}{more}\n"
        f"  CLASS is one of {keys}, ignore or unlabelled; --map other=… answers for all the rest.",
        found=tuple((row["value"], row["share"]) for row in rows),
        unmatched=tuple(row["value"] for row in unmatched),
    )


def _parse_target(target: str, taxonomy: Taxonomy) -> int:
    word = target.strip().lower()
    if word in _UNLABELLED_WORDS:
        return UNLABELLED
    if word in _IGNORE_WORDS:
        return IGNORE
    label_class = taxonomy.find_by_name(target)
    if label_class is not None:
        return label_class.number
    try:
        return taxonomy.get_class(int(word) if word.isdigit() else word).number
    except NotFound as error:
        raise UsageError(error.message, hint=error.hint) from None


def _target_text(number: int | None, taxonomy: Taxonomy) -> str:
    if number is None:
        return ""
    if number in (UNLABELLED, IGNORE):
        return "ignore" if number == IGNORE else "unlabelled"
    return taxonomy.get_class(number).key


def _read_names(path: Path) -> dict[int, str]:
    """Code → name in one of the usual list files; empty if it is something else."""
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix == ".json":
            return _names_in_json(json.loads(text))
        if path.suffix == ".csv":
            return _names_in_csv(text)
        return _names_in_text(text)
    except (UnicodeDecodeError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _names_in_json(content: Any) -> dict[int, str]:
    listed = content.get("classes", content) if isinstance(content, dict) else content
    return {parse_code(str(c["color"])): str(c.get("title") or c["name"]) for c in listed}


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
