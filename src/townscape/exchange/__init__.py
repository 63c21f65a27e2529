"""Import and export of labelled data: two commands of one stage."""

from pydantic import BaseModel

from townscape.core.events import Report
from townscape.exchange.options import ExportOptions, ImportOptions
from townscape.workspace import Workspace

__all__ = ["ExportOptions", "ImportOptions", "run"]


def run(workspace: Workspace, options: ImportOptions | ExportOptions, report: Report) -> BaseModel:
    """Import or export, as the options say; gives an `ImportResult` or an `ExportResult`."""
    if isinstance(options, ExportOptions):
        from townscape.exchange import exporting

        return exporting.run(workspace, options, report)
    from townscape.exchange import importing

    return importing.run(workspace, options, report)
