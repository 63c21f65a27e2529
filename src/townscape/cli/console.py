"""Printing: results on stdout, everything else on stderr."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: BaseModel | dict[str, Any] | list[Any]) -> None:
    """Exactly one JSON object on one line of stdout."""
    content = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    out.file.write(json.dumps(content, ensure_ascii=False) + "\n")
    out.file.flush()


def print_error(message: str, hint: str | None) -> None:
    """What happened and what to do."""
    err.print(Text.assemble(("Error: ", "bold red"), message))
    if hint:
        err.print(Text.assemble(("Hint: ", "bold"), hint))


def print_next(*commands: str) -> None:
    """What to do next."""
    for index, command in enumerate(commands):
        err.print(Text.assemble(("Next: " if index == 0 else "  or: ", "dim"), (command, "bold")))


def say(text: str) -> None:
    """A line of the result."""
    out.print(Text(text))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """A plain table; `right` names the columns that are numbers."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out.print(table)


def share(value: float | None, digits: int = 1) -> str:
    """A share as per cent, or a dash."""
    return "–" if value is None else f"{value * 100:.{digits}f} %"


def score(value: float | None) -> str:
    """A score with three digits, or a dash."""
    return "–" if value is None else f"{value:.3f}"


def duration(seconds: float) -> str:
    """`42 s`, `3:07 min` or `2:05 h`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"
    return f"{int(seconds) // 3600}:{int(seconds) % 3600 // 60:02d} h"
