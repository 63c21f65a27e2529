"""Labels as valid polygons with holes, in world coordinates or in pixels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.geometry.outlines import Region, Ring, simplify, trace
from townscape.core.spaces import Transform
from townscape.formats.labels import ExportLabels

ToWorld = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Corners in pixels (n × 2) → corners in world coordinates."""


@dataclass(frozen=True, slots=True)
class Outlined:
    """A region of a class, or an object with all its regions."""

    class_index: int
    """1 is the first class; 65,535 is ignore."""
    object_number: int
    """0: no object."""


def outline_shapes(
    labels: ExportLabels,
    transform: Transform | None,
    *,
    simplify_px: float = 0.0,
    max_step_px: float | None = None,
    to_world: ToWorld | None = None,
) -> tuple[list[Outlined], NDArray[Any]]:
    """What is outlined, and the MultiPolygon of each: an object is one, other regions are one each.

    Corners are those of pixels, through `transform` and then `to_world`; y runs down without either.
    Exterior rings run counter-clockwise in world coordinates with y up, holes clockwise.
    `max_step_px` breaks longer edges, for coordinates in which they would not be straight.
    """
    import shapely

    plane, found = labels.segments()
    regions = trace(plane)
    if simplify_px:
        regions = simplify(regions, simplify_px)
    if not regions:
        return [], np.zeros(0, dtype=object)
    polygons: Any = _polygons(regions)
    outlined: list[Outlined] = []
    shape_of: dict[int, int] = {}
    of_region: list[int] = []
    for region in regions:
        class_index, number = found[region.value - 1]
        if number == 0 or region.value not in shape_of:
            shape_of[region.value] = len(outlined)
            outlined.append(Outlined(class_index, number))
        of_region.append(shape_of[region.value])
    order = np.argsort(of_region, kind="stable")
    shapes: Any = shapely.multipolygons(polygons[order], indices=np.asarray(of_region)[order])
    if max_step_px is not None:
        shapes = shapely.segmentize(shapes, max_step_px)
    if transform is not None:
        shapes = shapely.transform(shapes, transform.world_from_image)
        if transform.determinant < 0:
            shapes = shapely.reverse(shapes)
    return outlined, shapes if to_world is None else shapely.transform(shapes, to_world)


def _polygons(regions: Sequence[Region]) -> NDArray[Any]:
    """The polygon of each region, in pixels."""
    import shapely

    rings = [ring for region in regions for ring in region.rings]
    of_ring = np.repeat(np.arange(len(regions)), [len(region.rings) for region in regions]).tolist()
    for k in reversed(_touching_themselves(rings)):
        loops = _apart(rings[k], is_outer=k == 0 or of_ring[k - 1] != of_ring[k])
        rings[k : k + 1] = loops
        of_ring[k : k + 1] = [of_ring[k]] * len(loops)
    ring_of_point = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    lines: Any = shapely.linearrings(np.concatenate(rings).astype(np.float64), indices=ring_of_point)
    return np.asarray(shapely.polygons(lines, indices=np.asarray(of_ring)))


def _touching_themselves(rings: Sequence[Ring]) -> list[int]:
    """Numbers of the rings that visit a corner twice, in order."""
    x, y = np.concatenate(rings).astype(np.int64).T
    ring_of_point = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    keys = np.sort((ring_of_point * (int(y.max()) + 1) + y) * (int(x.max()) + 1) + x)
    twice = keys[1:][keys[1:] == keys[:-1]]
    return np.unique(twice // ((int(y.max()) + 1) * (int(x.max()) + 1))).tolist()


def _apart(ring: Ring, *, is_outer: bool) -> list[Ring]:
    """A ring, cut where it touches itself: what is cut off is a hole. An outer ring stays first."""
    keys: list[int] = (ring[:, 0].astype(np.int64) << 32 | ring[:, 1]).tolist()
    loops = [ring[loop] for loop in _loops(keys)]
    return sorted(loops, key=_signed_area, reverse=True) if is_outer else loops


def _loops(keys: Sequence[int]) -> list[list[int]]:
    """Places in a closed walk, as loops that visit no corner twice."""
    loops: list[list[int]] = []
    walk: list[int] = []
    at: dict[int, int] = {}
    for place, key in enumerate(keys):
        if key in at:
            start = at[key]
            loops.append(walk[start:])
            for left in walk[start:]:
                del at[keys[left]]
            del walk[start:]
        at[key] = len(walk)
        walk.append(place)
    return [*loops, walk]


def _signed_area(ring: Ring) -> int:
    x, y = ring.astype(np.int64).T
    return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
