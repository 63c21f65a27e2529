"""Land cover: area and share of every class in every zone. The base of all other insights."""

from collections.abc import Sequence
from typing import Any, Literal

from townscape.insights.evidence import Evidence
from townscape.insights.stacked import largest_in_words, stacked_shares
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
    shares = {name: area / total for name, area in areas.items()}
    return f"Most of the zones is {largest_in_words(shares)}."


def chart(indicators: Sequence[Indicator], colors: dict[str, str]) -> dict[str, Any] | None:
    """Stacked bars of shares, one a zone."""
    return stacked_shares(indicators, colors, of="zone")
