"""Land cover: area and share of every class in every zone. The base of all other insights."""

from collections.abc import Sequence
from typing import Any, Literal

from townscape.insights.evidence import Evidence
from townscape.insights.zone_shares import area_indicators, share_indicators
from townscape.workspace.records import Indicator

TITLE = "Land cover"
SUBJECT: Literal["zones", "photos"] = "zones"
DOES_NOT_PROVE = "Land cover is what lies on the ground, not land use, ownership or legality."


def compute(evidence: Evidence) -> list[Indicator]:
    """Share, then area, of each class that occurs in any zone."""
    if evidence.zones is None:
        return []
    found: list[Indicator] = []
    for channel, number in enumerate(evidence.taxonomy.channels):
        if not evidence.zones.areas[:, channel].any():
            continue
        label_class = evidence.taxonomy.get_class(number)
        shares = share_indicators(
            evidence,
            insight="land_cover",
            measure=f"share of {label_class.name.lower()}",
            part=evidence.mask([label_class]),
            whole=evidence.everything,
        )
        found += shares
        found += area_indicators(shares, measure=f"area of {label_class.name.lower()}")
    return found


def explain(indicators: Sequence[Indicator]) -> str:
    """The classes that cover most, over all zones together."""
    areas: dict[str, float] = {}
    for indicator in indicators:
        if indicator.measure.startswith("area of ") and indicator.value is not None:
            name = indicator.measure.removeprefix("area of ")
            areas[name] = areas.get(name, 0.0) + indicator.value
    total = sum(areas.values())
    if not total:
        return "Nothing was mapped in the zones."
    largest = sorted(areas.items(), key=lambda item: -item[1])[:4]
    parts = ", ".join(f"{name} {area / total:.0%}" for name, area in largest)
    return f"Most of the zones is {parts}."


def chart(indicators: Sequence[Indicator], colors: dict[str, str]) -> dict[str, Any] | None:
    """Stacked bars of shares, one a zone."""
    rows: list[dict[str, Any]] = [
        {"zone": i.subject_name, "class": i.measure.removeprefix("share of ").capitalize(), "value": i.value}
        for i in indicators
        if i.measure.startswith("share of ") and i.value is not None
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
            "y": {"field": "zone", "type": "nominal", "sort": None, "title": None},
            "x": {
                "field": "value",
                "type": "quantitative",
                "stack": "normalize",
                "axis": {"format": "~%", "title": "share of the zone"},
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
