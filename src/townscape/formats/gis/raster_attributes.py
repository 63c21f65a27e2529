"""What the numbers of a raster mean, in GDAL's side file (`street.tif.aux.xml`).

Written are category names and a raster attribute table, which QGIS and ArcGIS show as the names
of the classes. Layout: https://gdal.org/en/stable/user/raster_attribute_table.html (columns have a
usage: 0 generic, 2 name, 3 minimum, 5 value, 6…8 red, green and blue).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from townscape.formats.codecs.xml_stream import XmlFile, text

SIDE_FILE = ".aux.xml"
"""What is added to the raster's name."""
_COLUMNS = (
    ("Value", "Integer", 0, "MinMax", 5),
    ("Class", "String", 2, "Name", 2),
    ("Red", "Integer", 0, "Red", 6),
    ("Green", "Integer", 0, "Green", 7),
    ("Blue", "Integer", 0, "Blue", 8),
    ("Kind", "String", 2, "Generic", 0),
    ("Attributes", "String", 2, "Generic", 0),
)
_NAME_COLUMNS = ("class", "class_name", "classname", "name", "label", "category")


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One number of a raster."""

    value: int
    name: str
    color: str | None = None
    kind: str = ""
    """`stuff`, `thing`, `ignore` or `unlabelled`; empty in files of others."""
    attributes: str = ""
    """JSON, for a raster of objects."""


def encode(rows: Sequence[ValueRow], *, n_categories: int = 0) -> bytes:
    """The side file of a raster of one band; the first `n_categories` numbers have category names."""
    name_of = {row.value: row.name for row in rows}
    parts = ['<PAMDataset>\n  <PAMRasterBand band="1">\n']
    if n_categories:
        names = (text(name_of.get(k, "")) for k in range(n_categories))
        parts += [
            "    <CategoryNames>",
            *(f"<Category>{name}</Category>" if name else "<Category/>" for name in names),
            "</CategoryNames>\n",
        ]
    parts.append('    <GDALRasterAttributeTable tableType="thematic">\n')
    for k, (name, type_name, type_number, usage_name, usage_number) in enumerate(_COLUMNS):
        parts.append(
            f'      <FieldDefn index="{k}"><Name>{name}</Name>'
            f'<Type typeAsString="{type_name}">{type_number}</Type>'
            f'<Usage usageAsString="{usage_name}">{usage_number}</Usage></FieldDefn>\n'
        )
    for k, row in enumerate(rows):
        rgb = int((row.color or "#000000")[1:], 16)
        fields = (row.value, row.name, rgb >> 16, rgb >> 8 & 255, rgb & 255, row.kind, row.attributes)
        cells = "".join(f"<F>{text(str(field))}</F>" for field in fields)
        parts.append(f'      <Row index="{k}">{cells}</Row>\n')
    parts.append("    </GDALRasterAttributeTable>\n  </PAMRasterBand>\n</PAMDataset>\n")
    return "".join(parts).encode()


def read(path: Path) -> list[ValueRow]:
    """The rows of the first band's table, or its category names; none if it has neither.

    Raises `InputError` naming the file if it is no whole XML.
    """
    file = XmlFile(path)
    for found in file.elements(("PAMDataset", "PAMRasterBand")):
        band = file.read(found.span)
        table = band.find("GDALRasterAttributeTable")
        rows = [] if table is None else _rows(table)
        if rows:
            return rows
        names = [(category.text or "").strip() for category in band.findall("CategoryNames/Category")]
        return [ValueRow(k, name) for k, name in enumerate(names) if name]
    return []


def _rows(table: ElementTree.Element) -> list[ValueRow]:
    usage_at: dict[str, int] = {}
    name_at: dict[str, int] = {}
    for k, column in enumerate(table.findall("FieldDefn")):
        usage_at.setdefault((column.findtext("Usage") or "").strip(), k)
        name_at.setdefault((column.findtext("Name") or "").strip().lower(), k)
    value = next(
        (at for at in (usage_at.get("5"), usage_at.get("3"), name_at.get("value")) if at is not None), None
    )
    names = [usage_at.get("2"), *(name_at.get(word) for word in _NAME_COLUMNS)]
    name = next((at for at in names if at is not None), None)
    colors = [usage_at.get(usage) for usage in ("6", "7", "8")]
    found: list[ValueRow] = []
    for row in table.iter("Row"):
        cells = [cell.text or "" for cell in row.findall("F")]

        def cell(at: int | None, cells: list[str] = cells) -> str:
            return cells[at] if at is not None and at < len(cells) else ""

        number = _number(cell(value))
        if number is not None:
            rgb = [_number(cell(at)) for at in colors]
            found.append(
                ValueRow(
                    number,
                    cell(name),
                    _color(rgb),
                    cell(name_at.get("kind")),
                    cell(name_at.get("attributes")),
                )
            )
    return found


def _number(cell: str) -> int | None:
    try:
        number = float(cell)
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None


def _color(rgb: Sequence[int | None]) -> str | None:
    if all(v is not None and 0 <= v < 256 for v in rgb):
        return "#{:02x}{:02x}{:02x}".format(*rgb)
    return None
