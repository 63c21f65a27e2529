"""The contract of a source: a place that images come from, one file each in `sources`.

Collecting lists a source into the catalogue first (`source_entries`: key, size, version), so that a
listing that was cut off goes on where it stopped and nothing is looked at twice; then it takes
the entries in one by one. An entry that cannot be used keeps its reason.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from townscape.collect.options import CollectOptions
from townscape.core.events import Report
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.sources import Entry

__all__ = [
    "CanFollow",
    "Entry",
    "FetchesAhead",
    "HasRemarks",
    "NeedsPreparing",
    "OpenSource",
    "SourceKind",
]


class OpenSource(Protocol):
    """A source that was opened for one run of collect."""

    address: str
    """What the user gave, made absolute and without secrets."""

    def entries(self, after: str | None) -> Iterator[Entry]:
        """What there is, in order of key; `after` is the last key that was seen by a listing cut off.

        An entry with a `reason` is never taken: it is listed as rejected at once.
        """
        ...

    def take(self, workspace: Workspace, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:
        """The image of an entry, and whether it is new. Raises `InputError` with the reason if it
        cannot be used (the entry is rejected, the rest goes on), `SourceGone` if the whole source
        stopped answering (the run stops, resumable).
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


@runtime_checkable
class NeedsPreparing(Protocol):
    """A source with something to do that takes long before it can be listed."""

    def prepare(self, report: Report) -> None:
        """Download, unpack; telling how far it is. Called once, before `entries`. Raises as `take` does."""
        ...


@runtime_checkable
class HasRemarks(Protocol):
    """A source with something to say that is worth reading after it was collected."""

    remarks: list[str]
    """Sentences; complete once its entries were taken."""


@runtime_checkable
class FetchesAhead(Protocol):
    """A source that may be told what is taken next: one that fetches over a network has it by then."""

    def expect(self, entries: Sequence[Entry]) -> None:
        """These are taken next, in this order. Called with a dozen or so at a time, before the first
        of them is taken.
        """
        ...


@runtime_checkable
class CanFollow(Protocol):
    """A source that new images keep coming into."""

    def is_whole(self, entry: Entry) -> bool:
        """Whether nobody has written to an entry for a while, so that it can be taken."""
        ...


class SourceKind(Protocol):
    """A kind of source."""

    TITLE: str
    """What a page calls it: "Folder of images"."""
    EXAMPLE: str
    """An address as people write it."""
    PRIORITY: int
    """Of several that know an address, the highest is asked."""

    def knows(self, address: str) -> str | None:
        """Why an address is of this kind; None if it is not."""
        ...

    def open(self, address: str, *, options: CollectOptions, workspace: Workspace) -> OpenSource:
        """Open it with collect's options. Raises `InputError` or `NothingToRead` with the way out."""
        ...
