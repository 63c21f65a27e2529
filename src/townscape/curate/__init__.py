"""Curating: which images are worth having, and what must not be seen in them.

One file per way to curate in `kinds`; each looks at the catalogue and ends with records and
selections that can be looked at, changed and undone. Nothing is deleted but by `destroy`.
"""

from townscape.curate.kind import CurateOptions
from townscape.curate.kinds import get_kind, kind_names, read_options, run

__all__ = ["CurateOptions", "get_kind", "kind_names", "read_options", "run"]
