"""Labels: the classes of a taxonomy under CVAT's numbers, and one for ignore.

A label called "ignore" or "void" means pixels that were looked at and are left out; it is offered
where somebody declared it, or where the taxonomy's images hold such pixels. One called "unlabelled"
means no label at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import UsageError
from townscape.core.labelmap import IGNORE, UNLABELLED
from townscape.core.taxonomy import Taxonomy, builtin_names
from townscape.exchange.new_taxonomy import key_of, taxonomy_of
from townscape.formats.cvat.shapes import CROWD
from townscape.formats.format import SourceClass
from townscape.formats.names_file import means
from townscape.workspace import Workspace

LABEL, ATTRIBUTE, PROJECT = "label", "attribute", "project"
_SPECIAL = {IGNORE: ("ignore", "#7f7f7f"), UNLABELLED: ("unlabelled", "#3f3f3f")}
NO_AREA = ("skeleton", "cuboid", "points", "polyline", "tag", "interval")
"""Types of labels whose shapes cover no pixels."""


class AttributeIn(BaseModel):
    """A field that the shapes of a label have."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=64)
    mutable: bool = False
    input_type: str = "text"
    default_value: str = ""
    values: tuple[str, ...] = ()


class LabelIn(BaseModel):
    """A label as a client declares it, or changes it (with `id`)."""

    model_config = ConfigDict(frozen=True)

    id: int | None = None
    name: str | None = Field(default=None, max_length=80)
    color: str | None = None
    type: str = "any"
    attributes: tuple[AttributeIn, ...] = ()
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one taxonomy."""

    taxonomy: Taxonomy
    id_by_class: Mapping[int, int]
    """Class number (65,535 ignore, 0 unlabelled) → label."""
    name_by_class: Mapping[int, str]
    attributes: Mapping[int, Mapping[str, Mapping[str, Any]]]
    """Class number → name of an attribute → what it is, with its `id`."""

    @property
    def class_by_id(self) -> dict[int, int]:
        """Label → class number."""
        return {label: number for number, label in self.id_by_class.items()}

    def crowd_class(self, number: int) -> bool:
        """Whether a class says of each shape if it is one object (`is_crowd`)."""
        return CROWD in self.attributes.get(number, {})


class LabelBook:
    """Which labels there are."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def of(self, name: str) -> Labels:
        """The labels of a taxonomy; raises `NotFound`."""
        numbered = self._workspace.numbered
        taxonomy = self._workspace.taxonomies.get(name)
        classes = [c.number for c in taxonomy.active]
        declared = {r.key: r for r in numbered.find(LABEL)}
        classes += [n for n in (IGNORE, UNLABELLED) if _key(name, n) in declared]
        if IGNORE not in classes and IGNORE in self._workspace.browsing.class_use(name):
            classes.append(IGNORE)
        numbers = numbered.numbers_of(LABEL, [_key(name, n) for n in classes])
        names = {c.number: c.name for c in taxonomy.active} | {n: s[0] for n, s in _SPECIAL.items()}
        attributes: dict[int, dict[str, dict[str, Any]]] = {}
        for number in classes:
            record = declared.get(_key(name, number))
            if record is None:
                continue
            names[number] = record.about.get("name", names[number])
            listed: dict[str, dict[str, Any]] = {a["name"]: a for a in record.about.get("attributes", ())}
            ids = numbered.numbers_of(ATTRIBUTE, [f"{record.number}/{a}" for a in listed])
            attributes[number] = {a: v | {"id": ids[f"{record.number}/{a}"]} for a, v in listed.items()}
        ids = {n: numbers[_key(name, n)] for n in classes}
        return Labels(taxonomy, ids, {n: names[n] for n in classes}, attributes)

    def project_of(self, name: str) -> int:
        """The number of a taxonomy as a project."""
        return self._workspace.numbered.numbers_of(PROJECT, [name])[name]

    def choose(
        self, wanted: Sequence[LabelIn], *, called: str, may_reuse: bool, without: str | None = None
    ) -> str:
        """The taxonomy that has all these labels, or a new one of them; returns its name.

        The attribute called `without` is not kept. Raises `UsageError` for labels that cannot be painted
        or are none.
        """
        for label in wanted:
            if not (label.name and label.name.strip()):
                raise UsageError("A label has no name.")
            if label.type in NO_AREA:
                raise UsageError(
                    f"The label {label.name} is of type {label.type}, which has no area.",
                    hint="use any, mask or polygon: Townscape keeps what covers pixels.",
                )
        named = [label for label in wanted if means(label.name or "") is None]
        names = {label.name or "" for label in named}
        if not names:
            raise UsageError("There is no label.", hint="give at least one: a taxonomy has a class at least.")
        if len(names) < len(named):
            raise UsageError("Two labels have the same name.")
        found = next((t.name for t in self._taxonomies() if names <= {c.name for c in t.active}), None)
        name = found if found is not None and may_reuse else self._make(named, called)
        self.declare(name, wanted, without=without)
        return name

    def _taxonomies(self) -> list[Taxonomy]:
        """Those of the workspace, its default one first."""
        taxonomies = self._workspace.taxonomies
        default = self._workspace.settings.taxonomy
        names = sorted(taxonomies.names(), key=lambda n: (n != default, n))
        return [taxonomies.get(name) for name in names]

    def _make(self, labels: Sequence[LabelIn], called: str) -> str:
        listed = [
            SourceClass(label.name or "", label.name or "", _color(label.color), _kind(label))
            for label in labels
        ]
        key = key_of(called)
        taken = {*self._workspace.taxonomies.names(), *builtin_names()}
        free = (key if k == 1 else f"{key}-{k}" for k in range(1, 10**6))
        made = taxonomy_of(next(name for name in free if name not in taken), listed, {})
        return self._workspace.taxonomies.put(made.model_copy(update={"title": called})).name

    def declare(self, name: str, wanted: Sequence[LabelIn], *, without: str | None = None) -> None:
        """Keep what a taxonomy has no place for: names for ignore, and attributes."""
        numbered = self._workspace.numbered
        by_name = {c.name: c.number for c in self._workspace.taxonomies.get(name).active}
        for label in wanted:
            shown = label.name or ""
            number = by_name.get(shown, IGNORE if means(shown) == "ignore" else UNLABELLED)
            about: dict[str, Any] = {} if shown in by_name else {"name": shown}
            attributes = [a.model_dump(mode="json") for a in label.attributes if a.name != without]
            if attributes:
                about["attributes"] = attributes
            if about:
                key = _key(name, number)
                numbered.change(LABEL, numbered.numbers_of(LABEL, [key])[key], about=about)


def _key(taxonomy: str, number: int) -> str:
    return f"{taxonomy}/{number}"


def special_color(number: int) -> str:
    """The colour of ignore and of unlabelled."""
    return _SPECIAL[number][1]


def _color(color: str | None) -> str | None:
    plain = (color or "").lower()
    is_hex = len(plain) == 7 and plain[0] == "#" and all(c in "0123456789abcdef" for c in plain[1:])
    return plain if is_hex else None


def _kind(label: LabelIn) -> Any:
    """Each shape of a label is an object of its own, unless it says that it is none."""
    crowd = next((a.default_value for a in label.attributes if a.name == CROWD), "")
    return "stuff" if crowd.lower() == "true" else "thing"
