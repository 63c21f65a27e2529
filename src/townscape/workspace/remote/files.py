"""The remote files of a workspace: every one is read through the cache."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from townscape.core.errors import InputError, SourceGone
from townscape.workspace.folder import Folder
from townscape.workspace.remote.addresses import BucketScheme, is_bucket, parse_bucket
from townscape.workspace.remote.cache import Lease, RemoteCache
from townscape.workspace.remote.stores import Bucket
from townscape.workspace.remote.web import Web
from townscape.workspace.settings import Settings


class RemoteFiles:
    """Reads objects of buckets and pictures of the web. May be used by many threads."""

    def __init__(self, folder: Folder, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.cache = RemoteCache(folder.remote_cache, quota_bytes=settings.cache_bytes)
        self.web = Web(allow_private=settings.allow_private_hosts)

    def bucket(self, scheme: BucketScheme, name: str) -> Bucket:
        """A bucket; the connections to it are kept. Raises as `Bucket` does."""
        with self._lock:
            if (scheme, name) not in self._buckets:
                self._buckets[scheme, name] = Bucket(scheme, name, self._settings)
            return self._buckets[scheme, name]

    def path(self, address: str, version: str) -> Path:
        """A file with the bytes that an address had in a version; it stays for ten minutes at least.

        Raises `InputError` if the address has another version by now or is gone, `SourceGone` if its
        bucket or host does not answer.
        """
        return self.borrow(address, version).path

    @contextmanager
    def reading(self, address: str, version: str) -> Generator[Path]:
        """The same for as long as a block lasts; after it, the file may be cleared."""
        lease = self.borrow(address, version)
        try:
            yield lease.path
        except InputError as error:
            raise in_words_of(error, lease.path, address) from error
        finally:
            self.cache.release(lease)

    def borrow(self, address: str, version: str) -> Lease:
        """The same, to be given back to the cache."""
        return self.cache.get(address, version, partial(self._fetch, address, version))

    def _fetch(self, address: str, version: str, out: BinaryIO) -> None:
        if not is_bucket(address):
            self.web.read(address, out, version=version)
            return
        place = parse_bucket(address)
        try:
            self.bucket(place.scheme, place.bucket).read(place.key, out, version=version)
        except SourceGone:
            with self._lock:  # credentials may be others the next time
                self._buckets.pop((place.scheme, place.bucket), None)
            raise


def in_words_of(error: InputError, path: Path, address: str) -> InputError:
    """The error with the address that people know instead of the cached file's path."""
    error.message = error.message.replace(str(path), address)
    error.args = (error.message,)
    return error
