"""The rim of insights: evidence in, indicators out."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from townscape.core.errors import NotFound
from townscape.core.events import Report
from townscape.core.ids import new_id
from townscape.core.taxonomy import Taxonomy
from townscape.insights.evidence import Evidence
from townscape.insights.gathering import classes_named, count_photos, measure_zones, read_held_out
from townscape.insights.kinds import get_insight, insight_names
from townscape.insights.options import InsightsOptions
from townscape.insights.zones import grid_zones, read_zones
from townscape.models.card import ModelCard
from townscape.workspace import Workspace
from townscape.workspace.grouping import photo_groups
from townscape.workspace.records import Image, Indicator, Zone

GRID_SET = "grid"
FILE_SET = "zones"


class Finding(BaseModel):
    """One insight in words and as a chart."""

    model_config = ConfigDict(frozen=True)

    insight: str
    title: str
    finding: str
    """What was found, in one or two sentences."""
    grade: str
    does_not_prove: str
    chart: dict[str, Any] | None
    """Vega-Lite specification, data included."""


class InsightsResult(BaseModel):
    """What was found."""

    model_config = ConfigDict(frozen=True)

    model: str
    zones: int
    images: int
    indicators: int
    findings: list[Finding]


def run(workspace: Workspace, options: InsightsOptions, report: Report) -> InsightsResult:
    """Compute every insight that the predictions allow and store the indicators.

    Raises `NotFound` if the model has predicted nothing yet.
    """
    model = workspace.models.get(options.model)
    card = ModelCard.model_validate(model.card)
    images = workspace.images.find()
    predictions = workspace.predictions.find(model_id=model.id, image_ids=[i.id for i in images])
    images = [image for image in images if image.id in predictions]
    if not images:
        raise NotFound(f"{model.name} has predicted no image yet.", hint="run `townscape predict` first.")
    rasters = [image for image in images if image.kind == "raster"]
    photos = [image for image in images if image.kind == "photo"]
    taxonomy = card.taxonomy
    zones = _find_zones(workspace, options, rasters, report)
    held_out = read_held_out(workspace, model)
    if held_out is None:
        report.warn(
            f"{model.name} was not evaluated on held-out labels: numbers come without intervals (grade C).",
            hint="hold some labels out and run `townscape evaluate`.",
        )
    evidence = Evidence(
        taxonomy=taxonomy,
        model_id=model.id,
        zones=measure_zones(
            workspace, taxonomy, zones, rasters, predictions, report, use_labels=options.labels == "count"
        )
        if zones
        else None,
        photos=_count_photos(workspace, taxonomy, photos, predictions),
        held_out=held_out,
        green=classes_named(taxonomy, options.green, "green"),
        sealed=classes_named(taxonomy, options.sealed, "sealed"),
        green_threshold=options.green_threshold,
        min_images=options.min_images,
    )
    found: list[Indicator] = []
    findings: list[Finding] = []
    for name in report.track(insight_names(), "insights", unit="insights"):
        insight = get_insight(name)
        indicators = insight.compute(evidence)
        if not indicators:
            continue
        found += indicators
        findings.append(
            Finding(
                insight=name,
                title=insight.TITLE,
                finding=insight.explain(indicators),
                grade=indicators[0].grade,
                does_not_prove=insight.DOES_NOT_PROVE,
                chart=insight.chart(indicators, {c.name.lower(): c.color for c in taxonomy.active}),
            )
        )
    if not found:
        report.warn(
            f"The predictions of {model.name} allow no insight.",
            hint=f"give classes of {taxonomy.name} their traits (green, sealed, road, vehicle …); "
            "insights are made of them.",
        )
    stored = workspace.insights.put_indicators(found, run_id=report.run_id or new_id())
    return InsightsResult(
        model=model.name, zones=len(zones), images=len(images), indicators=len(stored), findings=findings
    )


def _find_zones(
    workspace: Workspace, options: InsightsOptions, rasters: list[Image], report: Report
) -> list[Zone]:
    if options.zones is not None:
        if not rasters:
            report.warn(
                "There are zones, but no predicted raster to lay them on.",
                hint="predict a GeoTIFF; photos have no ground area.",
            )
            return []
        zones = read_zones(options.zones.expanduser(), name_field=options.zone_name, zone_set=FILE_SET)
        workspace.insights.put_zones(FILE_SET, zones)
        return zones
    if not rasters:
        return []
    zones = grid_zones(rasters, side=options.grid, zone_set=GRID_SET)
    workspace.insights.put_zones(GRID_SET, zones)
    return zones


def _count_photos(workspace: Workspace, taxonomy: Taxonomy, photos: list[Image], predictions: Any) -> Any:
    if not photos:
        return None
    places = photo_groups(photos, gap_s=workspace.settings.segment_gap_s, same=workspace.pairs.same())
    return count_photos(taxonomy, photos, predictions, {i: place.group for i, place in places.items()})
