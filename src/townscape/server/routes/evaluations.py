"""Evaluations with every score."""

from typing import Any

from fastapi import APIRouter

from townscape.server.context import InContext
from townscape.server.record import Record

router = APIRouter(prefix="/evaluations", tags=["evaluations"])


class EvaluationOut(Record):
    """Scores of a model on a part of a dataset."""

    id: str
    model_id: str
    model: str
    dataset_id: str
    part: str
    is_optimistic: bool
    created_at: float
    scores: dict[str, Any]
    """See `EvaluateResult`: all scores, classes, confusion matrix."""


@router.get("")
def list_evaluations(context: InContext) -> list[EvaluationOut]:
    """Newest first."""
    names = {m.id: m.name for m in context.workspace.models.find()}
    return [
        EvaluationOut.of(e, model=names.get(e.model_id, ""))
        for e in reversed(context.workspace.evaluations.find())
    ]
