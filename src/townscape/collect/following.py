"""Watching folders: what comes into them is taken once nobody writes to it any more."""

import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from townscape.collect.source import CanFollow, OpenSource
from townscape.core.events import Report
from townscape.workspace import Workspace
from townscape.workspace.sources import Source

_POLL_S = 2.0
_SHARE = 0.1
"""Share of the time that may be spent on looking, so that a huge folder is looked at less often."""


def follow(
    workspace: Workspace,
    watched: Sequence[tuple[Source, OpenSource]],
    report: Report,
    *,
    take: Callable[[Source, OpenSource], None],
) -> NoReturn:
    """Look for new and changed entries and take them, until the run is asked to stop.

    `take` takes what is listed of a source. Raises `RunCancelled` when it is stopped, which is how it
    ends, and `SourceGone` if a folder is taken away.
    """
    report.info("Watching for new images; Ctrl-C ends it.")
    while True:
        began = time.monotonic()
        for source, one in watched:
            _look_once(workspace, source, one)
            take(source, one)
        spent = time.monotonic() - began
        _wait(report, max(_POLL_S, spent / _SHARE))


def _look_once(workspace: Workspace, source: Source, one: OpenSource) -> None:
    new = workspace.sources.unseen(source, one.entries(None))
    if isinstance(one, CanFollow):
        new = (entry for entry in new if one.is_whole(entry))
    current = workspace.sources.get(source.id)
    workspace.sources.add_entries(current, new)


def _wait(report: Report, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        report.check_cancelled()
        time.sleep(0.1)
    report.check_cancelled()
