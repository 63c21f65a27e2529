"""Taxonomies: every version, and the changes that make the next one."""

from typing import Annotated, Literal

from fastapi import APIRouter, Body
from pydantic import ConfigDict

from townscape.core.taxonomy import Taxonomy, builtin_names, read_taxonomy
from townscape.server.context import InContext
from townscape.server.record import Record
from townscape.workspace.taxonomy_changes import TaxonomyChange, change_taxonomy

router = APIRouter(prefix="/taxonomies", tags=["taxonomies"])


class TaxonomyLine(Record):
    """A taxonomy in a list."""

    name: str
    title: str
    version: int
    classes: int
    is_default: bool
    is_here: bool
    """False for a built-in one that this workspace has not used yet."""


class ClassUse(Record):
    """How much of a class is labelled."""

    number: int
    pixels: int
    annotations: int


class TaxonomyOut(Record):
    """A version of a taxonomy, with what is labelled in it."""

    taxonomy: Taxonomy
    use: list[ClassUse]


class ChangeIn(Record):
    """A change of the newest version."""

    model_config = ConfigDict(extra="forbid")

    change: TaxonomyChange
    version: int
    """The version that the page saw: somebody else may have been quicker."""


@router.get("")
def list_taxonomies(context: InContext) -> list[TaxonomyLine]:
    """Those of the workspace, then the built-in ones."""
    here = context.workspace.taxonomies.names()
    default = context.workspace.settings.taxonomy
    found = [(context.workspace.taxonomies.get(name), True) for name in here]
    found += [(read_taxonomy(name), False) for name in builtin_names() if name not in here]
    return [
        TaxonomyLine(
            name=t.name, title=t.title or t.name, version=t.version, classes=len(t.active),
            is_default=t.name == default, is_here=is_here,
        )
        for t, is_here in found
    ]  # fmt: skip


@router.get("/{name}")
def read_taxonomy_version(context: InContext, name: str, version: int | None = None) -> TaxonomyOut:
    """A version, the newest by default."""
    taxonomies = context.workspace.taxonomies
    taxonomy = taxonomies.adopt(name) if version is None else taxonomies.get(name, version)
    use = context.workspace.browsing.class_use(name)
    return TaxonomyOut(
        taxonomy=taxonomy,
        use=[ClassUse(number=n, pixels=p, annotations=a) for n, (p, a) in sorted(use.items())],
    )


@router.post("/{name}/changes")
def change(context: InContext, name: str, wanted: Annotated[ChangeIn, Body()]) -> TaxonomyOut:
    """Make the next version. Classes in use are never lost: they are merged."""
    change_taxonomy(context.workspace, name, wanted.change, version=wanted.version)
    return read_taxonomy_version(context, name)


class Similar(Record):
    """Two classes whose colours are hard to tell apart."""

    first: int
    second: int
    distance: float
    """Difference of the colours as seen (CIEDE2000); below 10 is hard to tell apart."""
    vision: Literal["usual", "protanopia", "deuteranopia", "tritanopia"]


@router.get("/{name}/similar-colors")
def find_similar_colors(context: InContext, name: str) -> list[Similar]:
    """Pairs of classes that look alike, to everybody or to the colour-blind."""
    from townscape.core.color_vision import similar_pairs

    taxonomy = context.workspace.taxonomies.adopt(name)
    return [Similar.of(pair) for pair in similar_pairs({c.number: c.rgb for c in taxonomy.active})]
