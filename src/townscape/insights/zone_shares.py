"""What the zone insights have in common: one share of a set of classes for every zone."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from townscape.core.shares import Labelled, Mask, map_share
from townscape.core.statistics import no_interval
from townscape.insights.evidence import Evidence, ZoneAreas, grade_of
from townscape.workspace.records import Indicator

MOSTLY_LABELLED = 0.5
"""Zones of which at least this share is labelled get the labels' own share beside the map's."""
MIN_COVERED = 0.5
"""Zones of which less is covered by imagery get no value."""


def share_indicators(
    evidence: Evidence,
    *,
    insight: str,
    measure: str,
    part: Mask,
    whole: Mask,
    threshold: float | None = None,
) -> list[Indicator]:
    """The share of `part` in `whole` for every zone.

    Ground that people labelled counts as labelled; of the rest, the map's share is corrected by
    held-out confusion (grade B) or taken as it is (grade C). `detail` holds the map's own share,
    the area, the share covered by imagery, the share counted from labels (`from_labels`), and
    where people labelled most of the zone the labels' own share (`labelled_share`) with the part of
    the zone that it is of (`labelled_part`).
    """
    table = evidence.zones
    if table is None:
        return []
    found: list[Indicator] = []
    for index, zone in enumerate(table.zones):
        areas = table.areas[index]
        rest, counted = table.rest[index], table.counted[index]
        rest_share = float(rest.sum() / max(1e-12, rest.sum() + counted.sum()))
        model = evidence.zone_model(part, whole, target_px=float(table.pixels[index]) * rest_share)
        value, interval = model.estimate(rest, labelled=Labelled.of(counted, part, whole))
        covered = _covered(table, index)
        if covered < MIN_COVERED:
            value, interval = None, no_interval(0)
        detail: dict[str, Any] = {
            "map_share": map_share(areas, part, whole),
            "area": float(rest[whole].sum() + counted[whole].sum()),
            "area_unit": table.unit,
            "covered_share": covered,
            "from_labels": 1 - rest_share,
            "labelled_part": _labelled_part(table, index),
            "labelled_share": _labelled_share(table, index, part, whole),
        }
        if threshold is not None:
            detail["threshold"] = threshold
            detail["verdict"] = verdict(value, interval.low, interval.high, threshold)
        found.append(
            Indicator(
                id="",
                insight=insight,
                measure=measure,
                subject_kind="zone",
                subject_id=zone.id,
                subject_name=zone.name,
                value=value,
                unit="share",
                interval=interval,
                n=model.n_groups,
                n_unit="held-out groups",
                grade=grade_of(model),
                detail=detail,
                model_id=evidence.model_id,
            )
        )
    return found


def area_indicators(shares: Sequence[Indicator], *, measure: str) -> list[Indicator]:
    """The same as areas: share and interval times the area that it is a share of."""
    found: list[Indicator] = []
    for indicator in shares:
        area, unit = indicator.detail["area"], indicator.detail["area_unit"]
        factor, shown = (area / 10_000, "ha") if unit == "m²" else (area, unit)
        low, high = indicator.interval.low, indicator.interval.high
        interval = dataclasses.replace(
            indicator.interval,
            low=None if low is None else low * factor,
            high=None if high is None else high * factor,
        )
        value = None if indicator.value is None else indicator.value * factor
        found.append(
            dataclasses.replace(indicator, measure=measure, value=value, unit=shown, interval=interval)
        )
    return found


def verdict(value: float | None, low: float | None, high: float | None, threshold: float) -> str:
    """`below`, `above`, `not sure` where the interval holds the threshold, or `unknown`."""
    if value is None:
        return "unknown"
    if low is not None and high is not None and low <= threshold <= high:
        return "not sure"
    return "below" if value < threshold else "above"


def dot_chart(
    indicators: Sequence[Indicator], *, title: str, color: str, threshold: float | None = None
) -> dict[str, Any]:
    """Dots with their intervals, one row a zone, lowest first."""
    rows = [
        {
            "zone": i.subject_name,
            "value": i.value,
            "low": i.value if i.interval.low is None else i.interval.low,
            "high": i.value if i.interval.high is None else i.interval.high,
        }
        for i in sorted((i for i in indicators if i.value is not None), key=lambda i: i.value or 0)
    ]
    y = {"field": "zone", "type": "nominal", "sort": None, "title": None}
    axis = {"format": "~%", "title": title}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "color": color, "opacity": 0.45, "strokeWidth": 3},
            "encoding": {
                "y": y,
                "x": {"field": "low", "type": "quantitative", "axis": axis, "scale": {"zero": True}},
                "x2": {"field": "high"},
            },
        },
        {
            "mark": {"type": "point", "filled": True, "color": color, "size": 55, "opacity": 1},
            "encoding": {"y": y, "x": {"field": "value", "type": "quantitative"}},
        },
    ]
    if threshold is not None:
        rule = {"type": "rule", "strokeDash": [4, 3], "color": "#6b675f"}
        layers.append(
            {
                "mark": rule,
                "data": {"values": [{"t": threshold}]},
                "encoding": {"x": {"field": "t", "type": "quantitative"}},
            }
        )
    return {"data": {"values": rows}, "width": 460, "height": {"step": 18}, "layer": layers}


def overall(indicators: Sequence[Indicator]) -> float | None:
    """Mean share of all zones, weighted by area; None if no zone has a value."""
    known = [(i.value, float(i.detail["area"])) for i in indicators if i.value is not None]
    weight = sum(area for _, area in known)
    return sum(value * area for value, area in known) / weight if weight else None


def _covered(table: ZoneAreas, index: int) -> float:
    inside = float(table.areas[index].sum())
    whole = inside + float(table.outside[index])
    return inside / whole if whole else 0.0


def _labelled_part(table: ZoneAreas, index: int) -> float:
    """Share of the zone's mapped area that is labelled, 0…1."""
    return min(1.0, float(table.labelled[index].sum() / max(1e-12, table.areas[index].sum())))


def _labelled_share(table: ZoneAreas, index: int, part: Mask, whole: Mask) -> float | None:
    if _labelled_part(table, index) < MOSTLY_LABELLED:
        return None
    return map_share(table.labelled[index], part, whole)
