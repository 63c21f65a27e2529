"""Signing in and out, who is here, and what this server is."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from townscape.core.errors import NotFound
from townscape.server.cvat.formats import NamedFormat, exporters, importers
from townscape.server.cvat.lists import page_of
from townscape.server.cvat.parts import BaseUrl, InParts, User
from townscape.server.cvat.views import USER, about_server, user_view, when, whole_user_view
from townscape.server.passes import CSRF_COOKIE, SESSION_COOKIE, SESSION_S

router = APIRouter()

_COLORS = ("#27548a", "#b5443a", "#4f8250", "#8c5a9e", "#b3781f", "#2f7f86")


class LoginIn(BaseModel):
    """Any name, and the access token as the password."""

    username: str = Field(default="", max_length=200)
    password: str = Field(default="", max_length=500)


@router.post("/auth/login")
def login(parts: InParts, wanted: LoginIn) -> Response:
    """Begin a session. The name signs every save that comes with it."""
    session = parts.context.passes.sign_in(wanted.username, wanted.password)
    if session is None:
        told = (
            "The password is not the access token of this server, or the user has no name. Hint: any name "
            "will do; `townscape serve --print-token` prints the token."
        )
        return JSONResponse({"detail": told}, status_code=401)
    people = parts.workspace.people
    known = [p for p in people.find() if p.name == session.user]
    color = known[0].color if known else _COLORS[sum(session.user.encode()) % len(_COLORS)]
    people.put(session.user, color)
    answer = JSONResponse({"key": session.key})
    for name, value in ((SESSION_COOKIE, session.key), (CSRF_COOKIE, session.csrf)):
        answer.set_cookie(
            name, value, max_age=SESSION_S, path="/api", samesite="strict", httponly=name == SESSION_COOKIE
        )
    return answer


@router.post("/auth/logout")
def logout(parts: InParts, request: Request) -> Response:
    """End the session."""
    parts.context.passes.sign_out(request.headers)
    answer = JSONResponse({"detail": "Signed out."})
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        answer.delete_cookie(name, path="/api", samesite="strict")
    return answer


@router.get("/auth/access_tokens/self")
def read_access_token(parts: InParts, user: User, base: BaseUrl) -> dict[str, Any]:
    """The token that a request came with."""
    return {
        "id": 1,
        "name": f"Townscape: {parts.workspace.settings.name}",
        "created_date": when(0.0),
        "updated_date": when(0.0),
        "expiry_date": None,
        "last_used_date": None,
        "read_only": False,
        "owner": user_view(parts, user, base),
    }


@router.get("/users/self")
def read_self(parts: InParts, user: User, base: BaseUrl) -> dict[str, Any]:
    """Who asks."""
    return whole_user_view(parts, user, base)


@router.get("/users")
def list_users(request: Request, parts: InParts, user: User, base: BaseUrl) -> dict[str, Any]:
    """Everybody who has been here."""
    names = dict.fromkeys([user, *(p.name for p in parts.workspace.people.find())])
    found = [whole_user_view(parts, name, base) for name in names]
    return page_of(request, sorted(found, key=lambda u: u["id"]), base=base, path="users")


@router.get("/users/{number}")
def read_user(parts: InParts, number: int, base: BaseUrl) -> dict[str, Any]:
    """One person."""
    name = parts.workspace.numbered.get(USER, number).key
    if name is None:
        raise NotFound(f"There is no user {number}.")
    return whole_user_view(parts, name, base)


@router.get("/server/about")
def read_about() -> dict[str, Any]:
    """Name and version; asked before signing in."""
    return about_server()


@router.get("/server/annotation/formats")
def list_formats() -> dict[str, Any]:
    """Formats of datasets, by CVAT's names."""
    return {
        "importers": [_format(f) for f in importers()],
        "exporters": [_format(f) for f in exporters()],
    }


def _format(found: NamedFormat) -> dict[str, Any]:
    return {
        "name": found.name,
        "ext": found.endings,
        "version": found.version,
        "enabled": True,
        "dimension": "2d",
    }
