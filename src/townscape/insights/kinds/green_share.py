"""Green share: how much of every zone is green from above, against a threshold."""

from collections.abc import Sequence
from typing import Any, Literal

from townscape.insights.evidence import Evidence
from townscape.insights.zone_shares import dot_chart, overall, share_indicators
from townscape.workspace.records import Indicator

TITLE = "Green share"
SUBJECT: Literal["zones", "photos"] = "zones"
DOES_NOT_PROVE = (
    "Green from above says nothing of health, of who may enter, or of trees alone: grass counts too, "
    "and the 30 % of Konijnendijk (2021) is about tree canopy."
)


def compute(evidence: Evidence) -> list[Indicator]:
    """Share of green classes in the whole zone."""
    if not evidence.green:
        return []
    return share_indicators(
        evidence,
        insight="green_share",
        measure="green share",
        part=evidence.mask(evidence.green),
        whole=evidence.everything,
        threshold=evidence.green_threshold,
    )


def explain(indicators: Sequence[Indicator]) -> str:
    """The share overall, and how many zones are below, above, or too close to tell."""
    known = [i for i in indicators if i.value is not None]
    share = overall(known)
    if share is None:
        return "No zone is covered by imagery."
    threshold = float(known[0].detail["threshold"])
    count = {v: sum(i.detail["verdict"] == v for i in known) for v in ("below", "above", "not sure")}
    return (
        f"{share:.0%} of the mapped ground is green. Of {len(known)} zones, {count['below']} lie below "
        f"{threshold:.0%}, {count['above']} above it, and {count['not sure']} are too close to tell."
    )


def chart(indicators: Sequence[Indicator], colors: dict[str, str]) -> dict[str, Any] | None:
    """Dots with intervals and the threshold."""
    known = [i for i in indicators if i.value is not None]
    if not known:
        return None
    return dot_chart(
        known,
        title="green share",
        color=colors.get("green", "#3f7d4e"),
        threshold=known[0].detail["threshold"],
    )
