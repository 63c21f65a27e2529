"""Coverage: how well chosen images stand for the rest, where images were taken, and what is missing."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from townscape.core.errors import UsageError
from townscape.curate.first.covering import Coverage, coverage
from townscape.curate.first.scatter import lay_out
from townscape.curate.gaps.gathering import Gaps, find_gaps
from townscape.server.context import InContext
from townscape.server.map_points import as_features
from townscape.server.record import Record
from townscape.workspace.features import ENCODER

router = APIRouter(prefix="/coverage", tags=["coverage"])

_MOST_OTHERS = 5000


class ScatterPoint(Record):
    """An image in the plane of scenes."""

    image_id: str
    name: str
    x: float
    y: float
    """Both −1 … 1; near points are like scenes."""
    is_chosen: bool
    is_random: bool
    is_labelled: bool


class Covered(Record):
    """How far the images lie from the nearest of a selection's, 0 (alike) … 2."""

    mean: float
    max: float
    n_chosen: int


class Scatter(Record):
    """All images by what their scenes look like."""

    n_images: int
    """Images with features; 0 before `curate label-first` or `curate similar` has run."""
    n_without: int
    """Images in the lists without."""
    points: list[ScatterPoint]
    """Every chosen, random and labelled one; of more than 5,000 others an even sample."""
    chosen: Covered | None
    random: Covered | None


class Feature(Record):
    """A point of the map: an image, or the middle of several."""

    type: Literal["Feature"]
    geometry: dict[str, Any]
    properties: dict[str, Any]
    """`image_id`, `name` (of one of them) and `count`."""


class PointCollection(Record):
    """GeoJSON."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature]
    n_images: int
    """Images with a position inside the bounds."""


@router.get("/scatter")
def read_scatter(
    context: InContext, chosen: str | None = None, random: str | None = None, taxonomy: str | None = None
) -> Scatter:
    """The plane of scenes, with the images of two selections (by id) marked."""
    workspace = context.workspace
    listed = workspace.images.find()
    images, vectors = workspace.features.table(listed, ENCODER)
    ours, drawn = (_image_ids(context, selection) for selection in (chosen, random))
    name = taxonomy or workspace.settings.taxonomy
    labelled = {a.image_id for a in workspace.labels.find(taxonomy=name) if a.head > 0}
    others = [i.id for i in images if i.id not in ours | drawn | labelled]
    shown = {*ours, *drawn, *labelled, *others[:: max(1, -(-len(others) // _MOST_OTHERS))]}
    return Scatter(
        n_images=len(images),
        n_without=len(listed) - len(images),
        points=[
            ScatterPoint(
                image_id=image.id,
                name=image.name,
                x=round(float(x), 4),
                y=round(float(y), 4),
                is_chosen=image.id in ours,
                is_random=image.id in drawn,
                is_labelled=image.id in labelled,
            )
            for image, (x, y) in zip(images, lay_out(vectors), strict=True)
            if image.id in shown
        ],
        chosen=_covered(coverage(vectors, vectors[[i.id in ours for i in images]])) if ours else None,
        random=_covered(coverage(vectors, vectors[[i.id in drawn for i in images]])) if drawn else None,
    )


@router.get("/map")
def read_map(
    context: InContext,
    bounds: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
) -> PointCollection:
    """Images with a position as GeoJSON points; more than 10,000 come as clusters."""
    placed = context.workspace.browsing.placed(bounds=_bounds(bounds))
    return PointCollection(features=[Feature(**f) for f in as_features(placed)], n_images=len(placed))


@router.get("/gaps")
def read_gaps(
    context: InContext, taxonomy: str | None = None, grid: Annotated[int, Query(ge=1, le=26)] = 6
) -> Gaps:
    """What the images lack, in sentences and charts."""
    workspace = context.workspace
    return find_gaps(workspace, workspace.images.find(), workspace.taxonomy(taxonomy), grid=grid)


def _image_ids(context: InContext, selection_id: str | None) -> set[str]:
    if selection_id is None:
        return set()
    return {w.image_id for w in context.workspace.selections.get(selection_id).windows}


def _covered(found: Coverage) -> Covered:
    return Covered.of(found)


def _bounds(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"{text!r} are no bounds.", hint="give west,south,east,north.") from error
    return west, south, east, north
