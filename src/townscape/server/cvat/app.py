"""The application under `/api/`: its routes, and errors in CVAT's manner."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from townscape.core import errors
from townscape.server.context import Context
from townscape.server.cvat.parts import make_parts
from townscape.server.cvat.routes import all_routes

_STATUS: tuple[tuple[type[errors.TownscapeError], int], ...] = (
    (errors.NotFound, 404),
    (errors.ImageTooLarge, 413),
    (errors.StorageFull, 507),
    (errors.WorkspaceBusy, 503),
    (errors.MissingExtra, 501),
    (errors.TownscapeError, 400),
)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_log = logging.getLogger(__name__)


def create_cvat_app(context: Context) -> ASGIApp:
    """The application, to be mounted under `/api`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.context = context
    app.state.parts = make_parts(context)
    app.include_router(all_routes())

    @app.api_route("/{path:path}", methods=_METHODS)
    def refuse(request: Request, path: str) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return _told(
            501, f"Townscape does not answer {request.method} /api/{path}: it has no such part of CVAT."
        )

    @app.exception_handler(errors.TownscapeError)
    def on_error(_request: Request, error: errors.TownscapeError) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        status = next(status for kind, status in _STATUS if isinstance(error, kind))
        return _told(status, sentence(error))

    @app.exception_handler(RequestValidationError)
    def on_invalid(_request: Request, error: RequestValidationError) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        found = [f"{'.'.join(str(p) for p in e['loc'][1:]) or 'body'}: {e['msg']}" for e in error.errors()]
        more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
        return _told(400, f"The request is not understood: {'; '.join(found[:5])}{more}.")

    @app.exception_handler(HTTPException)
    def on_http(_request: Request, error: HTTPException) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return _told(error.status_code, str(error.detail))

    @app.exception_handler(ClientDisconnect)
    def on_cut_off(_request: Request, _error: ClientDisconnect) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return _told(
            413, "The request is cut off, or is more than one may carry: send large files in pieces."
        )

    @app.exception_handler(Exception)
    def on_mistake(_request: Request, error: Exception) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        _log.exception("a request of CVAT's client", exc_info=error)
        return _told(500, f"Townscape made a mistake: {type(error).__name__}. Please report it.")

    return _Slashless(app)


def sentence(error: errors.TownscapeError) -> str:
    """What happened and what to do, in one text."""
    return f"{error.message} Hint: {error.hint}" if error.hint else error.message


def _told(status: int, message: str) -> JSONResponse:
    return JSONResponse({"detail": message}, status_code=status)


class _Slashless:
    """Takes `/tasks/3/data/` for `/tasks/3/data`: CVAT's client writes both."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/")}
        await self._app(scope, receive, send)
