"""Insights: findings in words and charts, and every indicator."""

from fastapi import APIRouter

from townscape.insights.computing import Finding
from townscape.server.context import InContext
from townscape.server.record import Record

router = APIRouter(prefix="/insights", tags=["insights"])


class IndicatorOut(Record):
    """One number with its honesty."""

    insight: str
    measure: str
    subject_kind: str
    subject_name: str
    value: float | None
    unit: str
    low: float | None
    high: float | None
    n: int
    n_unit: str
    grade: str


class InsightsOut(Record):
    """What one run found with one model."""

    run_id: str | None
    model_id: str
    model: str
    created_at: float
    findings: list[Finding]
    indicators: list[IndicatorOut]
    """Of zones and sequences; those of single images are in the report's table."""


@router.get("")
def list_insights(context: InContext) -> list[InsightsOut]:
    """The newest insights of every model, those about zones first."""
    workspace = context.workspace
    names = {m.id: m.name for m in workspace.models.find()}
    found: list[InsightsOut] = []
    for indicators in workspace.insights.newest_by_model():
        first = indicators[0]
        run = workspace.runs.get(first.run_id) if first.run_id else None
        findings = (run.result or {}).get("findings", []) if run else []
        found.append(
            InsightsOut(
                run_id=first.run_id,
                model_id=first.model_id,
                model=names.get(first.model_id, ""),
                created_at=first.created_at,
                findings=[Finding(**f) for f in findings],
                indicators=[
                    IndicatorOut.of(i, low=i.interval.low, high=i.interval.high)
                    for i in indicators
                    if i.subject_kind != "image"
                ],
            )
        )
    return sorted(found, key=lambda one: all(i.subject_kind != "zone" for i in one.indicators))
