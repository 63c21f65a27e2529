"""Import (and, later, export) of labelled data."""

from townscape.exchange.importing import ImportResult, run
from townscape.exchange.options import (
    CamvidOptions,
    ImportOptions,
    MaskFolderOptions,
    parse_import_options,
)

__all__ = [
    "CamvidOptions",
    "ImportOptions",
    "ImportResult",
    "MaskFolderOptions",
    "parse_import_options",
    "run",
]
