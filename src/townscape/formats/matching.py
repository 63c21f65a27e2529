"""Which class each value of a dataset means: by the user's word, by name, by colour.

Nothing is guessed. A value that none of the three answers to is a question, asked with every
value's pixel share beside it (`UnmatchedLabels`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from townscape.core.errors import NotFound, UnmatchedLabels, UsageError
from townscape.core.labelmap import IGNORE, UNLABELLED
from townscape.core.taxonomy import Taxonomy
from townscape.formats.format import SourceClass
from townscape.formats.mask_file import code_text, color_of, parse_code
from townscape.formats.names_file import means

OTHER = "other"
"""In a mapping: every value that is not named."""

_MAX_LISTED = 25


@dataclass(frozen=True, slots=True)
class Match:
    """What every value means, and why."""

    number_by_value: Mapping[str, int]
    reason_by_value: Mapping[str, str]
    pixels_by_value: Mapping[str, int]
    name_by_value: Mapping[str, str] = field(default_factory=dict[str, str])
    remarks: tuple[str, ...] = ()

    @property
    def values(self) -> list[str]:
        """Every value, the most frequent first."""
        return sorted(self.pixels_by_value, key=lambda v: -self.pixels_by_value[v])

    @property
    def unmatched(self) -> list[str]:
        """Values without an answer, the most frequent first."""
        return [v for v in self.values if v not in self.number_by_value]

    def table(self, taxonomy: Taxonomy) -> list[dict[str, Any]]:
        """Rows (value, name, share, class, reason) in order of their share, for people and JSON."""
        total = max(1, sum(self.pixels_by_value.values()))
        return [
            {
                "value": value,
                "name": self.name_by_value.get(value, ""),
                "share": self.pixels_by_value[value] / total,
                "class": _target_text(self.number_by_value.get(value), taxonomy),
                "reason": self.reason_by_value.get(value, ""),
            }
            for value in self.values
        ]

    def question(self, taxonomy: Taxonomy) -> UnmatchedLabels:
        """The error that asks for the values without an answer."""
        return _question(self, taxonomy)


def parse_mapping(entries: Mapping[str, str], taxonomy: Taxonomy) -> dict[str, int]:
    """The user's mapping: value or name (or `other`) → class number, ignore or unlabelled.

    Raises `UsageError` for a colour that is none, and for a class that does not exist.
    """
    for value in entries:
        if value.startswith("#") and len(value.strip()) != 7:
            raise UsageError(f"In the mapping, {value!r} is no colour.", hint="write #rrggbb=CLASS.")
    return {plain_value(value): _parse_target(target, taxonomy) for value, target in entries.items()}


def match_values(
    pixels_by_value: Counter[str],
    taxonomy: Taxonomy,
    *,
    mapping: Mapping[str, int],
    classes: Sequence[SourceClass] = (),
    names_from: str | None = None,
    snap: float = 0.0,
) -> Match:
    """A class for every value found, as far as there is an answer.

    Order: the user's mapping (by value, then by name), what the format itself says is void or
    unlabelled, the name, the taxonomy's colours. `names_from` is the file that the names come from.
    `snap` sends a colour without an answer to the nearest answered one within that RGB distance.
    Raises `UsageError` if the mapping names a value that does not occur.
    """
    listed = {c.value: c for c in classes}
    remarks: list[str] = []
    occurring = listed.keys() & pixels_by_value.keys()
    if listed and names_from and not occurring:
        remarks.append(
            f"{names_from} lists {len(listed)} values, but none of them occurs in the masks, "
            "so it is not used."
        )
        listed = {}
    numbers: dict[str, int] = {}
    reasons: dict[str, str] = {}
    for value in pixels_by_value:
        known = listed.get(value)
        for answer in (
            _by_mapping(value, known, mapping),
            _by_meaning(known, names_from),
            _by_name(known, names_from, taxonomy),
            _by_color(value, taxonomy),
            _by_default(known),
        ):
            if answer is not None:
                numbers[value], reasons[value] = answer
                break
    _snap(pixels_by_value, numbers, reasons, _anchors(taxonomy, mapping), snap)
    if OTHER in mapping:
        for value in pixels_by_value:
            if value not in numbers:
                numbers[value], reasons[value] = mapping[OTHER], "everything else"
    if listed and names_from and len(occurring) < len(listed) and len(numbers) < len(pixels_by_value):
        remarks.append(
            f"{names_from} lists {len(listed)} values, but only {len(occurring)} of them "
            f"({', '.join(sorted(occurring)[:5])}) can be found in the masks: it does not fit them."
        )
    names = {value: c.name for value, c in listed.items() if c.name and c.name != value}
    return Match(numbers, reasons, dict(pixels_by_value), names, tuple(remarks))


def check_mapping(
    mapping: Iterable[str], pixels_by_value: Mapping[str, int], classes: Sequence[SourceClass]
) -> None:
    """Raise `UsageError` if a mapping names what neither occurs nor is listed: a slip of the pen."""
    known = {plain_value(v) for v in pixels_by_value} | {OTHER}
    known |= {plain_value(c.value) for c in classes} | {plain_value(c.name) for c in classes}
    for value in mapping:
        if value not in known and not value.startswith("#") and not value.isdigit():
            raise UsageError(
                f"The mapping names {value!r}, which does not occur in the files.",
                hint=f"they have {', '.join(sorted(pixels_by_value)[:_MAX_LISTED])}.",
            )


def plain_value(value: str) -> str:
    """A value as it is compared: colours as `#rrggbb`, the rest in lower case."""
    plain = value.strip().lower()
    is_bare_color = len(plain) == 6 and not plain.isdigit()
    try:
        return code_text(parse_code(plain)) if plain.startswith("#") or is_bare_color else plain
    except ValueError:
        return plain


def _by_mapping(value: str, known: SourceClass | None, mapping: Mapping[str, int]) -> tuple[int, str] | None:
    for key in (value, known.name if known else ""):
        plain = plain_value(key)
        if plain and plain in mapping:
            return mapping[plain], "given"
    return None


def _by_meaning(known: SourceClass | None, names_from: str | None) -> tuple[int, str] | None:
    if known is None or known.means is None:
        return None
    called = _called(known.name, names_from) if known.name else "by the format's rules"
    return (IGNORE if known.means == "ignore" else UNLABELLED), called


def _by_default(known: SourceClass | None) -> tuple[int, str] | None:
    if known is None or known.otherwise is None:
        return None
    return (IGNORE if known.otherwise == "ignore" else UNLABELLED), "no such class, as the format has it"


def _by_name(known: SourceClass | None, names_from: str | None, taxonomy: Taxonomy) -> tuple[int, str] | None:
    if known is None:
        return None
    name = known.name or known.value
    try:
        number = _parse_target(name, taxonomy, only_names=True)
    except UsageError:
        return None
    return number, _called(name, names_from)


def _called(name: str, names_from: str | None) -> str:
    return f"called {name!r}" + (f" in {names_from}" if names_from else "")


def _by_color(value: str, taxonomy: Taxonomy) -> tuple[int, str] | None:
    if not value.startswith("#"):
        return None
    label_class = taxonomy.find_by_color(value)
    if label_class is not None:
        return label_class.number, "colour of the class"
    return (IGNORE, "colour of ignore") if value in taxonomy.ignore_colors else None


def _snap(
    pixels_by_value: Mapping[str, int],
    numbers: dict[str, int],
    reasons: dict[str, str],
    anchors: Mapping[str, int],
    limit: float,
) -> None:
    """Send colours without an answer to the nearest anchor colour within `limit`."""
    known = [(value, color) for value in anchors if (color := _rgb(value)) is not None]
    if limit <= 0 or not known:
        return
    table = np.array([color for _, color in known], dtype=np.float64)
    for value in pixels_by_value:
        color = _rgb(value)
        if value in numbers or color is None:
            continue
        distance = np.linalg.norm(table - np.array(color), axis=1)
        nearest = int(distance.argmin())
        if distance[nearest] <= limit:
            numbers[value] = anchors[known[nearest][0]]
            reasons[value] = f"near {known[nearest][0]}"


def _rgb(value: str) -> tuple[int, int, int] | None:
    return color_of(parse_code(value)) if value.startswith("#") else None


def _anchors(taxonomy: Taxonomy, mapping: Mapping[str, int]) -> dict[str, int]:
    """Colours whose meaning is known, whether they occur or not: the classes' own, then the user's."""
    anchors = {c.color: c.number for c in taxonomy.active}
    return anchors | {value: number for value, number in mapping.items() if value.startswith("#")}


def _question(match: Match, taxonomy: Taxonomy) -> UnmatchedLabels:
    rows = match.table(taxonomy)
    shown = [f"{row['value']} {row['name']}".strip() for row in rows]
    width = max(len(text) for text in shown)
    listed = [
        f"  {text:<{width}}  {row['share']:>8.3%}  {row['class'] or '?'}"
        for text, row in zip(shown[:_MAX_LISTED], rows, strict=False)
    ]
    if len(rows) > _MAX_LISTED:
        listed.append(f"  … and {len(rows) - _MAX_LISTED} more")
    unmatched = match.unmatched
    message = "\n".join(
        [
            f"{len(unmatched)} of {len(rows)} values in the labels match no class of {taxonomy.name}.",
            *match.remarks,
            "",
            f"  {'value':<{width}}  {'share':>8}  class",
            *listed,
        ]
    )
    keys = ", ".join(c.key for c in taxonomy.active)
    flags = " ".join(f'--map "{value}=CLASS"' for value in unmatched[:3])
    more = "" if len(unmatched) <= 3 else " …"
    return UnmatchedLabels(
        message,
        hint=f"say what each value means: {flags}{more}\n"
        f"  CLASS is one of {keys}, ignore or unlabelled; --map other=… answers for all the rest; "
        "--new-taxonomy NAME makes a taxonomy of the names in the files.",
        found=tuple((row["value"], row["share"]) for row in rows),
        unmatched=tuple(unmatched),
    )


def _parse_target(target: str, taxonomy: Taxonomy, *, only_names: bool = False) -> int:
    meaning = means(target)
    if meaning is not None:
        return IGNORE if meaning == "ignore" else UNLABELLED
    label_class = taxonomy.find_by_name(target)
    if label_class is not None:
        return label_class.number
    word = target.strip().lower()
    try:
        is_number = word.isdigit() and not only_names
        return taxonomy.get_class(int(word) if is_number else word).number
    except NotFound as error:
        raise UsageError(error.message, hint=error.hint) from None


def _target_text(number: int | None, taxonomy: Taxonomy) -> str:
    if number is None:
        return ""
    if number in (UNLABELLED, IGNORE):
        return "ignore" if number == IGNORE else "unlabelled"
    return taxonomy.get_class(number).key
