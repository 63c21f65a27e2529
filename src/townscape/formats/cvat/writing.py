"""The head of CVAT's XML 1.1: what classes and attributes there are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from townscape.formats.codecs.xml_stream import quoted, text
from townscape.formats.cvat.shapes import CROWD
from townscape.formats.format import Plan


@dataclass
class AttributeUse:
    """The values that an attribute of a class takes."""

    kinds: set[str] = field(default_factory=set[str])
    least: float = 0
    most: float = 0

    def add(self, kind: str, value: float) -> None:
        """Count in a value: its `kind_of`, and itself if it is a number."""
        self.kinds.add(kind)
        if kind == "number":
            self.least, self.most = min(self.least, value), max(self.most, value)


def kind_of(value: Any) -> str:
    """How a value is typed in: checkbox, number or text."""
    if isinstance(value, bool):
        return "checkbox"
    return "number" if isinstance(value, int | float) and value - value == 0 else "text"


def attribute(name: str, value: Any) -> str:
    """An attribute of a shape, as a line."""
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"      <attribute name={quoted(name)}>{text(shown)}</attribute>\n"


def document_head(
    plan: Plan, values: list[str], n_images: Mapping[str, int], uses: Mapping[tuple[int, str], AttributeUse]
) -> str:
    """Everything before the images. With parts it is that of several tasks, each a subset."""
    labels = "".join(
        _label(name, label_class.color, label_class.kind == "stuff", _declared(index, uses))
        for index, (name, label_class) in enumerate(zip(values, plan.classes, strict=True), start=1)
    )
    labels = f"      <labels>\n{labels}      </labels>\n"
    name = f"      <name>{text(plan.name)}</name>\n"
    if has_subsets(plan):
        parts = "".join(
            f"        <task>\n          <id>{k}</id>\n          <name>{text(f'{plan.name} {part}')}</name>\n"
            f"          <size>{n_images.get(part, 0)}</size>\n          <mode>annotation</mode>\n"
            f"          <overlap>0</overlap>\n          <subset>{text(part)}</subset>\n        </task>\n"
            for k, part in enumerate(plan.parts)
        )
        subsets = f"      <subsets>{text(chr(10).join(plan.parts))}</subsets>\n"
        block = (
            f"    <project>\n{name}{labels}{subsets}      <tasks>\n{parts}      </tasks>\n    </project>\n"
        )
    else:
        size = sum(n_images.values())
        block = (
            f"    <task>\n      <id>0</id>\n{name}      <size>{size}</size>\n      <mode>annotation</mode>\n"
            f"      <overlap>0</overlap>\n{labels}    </task>\n"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
        f"  <meta>\n{block}  </meta>\n"
    )


def has_subsets(plan: Plan) -> bool:
    """Whether the parts of an export are told apart."""
    return tuple(plan.parts) != ("default",)


def _declared(index: int, uses: Mapping[tuple[int, str], AttributeUse]) -> str:
    return "".join(
        _declaration(name, *_input(use))
        for (of_class, name), use in sorted(uses.items())
        if of_class == index
    )


def _input(use: AttributeUse) -> tuple[str, str, str]:
    """Kind of input, default and values of an attribute."""
    if use.kinds == {"checkbox"}:
        return "checkbox", "false", "false"
    if use.kinds == {"number"}:
        return "number", str(use.least), f"{use.least}\n{use.most}\n1"
    return "text", "", ""


def _label(name: str, color: str, is_stuff: bool, declared: str) -> str:
    crowd = _declaration(CROWD, "checkbox", str(is_stuff).lower(), "false")
    return (
        f"        <label>\n          <name>{text(name)}</name>\n          <color>{color}</color>\n"
        f"          <type>any</type>\n          <attributes>\n{crowd}{declared}          </attributes>\n"
        "        </label>\n"
    )


def _declaration(name: str, kind: str, default: str, values: str) -> str:
    return (
        f"            <attribute>\n              <name>{text(name)}</name>\n"
        f"              <mutable>False</mutable>\n              <input_type>{kind}</input_type>\n"
        f"              <default_value>{text(default)}</default_value>\n"
        f"              <values>{text(values)}</values>\n            </attribute>\n"
    )
