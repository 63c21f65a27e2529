"""Street view shares: how much of what a pedestrian sees is green, sky, road, vehicles, people."""

from collections.abc import Sequence
from typing import Any, Literal

from townscape.insights.evidence import Evidence
from townscape.insights.photo_shares import means_over_photos, photo_share_indicators
from townscape.workspace.records import Indicator

TITLE = "Street view"
SUBJECT: Literal["zones", "photos"] = "photos"
DOES_NOT_PROVE = (
    "Shares of photos hold for these photos: they are no areas, no counts, and say nothing of streets "
    "that were not photographed or of another season. Compare only photos taken the same way."
)

_MEASURES = (
    ("green view", "green"),
    ("sky view", "sky"),
    ("road share", "road"),
    ("vehicle share", "vehicle"),
    ("pedestrian share", "pedestrian"),
)


def compute(evidence: Evidence) -> list[Indicator]:
    """Every measure for every sequence, then for every image.

    Predicted pixels only, and none for a taxonomy of the view from above.
    """
    table = evidence.photos
    if table is None or evidence.taxonomy.viewpoint == "overhead":
        return []
    found: list[Indicator] = []
    for measure, trait in _MEASURES:
        classes = evidence.green if trait == "green" else evidence.taxonomy.with_trait(trait)
        if classes:
            found += photo_share_indicators(
                evidence, table, insight="street_view", measure=measure, classes=classes
            )
    return sorted(found, key=lambda i: i.subject_kind == "image")


def explain(indicators: Sequence[Indicator]) -> str:
    """Each measure's mean over all sequences."""
    means, n_images = means_over_photos(indicators)
    if not means:
        return "No photo could be measured."
    parts = ", ".join(f"{measure} {mean:.1%}" for measure, mean in means.items())
    return f"Over {n_images} photos: {parts}."


def chart(indicators: Sequence[Indicator], colors: dict[str, str]) -> dict[str, Any] | None:
    """Dots with intervals per sequence, one panel a measure."""
    rows = [
        {
            "sequence": i.subject_name,
            "measure": i.measure,
            "value": i.value,
            "low": i.value if i.interval.low is None else i.interval.low,
            "high": i.value if i.interval.high is None else i.interval.high,
        }
        for i in indicators
        if i.subject_kind == "sequence" and i.value is not None
    ]
    if not rows:
        return None
    color = colors.get("accent", "#27548a")
    y = {"field": "sequence", "type": "nominal", "title": None}
    return {
        "data": {"values": rows},
        "facet": {
            "field": "measure",
            "type": "nominal",
            "title": None,
            "sort": [m for m, _ in _MEASURES],
            "header": {"labelFontWeight": 600},
        },
        "columns": 2,
        "resolve": {"scale": {"x": "independent"}},
        "spec": {
            "width": 200,
            "height": {"step": 18},
            "layer": [
                {
                    "mark": {"type": "rule", "color": color, "opacity": 0.45, "strokeWidth": 3},
                    "encoding": {
                        "y": y,
                        "x": {
                            "field": "low",
                            "type": "quantitative",
                            "axis": {"format": "~%", "title": None, "tickCount": 4},
                        },
                        "x2": {"field": "high"},
                    },
                },
                {
                    "mark": {"type": "point", "filled": True, "color": color, "size": 55, "opacity": 1},
                    "encoding": {"y": y, "x": {"field": "value", "type": "quantitative"}},
                },
            ],
        },
    }
