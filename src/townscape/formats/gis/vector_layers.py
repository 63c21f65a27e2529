"""Polygons of GIS files as labels: GeoPackage, Shapefile, GeoJSON. Needs the `geo` extra.

A pixel belongs to a polygon if its centre lies inside; later features lie on top.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.spaces import IDENTITY, Transform, Window
from townscape.formats.codecs.run_painter import RunPainter
from townscape.formats.codecs.scanline import Rings, runs_of
from townscape.formats.format import Picture, SourceClass
from townscape.formats.gis.vector_file import Bounds, Features, read_features, reproject
from townscape.formats.image_size import upright_size
from townscape.formats.labels import Slot, SourceLabels
from townscape.workspace import rasters

_FAR = 1e12
_POLYGON_TYPES = (3, 6)
_EDGE_STEPS = 21


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where the shapes of a picture are: one layer of a file."""

    file: Path
    layer: str | None
    """None: the file's only one."""
    crs: str | None
    """Of the shapes' coordinates; None: they are the picture's own."""
    class_column: str | None
    """None: everything is of the class `value`."""
    value: str = ""
    is_placed: bool = True
    """Whether the picture's features are those that lie in it; otherwise all that fit `where`."""
    where: str | None = None
    """A condition in SQL."""
    object_column: str | None = None
    """None: every feature is an object of its own."""
    attributes_column: str | None = None
    """A column of JSON; None: all other columns are attributes."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The pixels of a picture, and where they lie."""

    width: int
    height: int
    transform: Transform | None = None
    """None: coordinates are pixels, y down."""
    crs: str | None = None


def ground_of(image: Path) -> Ground:
    """Size and place of an image. Raises `UnreadableImage` naming it."""
    facts = rasters.inspect_raster(image)
    if facts.transform is not None:
        return Ground(facts.width, facts.height, facts.transform, facts.crs)
    if image.suffix.lower() in rasters.SUFFIXES:
        return Ground(facts.width, facts.height)
    height, width = upright_size(image)
    return Ground(width, height)


@dataclass(frozen=True)
class VectorSource:
    """A `Source` whose pictures have sheets and the ground under them (`Picture.labels`)."""

    pictures: Sequence[Picture]
    classes: Sequence[SourceClass]
    notes: Sequence[str]
    problems: Sequence[tuple[str, str]]

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        """The labels of a picture or of a window of it."""
        sheets, ground = picture.labels
        return labels_of(sheets, ground, window)


def labels_of(sheets: Sequence[Sheet], ground: Ground, window: Window | None = None) -> SourceLabels:
    """The shapes of all sheets as labels of a picture, or of a window of it."""
    area = window or Window(0, 0, ground.width, ground.height)
    painter = RunPainter(area.height, area.width)
    for k, sheet in enumerate(sheets):
        bbox = bbox_of(sheet, ground, area) if sheet.is_placed or window is not None else None
        found = read_features(sheet.file, sheet.layer, where=sheet.where, bbox=bbox)
        is_shape = _usable(found, painter.repairs)
        slots = _slots(k, sheet, found, painter.repairs)
        shapes = found.shapes[is_shape]
        rings = _rings(shapes, sheet, ground, area)
        runs = runs_of(rings, len(shapes), area.height, area.width)
        for feature, run in zip(np.flatnonzero(is_shape).tolist(), runs, strict=True):
            slot = slots[feature]
            if slot is not None and run.starts.size:
                painter.paint(slot, run)
    return painter.labels()


def _usable(found: Features, repairs: Counter[str]) -> NDArray[np.bool_]:
    """Which features have a polygon with coordinates that are numbers."""
    import shapely

    is_polygon = np.isin(shapely.get_type_id(found.shapes), _POLYGON_TYPES)
    is_near = (np.abs(found.bounds) < _FAR).all(axis=1)  # what is not a number is not near
    for what, n in (
        ("shapes that are no polygons", np.count_nonzero(~is_polygon)),
        (
            "shapes that are empty, or have coordinates that are no numbers",
            np.count_nonzero(is_polygon & ~is_near),
        ),
    ):
        if n:
            repairs[what] += int(n)
    return is_polygon & is_near


def _rings(shapes: NDArray[Any], sheet: Sheet, ground: Ground, area: Window) -> Rings:
    """The rings of the shapes in pixels of the area."""
    import shapely

    polygons, shape_of_polygon = shapely.get_parts(shapes, return_index=True)
    rings, polygon_of_ring = shapely.get_rings(polygons, return_index=True)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    points = _reprojected(points, sheet.crs, ground.crs)
    if ground.transform is not None:
        points = ground.transform.image_from_world(points)
    return Rings(points - (area.x, area.y), ring_of_point, shape_of_polygon[polygon_of_ring])


def _reprojected(points: NDArray[np.float64], source: str | None, target: str | None) -> NDArray[np.float64]:
    if source is None or target is None or source == target or not len(points):
        return points
    return reproject(points, source, target)


def bbox_of(sheet: Sheet, ground: Ground, area: Window) -> Bounds:
    """What to ask a file for: the area, in the file's coordinates, its curved edges included."""
    t = np.linspace(0, 1, _EDGE_STEPS)
    zero, one = np.zeros_like(t), np.ones_like(t)
    edges = np.concatenate([np.stack(e, axis=1) for e in ((t, zero), (t, one), (zero, t), (one, t))])
    points = edges * (area.width + 2, area.height + 2) + (area.x - 1, area.y - 1)
    world = (ground.transform or IDENTITY).world_from_image(points)
    if sheet.crs is not None and ground.crs is not None:
        world = _reprojected(world, ground.crs, sheet.crs)
    (left, low), (right, high) = world.min(axis=0).tolist(), world.max(axis=0).tolist()
    return left, low, right, high


def _slots(k: int, sheet: Sheet, found: Features, repairs: Counter[str]) -> list[Slot | None]:
    """What each feature of sheet k stands for."""
    n = len(found.numbers)
    values: list[Any] = [sheet.value] * n if sheet.class_column is None else found.column(sheet.class_column)
    objects = found.numbers.tolist() if sheet.object_column is None else found.column(sheet.object_column)
    attributes = _attributes(sheet, found)
    slots: list[Slot | None] = []
    for value, number, described in zip(values, objects, attributes, strict=True):
        if value is None or value == "":
            repairs["shapes without a class"] += 1
            slots.append(None)
        else:
            slots.append(Slot(str(value), None if number is None else (k, number), described))
    return slots


def _attributes(sheet: Sheet, found: Features) -> list[dict[str, Any]]:
    """The attributes of each feature: those in a column of JSON, or all other columns."""
    if sheet.attributes_column is not None:
        return [_parsed(text) if text else {} for text in found.column(sheet.attributes_column)]
    others = {name: found.column(name) for name in found.columns if name != sheet.class_column}
    return [
        {name: column[k] for name, column in others.items() if column[k] is not None}
        for k in range(len(found.numbers))
    ]


def _parsed(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
