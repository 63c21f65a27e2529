"""Buckets: S3 and what speaks like it, Google Cloud Storage, Azure Blob Storage, through obstore.

Credentials come from the environment (and ~/.aws for S3), endpoint and region from the workspace's
settings or the environment, never from a page. Every request is tried a few times with growing
pauses; what still fails is told in words (`words.explain`).
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from townscape.core.errors import MissingExtra, SourceGone
from townscape.workspace.remote.addresses import BucketAddress, BucketScheme
from townscape.workspace.remote.credentials import has_no_s3_credentials, s3_credentials
from townscape.workspace.remote.words import changed, explain, is_busy
from townscape.workspace.settings import Settings

_TRIES = 3
_PAUSE_S = 0.5
_PAGE = 1000
_CHUNK = 1 << 20
LARGE_BYTES = 256 << 20
"""Above, a file is sent in pieces: not in one request, and so not on a condition."""
PART_BYTES = 16 << 20

_CLIENT = {"connect_timeout": "10s", "read_timeout": "30s", "timeout": "24h"}
_RETRIES = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=5), "base": 2},
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a bucket."""

    key: str
    size: int
    version: str
    """Its ETag without quotes; size and time where the server has none."""
    modified_at: float


class Bucket:
    """One bucket. May be used by many threads."""

    def __init__(self, scheme: BucketScheme, name: str, settings: Settings) -> None:
        """Raises `MissingExtra` without obstore, and `SourceGone` if no credentials are there."""
        try:
            import obstore
            from obstore.exceptions import BaseError
        except ImportError as error:
            raise MissingExtra("Reading a bucket", extra="cloud") from error
        self._obstore = obstore
        self._complaints = (BaseError, FileNotFoundError, PermissionError)
        """What obstore raises."""
        self._root = BucketAddress(scheme, name)
        self._store: Any = _open(self._root, settings)

    def list(self, prefix: str, after: str | None = None) -> Iterator[Listed]:
        """Objects below a folder, in order of key, from behind the key `after`; one page at a time.

        Raises `SourceGone` or `InputError` in words, also in the middle.
        """
        try:
            pages = self._obstore.list(self._store, prefix or None, offset=after, chunk_size=_PAGE)
            for page in pages:
                yield from (_listed(meta) for meta in page)
        except self._complaints as error:
            raise explain(error, self._root) from None

    def find(self, key: str) -> Listed | None:
        """The object of a key, None if there is none."""
        try:
            return _listed(self._obstore.head(self._store, key))
        except FileNotFoundError:
            return None
        except self._complaints as error:
            raise explain(error, self._at(key)) from None

    def read(self, key: str, out: BinaryIO, *, version: str | None = None) -> None:
        """Write an object's bytes to `out`, from its beginning.

        A line that drops is tried again a few times. Raises `ObjectChanged` if its version is not
        the one asked for, `InputError` if it is gone, `SourceGone` if the bucket is.
        """
        for tried in range(1, _TRIES + 1):
            try:
                self._read_once(key, out, version)
            except _Truncated:
                if tried == _TRIES:
                    raise SourceGone(
                        f"{self._at(key)} breaks off whenever it is read.", hint="check the network"
                    ) from None
            except self._complaints as error:
                if type(error).__name__ == "PreconditionError":
                    raise changed(str(self._at(key))) from None
                if tried == _TRIES or not is_busy(error):
                    raise explain(error, self._at(key)) from None
            else:
                return
            time.sleep(_PAUSE_S * 2 ** (tried - 1))

    def create(self, key: str, content: Path | bytes) -> bool:
        """Put bytes where no object is; False if one is there already (and stays as it is).

        Servers that know conditional puts decide it in one step. For those that ignore conditions,
        and for files above 256 MB, it is looked at just before. After a line that dropped, the
        object that is there may be the one that was sent: whoever asks compares.
        """
        for tried in range(1, _TRIES + 1):
            if self.find(key) is not None:
                return False
            try:
                self._put_once(key, content)
            except self._complaints as error:
                if type(error).__name__ in ("AlreadyExistsError", "PreconditionError"):
                    return False
                if tried == _TRIES or not is_busy(error):
                    raise explain(error, self._at(key)) from None
            else:
                return True
            time.sleep(_PAUSE_S * 2 ** (tried - 1))
        raise AssertionError

    def _put_once(self, key: str, content: Path | bytes) -> None:
        if isinstance(content, Path) and content.stat().st_size > LARGE_BYTES:
            self._obstore.put(
                self._store, key, content, use_multipart=True, chunk_size=PART_BYTES, max_concurrency=4
            )
        else:
            self._obstore.put(self._store, key, content, mode="create", use_multipart=False)

    def _read_once(self, key: str, out: BinaryIO, version: str | None) -> None:
        out.seek(0)
        out.truncate()
        is_etag = version is not None and not version.startswith(_TIMED)
        got = self._obstore.get(self._store, key, options={"if_match": f'"{version}"'} if is_etag else None)
        # Some servers (rclone's) ignore the condition, so the answer's own version is looked at too.
        if version is not None and _listed(got.meta).version != version:
            raise changed(str(self._at(key)))
        length = 0
        for chunk in got.stream(min_chunk_size=_CHUNK):
            length += out.write(chunk)
        if length != got.meta["size"]:
            raise _Truncated

    def _at(self, key: str) -> BucketAddress:
        return BucketAddress(self._root.scheme, self._root.bucket, key)


class _Truncated(Exception):
    """Fewer bytes came than were promised."""


_TIMED = "time:"


def _listed(meta: Any) -> Listed:
    modified_at: float = meta["last_modified"].timestamp()
    etag = str(meta["e_tag"] or "").removeprefix("W/").strip('"')
    version = etag or f"{_TIMED}{meta['size']}:{modified_at:.0f}"
    return Listed(meta["path"], meta["size"], version, modified_at)


def _open(root: BucketAddress, settings: Settings) -> Any:
    from obstore import store as stores
    from obstore.exceptions import BaseError

    client = _CLIENT | ({"allow_http": True} if settings.allow_http else {})
    shared: dict[str, Any] = {"client_options": client, "retry_config": _RETRIES}
    if settings.anonymous:
        shared["skip_signature"] = True
    try:
        if root.scheme == "gs":
            return stores.GCSStore(root.bucket, **shared)
        if root.scheme == "az":
            return stores.AzureStore(root.bucket, **shared)
        own = {} if settings.anonymous else s3_credentials()
        if not settings.anonymous and has_no_s3_credentials(own):
            raise SourceGone(
                f"There are no credentials for {root} on this computer.",
                hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
            )
        if settings.endpoint:
            own["endpoint"] = settings.endpoint
        if settings.region:
            own["region"] = settings.region
        return stores.S3Store(root.bucket, **own, **shared)
    except BaseError as error:
        raise explain(error, root) from None
