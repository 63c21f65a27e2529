"""Datasets: what was frozen to learn from."""

from collections import Counter

from fastapi import APIRouter

from townscape.server.context import InContext
from townscape.server.record import Record

router = APIRouter(prefix="/datasets", tags=["datasets"])


class DatasetOut(Record):
    """A dataset's card."""

    id: str
    content_hash: str
    taxonomy: str
    taxonomy_version: int
    created_at: float
    warnings: list[str]
    windows: dict[str, int]
    """Part → windows."""


@router.get("")
def list_datasets(context: InContext) -> list[DatasetOut]:
    """Newest first."""
    found = [context.workspace.datasets.get(d.id) for d in context.workspace.datasets.find()]
    return [
        DatasetOut.of(d, warnings=list(d.warnings), windows=dict(Counter(item.part for item in d.items)))
        for d in reversed(found)
    ]
