"""Charts: Vega-Lite specifications, written beside the numbers, drawn as SVG without a browser."""

import json
from typing import Any

from markupsafe import Markup

INK = "#2b2925"
MUTED = "#6b675f"
LINE = "#ddd8cc"
ACCENT = "#27548a"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"

_CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "domainColor": LINE,
        "tickColor": LINE,
        "gridColor": "#ece8de",
        "labelLimit": 220,
        "labelOverlap": True,
    },
    # Text is measured in one font and shown in the reader's: labels need room to be wider.
    "padding": {"left": 24, "right": 8, "top": 5, "bottom": 5},
    "legend": {"labelColor": INK, "labelFontSize": 12, "symbolType": "square", "labelLimit": 220},
    "header": {"labelColor": INK, "labelFontSize": 12},
}


def draw_chart(spec: dict[str, Any]) -> Markup:
    """The chart of a Vega-Lite specification as inline SVG, ready for a template."""
    import vl_convert

    full = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "config": _CONFIG, **spec}
    svg = vl_convert.vegalite_to_svg(json.dumps(full))
    return Markup(svg)  # noqa: S704 - made by the library from our own numbers, texts escaped there
