"""The kinds of sources, one file each, found by file name."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import cast

from townscape.collect.source import SourceKind
from townscape.core.errors import UsageError


@cache
def source_names() -> tuple[str, ...]:
    """Names of the kinds of sources."""
    found = (m.name.replace("_", "-") for m in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return tuple(sorted(found))


def get_source(name: str) -> SourceKind:
    """The kind of source of that name; raises `UsageError`."""
    if name not in source_names():
        raise UsageError(f"There is no source {name!r}.", hint=f"there are {', '.join(source_names())}.")
    return cast("SourceKind", importlib.import_module(f"townscape.collect.sources.{name.replace('-', '_')}"))


def kind_of(address: str) -> tuple[str, SourceKind]:
    """The kind of source that knows an address. Raises `UsageError` that says what there is."""
    kinds = sorted(((get_source(n).PRIORITY, n) for n in source_names()), key=lambda k: (-k[0], k[1]))
    for _, name in kinds:
        if get_source(name).knows(address) is not None:
            return name, get_source(name)
    examples = ", ".join(get_source(n).EXAMPLE for n in source_names())
    raise UsageError(f"{address} is no source that Townscape knows.", hint=f"it collects from {examples}.")
