"""Sealed share: how much of every zone's land is built over or paved (impervious cover)."""

from collections.abc import Sequence
from typing import Any, Literal

from townscape.insights.evidence import Evidence
from townscape.insights.zone_shares import dot_chart, overall, share_indicators
from townscape.workspace.records import Indicator

TITLE = "Sealed share"
SUBJECT: Literal["zones", "photos"] = "zones"
DOES_NOT_PROVE = (
    "Sealed as seen from above is not effective imperviousness: where the water goes, and what lies "
    "under tree crowns, cannot be seen."
)


def compute(evidence: Evidence) -> list[Indicator]:
    """Share of sealed classes in the zone's land, water left out (Schueler's impervious cover)."""
    if not evidence.sealed:
        return []
    water = evidence.mask(evidence.taxonomy.with_trait("water"))
    return share_indicators(
        evidence,
        insight="sealed_share",
        measure="sealed share of land",
        part=evidence.mask(evidence.sealed) & ~water,
        whole=evidence.everything & ~water,
    )


def explain(indicators: Sequence[Indicator]) -> str:
    """The share overall and the extremes."""
    known = sorted((i for i in indicators if i.value is not None), key=lambda i: i.value or 0)
    share = overall(known)
    if share is None:
        return "No zone is covered by imagery."
    low, high = known[0], known[-1]
    return (
        f"{share:.0%} of the mapped land is sealed, from {low.value:.0%} in {low.subject_name} "
        f"to {high.value:.0%} in {high.subject_name}."
    )


def chart(indicators: Sequence[Indicator], colors: dict[str, str]) -> dict[str, Any] | None:
    """Dots with intervals."""
    known = [i for i in indicators if i.value is not None]
    if not known:
        return None
    return dot_chart(known, title="sealed share of land", color=colors.get("sealed", "#8a5a44"))
