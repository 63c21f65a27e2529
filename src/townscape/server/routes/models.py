"""Models with their cards."""

from typing import Any

from fastapi import APIRouter

from townscape.server.context import InContext
from townscape.server.record import Record

router = APIRouter(prefix="/models", tags=["models"])


class ModelOut(Record):
    """A model: its name, where it came from, its card."""

    id: str
    name: str
    dataset_id: str | None
    run_id: str | None
    created_at: float
    card: dict[str, Any]
    mean_iou: float | None
    """Of its newest evaluation on held-out labels."""
    pixel_accuracy: float | None


@router.get("")
def list_models(context: InContext) -> list[ModelOut]:
    """Newest first."""
    workspace = context.workspace
    scores = {e.model_id: e.scores for e in workspace.evaluations.find() if not e.is_optimistic}
    found = [(m, scores.get(m.id, {})) for m in reversed(workspace.models.find())]
    return [
        ModelOut.of(m, mean_iou=s.get("mean_iou"), pixel_accuracy=s.get("pixel_accuracy")) for m, s in found
    ]
