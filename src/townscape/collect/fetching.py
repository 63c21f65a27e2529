"""Taking images that lie elsewhere: the next few are fetched into the cache while one is looked at."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from townscape.collect.options import CollectOptions
from townscape.collect.source import Entry
from townscape.collect.sources.folder import SUFFIXES, UNREAD, reason_against
from townscape.core.errors import InputError
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.remote.cache import Lease
from townscape.workspace.remote.files import in_words_of

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Remote:
    """Where an entry lies."""

    address: str
    version: str


class Fetching:
    """What sources of remote images share."""

    def __init__(self, workspace: Workspace, options: CollectOptions) -> None:
        self._workspace, self._options = workspace, options
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetching")
        self._under_way: dict[Remote, Future[Lease]] = {}

    def expect(self, wanted: Sequence[Remote]) -> None:
        """Begin to fetch what is taken next and is not in the workspace yet."""
        for remote in wanted:
            known = self._workspace.images.find_version(remote.address, remote.version)
            if remote not in self._under_way and known is None:
                self._under_way[remote] = self._pool.submit(self._borrow, remote)

    def take(self, remote: Remote, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:
        """The image of an entry, and whether it is new; raises as `OpenSource.take` does."""
        workspace, options = self._workspace, self._options
        known = workspace.images.find_version(remote.address, remote.version)
        if known is not None:
            return known, False
        under_way = self._under_way.pop(remote, None)
        lease = under_way.result() if under_way is not None else self._borrow(remote)
        try:
            return workspace.images.take_in(
                lease.path,
                name=entry.name,
                copy=options.copy_images,
                sequence=entry.sequence,
                place=options.place,
                camera=options.camera,
                run_id=run_id,
                source=remote.address,
                version=remote.version,
            )
        except InputError as error:
            raise in_words_of(error, lease.path, remote.address) from error
        finally:
            workspace.remote.cache.release(lease)

    def close(self) -> None:
        """Let what is under way end, and give it back."""
        self._pool.shutdown(cancel_futures=True)
        for future in self._under_way.values():
            if not future.cancelled():
                with suppress(Exception):
                    self._workspace.remote.cache.release(future.result())

    def _borrow(self, remote: Remote) -> Lease:
        return self._workspace.remote.borrow(remote.address, remote.version)


def is_picture(name: str) -> bool:
    """Whether a name ends like a picture's, also of a kind that is not read."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES | UNREAD


def reason_not_to_take(name: str, size: int, *, quota_bytes: int) -> str | None:
    """Why a remote picture is not taken at all, None if it may be."""
    if PurePosixPath(name).suffix.lower() == ".vrt":
        return f"{name} names other files by their place: copy them all to this computer and collect that."
    if size > quota_bytes:
        return (
            f"{name} has {size / 1e9:,.1f} GB, more than the cache may hold ({quota_bytes / 1e9:,.1f} GB): "
            "raise `cache_gb` under [cloud] in workspace.toml."
        )
    return reason_against(PurePosixPath(name))
