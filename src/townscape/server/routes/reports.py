"""Pages that were written: reports and evaluations, shown in a sandbox."""

import hashlib
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

from townscape.core.errors import NotFound
from townscape.server.context import Context, InContext
from townscape.server.record import Record

router = APIRouter(prefix="/reports", tags=["reports"])

_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
}


class ReportOut(Record):
    """A page and the tables beside it."""

    id: str
    name: str
    kind: str
    """report or evaluation."""
    written_at: float
    tables: dict[str, str]
    """File name → id."""


@router.get("")
def list_reports(context: InContext) -> list[ReportOut]:
    """Newest first."""
    files = _files(context)
    pages = sorted(
        (p for p in files.values() if p.suffix == ".html"), key=lambda p: p.stat().st_mtime, reverse=True
    )
    ids = {path: file_id for file_id, path in files.items()}
    return [
        ReportOut(
            id=ids[page],
            name=page.stem,
            kind="evaluation" if page.stem.startswith("evaluation-") else "report",
            written_at=page.stat().st_mtime,
            tables={p.name: ids[p] for p in files.values() if p.stem == page.stem and p.suffix != ".html"},
        )
        for page in pages
    ]


@router.get("/{file_id}", response_class=FileResponse)
def read_report(context: InContext, file_id: str, download: bool = False) -> FileResponse:
    """A page (in a sandbox: it has no scripts and reaches nothing) or a table."""
    path = _files(context).get(file_id)
    if path is None:
        raise NotFound("That page is not there any more.", hint="write the report anew.")
    headers = {
        "Content-Security-Policy": _POLICY,
        "X-Frame-Options": "SAMEORIGIN",
        "Cache-Control": "no-store",
    }
    shown = download or path.suffix != ".html"
    return FileResponse(
        path,
        media_type=_TYPES[path.suffix],
        headers=headers,
        filename=path.name if shown else None,
        content_disposition_type="attachment" if shown else "inline",
    )


def _files(context: Context) -> dict[str, Path]:
    folder = context.workspace.folder.reports
    if not folder.is_dir():
        return {}
    return {
        hashlib.sha256(path.name.encode()).hexdigest()[:20]: path
        for path in sorted(folder.iterdir())
        if path.suffix in _TYPES and path.is_file()
    }
