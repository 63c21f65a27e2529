"""The parts of the report, as plain values for the template."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from markupsafe import Markup

from townscape.core.errors import InputError
from townscape.core.labelmap import rgb_by_class_number
from townscape.core.taxonomy import Taxonomy
from townscape.paper.charts import draw_chart
from townscape.paper.maps import MapZone, draw_zone_map, legend_entries
from townscape.paper.pictures import photo_uri, plane_uri
from townscape.report.comparing import Known
from townscape.report.readings import Reading
from townscape.workspace import Workspace, rasters
from townscape.workspace.ground import ground_of
from townscape.workspace.looking import as_rgb8
from townscape.workspace.placing import outlines_in_image
from townscape.workspace.prediction_files import read_prediction, read_small_prediction
from townscape.workspace.records import Image, Indicator, Prediction, Zone

_MAP_PX = 1100
_PHOTO_PX = 420
_STREET_PHOTOS = 3
_TABLED = ("green share", "sealed share of land")
_MAX_ROWS = 60


@dataclass(frozen=True, slots=True)
class Section:
    """One insight: finding, chart and table."""

    insight: str
    title: str
    finding: str
    grade: str
    does_not_prove: str
    chart: Markup | None
    columns: Sequence[str]
    rows: Sequence[dict[str, Any]]
    n_hidden: int


def insight_sections(workspace: Workspace, indicators: Sequence[Indicator], known: Known) -> list[Section]:
    """One section per insight of the run that made the indicators."""
    run = workspace.runs.get(indicators[0].run_id)
    findings: list[dict[str, Any]] = (run.result or {}).get("findings", [])
    return [_section(finding, indicators, known) for finding in findings]


def _section(finding: dict[str, Any], indicators: Sequence[Indicator], known: Known) -> Section:
    own = [i for i in indicators if i.insight == finding["insight"]]
    subjects = [i for i in own if i.subject_kind != "image"]
    tabled = [i for i in subjects if i.measure in _TABLED]
    rows = [_row(i, known) for i in tabled] if tabled else _wide_rows(subjects)
    return Section(
        insight=finding["insight"],
        title=finding["title"],
        finding=finding["finding"],
        grade=finding["grade"],
        does_not_prove=finding["does_not_prove"],
        chart=draw_chart(finding["chart"]) if finding["chart"] else None,
        columns=[] if tabled else list(dict.fromkeys(c for row in rows for c in row["cells"])),
        rows=rows[:_MAX_ROWS],
        n_hidden=max(0, len(rows) - _MAX_ROWS),
    )


def _row(indicator: Indicator, known: Known) -> dict[str, Any]:
    """A zone with one share: value, interval, verdict, and what labels and others say."""
    return {
        "name": indicator.subject_name,
        "value": indicator.value,
        "low": indicator.interval.low,
        "high": indicator.interval.high,
        "area": indicator.detail.get("area"),
        "area_unit": indicator.detail.get("area_unit"),
        "verdict": indicator.detail.get("verdict"),
        "labelled": indicator.detail.get("labelled_share"),
        "labelled_part": indicator.detail.get("labelled_part", 1.0),
        "no_interval": indicator.interval.method or "none",
        "from_labels": indicator.detail.get("from_labels"),
        "known": known.get((indicator.subject_name, indicator.measure)),
        "cells": {},
    }


def _wide_rows(indicators: Sequence[Indicator]) -> list[dict[str, Any]]:
    """Subjects with several shares side by side."""
    table: dict[str, dict[str, Any]] = defaultdict(dict)
    for i in indicators:
        if i.unit == "share":
            cell = {"value": i.value, "low": i.interval.low, "high": i.interval.high, "n": i.n}
            table[i.subject_name][i.measure.removeprefix("share of ")] = cell
    return [{"name": name, "cells": cells} for name, cells in table.items()]


@dataclass(frozen=True, slots=True)
class MapOfRaster:
    """Maps of one raster: image, classes, and zones coloured by their green share."""

    name: str
    zones: Markup | None
    classes: Markup
    legend: Sequence[tuple[str, str]]
    taxonomy: Taxonomy
    measure: str
    caption: str


def map_section(workspace: Workspace, reading: Reading) -> list[MapOfRaster]:
    """A map per raster that has a prediction."""
    indicators = reading.indicators
    measures = [i for i in indicators if i.measure in _TABLED and i.subject_kind == "zone"]
    measure = next((m for m in _TABLED if any(i.measure == m for i in measures)), "")
    by_zone = {i.subject_id: i for i in measures if i.measure == measure}
    zones = [
        z
        for s in ("zones", "grid")
        for z in workspace.insights.zones(s)
        if z.id in {i.subject_id for i in indicators}
    ]
    images = workspace.images.find(kind="raster")
    predictions = workspace.predictions.find(model_id=reading.model.id, image_ids=[i.id for i in images])
    return [
        _map(workspace, image, predictions[image.id], zones, by_zone, reading.taxonomy, measure)
        for image in images
        if image.id in predictions
    ]


def _map(
    workspace: Workspace,
    image: Image,
    prediction: Prediction,
    zones: Sequence[Zone],
    by_zone: dict[str | None, Indicator],
    taxonomy: Taxonomy,
    measure: str,
) -> MapOfRaster:
    classes = read_small_prediction(workspace.blobs, prediction, image, _MAP_PX).class_numbers
    height, width = classes.shape
    scale = width / image.width
    values, _ = rasters.read_overview(workspace.images.path(image), width, height)
    drawn = _map_zones(image, zones, by_zone, scale)
    metres = ground_of(image).pixel_m
    t = image.geo_transform
    frame: dict[str, Any] = {
        "metres_per_px": metres / scale if metres else None,
        "north_is_up": image.crs is not None and not t.is_rotated and t.e < 0,
    }
    colors = rgb_by_class_number(taxonomy)[classes]
    photo = photo_uri(as_rgb8(values, image.bands), max_side=_MAP_PX)
    known = [z.value for z in drawn if z.value is not None]
    zone_map = (
        draw_zone_map(photo, width, height, drawn, title=f"{measure} of {image.name}", **frame)
        if known
        else None
    )
    class_map = draw_zone_map(
        plane_uri(colors, max_side=_MAP_PX),
        width,
        height,
        drawn,
        title=f"Classes of {image.name}",
        filled=False,
        **frame,
    )
    size = f"{image.width:,} × {image.height:,} pixels".replace(",", "\u202f")
    ground = f", {metres:.2g} m a pixel, {image.crs}" if metres else ", without a coordinate system: no areas"
    return MapOfRaster(
        image.name, zone_map, class_map, legend_entries(known), taxonomy, measure, f"{size}{ground}"
    )


def _map_zones(
    image: Image, zones: Sequence[Zone], by_zone: dict[str | None, Indicator], scale: float
) -> list[MapZone]:
    try:
        outlines = outlines_in_image(zones, image)
    except InputError:
        return []
    frame = shapely.box(0, 0, image.width, image.height)
    drawn: list[MapZone] = []
    for zone, outline in zip(zones, outlines, strict=True):
        if outline is None:
            continue
        small = shapely.transform(shapely.intersection(outline, frame), lambda p: p * scale)
        indicator = by_zone.get(zone.id)
        value = indicator.value if indicator else None
        tip = zone.name
        if indicator is not None and value is not None:
            tip = f"{zone.name}: {indicator.measure} {value:.0%}"
            if indicator.interval.low is not None and indicator.interval.high is not None:
                tip += f" ({indicator.interval.low:.0%}–{indicator.interval.high:.0%})"
        doubtful = indicator is not None and indicator.detail.get("verdict") == "not sure"
        drawn.append(MapZone(zone.name, small, value, doubtful, tip))
    return drawn


def street_section(workspace: Workspace, reading: Reading) -> list[dict[str, Any]]:
    """Three photos, least, middling and most green, each with its classes."""
    shares = sorted(
        (
            i
            for i in reading.indicators
            if i.subject_kind == "image" and i.measure == "green view" and i.value is not None
        ),
        key=lambda i: i.value or 0,
    )
    if not shares:
        return []
    chosen = {
        shares[round(k * (len(shares) - 1) / (_STREET_PHOTOS - 1))].subject_id: None
        for k in range(_STREET_PHOTOS)
    }
    by_image = {i.subject_id: i for i in shares}
    images = workspace.images.get_many([image_id for image_id in chosen if image_id])
    predictions = workspace.predictions.find(model_id=reading.model.id, image_ids=[i.id for i in images])
    colors = rgb_by_class_number(reading.taxonomy)
    found: list[dict[str, Any]] = []
    for image in images:
        pixels = workspace.images.read(image)
        classes = read_prediction(workspace.blobs, predictions[image.id], image)
        found.append(
            {
                "name": image.name,
                "value": by_image[image.id].value,
                "photo": photo_uri(as_rgb8(pixels.values, pixels.bands), max_side=_PHOTO_PX),
                "classes": plane_uri(colors[classes.class_numbers], max_side=_PHOTO_PX),
            }
        )
    return found
