"""What `townscape report` can be asked."""

from pathlib import Path
from typing import ClassVar

from townscape.core.options import Options


class ReportOptions(Options):
    """Write the newest insights as one self-contained page, with tables beside it."""

    stage: ClassVar[str] = "report"

    out: Path | None = None
    """The page to write (in the workspace's reports folder otherwise); CSV and GeoJSON go beside it."""
    title: str | None = None
    """Title of the report (the workspace's name otherwise)."""
    model: str | None = None
    """Model by name or id, if insights have to be computed first."""
    known: Path | None = None
    """CSV of values known from elsewhere (columns zone, measure, value) to compare with."""
    note: str | None = None
    """A sentence to print at the top, such as where the images come from."""
