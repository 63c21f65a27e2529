"""A bucket of S3, Google Cloud Storage or Azure: listed without a manifest, read through the cache."""

from collections.abc import Iterator, Sequence

from townscape.collect.fetching import Fetching, Remote, is_picture, reason_not_to_take
from townscape.collect.options import CollectOptions
from townscape.collect.source import Entry
from townscape.core.errors import SourceGone
from townscape.workspace import Workspace
from townscape.workspace.records import Image
from townscape.workspace.remote import BucketAddress, is_bucket, parse_bucket
from townscape.workspace.remote.stores import Bucket, Listed

TITLE = "Bucket"
EXAMPLE = "s3://bucket/folder"
PRIORITY = 30


def knows(address: str) -> str | None:
    """Addresses that begin with s3://, gs:// or az://."""
    return "it begins like a bucket's address" if is_bucket(address) else None


def open(address: str, *, options: CollectOptions, workspace: Workspace) -> "BucketSource":  # noqa: A001
    """Raises `UsageError` for what is no address, `MissingExtra`, and `SourceGone` without credentials."""
    place = parse_bucket(address)
    bucket = workspace.remote.bucket(place.scheme, place.bucket)
    return BucketSource(place, bucket, options, workspace)


class BucketSource:
    """The pictures below a folder of a bucket, or one object."""

    def __init__(
        self, place: BucketAddress, bucket: Bucket, options: CollectOptions, workspace: Workspace
    ) -> None:
        self.address = str(place)
        self._place, self._bucket = place, bucket
        self._folder = place.key.rstrip("/")
        self._quota_bytes = workspace.remote.cache.quota_bytes
        self._fetching = Fetching(workspace, options)

    def entries(self, after: str | None) -> Iterator[Entry]:
        """Page by page; a listing that breaks off goes on behind the last key."""
        found = False
        try:
            for listed in self._bucket.list(self._folder, after):
                found = True
                if is_picture(listed.key):
                    yield self._entry(listed)
        except SourceGone as error:
            if not found:
                raise
            hint = error.hint or "try again later"
            raise SourceGone(f"{error.message} Its listing broke off.", hint=hint) from error
        if not found and after is None and is_picture(self._folder):
            one = self._bucket.find(self._folder)
            if one is not None:
                yield self._entry(one)

    def expect(self, entries: Sequence[Entry]) -> None:
        self._fetching.expect([self._remote(entry) for entry in entries])

    def take(self, workspace: Workspace, entry: Entry, *, run_id: str | None) -> tuple[Image, bool]:  # noqa: ARG002
        return self._fetching.take(self._remote(entry), entry, run_id=run_id)

    def close(self) -> None:
        self._fetching.close()

    def _remote(self, entry: Entry) -> Remote:
        return Remote(str(BucketAddress(self._place.scheme, self._place.bucket, entry.key)), entry.version)

    def _entry(self, listed: Listed) -> Entry:
        name = listed.key.removeprefix(f"{self._folder}/" if self._folder else "")
        folder = name.rpartition("/")[0]
        return Entry(
            key=listed.key,
            name=name,
            size=listed.size,
            version=listed.version,
            modified_at=listed.modified_at,
            sequence=folder or self._folder.rpartition("/")[2] or self._place.bucket,
            reason=reason_not_to_take(listed.key, listed.size, quota_bytes=self._quota_bytes),
        )
