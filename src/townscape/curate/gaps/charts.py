"""Charts of what there is, as Vega-Lite specifications (drawn by `paper.charts` or by the page)."""

from collections.abc import Mapping, Sequence
from typing import Any

from townscape.curate.gaps.finding import ClassUse

_WIDTH = 460


def class_chart(classes: Sequence[ClassUse], *, model: str | None) -> dict[str, Any] | None:
    """Share of the pixels of each class, labelled and (where there is a model) predicted."""
    labelled, predicted = sum(c.labelled_px for c in classes), sum(c.predicted_px for c in classes)
    rows = [
        {"class": c.name, "of": "labelled", "share": c.labelled_px / labelled} for c in classes if labelled
    ]
    if model is not None and predicted:
        rows += [{"class": c.name, "of": "predicted", "share": c.predicted_px / predicted} for c in classes]
    if not rows:
        return None
    return {
        "data": {"values": rows},
        "width": _WIDTH,
        "height": {"step": 12},
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "class", "type": "nominal", "sort": [c.name for c in classes], "title": None},
            "yOffset": {"field": "of", "sort": ["labelled", "predicted"]},
            "x": {
                "field": "share",
                "type": "quantitative",
                "axis": {"format": "~%", "title": "share of the pixels"},
            },
            "color": {
                "field": "class",
                "type": "nominal",
                "scale": {"domain": [c.name for c in classes], "range": [c.color for c in classes]},
                "legend": None,
            },
            "opacity": {
                "field": "of",
                "type": "ordinal",
                "scale": {"domain": ["labelled", "predicted"], "range": [1.0, 0.45]},
                "legend": {"title": None, "orient": "top"},
            },
        },
    }


def table_chart(
    counts: Mapping[tuple[str, str], int], rows: Sequence[str], columns: Sequence[str]
) -> dict[str, Any] | None:
    """Numbers of images by row and column, as a table of shaded cells; zeros stand out empty."""
    if not counts or not rows or not columns:
        return None
    values = [{"row": r, "column": c, "images": counts.get((r, c), 0)} for r in rows for c in columns]
    places: dict[str, Any] = {
        "y": {"field": "row", "type": "nominal", "sort": list(rows), "title": None},
        "x": {
            "field": "column", "type": "nominal", "sort": list(columns), "title": None,
            "axis": {"orient": "top", "labelAngle": 0},
        },
    }  # fmt: skip
    # Opacity, not a colour: an empty cell is empty on paper and on a dark page.
    shade = {
        "field": "images", "type": "quantitative", "legend": None,
        "scale": {"type": "sqrt", "domainMin": 0, "range": [0, 1]},
    }  # fmt: skip
    dark = max(counts.values()) / 4
    return {
        "data": {"values": values},
        "width": {"step": 84},
        "height": {"step": 22},
        "layer": [
            {
                "mark": {"type": "rect", "color": "#27548a", "stroke": "#8a8478", "strokeOpacity": 0.4},
                "encoding": {**places, "fillOpacity": shade},
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    **places,
                    "text": {"field": "images", "type": "quantitative"},
                    "color": {"condition": {"test": f"datum.images > {dark}", "value": "#ffffff"}},
                },
            },
        ],
    }


def bar_chart(counts: Mapping[str, int], *, sort: Sequence[str] | None = None) -> dict[str, Any] | None:
    """Numbers of images by name, in the order given (the most first otherwise)."""
    if not counts:
        return None
    names = list(sort) if sort is not None else sorted(counts, key=lambda name: (-counts[name], name))
    return {
        "data": {"values": [{"name": name, "images": counts.get(name, 0)} for name in names]},
        "width": _WIDTH,
        "height": {"step": 18},
        "mark": {"type": "bar", "color": "#27548a"},
        "encoding": {
            "y": {"field": "name", "type": "nominal", "sort": names, "title": None},
            "x": {"field": "images", "type": "quantitative", "title": "images", "axis": {"tickMinStep": 1}},
        },
    }
