"""Folders on this computer, for pages that ask where something lies.

The page never sends a path: it gets opaque ids for the folders and files that it was shown, and
sends those back. Only what lies under the roots can be shown.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from townscape.core.errors import NotFound

_MAX_KNOWN = 20_000
_MAX_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or a file that can be chosen."""

    id: str
    name: str
    is_folder: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in a folder."""

    id: str
    name: str
    parent: str | None
    entries: tuple[Entry, ...]
    is_cut: bool
    """Whether there is more than is shown."""


class Folders:
    """Ids of the folders and files that were shown."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self._roots = tuple(dict.fromkeys(root.resolve() for root in roots if root.is_dir()))
        self._path_of: OrderedDict[str, Path] = OrderedDict()
        self._id_of: dict[Path, str] = {}
        self._lock = threading.Lock()

    def roots(self) -> tuple[Entry, ...]:
        """Where to begin."""
        return tuple(Entry(self._id(root), str(root), is_folder=True) for root in self._roots)

    def listing(self, folder_id: str) -> Listing:
        """What lies in a folder, hidden files left out. Raises `NotFound`."""
        folder = self.path(folder_id)
        if not folder.is_dir():
            raise NotFound("That folder is not there any more.")
        try:
            found = sorted(
                (p for p in folder.iterdir() if not p.name.startswith(".")),
                key=lambda p: (not p.is_dir(), p.name.casefold()),
            )
        except PermissionError as error:
            raise NotFound(f"{folder.name} may not be read.", hint="choose another folder.") from error
        inside = [p for p in found if self._is_allowed(p.resolve())]
        entries = tuple(Entry(self._id(p), p.name, is_folder=p.is_dir()) for p in inside[:_MAX_SHOWN])
        parent = self._id(folder.parent) if self._is_allowed(folder.parent) else None
        return Listing(folder_id, folder.name or str(folder), parent, entries, len(inside) > _MAX_SHOWN)

    def entry(self, path: Path, name: str) -> Entry:
        """An id for something of our own that lies outside what can be looked through."""
        return Entry(self._id(path), name, is_folder=path.is_dir())

    def path(self, entry_id: str) -> Path:
        """The path behind an id that we gave out. Raises `NotFound`."""
        with self._lock:
            path = self._path_of.get(entry_id)
        if path is None:
            raise NotFound("That folder is not known here.", hint="choose it anew.")
        return path

    def _is_allowed(self, path: Path) -> bool:
        return any(path == root or root in path.parents for root in self._roots)

    def _id(self, path: Path) -> str:
        with self._lock:
            if path in self._id_of:
                return self._id_of[path]
            new = secrets.token_urlsafe(12)
            self._id_of[path], self._path_of[new] = new, path
            while len(self._path_of) > _MAX_KNOWN:
                _, old = self._path_of.popitem(last=False)
                self._id_of.pop(old, None)
            return new
