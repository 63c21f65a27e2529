"""What the headers and side files of a set of rasters say together about their values."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from townscape.core.errors import InputError
from townscape.formats.format import Grid, SourceClass
from townscape.formats.gis import geotiff_file, raster_attributes
from townscape.formats.gis.raster_attributes import SIDE_FILE, ValueRow


class RasterSet:
    """What the rasters' headers and side files say together."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        self._side_files: set[bytes] = set()
        self._rows: dict[int, ValueRow] = {}
        self._colors: Mapping[int, str] = {}
        self._nodata: Counter[float] = Counter()
        self._doubts: dict[str, None] = {}

    def open(self, mask: Path) -> Grid:
        """Size and place of a raster. Raises `InputError` naming it."""
        header = geotiff_file.read_header(mask)
        if header.nodata is not None:
            self._nodata[header.nodata] += 1
        if header.n_bands not in (1, 3, 4):
            self._doubts[f"There are rasters of {header.n_bands} bands; their first is read."] = None
        if header.color_by_value and self._colors and header.color_by_value != self._colors:
            self._doubts["The rasters have different colour tables; the first one is used."] = None
        self._colors = self._colors or header.color_by_value
        self._add_side_file(mask.with_name(mask.name + SIDE_FILE))
        return header.grid

    def _add_side_file(self, path: Path) -> None:
        content = path.read_bytes() if path.is_file() else b""
        if not content or content in self._side_files:
            return
        self._side_files.add(content)
        try:
            rows = raster_attributes.read(path)
        except InputError as error:
            self._doubts[error.message] = None
            return
        for row in rows:
            if self._rows.setdefault(row.value, row).name != row.name:
                self._doubts[f"The side files do not agree on what {row.value} means."] = None

    def classes(self) -> list[SourceClass]:
        """The values with a name or a colour, and the one that stands for no data."""
        rows = self._rows or {k: ValueRow(k, "", color) for k, color in self._colors.items()}
        found = [
            SourceClass(
                str(row.value),
                row.name,
                row.color or self._colors.get(row.value),
                row.kind if row.kind in ("stuff", "thing") else None,  # pyright: ignore[reportArgumentType]
                row.kind if row.kind in ("ignore", "unlabelled") else None,  # pyright: ignore[reportArgumentType]
            )
            for row in rows.values()
        ]
        if len(self._nodata) == 1:
            value = _number_text(next(iter(self._nodata)))
            if all(c.value != value or not c.name for c in found):
                found = [c for c in found if c.value != value]
                found.append(SourceClass(value, "no data", means="unlabelled"))
        return found

    def notes(self) -> list[str]:
        """What does not fit together."""
        if len(self._nodata) > 1:
            listed = ", ".join(f"{_number_text(v)} in {n}" for v, n in self._nodata.most_common(5))
            self._doubts[f"The rasters do not agree on what stands for no data: {listed}."] = None
        return list(self._doubts)


def _number_text(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
