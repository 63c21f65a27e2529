"""The rim of report: stored indicators in, one page and its tables out."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from townscape.core.errors import NotFound
from townscape.core.events import Report
from townscape.paper.page import write_html
from townscape.report import comparing, provenance, sections, tables
from townscape.report.options import ReportOptions
from townscape.report.readings import find_readings
from townscape.workspace import Workspace
from townscape.workspace.records import Indicator

_TEMPLATE = Path(__file__).parent / "templates" / "report.html.j2"


class ReportResult(BaseModel):
    """What was written."""

    model_config = ConfigDict(frozen=True)

    report: str
    """The page."""
    tables: list[str]
    """CSV and GeoJSON beside it."""
    findings: list[str]
    comparison: list[dict[str, float | int | str | None]]
    """Per measure: how well the numbers agree with known values, where some were given."""


def run(workspace: Workspace, options: ReportOptions, report: Report) -> ReportResult:
    """Write the newest insights as a page. Raises `NotFound` if there are none."""
    readings = find_readings(workspace)
    if not readings:
        raise NotFound("There is nothing to report yet.", hint="run `townscape insights` first.")
    indicators = [indicator for reading in readings for indicator in reading.indicators]
    known = comparing.read_known(options.known) if options.known else {}
    comparison = comparing.compare(indicators, known)
    path = (options.out or workspace.folder.reports / f"report-{workspace.settings.name}.html").expanduser()
    report.progress("writing the report", 0, 3, unit="parts")
    found = [s for r in readings for s in sections.insight_sections(workspace, r.indicators, known)]
    report.progress("writing the report", 1, 3, unit="parts")
    values = {
        "title": options.title or workspace.settings.name,
        "note": options.note,
        "sections": found,
        "maps": [m for r in readings for m in sections.map_section(workspace, r)],
        "streets": [s for r in readings for s in sections.street_section(workspace, r)],
        "views": provenance.three_views(workspace, readings[0]),
        "comparison": comparison,
        "images": provenance.count_images(workspace),
        "made": [provenance.how_made(workspace, r) for r in readings],
    }
    report.progress("writing the report", 2, 3, unit="parts")
    written = _write_tables(workspace, indicators, path)
    write_html(path, _TEMPLATE, {**values, "tables": [p.name for p in written]})
    report.progress("writing the report", 3, 3, unit="parts")
    return ReportResult(
        report=str(path.resolve()),
        tables=[str(p.resolve()) for p in written],
        findings=[section.finding for section in found],
        comparison=[line.to_json() for line in comparison],
    )


def _write_tables(workspace: Workspace, indicators: list[Indicator], path: Path) -> list[Path]:
    written = [path.with_suffix(".csv")]
    tables.write_csv(written[0], indicators)
    zones = {z.id: z for z in (*workspace.insights.zones("zones"), *workspace.insights.zones("grid"))}
    if any(i.subject_id in zones for i in indicators):
        written.append(path.with_suffix(".geojson"))
        if not tables.write_geojson(written[-1], indicators, zones):
            written.pop()
    return written
