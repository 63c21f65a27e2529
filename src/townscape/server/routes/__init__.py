"""Routes, one file per noun, all under /v1/."""

from fastapi import APIRouter

from townscape.server.routes import (
    annotations,
    coverage,
    datasets,
    evaluations,
    events,
    folders,
    formats,
    home,
    images,
    insights,
    measures,
    models,
    pairs,
    people,
    predictions,
    queue,
    redactions,
    reports,
    runs,
    selections,
    sent_datasets,
    session,
    sources,
    stages,
    taxonomies,
    uploads,
)

_NOUNS = (
    session, home, people, images, sources, uploads, sent_datasets, folders, formats, selections,
    annotations, pairs, measures, coverage, redactions,
    events, queue, predictions, taxonomies, datasets, models, evaluations, insights, reports, stages, runs,
)  # fmt: skip


def all_routes() -> APIRouter:
    """Every route of the API."""
    router = APIRouter(prefix="/v1")
    for noun in _NOUNS:
        router.include_router(noun.router)
    return router
