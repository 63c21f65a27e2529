"""Requests: long things that were begun, and what became of them."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from townscape.server.cvat.lists import page_of
from townscape.server.cvat.parts import BaseUrl, InParts
from townscape.server.cvat.views import errand_view

router = APIRouter(prefix="/requests")

_LOOK_EVERY_S, _WAIT_S = 0.1, 8.0


@router.get("")
def list_requests(request: Request, parts: InParts, base: BaseUrl) -> dict[str, Any]:
    """Those of the last day, newest first."""
    found = [errand_view(parts, errand, base) for errand in reversed(parts.errands.find())]
    return page_of(request, found, base=base, path="requests")


@router.get("/{errand_id}")
async def read_request(parts: InParts, errand_id: str, base: BaseUrl) -> dict[str, Any]:
    """How far one has come. Waits a little for its end: the client asks again only after seconds."""
    ends_at = time.monotonic() + _WAIT_S
    while True:
        errand = await run_in_threadpool(parts.errands.get, errand_id)
        if errand.about.is_over or time.monotonic() > ends_at:
            return await run_in_threadpool(errand_view, parts, errand, base)
        await asyncio.sleep(_LOOK_EVERY_S)


@router.get("/{errand_id}/result", response_class=FileResponse)
def download_result(parts: InParts, errand_id: str) -> FileResponse:
    """The file that it made."""
    path = parts.errands.path(parts.errands.get(errand_id))
    named = {"Content-Disposition": f'attachment; filename="{path.name}"', "Cache-Control": "no-store"}
    return FileResponse(path, media_type="application/zip", headers=named)


@router.post("/{errand_id}/cancel")
def cancel_request(parts: InParts, errand_id: str) -> Response:
    """Stop one."""
    parts.errands.cancel(parts.errands.get(errand_id))
    return Response(status_code=200)
