"""Classes by name, as GIS files have them: a column with the name, a number and a colour beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from townscape.core.labelmap import IGNORE
from townscape.formats.format import ExportClass, Item, Scheme, SourceClass, unique_values

_IGNORE_COLOR = "#282828"


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A class, or ignore, as features name it."""

    name: str
    """Unique among them."""
    value: int
    """1 is the first class; 65,535 is ignore."""
    color: str
    kind: str
    """`stuff`, `thing`, `ignore` or `unlabelled`."""


def named_classes(classes: Sequence[ExportClass]) -> dict[int, NamedClass]:
    """Class index → class; ignore is the last."""
    names = unique_values([*(c.name for c in classes), "ignore"])
    found = {
        k: NamedClass(names[k - 1], k, c.color, c.means or c.kind) for k, c in enumerate(classes, start=1)
    }
    return found | {IGNORE: NamedClass(names[-1], IGNORE, _IGNORE_COLOR, "ignore")}


def scheme_of(classes: Sequence[ExportClass]) -> Scheme:
    """Nothing is drawn where nothing is labelled; ignore is drawn like a class."""
    *values, ignore = (c.name for c in named_classes(classes).values())
    return Scheme(values, unlabelled="", ignore=ignore)


def source_class(name: Any, color: Any, kind: Any) -> SourceClass:
    """A named class that was read; what is no colour and no kind is left out."""
    return SourceClass(
        str(name),
        color=color if isinstance(color, str) and len(color) == 7 and color.startswith("#") else None,
        kind=kind if kind in ("stuff", "thing") else None,
        means=kind if kind in ("ignore", "unlabelled") else None,
    )


def picture_name(item: Item) -> str:
    """What features call a picture: its part and its image file."""
    name = item.name + item.suffix
    return name if item.part == "default" else f"{item.part}/{name}"
