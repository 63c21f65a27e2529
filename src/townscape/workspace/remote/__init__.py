"""Images whose bytes lie in a bucket or on the web: reaching them, and keeping what was read."""

from townscape.workspace.remote.addresses import BucketAddress, is_bucket, is_remote, parse_bucket
from townscape.workspace.remote.files import RemoteFiles

__all__ = ["BucketAddress", "RemoteFiles", "is_bucket", "is_remote", "parse_bucket"]
