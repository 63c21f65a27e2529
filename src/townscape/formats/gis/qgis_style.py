"""A QGIS style for polygons: one symbol for each class, in its colour."""

from collections.abc import Sequence

from townscape.formats.codecs.xml_stream import quoted

_FILL_OPACITY = 170


def categorized(column: str, colors: Sequence[tuple[str, str]]) -> str:
    """Polygons by the value of `column`: pairs of a value and its colour, `#rrggbb`."""
    categories = "".join(
        f'<category render="true" symbol="{k}" value={quoted(value)} label={quoted(value)} type="string"/>'
        for k, (value, _) in enumerate(colors)
    )
    symbols = "".join(_symbol(k, color) for k, (_, color) in enumerate(colors))
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.22" styleCategories="Symbology">'
        f'<renderer-v2 type="categorizedSymbol" attr={quoted(column)} symbollevels="0" enableorderby="0" '
        'forceraster="0">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
        "<layerGeometryType>2</layerGeometryType></qgis>\n"
    )


def _symbol(number: int, color: str) -> str:
    code = int(color[1:], 16)
    rgb = f"{code >> 16},{code >> 8 & 255},{code & 255}"
    options = (
        ("color", f"{rgb},{_FILL_OPACITY}"), ("style", "solid"), ("outline_color", f"{rgb},255"),
        ("outline_style", "solid"), ("outline_width", "0.26"), ("outline_width_unit", "MM"),
    )  # fmt: skip
    listed = "".join(f'<Option type="QString" name="{name}" value="{value}"/>' for name, value in options)
    return (
        f'<symbol type="fill" name="{number}" alpha="1" clip_to_extent="1" force_rhr="0">'
        '<layer class="SimpleFill" enabled="1" pass="0" locked="0">'
        f'<Option type="Map">{listed}</Option></layer></symbol>'
    )
