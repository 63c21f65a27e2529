"""Shares that add up to one, in words and as a stacked bar for every zone or sequence."""

from collections.abc import Mapping, Sequence
from typing import Any

from townscape.workspace.records import Indicator

_PREFIX = "share of "


def largest_in_words(shares: Mapping[str, float]) -> str:
    """The four largest shares by name: `grass 30%, road 13%`."""
    largest = sorted(shares.items(), key=lambda item: -item[1])[:4]
    return ", ".join(f"{name.removeprefix(_PREFIX)} {share:.0%}" for name, share in largest)


def stacked_shares(
    indicators: Sequence[Indicator], colors: dict[str, str], *, of: str
) -> dict[str, Any] | None:
    """Vega-Lite bars of the measures `share of …`, in class colours; None if there are none.

    `of` says what a bar stands for.
    """
    rows: list[dict[str, Any]] = [
        {"subject": i.subject_name, "class": i.measure.removeprefix(_PREFIX).capitalize(), "value": i.value}
        for i in indicators
        if i.measure.startswith(_PREFIX) and i.value is not None
    ]
    if not rows:
        return None
    names = list(dict.fromkeys(row["class"] for row in rows))
    known = {name.capitalize(): color for name, color in colors.items()}
    return {
        "data": {"values": rows},
        "width": 460,
        "height": {"step": 18},
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "subject", "type": "nominal", "sort": None, "title": None},
            "x": {
                "field": "value",
                "type": "quantitative",
                "stack": "normalize",
                "axis": {"format": "~%", "title": f"share of the {of}"},
            },
            "color": {
                "field": "class",
                "type": "nominal",
                "sort": names,
                "scale": {"domain": names, "range": [known.get(name, "#999999") for name in names]},
                "legend": {"title": None, "orient": "top", "columns": 4},
            },
            "order": {"field": "class", "sort": "ascending"},
        },
    }
