"""Counting what there is in the workspace, and saying what there is not."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from townscape.core.taxonomy import Taxonomy
from townscape.curate.gaps import charts, finding, moments, places
from townscape.workspace import Workspace
from townscape.workspace.records import Image, Model

ZONE_SET = "zones"
"""Zones that were read from a file for insights."""
_MOST_ROWS = 40


class Chart(BaseModel):
    """One chart with its title."""

    model_config = ConfigDict(frozen=True)

    key: str
    title: str
    spec: dict[str, Any]


class Gaps(BaseModel):
    """What a set of images lacks."""

    model_config = ConfigDict(frozen=True)

    n_images: int
    n_with_position: int
    n_with_time: int
    sentences: list[str]
    """The gaps in words; empty if none was found."""
    unknown: list[str]
    """What could not be looked at, and what would make it possible."""
    charts: list[Chart]


def find_gaps(workspace: Workspace, images: Sequence[Image], taxonomy: Taxonomy, *, grid: int) -> Gaps:
    """Look at classes, places, times, cameras and sizes of these images.

    Raises `MissingExtra` if there are zones in metres and `geo` is not installed.
    """
    when = {i.id: taken for i in images if (taken := moments.moment(i)) is not None}
    positions = [i for i in images if places.has_position(i)]
    sentences: list[str] = []
    drawn: list[tuple[str, str, dict[str, Any] | None]] = []

    classes, model = _class_use(workspace, images, taxonomy)
    name = model.name if model else None
    sentences += finding.class_gaps(classes, model=name)
    drawn.append(("classes", "Classes", charts.class_chart(classes, model=name)))

    seasons = moments.season_names(images)
    season_of = {i: moments.season(taken, seasons) for i, taken in when.items()}
    hour_of = {i: moments.time_of_day(taken) for i, taken in when.items()}
    times = [name for name, _, _ in moments.TIMES_OF_DAY]
    sentences += finding.time_gaps(Counter(season_of.values()), seasons, unknown=0)
    sentences += finding.time_gaps(Counter(hour_of.values()), times, unknown=0)
    by_time = Counter((hour_of[i], season_of[i]) for i in when)
    drawn.append(("times", "Seasons and times of day", charts.table_chart(by_time, times, seasons)))

    zones = workspace.insights.zones(ZONE_SET)
    zone_of = places.zones_of(images, zones) if zones else places.grid_of(images, grid)
    by_zone = Counter((zone_of[i.id], season_of.get(i.id, "")) for i in positions if i.id in zone_of)
    if zones and positions:
        names = [zone.name for zone in zones]
        sentences += finding.zone_gaps(names, by_zone, seasons)
        outside = sum(i.id not in zone_of for i in positions)
        if outside:
            sentences.append(f"{outside:,} images lie in no zone.")
    else:
        names = sorted(set(zone_of.values()), key=lambda cell: (int(cell[1:]), cell))
        sentences += finding.zone_gaps([f"cell {n}" for n in names], _named(by_zone), seasons)
    columns = [*seasons, *([""] if any(s == "" for _, s in by_zone) else [])]
    table = charts.table_chart(by_zone, names[:_MOST_ROWS], columns)
    drawn.append(("places", "Zones" if zones else "Cells of a grid", table))

    cameras = Counter(i.camera for i in images if i.camera is not None)
    sizes = Counter(f"{i.width} × {i.height}" for i in images if i.kind == "photo")
    sentences += finding.camera_gaps(cameras, sizes)
    drawn.append(("cameras", "Cameras", charts.bar_chart(cameras)))
    drawn.append(("sizes", "Sizes", charts.bar_chart(dict(sizes.most_common(_MOST_ROWS)))))
    return Gaps(
        n_images=len(images),
        n_with_position=len(positions),
        n_with_time=len(when),
        sentences=sentences,
        unknown=_unknown(images, n_positions=len(positions), n_times=len(when), has_zones=bool(zones)),
        charts=[Chart(key=key, title=title, spec=spec) for key, title, spec in drawn if spec is not None],
    )


def _class_use(
    workspace: Workspace, images: Sequence[Image], taxonomy: Taxonomy
) -> tuple[list[finding.ClassUse], Model | None]:
    ids = [image.id for image in images]
    labelled = workspace.browsing.class_use(taxonomy.name, layer="main", image_ids=ids)
    models = [m for m in workspace.models.find() if m.card.get("taxonomy", {}).get("name") == taxonomy.name]
    predicted: dict[int, Counter[str]] = {}
    model = models[-1] if models else None
    predictions = workspace.predictions.find(model_id=model.id, image_ids=ids) if model else {}
    for prediction in predictions.values():
        for number, pixels in prediction.class_pixels.items():
            if pixels:
                counts = predicted.setdefault(taxonomy.resolved.get(int(number), int(number)), Counter())
                counts.update(px=pixels, images=1)
    known: dict[int, Counter[str]] = {}
    for number, (pixels, n_images) in labelled.items():
        known.setdefault(taxonomy.resolved.get(number, number), Counter()).update(px=pixels, images=n_images)
    none: Counter[str] = Counter()
    use = [
        finding.ClassUse(
            name=c.name,
            color=c.color,
            labelled_px=known.get(c.number, none)["px"],
            labelled_images=known.get(c.number, none)["images"],
            predicted_px=predicted.get(c.number, none)["px"],
            predicted_images=predicted.get(c.number, none)["images"],
        )
        for c in taxonomy.active
    ]
    return use, model if predictions else None


def _named(counts: Counter[tuple[str, str]]) -> dict[tuple[str, str], int]:
    return {(f"cell {zone}", when): n for (zone, when), n in counts.items()}


def _unknown(images: Sequence[Image], *, n_positions: int, n_times: int, has_zones: bool) -> list[str]:
    found: list[str] = []
    if n_positions < len(images):
        found.append(
            f"{len(images) - n_positions:,} of {len(images):,} images do not say where they were taken: "
            "a GPX track can tell (`townscape collect … --gpx FILE`)."
        )
    if n_times < len(images):
        found.append(f"{len(images) - n_times:,} of {len(images):,} images do not say when they were taken.")
    if n_positions and not has_zones:
        found.append("There are no zones; `townscape insights --zones FILE` brings districts in.")
    return found
