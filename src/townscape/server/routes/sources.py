"""Sources: where images come from, what each of them has, and what was left out."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query

from townscape import engine
from townscape.collect import CollectOptions
from townscape.collect.sources import get_source, source_names
from townscape.core.errors import UsageError
from townscape.server.context import InContext
from townscape.server.record import Record
from townscape.server.routes.runs import RunOut, run_out
from townscape.workspace import Workspace
from townscape.workspace.records import Run
from townscape.workspace.sources import Source

router = APIRouter(prefix="/sources", tags=["sources"])


class SourceOut(Record):
    """A source with the numbers of its entries."""

    id: str
    kind: str
    title: str
    """What its kind is called."""
    address: str
    listed_at: float | None
    is_whole: bool
    """Whether its last listing came to its end."""
    run_id: str | None
    """The run that listed it last."""
    listed: int
    """Waiting to be taken."""
    taken: int
    rejected: int
    gone: int
    """Were there once; their images stay."""
    has_moved: bool
    """There is nothing at the path that it is at."""


class SourceKindOut(Record):
    """A kind of source."""

    name: str
    title: str
    example: str


class NewPlace(Record):
    """Where something lies now."""

    folder: str
    """What /v1/folders calls it."""


class RejectedOut(Record):
    """An entry that was left out."""

    key: str
    name: str
    reason: str


class RejectedPage(Record):
    """Some of the entries that were left out, in order of key."""

    total: int
    items: list[RejectedOut]


@router.get("")
def list_sources(context: InContext) -> list[SourceOut]:
    """All of them, the newest first."""
    return [_out(context.workspace, source) for source in context.workspace.sources.find()]


@router.get("/kinds")
def list_kinds() -> list[SourceKindOut]:
    """What can be collected from."""
    kinds = [(name, get_source(name)) for name in source_names()]
    return [SourceKindOut(name=name, title=kind.TITLE, example=kind.EXAMPLE) for name, kind in kinds]


@router.get("/{source_id}")
def read_source(context: InContext, source_id: str) -> SourceOut:
    """One source."""
    return _out(context.workspace, context.workspace.sources.get(source_id))


@router.get("/{source_id}/rejected")
def list_rejected(
    context: InContext,
    source_id: str,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> RejectedPage:
    """What was left out, each with its reason, from behind the key `after`."""
    sources = context.workspace.sources
    source = sources.get(source_id)
    found = sources.page(source.id, states=("rejected",), after=after, limit=limit)
    return RejectedPage(
        total=sources.counts(source.id)["rejected"],
        items=[RejectedOut(key=e.key, name=e.name, reason=e.reason or "") for e in found],
    )


@router.post("/{source_id}/runs", status_code=201)
def look_again(context: InContext, source_id: str) -> RunOut:
    """Collect from it again, as the last time: what is new or changed is taken, what was rejected tried."""
    source = context.workspace.sources.get(source_id)
    options = CollectOptions.parse({**source.options, "follow": False})
    run: Run = engine.start(context.workspace, options)
    return run_out(run)


@router.post("/{source_id}/place", status_code=201)
def find_again(context: InContext, source_id: str, place: NewPlace) -> RunOut:
    """Find the images of a folder that was moved below its new place; each is proven by its content."""
    source = context.workspace.sources.get(source_id)
    if not _has_moved(source):
        raise UsageError(f"{source.address} has not been moved.", hint="look at it again.")
    new = context.folders.path(place.folder)
    options = CollectOptions.parse({"paths": [new], "relink": source.address})
    return run_out(engine.start(context.workspace, options))


def _out(workspace: Workspace, source: Source) -> SourceOut:
    return SourceOut.of(
        source,
        title=get_source(source.kind).TITLE,
        is_whole=source.listed_at is not None and source.cursor is None,
        has_moved=_has_moved(source),
        **workspace.sources.counts(source.id),
    )


def _has_moved(source: Source) -> bool:
    return source.kind == "folder" and not Path(source.address).exists()
