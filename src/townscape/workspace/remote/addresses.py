"""Addresses of what does not lie on this computer: `s3://bucket/key`, `https://host/picture.jpg`.

No address holds a secret: one with a password, or with a signature in its query, is refused and
never repeated in the words that say so.
"""

import re
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import urlsplit

from townscape.core.errors import UsageError

BucketScheme = Literal["s3", "gs", "az"]
BUCKET_SCHEMES: tuple[BucketScheme, ...] = ("s3", "gs", "az")
_BUCKET = re.compile(r"(s3|gs|az)://([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:/(.*))?", re.DOTALL)
_REMOTE = re.compile(r"(s3|gs|az|https?)://", re.IGNORECASE)
_SIGNED = re.compile(
    r"(^|[&;])((x-amz-|x-goog-)[a-z-]+|sig|signature|awsaccesskeyid|key-pair-id|token|access_token|"
    r"api_?key|password)=",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class BucketAddress:
    """A bucket (Azure calls it a container) and a key in it; as text, the key stands there as it is."""

    scheme: BucketScheme
    bucket: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.bucket}/{self.key}"


def is_bucket(address: str) -> bool:
    """Whether a text is an address in a bucket."""
    return address.lower().startswith(tuple(f"{scheme}://" for scheme in BUCKET_SCHEMES))


def is_remote(source: str) -> bool:
    """Whether an image's source does not lie on this computer."""
    return _REMOTE.match(source) is not None


def parse_bucket(address: str) -> BucketAddress:
    """The parts of `s3://bucket/key`; raises `UsageError` for anything else."""
    found = _BUCKET.fullmatch(address)
    if found is None:
        raise UsageError(
            f"{without_secrets(address)} is no address of a bucket.",
            hint="they look like s3://bucket/folder, gs://bucket/folder or az://container/folder.",
        )
    return BucketAddress(cast("BucketScheme", found[1]), found[2], found[3] or "")


def has_secret(url: str) -> bool:
    """Whether a web address holds a password or what looks like a signature or a key."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "@" in url
    return "@" in parts.netloc or _SIGNED.search(parts.query) is not None


def without_secrets(address: str) -> str:
    """The address as it may be shown: without user, password, query and fragment."""
    scheme, mark, rest = address.partition("://")
    host, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"
