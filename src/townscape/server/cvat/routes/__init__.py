"""The routes under `/api/`, one file per noun."""

from fastapi import APIRouter

from townscape.server.cvat.routes import (
    annotations,
    data,
    jobs,
    labels,
    projects,
    requests,
    session,
    tasks,
)

_NOUNS = (session, requests, labels, data, annotations, jobs, projects, tasks)


def all_routes() -> APIRouter:
    """Every route that CVAT's client has here."""
    router = APIRouter()
    for noun in _NOUNS:
        router.include_router(noun.router)
    return router
