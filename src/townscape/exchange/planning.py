"""How classes are written: names, merges, and what becomes of unlabelled and ignored pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import ExportQuestion, UsageError
from townscape.core.labelmap import FIRST_OBJECT, IGNORE, UNLABELLED, LabelMap
from townscape.core.runs import distinct, look_up, run_lengths, run_starts
from townscape.core.taxonomy import Taxonomy
from townscape.exchange.options import ExportOptions
from townscape.formats.format import ExportClass, Format, Scheme
from townscape.formats.labels import ExportLabels, ExportObject

_GREYS = {"ignore": "#7f7f7f", "unlabelled": "#3f3f3f"}


@dataclass(frozen=True)
class ClassPlan:
    """The classes of an export, and which class number becomes which of them."""

    classes: Sequence[ExportClass]
    scheme: Scheme
    index_by_number: NDArray[np.uint16]
    """65,536 entries: class number → class index; 0 and 65,535 included."""
    keys: Sequence[str]
    """For each class the key that it has in the taxonomy (the first, of merged ones)."""
    things: frozenset[int]
    """Class indices whose objects are written."""
    answers: Mapping[str, str]
    """What was decided of unlabelled and ignored pixels, for the data card."""

    def labels(self, label_map: LabelMap, taxonomy: Taxonomy) -> tuple[ExportLabels, int]:
        """A label map in class indices, and how many objects of stuff became plain pixels."""
        classes_hw = look_up(self.index_by_number, label_map.class_numbers(taxonomy))
        flat = label_map.segments_hw.reshape(-1)
        starts = run_starts(flat)
        ids, of_run = distinct(flat[starts])
        if not (ids >= FIRST_OBJECT).any():
            return ExportLabels(classes_hw, np.zeros(classes_hw.shape, dtype=np.uint32)), 0
        table = np.zeros(ids.size, dtype=np.uint32)
        objects: list[ExportObject] = []
        flattened = 0
        for k, object_id in enumerate(ids.tolist()):
            if object_id < FIRST_OBJECT:
                continue
            row = label_map.objects[object_id]
            index = int(self.index_by_number[taxonomy.resolved.get(row.class_number or 0, 0)])
            if index in self.things:
                objects.append(ExportObject(index, dict(row.attributes)))
                table[k] = len(objects)
            else:
                flattened += 1
        objects_hw = np.repeat(table[of_run], run_lengths(starts, flat.size)).reshape(classes_hw.shape)
        return ExportLabels(classes_hw, objects_hw, objects), flattened


def plan_classes(
    kind: Format,
    variant: str,
    taxonomy: Taxonomy,
    options: ExportOptions,
    *,
    unlabelled_px: int,
    ignored_px: int,
) -> ClassPlan:
    """Plan an export. Raises `ExportQuestion` where the format merges what is different here and nobody
    has said how, `UsageError` for a mapping that makes no sense.
    """
    names = _names(taxonomy, options.map)
    classes: list[ExportClass] = []
    keys: list[str] = []
    index = np.zeros(IGNORE + 1, dtype=np.uint16)
    index[IGNORE] = IGNORE
    place: dict[str, int] = {}
    for label_class in taxonomy.active:
        name = names.get(label_class.key, label_class.name)
        if name in ("ignore", "unlabelled"):
            index[label_class.number] = IGNORE if name == "ignore" else UNLABELLED
            continue
        if name.casefold() not in place:
            classes.append(ExportClass(name, label_class.color, label_class.kind))
            keys.append(label_class.key)
            place[name.casefold()] = len(classes)
        index[label_class.number] = place[name.casefold()]
    if not classes:
        raise UsageError("No class is left to write.", hint="see --map.")
    planned = kind.scheme(classes, variant)
    answers: dict[str, str] = {}
    for what, number, pixels in (("ignore", IGNORE, ignored_px), ("unlabelled", UNLABELLED, unlabelled_px)):
        answer: str = getattr(options, what)
        if getattr(planned, what) is not None and answer == "ask":
            continue
        if answer == "ask":
            if not pixels:
                continue
            has_background = any(c.name.strip().lower() == "background" for c in classes)
            raise _question(kind, what, pixels, can_add=planned.can_add, has_background=has_background)
        answers[what] = answer
        index[index == number] = _target(answer, what, number, classes, keys)
    if any(c.means for c in classes):
        planned = kind.scheme(classes, variant)
    things = frozenset(k for k, c in enumerate(classes, start=1) if c.kind == "thing")
    return ClassPlan(classes, planned, index, keys, things, answers)


def _target(answer: str, what: str, number: int, classes: list[ExportClass], keys: list[str]) -> int:
    """The class index that ignored or unlabelled pixels get; a class is added where that was asked for."""
    if answer == what:
        return number
    if answer in ("ignore", "unlabelled"):
        return IGNORE if answer == "ignore" else UNLABELLED
    if answer == "background":
        for k, label_class in enumerate(classes, start=1):
            if label_class.name.strip().lower() == "background":
                return k
        raise UsageError(
            f"--{what} background: there is no class called background.", hint=f"use --{what} class."
        )
    classes.append(ExportClass(what, _GREYS[what], "stuff", means=what))  # pyright: ignore[reportArgumentType]
    keys.append(what)
    return len(classes)


def _names(taxonomy: Taxonomy, entries: Sequence[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for text in entries:
        key, equals, name = text.partition("=")
        if not equals or not key.strip() or not name.strip():
            raise UsageError(f"--map {text!r} is not of the form CLASS=NAME.")
        found = taxonomy.find_by_name(key) or taxonomy.get_class(key.strip())
        names[found.key] = name.strip()
    return names


def _question(kind: Format, what: str, pixels: int, *, can_add: bool, has_background: bool) -> ExportQuestion:
    other = "ignore" if what == "unlabelled" else "unlabelled"
    answers = [other, *(["class"] if can_add else []), *(["background"] if has_background else [])]
    texts = {"class": f"`--{what} class` (a class called {what})"}
    choices = [texts.get(answer, f"`--{what} {answer}`") for answer in answers]
    return ExportQuestion(
        f"{kind.TITLE} has no place for {'ignored' if what == 'ignore' else 'unlabelled'} pixels, and "
        f"{pixels:,} pixels are.",
        hint=f"say what becomes of them: {', '.join(choices)}.",
        field=what,
        choices=tuple(answers),
    )
