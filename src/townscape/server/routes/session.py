"""Who looks at which workspace."""

from fastapi import APIRouter

from townscape.server.context import InContext
from townscape.server.record import Record
from townscape.version import __version__

router = APIRouter(tags=["session"])


class Session(Record):
    """What a page needs to know at first."""

    workspace_id: str
    workspace: str
    """Its name."""
    version: str
    taxonomy: str
    """Name of the default taxonomy."""
    preset_person: str | None
    """Given with `serve --as`: the page need not ask."""
    wanted_coverage: float
    has_geo: bool
    has_train: bool


class Link(Record):
    """A link for another browser, good once."""

    url: str


@router.get("/session")
def read_session(context: InContext) -> Session:
    """The workspace and this server."""
    from importlib.util import find_spec

    settings = context.workspace.settings
    return Session(
        workspace_id=settings.id,
        workspace=settings.name,
        version=__version__,
        taxonomy=settings.taxonomy,
        preset_person=context.preset_person,
        wanted_coverage=settings.wanted_coverage,
        has_geo=find_spec("rasterio") is not None,
        has_train=find_spec("torch") is not None,
    )


@router.post("/session/links", status_code=201)
def make_link(context: InContext) -> Link:
    """A one-time link that lets another browser on this machine in."""
    return Link(url=f"/enter?token={context.doorkeeper.new_token()}")
