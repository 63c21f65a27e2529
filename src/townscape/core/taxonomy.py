"""Taxonomies: the versioned list of classes that pixels can be labelled with.

A class number is a class's identity. It is never changed and never reused; the order in which
classes are shown is a field of its own, and a class that was merged into another one stays in
the list with `merged_into` set, to be resolved on read.
Three numbers have three names: the *class number* here, the *model channel* (0…K−1, see
`Taxonomy.channels`) and the *value* that an exchange format uses.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from townscape.core.errors import InputError, NotFound
from townscape.core.options import describe_validation

MAX_CLASS_NUMBER = 65_534
"""Class numbers above would collide with ignore (65,535) and with objects (≥ 65,536)."""

MAX_CHANNELS = 254
"""A network has at most this many classes: 255 marks pixels that do not count."""

TRAITS_BY_KEY: dict[str, tuple[str, ...]] = {
    "tree": ("green", "tree"),
    "grass": ("green",),
    "shrub": ("green",),
    "vegetation": ("green",),
    "terrain": ("green",),
    "low-vegetation": ("green",),
    "building": ("sealed", "building"),
    "road": ("sealed", "road"),
    "sidewalk": ("sealed", "sidewalk"),
    "pavement": ("sealed", "sidewalk"),
    "paved": ("sealed",),
    "water": ("water",),
    "sky": ("sky",),
    "car": ("vehicle",),
    "truck": ("vehicle",),
    "bus": ("vehicle",),
    "train": ("vehicle",),
    "motorcycle": ("vehicle",),
    "vehicle": ("vehicle",),
    "person": ("pedestrian",),
    "pedestrian": ("pedestrian",),
}
"""What insights may read from a class, by its key, where a taxonomy names no traits itself."""

_COLOR = re.compile(r"#[0-9a-f]{6}")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class LabelClass(BaseModel):
    """One class: identity, name, colour and meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    number: int = Field(ge=1, le=MAX_CLASS_NUMBER)
    """Identity, 1…65,534; never changed, never reused."""
    key: str
    """Short name for files and commands: lower-case words joined by hyphens."""
    name: str
    """Name for people."""
    color: str
    """`#rrggbb`, the same everywhere."""
    kind: Literal["stuff", "thing"] = "stuff"
    """Things have objects that can be counted; stuff has area only."""
    parent: str | None = None
    """Name of a group of classes, for display."""
    evaluated: bool = True
    """False: trained, but left out of the mean."""
    traits: tuple[str, ...] = ()
    """What insights may read from it: green, sealed, road, water, sky, vehicle, pedestrian …"""
    aliases: tuple[str, ...] = ()
    """Other names under which exchange formats know the class."""
    display_order: int = 0
    """Classes are shown by this, then by number."""
    shortcut: str | None = None
    """A key that chooses the class in the editor."""
    merged_into: int | None = None
    """Number of the class that took this one over."""

    @field_validator("color")
    @classmethod
    def _color_is_hex(cls, color: str) -> str:
        color = color.lower()
        if not _COLOR.fullmatch(color):
            raise ValueError("a colour is written #rrggbb")
        return color

    @field_validator("key")
    @classmethod
    def _key_is_kebab(cls, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise ValueError("a key is lower-case words joined by hyphens, as in low-vegetation")
        return key

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green and blue, 0…255."""
        value = int(self.color[1:], 16)
        return value >> 16, value >> 8 & 255, value & 255


class Taxonomy(BaseModel):
    """An immutable version of a list of classes. A change makes the next version."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str
    """Short name, unique in a workspace."""
    version: int = Field(default=1, ge=1)
    title: str = ""
    """Name for people."""
    viewpoint: Literal["street", "overhead", "any"] = "any"
    """Which way the camera looks: decides augmentation and which insights make sense."""
    source: str = ""
    """Where the list comes from."""
    ignore_colors: tuple[str, ...] = ()
    """Colours that mean *ignore* (void) in colour masks of this taxonomy."""
    classes: tuple[LabelClass, ...]

    @model_validator(mode="after")
    def _identities_are_unique(self) -> Self:
        for what in ("number", "key", "name"):
            seen: set[Any] = set()
            for label_class in self.classes:
                value = getattr(label_class, what)
                if value in seen:
                    raise ValueError(f"two classes have the {what} {value!r}")
                seen.add(value)
        if not self.classes:
            raise ValueError("a taxonomy needs at least one class")
        numbers = {c.number: c for c in self.classes}
        for label_class in self.classes:
            target = label_class.merged_into
            if target is None:
                continue
            if target not in numbers or target == label_class.number:
                raise ValueError(f"{label_class.key} is merged into {target}, which is no other class")
            if numbers[target].merged_into is not None:
                raise ValueError(f"{label_class.key} is merged into a class that is merged itself")
        return self

    @cached_property
    def active(self) -> tuple[LabelClass, ...]:
        """Classes that can be painted, in display order."""
        kept = [c for c in self.classes if c.merged_into is None]
        return tuple(sorted(kept, key=lambda c: (c.display_order, c.number)))

    @cached_property
    def channels(self) -> tuple[int, ...]:
        """Class numbers by model channel: `channels[k]` is the class of channel k."""
        return tuple(sorted(c.number for c in self.classes if c.merged_into is None))

    @cached_property
    def resolved(self) -> dict[int, int]:
        """Class number → the number under which it is read (itself, or what it was merged into)."""
        return {c.number: c.merged_into or c.number for c in self.classes}

    @cached_property
    def _by_number(self) -> dict[int, LabelClass]:
        return {c.number: c for c in self.classes}

    @cached_property
    def _by_key(self) -> dict[str, LabelClass]:
        return {c.key: c for c in self.classes}

    def get_class(self, key_or_number: str | int) -> LabelClass:
        """The class of that key or number; raises `NotFound` with the keys that exist."""
        found = (
            self._by_key.get(key_or_number)
            if isinstance(key_or_number, str)
            else self._by_number.get(key_or_number)
        )
        if found is None:
            known = ", ".join(c.key for c in self.active)
            raise NotFound(f"Taxonomy {self.name} has no class {key_or_number!r}.", hint=f"it has {known}.")
        return found

    def find_by_name(self, name: str) -> LabelClass | None:
        """The class whose key, name or alias is `name`, ignoring case and punctuation."""
        wanted = _plain(name)
        for label_class in self.active:
            names = (label_class.key, label_class.name, *label_class.aliases)
            if any(_plain(n) == wanted for n in names):
                return label_class
        return None

    def find_by_color(self, color: str) -> LabelClass | None:
        """The class of exactly this colour (`#rrggbb`), if there is one and only one."""
        found = [c for c in self.active if c.color == color.lower()]
        return found[0] if len(found) == 1 else None

    def with_trait(self, *traits: str) -> tuple[LabelClass, ...]:
        """Active classes that have any of `traits`."""
        return tuple(c for c in self.active if set(self.traits_of(c)) & set(traits))

    @staticmethod
    def traits_of(label_class: LabelClass) -> tuple[str, ...]:
        """The class's own traits, else those that its key is known for."""
        return label_class.traits or TRAITS_BY_KEY.get(label_class.key, ())


def builtin_names() -> tuple[str, ...]:
    """Names of the taxonomies that come with Townscape."""
    folder = resources.files("townscape.core") / "taxonomies"
    return tuple(sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")))


def read_taxonomy(name_or_path: str | Path) -> Taxonomy:
    """A built-in taxonomy by name, or one from a TOML or JSON file.

    JSON files may be a taxonomy written by Townscape or a list of `{"title", "color"}` as
    several labelling tools write it. Raises `NotFound` or `InputError` naming the file.
    """
    if str(name_or_path) in builtin_names():
        text = (resources.files("townscape.core") / "taxonomies" / f"{name_or_path}.toml").read_text("utf-8")
        return parse_taxonomy(tomllib.loads(text), origin=str(name_or_path))
    path = Path(name_or_path).expanduser()
    if not path.is_file():
        raise NotFound(
            f"There is no taxonomy called {name_or_path!r} and no such file.",
            hint=f"built in are {', '.join(builtin_names())}; or give a TOML file.",
        )
    try:
        text = path.read_text("utf-8")
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path} cannot be read as a taxonomy: {error}.") from error
    return parse_taxonomy(values, origin=str(path))


def parse_taxonomy(values: dict[str, Any], *, origin: str) -> Taxonomy:
    """A taxonomy from plain values; `[[class]]` tables may stand for `classes`."""
    values = dict(values)
    if "class" in values:
        values["classes"] = values.pop("class")
    listed = values.get("classes")
    if isinstance(listed, list) and listed and "number" not in listed[0]:
        values = _from_title_list(listed, origin)
    try:
        return Taxonomy.model_validate(values)
    except ValidationError as error:
        raise InputError(f"{origin} is not a taxonomy: {describe_validation(error)}.") from error


def _from_title_list(listed: Iterable[dict[str, Any]], origin: str) -> dict[str, Any]:
    classes: list[dict[str, Any]] = []
    ignore_colors: list[str] = []
    for entry in listed:
        title = str(entry.get("title") or entry.get("name") or "").strip()
        color = str(entry.get("color", "")).lower()
        key = "-".join(re.findall(r"[a-z0-9]+", title.lower()))
        if key in {"unlabeled", "unlabelled", "void", "ignore"}:
            ignore_colors.append(color)
            continue
        classes.append({"number": len(classes) + 1, "key": key, "name": title, "color": color})
    name = "-".join(re.findall(r"[a-z0-9]+", Path(origin).stem.lower())) or "taxonomy"
    return {"name": name, "source": origin, "ignore_colors": tuple(ignore_colors), "classes": classes}


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
