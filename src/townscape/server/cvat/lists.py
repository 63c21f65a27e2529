"""Lists as CVAT gives them: filtered by query parameters or JSON logic, sorted, in pages."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from townscape.core.errors import UsageError

_PAGE, _MAX_PAGE = 10, 500
_OURS = ("page", "page_size", "filter", "sort", "search", "org", "org_id")
_DEEPEST = 20


def page_of(request: Request, found: Sequence[dict[str, Any]], *, base: str, path: str) -> dict[str, Any]:
    """The page that a request asks for. Raises `UsageError` for a filter that is not understood."""
    asked = request.query_params
    rows = [row for row in found if _matches(row, asked)]
    for key in reversed([k for k in asked.get("sort", "").split(",") if k]):
        name = key.lstrip("-")
        rows.sort(key=lambda row: _sortable(row.get(name)), reverse=key.startswith("-"))
    page, size = _number(asked.get("page"), 1), min(_number(asked.get("page_size"), _PAGE), _MAX_PAGE)
    first, last = (page - 1) * size, page * size
    if page > 1 and first >= len(rows):
        raise UsageError(f"There is no page {page}.")

    def link(number: int) -> str:
        return f"{base}/{path}?{urlencode({**dict(asked), 'page': number})}"

    return {
        "count": len(rows),
        "next": link(page + 1) if last < len(rows) else None,
        "previous": link(page - 1) if page > 1 else None,
        "results": rows[first:last],
    }


def _matches(row: dict[str, Any], asked: Any) -> bool:
    for key, wanted in asked.items():
        if key not in _OURS and key in row and _text(row[key]) != wanted:
            return False
    search = asked.get("search", "").lower()
    if search and search not in str(row.get("name", "")).lower():
        return False
    if asked.get("filter"):
        try:
            return bool(_value(json.loads(asked["filter"]), row, 0))
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise UsageError(f"The filter is not understood: {error}.", hint="write JSON logic.") from error
    return True


def _value(rule: Any, row: dict[str, Any], depth: int) -> Any:
    """A rule of JSON logic, as far as CVAT's client builds them."""
    if depth > _DEEPEST:
        raise ValueError("it is nested too deeply")
    if not isinstance(rule, dict):
        return rule
    ((name, given),) = rule.items()
    if name == "var":
        return _field(row, str(given))
    values = [_value(v, row, depth + 1) for v in (given if isinstance(given, list) else [given])]
    if name == "and":
        return all(values)
    if name == "or":
        return any(values)
    if name == "!":
        return not values[0]
    if name == "in":
        return values[0] in (values[1] or ())
    if any(v is None for v in values) and name in ("<", "<=", ">", ">="):
        return False
    pairs = list(pairwise(values))
    tests = {
        "==": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        ">": lambda a, b: a > b,
        ">=": lambda a, b: a >= b,
    }
    if name not in tests:
        raise ValueError(f"there is no rule {name!r} here")
    return all(tests[name](a, b) for a, b in pairs)


def _field(row: dict[str, Any], name: str) -> Any:
    """A field of a thing; of people, their names."""
    value = row.get(name)
    return value.get("username") if isinstance(value, dict) else value


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("username", ""))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _sortable(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return (0, float(value), "")
    return (1, 0.0, _text(value))


def _number(text: str | None, usual: int) -> int:
    return int(text) if text and text.isdecimal() and 0 < int(text) < 10**9 else usual
