"""The application: gate, API, and the built web app."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response

from townscape.server import problems
from townscape.server.access import Doorkeeper, Gate
from townscape.server.context import Context
from townscape.server.cvat.app import create_cvat_app
from townscape.server.folders import Folders
from townscape.server.live import Live
from townscape.server.passes import Passes
from townscape.server.pixels.pool import PixelWorkers
from townscape.server.recent import Recent
from townscape.server.routes import all_routes
from townscape.server.sent_datasets import SentDatasets
from townscape.server.uploads import Uploads
from townscape.version import __version__
from townscape.workspace import Workspace

STATIC = Path(__file__).parent / "static"
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_FRESH = {"Cache-Control": "no-cache"}


def create_app(
    workspace: Workspace,
    *,
    hosts: Sequence[str],
    browse: Sequence[Path] = (),
    person: str | None = None,
) -> FastAPI:
    """The server of one workspace.

    `hosts` are the names (with port) under which it answers; `browse` are the folders whose
    content pages may be shown when they ask for a file; `person` presets who labels.
    """
    doorkeeper = Doorkeeper(workspace.root, workspace_id=workspace.settings.id)
    passes = Passes(doorkeeper.sign, workspace.numbered, preset_user=person)
    pixels = PixelWorkers()
    context = Context(
        workspace=workspace,
        pixels=pixels,
        live=Live(),
        uploads=Uploads(workspace, pixels),
        sent=SentDatasets(workspace.folder.uploads),
        folders=Folders(browse),
        doorkeeper=doorkeeper,
        passes=passes,
        decoded=Recent(most=4),
        preset_person=person,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        yield
        pixels.close()

    app = FastAPI(
        title="Townscape",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.state.context = context
    problems.install(app)
    app.include_router(all_routes())
    app.mount("/api", create_cvat_app(context))

    @app.get("/{path:path}", include_in_schema=False)
    def read_page(path: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _page(path)

    app.add_middleware(Gate, doorkeeper=doorkeeper, passes=passes, hosts=hosts)
    return app


def _page(path: str) -> Response:
    """A file of the web app, or its one page for every address that is no file."""
    if path.startswith("v1/"):
        return problems.problem(404, "not-found", "There is no such address.")
    found = (STATIC / path).resolve()
    if path and found.is_file() and STATIC in found.parents:
        return FileResponse(found, headers=_FOREVER if "/assets/" in f"/{path}" else _FRESH)
    index = STATIC / "index.html"
    if not index.is_file():
        return problems.problem(
            501,
            "no-web-app",
            "This installation of Townscape comes without its web app.",
            "install it from a wheel, or run `./x setup` in the repository.",
        )
    return FileResponse(index, headers=_FRESH)
