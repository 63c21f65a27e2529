"""How programs get in, which have no browser to open a link with.

`townscape serve --print-token` prints the access token of the workspace: the same each time, until
its secret is deleted. A program sends it as `Authorization: Bearer TOKEN`, or gives it once as the
password of any user name and gets a session, which is what saves are signed with.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie

from starlette.datastructures import Headers

from townscape.workspace.numbered import NumberedRecords

SESSION_COOKIE, CSRF_COOKIE, CSRF_HEADER = "sessionid", "csrftoken", "x-csrftoken"
SESSION_S = 30 * 24 * 3600
MAX_NAME = 80
_SESSION = "session"
_NOBODY = "cvat"
"""The name of a program that came with the token alone."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a program keeps after it signed in."""

    key: str
    csrf: str
    user: str


class Passes:
    """Gives out sessions and recognises them. Sessions outlive the server: their digests are kept."""

    def __init__(
        self, sign: Callable[[str], str], sessions: NumberedRecords, *, preset_user: str | None = None
    ) -> None:
        self._sign = sign
        self._sessions = sessions
        self._user = preset_user or _NOBODY

    @property
    def access_token(self) -> str:
        """The token of the workspace; it lasts."""
        return f"tsc_{self._sign('access token')}"

    def sign_in(self, user: str, password: str) -> Session | None:
        """A session for anybody who has the token; None for a wrong one, or a name that is none."""
        name = "".join(c for c in user if c.isprintable()).strip()[:MAX_NAME]
        if not name or not self._is_token(password):
            return None
        self._sweep()
        key = secrets.token_hex(20)  # CVAT's client takes no longer one
        self._sessions.put(_SESSION, _digest(key), {"user": name})
        return Session(key, self._csrf(key), name)

    def sign_out(self, headers: Headers) -> None:
        """End the session that a request carries."""
        found = self._sessions.find_key(_SESSION, _digest(_session_key(headers)))
        if found is not None:
            self._sessions.remove(_SESSION, found.number)

    def user_of(self, headers: Headers, *, changes: bool) -> str | None:
        """Who sends a request; None: nobody that was let in.

        A session in a cookie also has to prove, where it `changes` something, that it is no foreign page's
        doing.
        """
        kind, _, value = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self._user if self._is_token(value.strip()) else None
        if kind.lower() == "token":
            return self._user_of_session(value.strip())
        key = _session_key(headers)
        if changes and not _same(headers.get(CSRF_HEADER, ""), self._csrf(key)):
            return None
        return self._user_of_session(key)

    def _user_of_session(self, key: str) -> str | None:
        found = self._sessions.find_key(_SESSION, _digest(key))
        if found is None or found.created_at + SESSION_S < time.time():
            return None
        return str(found.about["user"])

    def _is_token(self, value: str) -> bool:
        return _same(value, self.access_token)

    def _csrf(self, key: str) -> str:
        return self._sign(f"csrf {key}")[:32]

    def _sweep(self) -> None:
        for record in self._sessions.find(_SESSION, unchanged_since=time.time() - SESSION_S):
            self._sessions.remove(_SESSION, record.number)


def _session_key(headers: Headers) -> str:
    found = SimpleCookie(headers.get("cookie", "")).get(SESSION_COOKIE)
    return found.value if found is not None else ""


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _same(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode(), second.encode())
