"""What happens to an annotation, as server-sent events."""

from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from townscape.server.context import InContext

router = APIRouter(tags=["events"])

STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/annotations/{annotation_id}/events", response_class=StreamingResponse)
async def follow_annotation(context: InContext, annotation_id: str) -> StreamingResponse:
    """`revision` events: the number of the newest revision, now and whenever it changes."""
    labels = context.workspace.labels
    labels.get(annotation_id)

    async def lines() -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        async for revision in context.live.revisions(annotation_id, lambda: labels.get(annotation_id).head):
            yield f"event: revision\nid: {revision}\ndata: {revision}\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers=STREAM)
