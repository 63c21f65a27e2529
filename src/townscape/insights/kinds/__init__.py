"""The insights, one file each, found by file name.

A file offers `TITLE`, `SUBJECT` ("zones" or "photos"), `DOES_NOT_PROVE`, `compute(evidence)`
and `explain(indicators, evidence)`, and `chart(indicators)`, a Vega-Lite specification. Every
insight must pass `testing/conformance/insights.py`.
"""

import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from townscape.insights.evidence import Evidence
from townscape.workspace.records import Indicator


class Insight(Protocol):
    """What a file of this folder offers."""

    TITLE: str
    SUBJECT: Literal["zones", "photos"]
    DOES_NOT_PROVE: str

    def compute(self, evidence: Evidence) -> list[Indicator]:
        """The indicators, in the order in which they are to be read."""
        ...

    def explain(self, indicators: Sequence[Indicator]) -> str:
        """What was found, in one or two sentences."""
        ...

    def chart(self, indicators: Sequence[Indicator], colors: dict[str, str]) -> dict[str, Any] | None:
        """A Vega-Lite specification, data included; `colors` maps class names to colours."""
        ...


def insight_names() -> tuple[str, ...]:
    """Names of the insights that come with Townscape."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)])))


def get_insight(name: str) -> Insight:
    """The insight of that name."""
    return importlib.import_module(f"townscape.insights.kinds.{name}")  # pyright: ignore[reportReturnType]
