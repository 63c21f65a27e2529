"""The contract of one way to curate: a file in `kinds` with these names."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from townscape.core.events import Report
from townscape.core.options import Options
from townscape.workspace import Workspace


class CurateOptions(Options):
    """What every way to curate can be asked. Each adds `kind: Literal["its-name"] = "its-name"`."""

    stage: ClassVar[str] = "curate"

    selection: str | None = None
    """Look only at the images of this selection (its name or id); at all of them otherwise."""


class Kind(Protocol):
    """A way to curate."""

    TITLE: str
    """What a page calls it: "Find duplicates"."""
    TEXT: str
    """One sentence for the command's help and the form."""
    FIRST: tuple[str, ...]
    """Options that a form shows first; the others are behind "more"."""
    EXAMPLES: tuple[str, ...]
    """Command lines for the help."""
    Options: type[CurateOptions]

    def run(self, workspace: Workspace, options: Any, report: Report) -> BaseModel:
        """Do it. Resumable: what was measured before is not measured again."""
        ...

    def words(self, result: Mapping[str, Any]) -> Sequence[str]:
        """The result (as JSON) in sentences, for the command line and the run's page."""
        ...

    def next_steps(self, result: Mapping[str, Any]) -> Sequence[str]:
        """Commands that make sense after it."""
        ...
