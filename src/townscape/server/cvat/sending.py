"""How CVAT's client sends files: a start, pieces (TUS) or several at once, and a finish."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from townscape.core.errors import UsageError
from townscape.server.cvat.inbox import MAX_BYTES, Parcel
from townscape.server.cvat.multipart import is_form, read_form
from townscape.server.cvat.parts import Parts

_TUS = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Finished:
    """All is sent: the files, and what was said with them."""

    parcels: Sequence[Parcel]
    said: dict[str, Any] = field(default_factory=dict[str, Any])

    def one(self) -> Parcel:
        """The one file. Raises `UsageError` if it is not one."""
        if len(self.parcels) != 1:
            raise UsageError(f"{len(self.parcels)} files were sent where one is wanted.")
        return self.parcels[0]


def accepted(errand_id: str) -> Response:
    """The answer to what takes longer."""
    return JSONResponse({"rq_id": errand_id}, status_code=202)


async def take_step(parts: Parts, request: Request, target: str, *, base: str) -> Response | Finished:
    """Do one step of sending; `Finished` when it was the last."""
    headers = request.headers
    if "upload-start" in headers:
        if target.endswith("/data"):
            await run_in_threadpool(parts.inbox.clear, target)
        return JSONResponse({}, status_code=202)
    if "upload-length" in headers:
        parcel = await run_in_threadpool(_begin, parts, request, target)
        place = {"Location": f"{base}/{target}/{parcel.id}", "Upload-Filename": parcel.server_name}
        return Response(status_code=201, headers={**_TUS, **place, "Upload-Offset": "0"})
    if "upload-multiple" in headers:
        await _put_form(parts, request, target)
        return JSONResponse({}, status_code=200)
    if "upload-finish" not in headers and is_form(request):
        said = await _put_form(parts, request, target)
        return Finished(await run_in_threadpool(_parcels, parts, request, target), said)
    said = await _json(request)
    return Finished(await run_in_threadpool(_parcels, parts, request, target), said)


async def append_piece(parts: Parts, request: Request, target: str, parcel_id: str) -> Response:
    """The next piece of a file."""
    parcel = parts.inbox.get(target, parcel_id)
    offset = request.headers.get("upload-offset", "")
    if not offset.isdecimal():
        raise UsageError("The piece does not say where it begins.", hint="send Upload-Offset.")
    if int(offset) != parcel.offset:
        told = f"{parcel.name} goes on at byte {parcel.offset:,}, not at {int(offset):,}."
        where = {**_TUS, "Upload-Offset": str(parcel.offset)}
        return JSONResponse({"detail": told}, status_code=409, headers=where)
    now = await parts.inbox.append(parcel, int(offset), request.stream())
    where = {**_TUS, "Upload-Offset": str(now), "Upload-Filename": parcel.server_name}
    return Response(status_code=204, headers=where)


def tell_offset(parts: Parts, target: str, parcel_id: str) -> Response:
    """How far a file has come."""
    parcel = parts.inbox.get(target, parcel_id)
    where = {"Upload-Offset": str(parcel.offset), "Upload-Length": str(parcel.size)}
    return Response(status_code=200, headers={**_TUS, **where})


def _begin(parts: Parts, request: Request, target: str) -> Parcel:
    length = request.headers["upload-length"]
    if not length.isdecimal() or int(length) > MAX_BYTES:
        raise UsageError(f"A file of {length:.40} bytes cannot be taken.", hint=f"at most {MAX_BYTES:,}.")
    name = ""
    for entry in request.headers.get("upload-metadata", "").split(","):
        key, _, value = entry.strip().partition(" ")
        if key == "filename":
            try:
                name = base64.b64decode(value, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise UsageError("The name of the file is not understood.") from error
    return parts.inbox.begin(target, name, int(length))


async def _put_form(parts: Parts, request: Request, target: str) -> dict[str, Any]:
    form = await read_form(request, parts.workspace.folder.uploads)
    try:
        for sent in form.files:
            await run_in_threadpool(parts.inbox.put, target, sent.name, sent.path)
    finally:
        for sent in form.files:
            sent.path.unlink(missing_ok=True)
    return {k: v for k, v in form.fields.items() if v}


def _parcels(parts: Parts, request: Request, target: str) -> Sequence[Parcel]:
    """The files: the one that is named, or all that were sent for this."""
    named = request.query_params.get("filename")
    if named is not None and not is_form(request):
        return [parts.inbox.whole(target, named)]
    return parts.inbox.of(target)


async def _json(request: Request) -> dict[str, Any]:
    body = await request.body()
    if not body:
        return {}
    try:
        values = await request.json()
    except ValueError as error:
        raise UsageError("The request is no JSON.") from error
    if values is not None and not isinstance(values, dict):
        raise UsageError("The request is no JSON object.")
    return values or {}
