"""Who may talk to the server, checked before anything else sees a request.

The server listens on the loopback interface. A browser gets in by a one-time link with a random
token, which is exchanged for a cookie. The cookie is signed with a secret that lies in the
workspace, so it outlives the server. Then, for every request:

* the Host header must be one of ours (no DNS rebinding);
* a request that changes something must come from our own pages (Origin, Sec-Fetch-Site);
* everything but the page itself needs the cookie.

What lies under `/api/` is for programs and not for pages: it asks for their pass (`passes`) instead.

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
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from townscape.server.passes import Passes
from townscape.server.problems import problem

SESSION_S = 30 * 24 * 3600
MAX_BODY_BYTES = 96 << 20
MAX_PROGRAM_BODY_BYTES = 112 << 20
"""CVAT's client sends files in groups of 100 MB."""
_SECRET_FILE = "server-secret"  # noqa: S105 - a file's name
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OPEN_TO_PROGRAMS = (("GET", "/api/server/about"), ("POST", "/api/auth/login"))

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
        return f"{body}.{self.sign(body)}"

    def knows(self, headers: Headers) -> bool:
        """Whether a request carries a cookie that we gave out and that is still good."""
        found = SimpleCookie(headers.get("cookie", "")).get(self.cookie_name)
        if found is None:
            return False
        cookie = found.value
        body, _, signature = cookie.rpartition(".")
        ends_at = body.partition(".")[0]
        is_ours = hmac.compare_digest(self.sign(body), signature)
        return is_ours and ends_at.isdigit() and int(ends_at) > time.time()

    def sign(self, body: str) -> str:
        """A signature that only who knows the workspace's secret can make."""
        return hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()


class Gate:
    """ASGI middleware: lets through what `Doorkeeper` and the checks above allow."""

    def __init__(self, app: ASGIApp, *, doorkeeper: Doorkeeper, passes: Passes, hosts: Iterable[str]) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._passes = passes
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

        is_program = _is_below(scope["path"], "/api")
        refusal = self._refusal_of_program(scope) if is_program else self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send_with_headers)
        elif scope["path"] == "/enter":
            await self._enter(scope)(scope, receive, send_with_headers)
        else:
            limit = MAX_PROGRAM_BODY_BYTES if is_program else MAX_BODY_BYTES
            await self._app(scope, _limited(receive, limit), send_with_headers)

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

    def _refusal_of_program(self, scope: Scope) -> Response | None:
        """Programs send none of a browser's headers; where there are some, they must be of our own pages."""
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self._hosts:
            return _told(421, "This server does not answer under that name.")
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if (origin is not None and not self._is_ours(origin)) or site not in (None, "none", "same-origin"):
            return _told(403, "Pages from elsewhere may not ask for anything here.")
        length = headers.get("content-length")
        if length is not None and (not length.isdigit() or int(length) > MAX_PROGRAM_BODY_BYTES):
            return _told(413, "That is more than one request may carry: send large files in pieces.")
        if (scope["method"], scope["path"].rstrip("/")) in _OPEN_TO_PROGRAMS:
            return None
        user = self._passes.user_of(headers, changes=scope["method"] not in _SAFE_METHODS)
        if user is None:
            return _told(
                401,
                "Not signed in, or the session has ended. Hint: the password of every user is the access "
                "token that `townscape serve --print-token` prints; it can also be sent as a bearer token.",
            )
        scope["townscape_user"] = user
        return None

    def _is_own_page(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            return self._is_ours(origin)
        return headers.get("sec-fetch-site") == "same-origin"

    def _is_ours(self, origin: str) -> bool:
        scheme, _, host = origin.partition("://")
        return scheme in ("http", "https") and host.lower() in self._hosts

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


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _told(status: int, message: str) -> Response:
    return JSONResponse({"detail": message}, status_code=status)


def _limited(receive: Receive, limit: int) -> Receive:
    """The body, cut off where it grows too large (a chunked one names no length)."""
    seen = 0

    async def inner() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
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
