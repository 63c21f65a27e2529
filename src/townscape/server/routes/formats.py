"""Exchange formats: which there are, what each can hold and what it cannot."""

import inspect

from fastapi import APIRouter

from townscape.formats.format import Format, Loss
from townscape.formats.kinds import format_names, get_format
from townscape.server.record import Record

router = APIRouter(prefix="/formats", tags=["formats"])


class LossOut(Record):
    """Something that a format has no field for."""

    what: str
    why: str
    quote: str
    """The sentence of the specification that says so."""
    source: str


class VariantOut(Record):
    """One way to write a format."""

    name: str
    is_outlines: bool
    """Labels are written as outlines, which can be simplified."""
    losses: list[LossOut]


class FormatOut(Record):
    """An exchange format."""

    name: str
    title: str
    text: str
    """One sentence on what it is made of; names of files stand between backticks."""
    specification: str
    variants: list[VariantOut]
    """Ways to write it, the usual one first; empty: it can only be read."""
    cannot_hold: list[str]
    """What one of its variants at least has no place for."""


@router.get("")
def list_formats() -> list[FormatOut]:
    """Every format, by title."""
    found = [_format(name, get_format(name)) for name in format_names()]
    return sorted(found, key=lambda f: f.title.casefold())


def _format(name: str, kind: Format) -> FormatOut:
    losses = {variant: kind.LOSSES.get(variant, ()) for variant in kind.VARIANTS}
    return FormatOut(
        name=name,
        title=kind.TITLE,
        text=_first_sentence(inspect.getdoc(kind) or ""),
        specification=kind.SPEC,
        variants=[
            VariantOut(name=v, is_outlines=v.startswith("polygon"), losses=[_loss(loss) for loss in found])
            for v, found in losses.items()
        ],
        cannot_hold=sorted({loss.what for found in losses.values() for loss in found}),
    )


def _loss(loss: Loss) -> LossOut:
    return LossOut.of(loss)


def _first_sentence(text: str) -> str:
    """The first paragraph without the format's own name."""
    first = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    _, _, after = first.partition(": ")
    return (after or first)[:1].upper() + (after or first)[1:]
