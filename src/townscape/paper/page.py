"""The page shell: one template, one style sheet, filters for numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from townscape.version import __version__
from townscape.workspace.folder import write_atomically


def write_html(path: Path, template: Path, values: Mapping[str, Any]) -> None:
    """Fill a template (which may extend `base.html.j2`) and write the page, whole or not at all."""
    text = (
        _environment(template.parent)
        .get_template(template.name)
        .render(**values, version=__version__, made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    )
    write_atomically(path, text.encode())


def fill_template(name: str, values: Mapping[str, Any]) -> Markup:
    """One of this room's own templates, filled; texts in `values` are escaped."""
    folder = Path(__file__).parent / "templates"
    return Markup(_environment(folder).get_template(name).render(**values))  # noqa: S704 - autoescaped


@lru_cache(maxsize=8)
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([folder, Path(__file__).parent / "templates"]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "percent": percent,
        "number": number,
        "share_range": share_range,
        "count": count,
    }
    environment.filters.update(filters)
    return environment


def percent(value: float | None, digits: int = 0) -> str:
    """A share as per cent with a thin space, or a dash."""
    return "–" if value is None else f"{value * 100:.{digits}f}\u202f%"


def number(value: float | None, digits: int = 3) -> str:
    """A number with fixed digits, or a dash."""
    return "–" if value is None else f"{value:,.{digits}f}".replace(",", "\u202f")


def count(value: float) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{value:,.0f}".replace(",", "\u202f")


def share_range(low: float | None, high: float | None, digits: int = 0) -> str:
    """`23–31 %`, or an empty text where there is no interval."""
    if low is None or high is None:
        return ""
    return f"{low * 100:.{digits}f}–{high * 100:.{digits}f}\u202f%"
