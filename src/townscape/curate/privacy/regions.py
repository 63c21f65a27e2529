"""Where people and vehicles are, by labels or predictions, and which parts of them to cover.

This is what safe mode goes by: without a detector for plates it covers the part of every vehicle
where plates are, and the part of every person where the head is. It sees what the labels see.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import ClassNumbers
from townscape.core.taxonomy import LabelClass, Taxonomy
from townscape.curate.privacy.boxes import Box

_PEOPLE = frozenset(
    ("person", "persons", "people", "pedestrian", "pedestrians", "human", "humans", "rider", "riders",
     "cyclist", "bicyclist", "motorcyclist", "child", "crowd")
)  # fmt: skip
_VEHICLES = frozenset(
    ("car", "cars", "truck", "trucks", "bus", "buses", "van", "vans", "vehicle", "vehicles", "lorry", "taxi",
     "suv", "pickup", "trailer", "caravan", "motorcycle", "motorcycles", "motorbike", "motorbikes", "moped",
     "scooter", "tractor")
)  # fmt: skip
_HEAD_SHARE = 0.34
"""A standing person is seven to eight heads high (Drillis and Contini 1966); seated riders about four."""
_SLICE_SHARE = 0.5
_PLATE_FROM = 0.35
"""Plates are below the windows: of a vehicle's height, the upper 35 % is left as it is."""
_MAX_ASPECT, _MIN_FILLED, _SLICES = 2.2, 0.6, 8
"""A region that is wider than this many times its height, or fills less of its box, is several vehicles."""
_MARGIN_PX = 2
_MIN_PERSON_PX = 6
_MIN_VEHICLE_PX = 12
"""Of less width, a plate would be under four pixels wide."""


@dataclass(frozen=True, slots=True)
class Regions:
    """The people and the vehicles of a picture, and who says so."""

    people: NDArray[np.bool_]
    vehicles: NDArray[np.bool_]
    by: str

    def around(self, *, margin: float = 0.15) -> list[Box]:
        """A box about every person and vehicle, a little larger than it."""
        return [
            component.box.grown(1 + 2 * margin)
            for component in (*_components(self.people), *_components(self.vehicles))
        ]


@dataclass(frozen=True, slots=True)
class _Component:
    """Connected pixels: their box, and the mask inside it."""

    box: Box
    mask: NDArray[np.bool_]


def classes_of_people(taxonomy: Taxonomy) -> tuple[int, ...]:
    """Class numbers of people, by key, name and aliases."""
    return tuple(c.number for c in taxonomy.active if _words(c) & _PEOPLE)


def classes_of_vehicles(taxonomy: Taxonomy) -> tuple[int, ...]:
    """Class numbers of vehicles that carry a plate, by key, name and aliases."""
    return tuple(c.number for c in taxonomy.active if _words(c) & _VEHICLES and not _words(c) & _PEOPLE)


def regions_of(numbers: ClassNumbers, taxonomy: Taxonomy, *, by: str) -> Regions:
    """People and vehicles in a plane of class numbers."""
    return Regions(
        np.isin(numbers, classes_of_people(taxonomy)), np.isin(numbers, classes_of_vehicles(taxonomy)), by
    )


def head_bands(people: NDArray[np.bool_]) -> list[Box]:
    """Boxes over the heads of people (height × width mask): the upper third of each.

    People who touch are one region; so it is cut into upright slices, each with a band of its own:
    from its topmost pixel to a third of a person below the lowest head that may be in it.
    """
    found: list[Box] = []
    for component in _components(people):
        height, width = component.mask.shape
        if height < _MIN_PERSON_PX:
            continue
        tops = np.where(component.mask.any(axis=0), component.mask.argmax(axis=0), height)
        lengths = component.mask.sum(axis=0)
        step = max(_MIN_PERSON_PX, round(height * _SLICE_SHARE))
        for left in range(0, width, step):
            some = slice(left, min(width, left + step))
            if not lengths[some].any():
                continue
            top, tall = int(tops[some].min()), int(lengths[some].max())
            lowest = int(tops[some][lengths[some] >= tall / 2].max())  # of a smaller person beside
            band = Box(left, top, some.stop, lowest + max(_MIN_PERSON_PX, round(tall * _HEAD_SHARE)))
            found.append(_widened(band.moved(component.box.left, component.box.top)))
    return found


def plate_bands(vehicles: NDArray[np.bool_]) -> list[Box]:
    """Boxes over the part of every vehicle where plates are: all but the upper third of it.

    Vehicles that hide each other are one region, and the plate of one may be as high as the roof of
    another; so a region that is wide or ragged is covered from top to bottom, in upright slices.
    """
    found: list[Box] = []
    for component in _components(vehicles):
        box, mask = component.box, component.mask
        if box.width < _MIN_VEHICLE_PX:
            continue
        is_single = box.width <= _MAX_ASPECT * box.height and mask.mean() >= _MIN_FILLED
        if is_single:
            found.append(_widened(Box(box.left, box.top + box.height * _PLATE_FROM, box.right, box.bottom)))
            continue
        step = max(_MIN_VEHICLE_PX, mask.shape[1] // _SLICES)
        for left in range(0, mask.shape[1], step):
            part = mask[:, left : left + step]
            rows = np.flatnonzero(part.any(axis=1))
            if rows.size:
                band = Box(left, int(rows[0]), left + part.shape[1], int(rows[-1]) + 1)
                found.append(_widened(band.moved(box.left, box.top)))
    return found


def _widened(box: Box) -> Box:
    """Labels are drawn along edges: a plate or a chin may stand out by a pixel or two."""
    return Box(box.left - _MARGIN_PX, box.top - _MARGIN_PX, box.right + _MARGIN_PX, box.bottom + _MARGIN_PX)


def _components(mask: NDArray[np.bool_]) -> Iterator[_Component]:
    """Connected pixels (8 neighbours), gaps of a pixel closed: a pole in front cuts no car in two."""
    if not mask.any():
        return
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, marks, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    for number, (x, y, width, height, area) in enumerate(stats[1:].tolist(), start=1):
        if area >= 4:
            inside = np.asarray(marks[y : y + height, x : x + width] == number)
            yield _Component(Box(x, y, x + width, y + height), inside)


def _words(label_class: LabelClass) -> set[str]:
    texts = (label_class.key, label_class.name, *label_class.aliases)
    return {word for text in texts for word in re.split(r"[^a-z]+", text.lower()) if word}
