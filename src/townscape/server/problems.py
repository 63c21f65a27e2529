"""Errors over HTTP: problem details (RFC 9457) with the same words as on the command line."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from townscape.core import errors

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[errors.TownscapeError], int], ...] = (
    (errors.NotFound, 404),
    (errors.UsageError, 409),
    (errors.LabelError, 409),
    (errors.ImageTooLarge, 413),
    (errors.InputError, 422),
    (errors.WorkspaceBusy, 503),
    (errors.StorageFull, 507),
    (errors.MissingExtra, 501),
)


def problem(status: int, code: str, message: str, hint: str | None = None, **more: Any) -> JSONResponse:
    """An answer that says what happened and what to do."""
    content = {"status": status, "code": code, "title": message, "hint": hint, **more}
    return JSONResponse(content, status_code=status, media_type=MEDIA_TYPE)


def answer_of(error: errors.TownscapeError) -> JSONResponse:
    """The problem that an error is."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    return problem(status, error.code, error.message, error.hint, **error.details)


def install(app: FastAPI) -> None:
    """Answer every error with a problem."""

    @app.exception_handler(errors.TownscapeError)
    def on_error(_request: Request, error: errors.TownscapeError) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return answer_of(error)

    @app.exception_handler(RequestValidationError)
    def on_invalid(_request: Request, error: RequestValidationError) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        found = "; ".join(
            f"{'.'.join(str(p) for p in e['loc'][1:]) or 'body'}: {e['msg']}" for e in error.errors()
        )
        return problem(422, "invalid-request", f"The request is not understood: {found}.")

    @app.exception_handler(HTTPException)
    def on_http(_request: Request, error: HTTPException) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return problem(error.status_code, "http-error", str(error.detail))
