"""Who may talk to the server, checked before anything else sees a request.

The server listens on the loopback interface. A browser gets in by a one-time link with a random
token, which is exchanged for a cookie. The cookie is signed with a secret that lies in the
workspace, so it outlives the server. Then, for every request:

* the Host header must be one of ours (no DNS rebinding);
* a request that changes something must come from our own pages (Origin, Sec-Fetch-Site);
* everything but the page itself needs the cookie.

Every answer carries headers that forbid framing, sniffing and scripts from elsewhere.
"""

import hashlib
import hmac
import os
import secrets
import threading
import time
from collections.abc import Iterable
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from townscape.server.problems import problem

SESSION_S = 30 * 24 * 3600
MAX_BODY_BYTES = 96 << 20
_SECRET_FILE = "server-secret"  # noqa: S105 - a file's name
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_POLICY = (
    "default-src 'none'; script-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "  # inline styles only: the component library sets them
    "connect-src 'self'; worker-src 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Doorkeeper:
    """Makes one-time links and recognises cookies."""

    def __init__(self, folder: Path, *, workspace_id: str) -> None:
        # Cookies do not tell ports apart: two workspaces on one machine need two names.
        self.cookie_name = f"townscape-{workspace_id[-12:]}"
        self._secret = _read_or_make_secret(folder / _SECRET_FILE)
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    def new_token(self) -> str:
        """A token for one browser."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._tokens.add(_digest(token))
        return token

    def exchange(self, token: str) -> str | None:
        """A cookie's value for a token that was not used yet, else None."""
        with self._lock:
            if _digest(token) not in self._tokens:
                return None
            self._tokens.remove(_digest(token))
        body = f"{int(time.time()) + SESSION_S}.{secrets.token_urlsafe(12)}"
        return f"{body}.{self._sign(body)}"

    def knows(self, headers: Headers) -> bool:
        """Whether a request carries a cookie that we gave out and that is still good."""
        found = SimpleCookie(headers.get("cookie", "")).get(self.cookie_name)
        if found is None:
            return False
        cookie = found.value
        body, _, signature = cookie.rpartition(".")
        ends_at = body.partition(".")[0]
        is_ours = hmac.compare_digest(self._sign(body), signature)
        return is_ours and ends_at.isdigit() and int(ends_at) > time.time()

    def _sign(self, body: str) -> str:
        return hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()


class Gate:
    """ASGI middleware: lets through what `Doorkeeper` and the checks above allow."""

    def __init__(self, app: ASGIApp, *, doorkeeper: Doorkeeper, hosts: Iterable[str]) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_with_headers)
        elif scope["path"] == "/enter":
            await self._enter(scope)(scope, receive, send_with_headers)
        else:
            await self._app(scope, _limited(receive), send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return problem(421, "wrong-host", "This server does not answer under that name.")
        changes = scope["method"] not in _SAFE_METHODS
        site = headers.get("sec-fetch-site")
        if changes and not self._is_own_page(headers):
            return problem(403, "foreign-page", "Only Townscape's own pages may change something here.")
        is_api = scope["path"].startswith("/v1/")
        if is_api and site in ("cross-site", "same-site"):
            return problem(403, "foreign-page", "Only Townscape's own pages may read this.")
        length = headers.get("content-length")
        if length is not None and (not length.isdigit() or int(length) > MAX_BODY_BYTES):
            return problem(413, "too-large", "That is more than one request may carry.")
        if is_api and not self._doorkeeper.knows(headers):
            return problem(
                401,
                "not-signed-in",
                "This browser is not signed in, or its session has ended.",
                "open the link that `townscape serve` prints.",
            )
        return None

    def _is_own_page(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            scheme, _, host = origin.partition("://")
            return scheme in ("http", "https") and host.lower() in self._hosts
        return headers.get("sec-fetch-site") == "same-origin"

    def _enter(self, scope: Scope) -> Response:
        if scope["method"] != "GET":
            return problem(405, "http-error", "Open this link in a browser.")
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        cookie = self._doorkeeper.exchange(token)
        if cookie is None and self._doorkeeper.knows(Headers(scope=scope)):
            return RedirectResponse("/", status_code=303)
        if cookie is None:
            return problem(
                403,
                "link-used",
                "This link was used already, or the server was started anew.",
                "use the newest link that `townscape serve` printed; each works once.",
            )
        answer = RedirectResponse("/", status_code=303)
        name = self._doorkeeper.cookie_name
        answer.set_cookie(name, cookie, max_age=SESSION_S, httponly=True, samesite="strict", path="/")
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _limited(receive: Receive) -> Receive:
    """The body, cut off where it grows too large (a chunked one names no length)."""
    seen = 0

    async def inner() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > MAX_BODY_BYTES:
                return {"type": "http.disconnect"}
        return message

    return inner


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read_or_make_secret(path: Path) -> bytes:
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        content = path.read_bytes()
        if len(content) == 32:
            return content
        path.unlink()
        return _read_or_make_secret(path)
    content = secrets.token_bytes(32)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    return content
