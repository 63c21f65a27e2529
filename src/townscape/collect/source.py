"""The contract of a source: a place that images come from, one file each in `sources`.

Collecting lists a source into the catalogue first (`source_entries`: key, size, version), so that a
listing that was cut off goes on where it stopped and nothing is looked at twice; then it takes
the entries in one by one. An entry that cannot be used keeps its reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from townscape.workspace import Workspace
from townscape.workspace.records import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One image that a source has, before anybody looked at its bytes."""

    key: str
    """What the source calls it: a relative path, an object's key, `12.480` seconds. Unique in the source."""
    name: str
    """Name in the catalogue."""
    size: int
    """Bytes; 0 where nobody knows."""
    version: str
    """Changes when the content does: an ETag, size and time, the video's own version."""
    modified_at: float | None = None
    sequence: str | None = None
    sequence_s: float | None = None
    """Seconds on the clock of its recording."""


class OpenSource(Protocol):
    """A source that was opened for one run of collect."""

    address: str
    """What the user gave, made absolute and without secrets."""

    def entries(self, after: str | None) -> Iterator[Entry]:
        """What there is, in order of key; `after` is the last key that was seen by a listing cut off."""
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

    def open(self, address: str, options: Any) -> OpenSource:
        """Open it with collect's options. Raises `InputError` or `NothingToRead` with the way out."""
        ...
