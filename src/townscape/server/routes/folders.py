"""Folders on this computer, to choose from; see `server.folders`."""

from fastapi import APIRouter

from townscape.server.context import InContext
from townscape.server.record import Record

router = APIRouter(prefix="/folders", tags=["folders"])


class EntryOut(Record):
    """A folder or file that can be chosen."""

    id: str
    name: str
    is_folder: bool


class FolderOut(Record):
    """What lies in a folder."""

    id: str
    name: str
    parent: str | None
    entries: list[EntryOut]
    is_cut: bool


@router.get("")
def list_roots(context: InContext) -> list[EntryOut]:
    """Where to begin."""
    return [EntryOut.of(entry) for entry in context.folders.roots()]


@router.get("/{folder_id}")
def list_folder(context: InContext, folder_id: str) -> FolderOut:
    """What lies in a folder that was shown."""
    found = context.folders.listing(folder_id)
    entries = [EntryOut.of(entry) for entry in found.entries]
    return FolderOut.of(found, entries=entries)
