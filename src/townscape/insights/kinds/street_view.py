"""Street view shares: how much of what a pedestrian sees is green, sky, road, vehicles, people."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from townscape.core.shares import map_share
from townscape.core.statistics import no_interval
from townscape.core.taxonomy import LabelClass
from townscape.insights.evidence import Evidence, PhotoShares, grade_of
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

    Predicted pixels only. A sequence's value is the mean over its images; its interval counts
    capture segments, not frames, as independent.
    """
    table = evidence.photos
    if table is None or evidence.taxonomy.viewpoint == "overhead":
        return []
    found: list[Indicator] = []
    for measure, trait in _MEASURES:
        classes = evidence.green if trait == "green" else evidence.taxonomy.with_trait(trait)
        if classes:
            found += _one_measure(evidence, table, measure, classes)
    return sorted(found, key=lambda i: i.subject_kind == "image")


def explain(indicators: Sequence[Indicator]) -> str:
    """Each measure's mean over all sequences."""
    by_measure: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for indicator in indicators:
        if indicator.subject_kind == "sequence" and indicator.value is not None:
            by_measure[indicator.measure].append((indicator.value, int(indicator.detail["images"])))
    if not by_measure:
        return "No photo could be measured."
    parts: list[str] = []
    n_images = 0
    for measure, values in by_measure.items():
        n_images = sum(n for _, n in values)
        mean = sum(v * n for v, n in values) / n_images
        parts.append(f"{measure} {mean:.1%}")
    return f"Over {n_images} photos: {', '.join(parts)}."


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


def _one_measure(
    evidence: Evidence, table: PhotoShares, measure: str, classes: Sequence[LabelClass]
) -> list[Indicator]:
    part, whole = evidence.mask(classes), evidence.everything
    model = evidence.photo_model(part, whole)
    grade = grade_of(model)
    found: list[Indicator] = []
    members: dict[str, list[int]] = defaultdict(list)
    for index, image_id in enumerate(table.image_ids):
        value, interval = model.estimate(table.pixels[index])
        members[table.sequences[index] or "all photos"].append(index)
        found.append(
            Indicator(
                id="",
                insight="street_view",
                measure=measure,
                subject_kind="image",
                subject_id=image_id,
                subject_name=table.names[index],
                value=value,
                unit="share",
                interval=interval,
                n=model.n_groups,
                n_unit="held-out groups",
                grade=grade,
                detail={"map_share": map_share(table.pixels[index], part, whole)},
                model_id=evidence.model_id,
            )
        )
    for name, indices in members.items():
        n_groups = len({table.groups[i] for i in indices})
        shares = table.pixels[indices] / np.maximum(1, table.pixels[indices].sum(axis=1, keepdims=True))
        value, interval = model.estimate(shares.mean(axis=0), n_independent=n_groups)
        if len(indices) < evidence.min_images:
            interval = no_interval(n_groups)
        found.append(
            Indicator(
                id="",
                insight="street_view",
                measure=measure,
                subject_kind="sequence",
                subject_id=name,
                subject_name=name,
                value=value,
                unit="share",
                interval=interval,
                n=len(indices),
                n_unit="images",
                grade=grade if interval.is_known else "C",
                detail={"images": len(indices), "segments": n_groups},
                model_id=evidence.model_id,
            )
        )
    return found
