"""Changes of a taxonomy. Each makes its next version; numbers are never changed and never reused."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from townscape.core.errors import UsageError
from townscape.core.options import describe_validation
from townscape.core.taxonomy import MAX_CLASS_NUMBER, LabelClass, Taxonomy
from townscape.workspace.workspace import Workspace


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AddClass(_Change):
    """A new class, at the end."""

    kind: Literal["add-class"] = "add-class"
    name: str = Field(min_length=1, max_length=80)
    color: str
    key: str | None = None
    """Made from the name if it is not given."""
    is_thing: bool = False
    parent: str | None = None


class ChangeClass(_Change):
    """Another name, colour, kind, parent, or whether it counts in the mean; None: as it is."""

    kind: Literal["change-class"] = "change-class"
    number: int
    name: str | None = Field(default=None, min_length=1, max_length=80)
    color: str | None = None
    is_thing: bool | None = None
    parent: str | None = None
    """An empty text takes the parent away."""
    evaluated: bool | None = None
    shortcut: str | None = Field(default=None, max_length=1)
    """A key that chooses the class in the editor; an empty text takes it away."""


class MergeClass(_Change):
    """One class becomes part of another: its pixels are read as that from now on."""

    kind: Literal["merge-class"] = "merge-class"
    number: int
    into: int


class Reorder(_Change):
    """The order in which classes are shown."""

    kind: Literal["reorder"] = "reorder"
    numbers: tuple[int, ...]


TaxonomyChange = Annotated[AddClass | ChangeClass | MergeClass | Reorder, Field(discriminator="kind")]


def change_taxonomy(
    workspace: Workspace, name: str, change: AddClass | ChangeClass | MergeClass | Reorder, *, version: int
) -> Taxonomy:
    """Make the next version of a taxonomy. `version` is the one that was looked at.

    Raises `UsageError` if that is no longer the newest, or if the change breaks a rule.
    """
    newest = workspace.taxonomies.adopt(name)
    if newest.version != version:
        raise UsageError(
            f"Taxonomy {name} was changed meanwhile (version {newest.version}).",
            hint="look at the new version and make the change again.",
        )
    try:
        changed = changed_taxonomy(newest, change)
    except ValidationError as error:
        raise UsageError(f"That cannot be: {describe_validation(error)}.") from error
    return workspace.taxonomies.put(changed)


def changed_taxonomy(taxonomy: Taxonomy, change: AddClass | ChangeClass | MergeClass | Reorder) -> Taxonomy:
    """The taxonomy after a change, under the same version number."""
    classes = list(taxonomy.classes)
    if isinstance(change, AddClass):
        classes.append(_new_class(taxonomy, change))
    elif isinstance(change, ChangeClass):
        old = taxonomy.get_class(change.number)
        values = old.model_dump() | _given(change)
        classes[classes.index(old)] = LabelClass.model_validate(values)
    elif isinstance(change, MergeClass):
        classes = _merged(taxonomy, change)
    else:
        place = {number: k for k, number in enumerate(change.numbers)}
        if set(place) != {c.number for c in taxonomy.active}:
            raise UsageError("The order names other classes than there are.")
        classes = [c.model_copy(update={"display_order": place.get(c.number, 0)}) for c in classes]
    values = taxonomy.model_dump() | {"classes": [c.model_dump() for c in classes]}
    return Taxonomy.model_validate(values)


def _new_class(taxonomy: Taxonomy, change: AddClass) -> LabelClass:
    import re

    number = max(c.number for c in taxonomy.classes) + 1
    if number > MAX_CLASS_NUMBER:
        raise UsageError("This taxonomy has used up all class numbers.")
    key = change.key or "-".join(re.findall(r"[a-z0-9]+", change.name.lower())) or f"class-{number}"
    return LabelClass(
        number=number,
        key=key,
        name=change.name.strip(),
        color=change.color,
        kind="thing" if change.is_thing else "stuff",
        parent=change.parent or None,
        display_order=max(c.display_order for c in taxonomy.classes) + 1,
    )


def _given(change: ChangeClass) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in ("name", "color", "evaluated"):
        if getattr(change, name) is not None:
            values[name] = getattr(change, name)
    for name in ("parent", "shortcut"):
        if getattr(change, name) is not None:
            values[name] = getattr(change, name) or None
    if change.is_thing is not None:
        values["kind"] = "thing" if change.is_thing else "stuff"
    return values


def _merged(taxonomy: Taxonomy, change: MergeClass) -> list[LabelClass]:
    target = taxonomy.get_class(change.into)
    taxonomy.get_class(change.number)
    if target.merged_into is not None:
        raise UsageError(f"{target.name} was merged itself.", hint="merge into what it became.")
    return [
        c.model_copy(update={"merged_into": change.into}) if change.number in (c.number, c.merged_into) else c
        for c in taxonomy.classes
    ]
