"""The ways to curate, found by their file names."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from townscape.core.errors import NotFound
from townscape.core.events import Report
from townscape.curate.kind import CurateOptions, Kind
from townscape.workspace import Workspace


@cache
def kind_names() -> tuple[str, ...]:
    """Names of all ways to curate, as the command line has them."""
    return tuple(sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules([str(Path(__file__).parent)])))


def get_kind(name: str) -> Kind:
    """The way to curate of that name; raises `NotFound`."""
    if name not in kind_names():
        raise NotFound(
            f"There is no way to curate called {name!r}.", hint=f"there are {', '.join(kind_names())}."
        )
    module = importlib.import_module(f"townscape.curate.kinds.{name.replace('-', '_')}")
    return cast("Kind", module)


def read_options(values: dict[str, Any]) -> CurateOptions:
    """Options from the values that a run recorded."""
    return get_kind(str(values.get("kind"))).Options.parse(values)


def run(workspace: Workspace, options: Any, report: Report) -> BaseModel:
    """Curate in the way that the options are of."""
    return get_kind(options.kind).run(workspace, options, report)
