"""Measures of quality: their distributions, and which images lie beyond a threshold."""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from pydantic import Field

from townscape.core.errors import NotFound, UsageError
from townscape.curate.quality.measures import ALGORITHM, BY_KEY, MEASURES, Measure, reason_of, worst_from
from townscape.server.context import AskedBy, InContext
from townscape.server.record import Record
from townscape.server.routes.selections import SelectionOut
from townscape.workspace.records import SelectionWindow

router = APIRouter(prefix="/measures", tags=["measures"])

_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)


class MeasureOut(Record):
    """One measure, and what is known of it."""

    key: str
    title: str
    unit: str
    worse: Literal["high", "low"]
    threshold: float | None
    """The usual one; None where it depends on the camera and the scene."""
    selection: str
    """What a selection of the bad ones is called."""
    text: str
    n_images: int
    """Images of which it is known."""


class Histogram(Record):
    """How the values of a measure are spread."""

    n_images: int
    edges: list[float]
    """One more than there are counts."""
    counts: list[int]
    percentiles: dict[int, float]


class MeasuredImage(Record):
    """An image with its value."""

    id: str
    name: str
    value: float


class Preview(Record):
    """What a threshold would do."""

    threshold: float
    n_beyond: int
    n_images: int
    beyond: list[MeasuredImage]
    """Bad images nearest to the threshold."""
    before: list[MeasuredImage]
    """Good images nearest to the threshold."""


class ThresholdIn(Record):
    """A threshold of which a selection is made."""

    threshold: float
    name: str | None = Field(default=None, min_length=1, max_length=120)


@router.get("")
def list_measures(context: InContext) -> list[MeasureOut]:
    """Every measure; with 0 images before `curate quality` has run."""
    return [MeasureOut.of(m, n_images=len(_values(context, m))) for m in MEASURES]


@router.get("/of/{image_id}")
def read_measures(context: InContext, image_id: str) -> dict[str, float | None]:
    """Everything that was measured of an image; None where it cannot be told."""
    return context.workspace.measures.of_image(context.workspace.images.get(image_id).id)


@router.get("/{key}/histogram")
def read_histogram(context: InContext, key: str, bins: Annotated[int, Query(ge=2, le=200)] = 40) -> Histogram:
    """The distribution of a measure over all images."""
    values = np.array(list(_values(context, _measure(key)).values()))
    if not values.size:
        return Histogram(n_images=0, edges=[], counts=[], percentiles={})
    counts, edges = np.histogram(values, bins=bins)
    return Histogram(
        n_images=int(values.size),
        edges=edges.tolist(),
        counts=counts.tolist(),
        percentiles={p: float(np.percentile(values, p)) for p in _PERCENTILES},
    )


@router.get("/{key}/preview")
def preview_threshold(
    context: InContext,
    key: str,
    threshold: float | None = None,
    percent: Annotated[float | None, Query(gt=0, le=50)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 12,
) -> Preview:
    """Images on both sides of a threshold, or of the worst so many per cent, nearest to it first."""
    measure = _measure(key)
    values = _values(context, measure)
    at = threshold
    if at is None and percent is not None:
        at = worst_from(list(values.values()), measure, percent)
    if at is None:
        at = measure.threshold
    if at is None:
        raise UsageError(f"{measure.title} has no usual threshold.", hint="give a threshold, or a per cent.")
    beyond = [(i, v) for i, v in values.items() if measure.is_bad(v, at)]
    before = [(i, v) for i, v in values.items() if not measure.is_bad(v, at)]
    # Values come lowest first: the threshold is at the beginning of what lies above it.
    near, far = (beyond[:limit], before[::-1][:limit]) if measure.worse == "high" else (
        beyond[::-1][:limit], before[:limit])  # fmt: skip
    names = {i.id: i.name for i in context.workspace.images.get_many([i for i, _ in (*near, *far)])}
    return Preview(
        threshold=at,
        n_beyond=len(beyond),
        n_images=len(values),
        beyond=[MeasuredImage(id=i, name=names[i], value=v) for i, v in near],
        before=[MeasuredImage(id=i, name=names[i], value=v) for i, v in far],
    )


@router.get("/{key}/beyond")
def list_beyond(context: InContext, key: str, threshold: float) -> list[str]:
    """Ids of all images beyond a threshold, worst first."""
    measure = _measure(key)
    return _beyond(measure, _values(context, measure), threshold)


@router.post("/{key}/selections", status_code=201)
def select_beyond(context: InContext, key: str, wanted: ThresholdIn, person: AskedBy) -> SelectionOut:
    """Freeze the images beyond a threshold as a selection, worst first."""
    measure = _measure(key)
    values = _values(context, measure)
    bad = _beyond(measure, values, wanted.threshold)
    if not bad:
        raise UsageError("No image is beyond this threshold.", hint="move it.")
    images = context.workspace.images.get_many(bad)
    made = context.workspace.selections.put(
        wanted.name or measure.selection,
        [SelectionWindow(image_id=i.id, window=i.whole) for i in images],
        reason=reason_of(measure, wanted.threshold, "set by hand", n_bad=len(bad), n_known=len(values)),
        author=person,
    )
    return SelectionOut.of(made)


def _measure(key: str) -> Measure:
    if key not in BY_KEY:
        raise NotFound(f"There is no measure {key!r}.", hint=f"there are {', '.join(BY_KEY)}.")
    return BY_KEY[key]


def _beyond(measure: Measure, values: Mapping[str, float], threshold: float) -> list[str]:
    """Ids of the bad images, worst first; `values` come lowest first."""
    bad = [i for i, v in values.items() if measure.is_bad(v, threshold)]
    return bad[::-1] if measure.worse == "high" else bad


def _values(context: InContext, measure: Measure) -> dict[str, float]:
    """Image id → value, lowest first."""
    return context.workspace.measures.values(measure.key, algorithm=ALGORITHM)
