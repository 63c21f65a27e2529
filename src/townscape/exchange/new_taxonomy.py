"""A taxonomy made of the classes that a dataset lists."""

import re
from collections.abc import Mapping, Sequence

from townscape.core.errors import UsageError
from townscape.core.taxonomy import LabelClass, Taxonomy
from townscape.formats.format import SourceClass

_KEY = re.compile(r"[a-z0-9]+")
_GOLDEN = 0.618_033_988_75


def taxonomy_of(
    name: str,
    classes: Sequence[SourceClass],
    pixels_by_value: Mapping[str, int],
    card: Taxonomy | None = None,
) -> Taxonomy:
    """A taxonomy called `name` of the listed classes, or of the values found where none are listed.

    An export of ours brings its own (`card`). Raises `UsageError` for a name that is none.
    """
    key = key_of(name)
    if key != name:
        raise UsageError(f"{name!r} is no name for a taxonomy.", hint=f"use lower-case words, as in {key}.")
    if card is not None:
        return card.model_copy(update={"name": name, "version": 1})
    listed = list(classes) or [SourceClass(v) for v in sorted(pixels_by_value)]
    made: list[LabelClass] = []
    keys, colors, names = set[str](), set[str](), set[str]()
    for source in listed:
        if source.means is not None:
            continue
        shown = (source.name or source.value).strip() or "class"
        color = source.color or (source.value if source.value.startswith("#") else None)
        color = color if color is not None and color not in colors else _color(len(made), colors)
        unique_key, unique_name = _unique(key_of(shown), keys, "-"), _unique(shown, names, " ")
        made.append(
            LabelClass(
                number=len(made) + 1,
                key=unique_key,
                name=unique_name,
                color=color,
                kind=source.kind or "stuff",
                aliases=(source.value,),
            )
        )
        keys.add(unique_key)
        names.add(unique_name)
        colors.add(color)
    if not made:
        raise UsageError("The files list no class of which a taxonomy could be made.")
    return Taxonomy(name=name, title=name.replace("-", " ").capitalize(), classes=tuple(made))


def key_of(name: str) -> str:
    """A key made of a name: lower-case words joined by hyphens."""
    return "-".join(_KEY.findall(name.lower())) or "class"


def _unique(wanted: str, taken: set[str], joint: str) -> str:
    if wanted not in taken:
        return wanted
    return next(text for k in range(2, 10**6) if (text := f"{wanted}{joint}{k}") not in taken)


def _color(index: int, taken: set[str]) -> str:
    """A colour far from its neighbours in hue: steps of the golden ratio."""
    import colorsys

    for step in range(index, index + 10_000):
        r, g, b = colorsys.hsv_to_rgb(step * _GOLDEN % 1, 0.45 + step % 3 * 0.2, 0.6 + step % 2 * 0.25)
        color = f"#{round(r * 255):02x}{round(g * 255):02x}{round(b * 255):02x}"
        if color not in taken:
            return color
    raise UsageError("There are more classes than colours to tell them apart.")
