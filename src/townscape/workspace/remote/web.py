"""Pictures and lists of the web, fetched without letting an address lead into this network.

Only http and https; every host is checked (`hosts`) and the connection goes to the address that was
checked; at most three redirects, each checked again and none from https to http; a cap on bytes and
on time; no cookies, no proxies, no passwords. A line that drops is taken up where it broke, by
Range, as long as the picture is still the same.
"""

import http.client
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from io import SEEK_END, BytesIO
from typing import BinaryIO
from urllib.parse import quote, urljoin, urlsplit

from townscape.core.errors import InputError, SourceGone
from townscape.version import __version__
from townscape.workspace.remote.addresses import has_secret, without_secrets
from townscape.workspace.remote.hosts import resolve
from townscape.workspace.remote.words import changed

MAX_BYTES = 4 << 30
MAX_SECONDS = 3600.0
_REDIRECTS = 3
_TRIES = 4
_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_TIMEOUT_S = 30.0
_CHUNK = 1 << 18
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class WebFacts:
    """What a server says of a picture before it is read."""

    size: int
    """Bytes; 0 where the server does not say."""
    version: str
    """ETag, else the time of the last change, else the size."""
    modified_at: float | None
    media_type: str


@dataclass(frozen=True, slots=True)
class Web:
    """A client of the web. Holds nothing; may be used by many threads."""

    allow_private: bool = False
    max_bytes: int = MAX_BYTES
    max_seconds: float = MAX_SECONDS
    pause_s: float = _PAUSE_S

    def look(self, url: str) -> WebFacts:
        """What there is at an address. Raises `InputError`, or `SourceGone` if its host does not answer."""
        ends_at = time.monotonic() + self.max_seconds
        for tried in range(1, _TRIES + 1):
            try:
                with self._ask("HEAD", url, {}) as answer:
                    if answer.status not in (403, 405, 501):
                        return self._facts(answer, url)
                with self._ask("GET", url, {"Range": "bytes=0-0"}) as answer:
                    return self._facts(answer, url)
            except (_Again, OSError, http.client.HTTPException) as error:
                self._wait(url, tried, error, ends_at)
        raise AssertionError

    def read(
        self, url: str, out: BinaryIO, *, version: str | None = None, begun: str | None = None
    ) -> WebFacts:
        """Write what is at an address to `out`, from its beginning; or from where `out` ends, if that
        holds the beginning of the version `begun` and this is still the one that is there.

        Raises `ObjectChanged` if its version is not the one asked for, `InputError` if it cannot be
        had, `SourceGone` if its host does not answer.
        """
        ends_at = time.monotonic() + self.max_seconds
        facts = self.look(url) if begun is not None else None
        if facts is not None and facts.version == begun:
            if out.seek(0, SEEK_END) == facts.size > 0:
                return facts
        else:
            facts = None
            out.seek(0)
            out.truncate()
        for tried in range(1, _TRIES + 1):
            try:
                if facts is None or out.tell() == 0:
                    out.seek(0)
                    out.truncate()
                    with self._ask("GET", url, {}) as answer:
                        facts = self._facts(answer, url)
                        if version is not None and facts.version != version:
                            raise changed(without_secrets(url))
                        self._drain(answer, out, facts, ends_at, url)
                else:
                    self._go_on(url, out, facts, ends_at)
            except (_Again, OSError, http.client.HTTPException) as error:
                self._wait(url, tried, error, ends_at)
            else:
                return facts
        raise AssertionError

    def text(self, url: str) -> str:
        """A text file, as UTF-8. Raises as `read` does."""
        out = BytesIO()
        self.read(url, out)
        return out.getvalue().decode("utf-8-sig", "replace")

    def _go_on(self, url: str, out: BinaryIO, facts: WebFacts, ends_at: float) -> None:
        """Fetch what is missing of a file that broke off."""
        with self._ask("GET", url, {"Range": f"bytes={out.tell()}-"}) as answer:
            now = self._facts(answer, url)
            if now.version != facts.version:
                raise changed(without_secrets(url))
            found = _RANGE.match(answer.getheader("Content-Range") or "")
            if answer.status != 206 or found is None or int(found[1]) != out.tell():
                out.seek(0)
                out.truncate()
            self._drain(answer, out, facts, ends_at, url)

    def _drain(
        self, answer: http.client.HTTPResponse, out: BinaryIO, facts: WebFacts, ends_at: float, url: str
    ) -> None:
        while chunk := answer.read(_CHUNK):
            out.write(chunk)
            if out.tell() > self.max_bytes:
                raise _too_large(url, self.max_bytes)
            if time.monotonic() > ends_at:
                raise _too_slow(url)
        if facts.size and out.tell() < facts.size:
            raise _Again

    def _ask(self, method: str, url: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """The answer to a request, redirects followed. Raises `InputError` for an address not asked."""
        for _ in range(_REDIRECTS + 1):
            connection, path = self._connect(url)
            try:
                connection.request(method, path, headers=_HEADERS | dict(headers))
                answer = connection.getresponse()
            except BaseException:
                connection.close()
                raise
            target = answer.getheader("Location")
            if answer.status not in (301, 302, 303, 307, 308) or not target:
                return answer
            answer.close()
            connection.close()
            onward = urljoin(url, target)
            if url.startswith("https:") and not onward.startswith("https:"):
                raise InputError(f"{without_secrets(url)} leads from https to an address without encryption.")
            url = onward
        raise InputError(f"{without_secrets(url)} is led on more than {_REDIRECTS} times.")

    def _connect(self, url: str) -> tuple[http.client.HTTPConnection, str]:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise InputError(f"{without_secrets(url)} is no address of the web.") from None
        if parts.scheme not in ("http", "https") or not host:
            raise InputError(f"{without_secrets(url)} is no address of the web.")
        if has_secret(url):
            raise InputError(
                f"{without_secrets(url)} comes with a password or a signature, which is not kept.",
                hint="use addresses that need none, or a bucket with credentials.",
            )
        port = port or (443 if parts.scheme == "https" else 80)
        addresses = resolve(host, port, allow_private=self.allow_private)
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
            f"?{quote(parts.query, safe='=&%:@!$()*+,;~-._/?')}" if parts.query else ""
        )
        kind = _CheckedHttps if parts.scheme == "https" else _CheckedHttp
        return kind(host, port, addresses), path

    def _facts(self, answer: http.client.HTTPResponse, url: str) -> WebFacts:
        """What an answer says; raises for one that is none."""
        shown = without_secrets(url)
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise _Again(answer.getheader("Retry-After"), status=answer.status)
        if answer.status in (404, 410):
            raise InputError(f"{shown} is gone (HTTP {answer.status}).", hint="mend the list.")
        if answer.status in (401, 403, 407):
            raise InputError(f"{shown} may not be read (HTTP {answer.status}).")
        if answer.status not in (200, 206):
            raise InputError(f"{shown} answers with HTTP {answer.status}.")
        facts = WebFacts(
            size=_size(answer),
            version="",
            modified_at=_time(answer.getheader("Last-Modified")),
            media_type=(answer.getheader("Content-Type") or "").partition(";")[0].strip().lower(),
        )
        if facts.size > self.max_bytes:
            raise _too_large(url, self.max_bytes)
        etag = (answer.getheader("ETag") or "").strip()
        last = (answer.getheader("Last-Modified") or "").strip()
        return replace(facts, version=etag.strip('"') or last or f"size:{facts.size}")

    def _wait(self, url: str, tried: int, error: Exception, ends_at: float) -> None:
        """Pause before the next try; raises `SourceGone` after the last."""
        host = urlsplit(url).hostname
        if isinstance(error, ssl.SSLCertVerificationError):
            raise SourceGone(f"The certificate of {host} is not one that this computer trusts.") from None
        again = error if isinstance(error, _Again) else _Again()
        pause = min(_LONGEST_PAUSE_S, max(again.wanted_s, self.pause_s * 2 ** (tried - 1)))
        if tried < _TRIES and time.monotonic() + pause < ends_at:
            time.sleep(pause)
            return
        said = f" (HTTP {again.status})" if again.status else ""
        raise SourceGone(
            f"{host} does not answer, or breaks off{said}.", hint="check the network, or try again later"
        ) from None


_HEADERS = {
    "User-Agent": f"townscape/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


class _Again(Exception):
    """Worth asking again: the line broke off, or the server cannot keep up."""

    def __init__(self, wanted: str | None = None, *, status: int = 0) -> None:
        super().__init__()
        self.status = status
        self.wanted_s = float(wanted) if wanted and wanted.isdigit() else 0.0


class _CheckedHttp(http.client.HTTPConnection):
    """A connection to addresses that were checked, whatever the name resolves to by now."""

    def __init__(self, host: str, port: int, addresses: tuple[str, ...]) -> None:
        super().__init__(host, port, timeout=_TIMEOUT_S)
        self._addresses = addresses

    def connect(self) -> None:
        self.sock = _first_that_answers(self._addresses, self.port)


class _CheckedHttps(_CheckedHttp):
    """The same, encrypted; the certificate must be of the host's name."""

    default_port = 443

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _first_that_answers(addresses: tuple[str, ...], port: int) -> socket.socket:
    for place, address in enumerate(addresses, start=1):
        try:
            return socket.create_connection((address, port), timeout=_TIMEOUT_S)
        except OSError:
            if place == len(addresses):
                raise
    raise AssertionError


def _size(answer: http.client.HTTPResponse) -> int:
    """Bytes of the whole file; of a part's answer, those of the whole too."""
    found = _RANGE.match(answer.getheader("Content-Range") or "")
    text = found[2] if answer.status == 206 and found else answer.getheader("Content-Length") or ""
    return int(text) if text.isdigit() else 0


def _time(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, TypeError):
        return None


def _too_large(url: str, max_bytes: int) -> InputError:
    return InputError(f"{without_secrets(url)} is larger than {max_bytes / 1e9:,.1f} GB.")


def _too_slow(url: str) -> InputError:
    return InputError(f"{without_secrets(url)} takes longer than {MAX_SECONDS / 60:.0f} minutes to read.")
