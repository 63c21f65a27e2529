"""Models with their cards."""

from typing import Any

from fastapi import APIRouter

from townscape.server.context import InContext
from townscape.server.record import Record
from townscape.workspace.records import Model

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

    @classmethod
    def of(cls, model: Model, scores: dict[str, Any] | None) -> "ModelOut":
        named = {n: getattr(model, n) for n in ("id", "name", "dataset_id", "run_id", "created_at", "card")}
        found = scores or {}
        return cls(mean_iou=found.get("mean_iou"), pixel_accuracy=found.get("pixel_accuracy"), **named)


@router.get("")
def list_models(context: InContext) -> list[ModelOut]:
    """Newest first."""
    workspace = context.workspace
    scores = {e.model_id: e.scores for e in workspace.evaluations.find() if not e.is_optimistic}
    return [ModelOut.of(m, scores.get(m.id)) for m in reversed(workspace.models.find())]
