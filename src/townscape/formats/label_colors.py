"""Lists of classes as CamVid began them and Cityscapes exports go on: a line `r g b name` for each class."""

from collections.abc import Iterable

NAME = "label_colors.txt"


def parse(text: str) -> list[tuple[str, str]]:
    """Colour (`#rrggbb`) and name of every line, in order; lines of another form are left out."""
    found: list[tuple[str, str]] = []
    for line in text.splitlines():
        *rgb, name = (*line.split(maxsplit=3), "")[:4]
        if len(rgb) == 3 and all(v.isascii() and v.isdecimal() and len(v) <= 3 for v in rgb):
            found.append(("#{:02x}{:02x}{:02x}".format(*(int(v) & 255 for v in rgb)), name.strip()))
    return found


def text_of(classes: Iterable[tuple[str, str]]) -> str:
    """The list of classes given as colour and name."""
    lines = (f"{int(c[1:3], 16)} {int(c[3:5], 16)} {int(c[5:7], 16)} {name}\n" for c, name in classes)
    return "".join(lines)
