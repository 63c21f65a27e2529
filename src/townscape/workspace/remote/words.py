"""What a bucket's client complains of, in words; nothing of its own text is passed on.

The client's messages hold addresses, headers and pieces of signatures. Only the error's code
(as in `<Code>NoSuchBucket</Code>`) and the HTTP status are taken from them.
"""

import re

from townscape.core.errors import InputError, SourceGone
from townscape.workspace.remote.addresses import BucketAddress

_CODE = re.compile(r"<Code>([A-Za-z0-9._]{1,64})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_WRONG = ("SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthenticationFailed", "InvalidAuthenticationInfo")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "TokenExpired")
_SKEWED = ("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture")
_NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted", "NotFound")
_ELSEWHERE = (
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
)
_ARCHIVED = ("InvalidObjectState", "BlobArchived")
_BUSY = (
    "SlowDown",
    "ServiceUnavailable",
    "InternalError",
    "ServerBusy",
    "OperationTimedOut",
    "RequestTimeout",
)
_KEYS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY (or AZURE_STORAGE_SAS_TOKEN)",
}


class ObjectChanged(InputError):
    """The object has other content than when it was listed."""


def changed(address: str) -> ObjectChanged:
    """An object or a web picture that has other content now."""
    return ObjectChanged(
        f"{address} has changed since it was collected.",
        hint="collect again: the new version becomes an image of its own.",
    )


def is_busy(error: BaseException) -> bool:
    """Whether it is worth asking again: a dropped line or a server that cannot keep up."""
    text, code, status = _read(error)
    return code in _BUSY or _is_overload(status) or (not status and _is_network(text))


def explain(error: BaseException, address: BucketAddress) -> InputError:
    """The error for people: `SourceGone` where the whole bucket fails, else about one object.

    `address` is a bucket where a listing failed, an object where reading or writing one did.
    """
    text, code, status = _read(error)
    bucket, keys = f"{address.scheme}://{address.bucket}", _KEYS[address.scheme]
    if code in _NO_BUCKET and (code != "NotFound" or not address.key):
        return SourceGone(f"There is no bucket {bucket} (any more).", hint="check its name and region")
    if code in _EXPIRED:
        return SourceGone(f"The credentials for {bucket} have expired.", hint=f"log in again: set {keys}")
    if code in _WRONG or (status == 401):
        return SourceGone(f"{bucket} does not accept the credentials.", hint=f"check {keys}")
    if code in _SKEWED:
        return SourceGone(
            f"The clock of this computer and that of {bucket} differ by minutes.", hint="set the clock"
        )
    if code in _ELSEWHERE or status in (301, 307) or "redirect without LOCATION" in text:
        return SourceGone(
            f"{bucket} lies in another region.", hint="set `region` under [cloud] in workspace.toml"
        )
    if _has_no_credentials(text):
        return SourceGone(
            f"There are no credentials for {bucket} on this computer.",
            hint=f"set {keys}; for a public bucket, `anonymous = true` under [cloud] in workspace.toml",
        )
    if code in _ARCHIVED:
        return InputError(f"{address} lies in an archive tier.", hint="restore it first, then collect again.")
    if status == 403:
        if not address.key:
            return SourceGone(
                f"The credentials may not list {bucket}.", hint="give them the right to list and to read it"
            )
        return InputError(f"{address} may not be read or written with these credentials.")
    if status == 404 or isinstance(error, FileNotFoundError):
        return InputError(f"{address} is gone.", hint="collect again: what is gone is listed then.")
    if "invalid path" in text or "InvalidPath" in text:
        return InputError(
            f"{bucket} holds an object whose name has an empty, `.` or `..` folder in it.",
            hint="rename it, or collect the folders beside it one by one.",
        )
    return _explain_connection(text, code, status, bucket)


def _explain_connection(text: str, code: str, status: int, bucket: str) -> InputError:
    if code in _BUSY or _is_overload(status):
        return SourceGone(
            f"{bucket} keeps answering that it is busy (HTTP {status or 503}).", hint="try again later"
        )
    if "scheme is not allowed" in text or "builder error" in text:
        return SourceGone(
            f"{bucket} would be reached without encryption.",
            hint="use an https:// endpoint, or set `allow_http = true` under [cloud] in workspace.toml",
        )
    if "certificate" in text:
        return SourceGone(
            f"The certificate of {bucket} is not one that this computer trusts.",
            hint="check the endpoint under [cloud] in workspace.toml",
        )
    if status:
        said = f"{code}, HTTP {status}" if code else f"HTTP {status}"
        return SourceGone(f"{bucket} refused the request ({said}).", hint="check the endpoint and the rights")
    return SourceGone(
        f"{bucket} cannot be reached.", hint="check the network, and the endpoint under [cloud]"
    )


def _read(error: BaseException) -> tuple[str, str, int]:
    text = str(error)
    code, status = _CODE.search(text), _STATUS.search(text)
    return text, code[1] if code else "", int(status[1]) if status else 0


def _is_overload(status: int) -> bool:
    return status == 429 or status >= 500


def _is_network(text: str) -> bool:
    signs = ("HTTP error", "error sending", "timed out", "request or response body")
    return any(sign in text for sign in signs)


def _has_no_credentials(text: str) -> bool:
    signs = ("169.254.169.254", "169.254.170.2", "metadata.google", "MissingAccount", "token request")
    return any(sign in text for sign in signs)
