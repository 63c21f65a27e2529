"""Vehicles, people and bicycles of a street view, each painted as one object."""

from dataclasses import dataclass

import numpy as np

from townscape.testing.synthetic_city.street_frame import (
    NEAREST_M,
    Color,
    Frame,
    Points,
    box_face,
    shade,
    side_face,
)
from townscape.testing.synthetic_city.street_world import ParkedBicycle, Vehicle, Walker

PERSON, RIDER, CAR, TRUCK, BUS, BICYCLE = 12, 13, 14, 15, 16, 19
"""Class numbers of the taxonomy `cityscapes`."""

CLASS_BY_KIND = {"hatch": CAR, "sedan": CAR, "suv": CAR, "van": CAR, "truck": TRUCK, "bus": BUS}


@dataclass(frozen=True, slots=True)
class _Shape:
    """Metres; the cabin is the upper part, as a share of the length from the rear."""

    length: float
    breadth: float
    height: float
    belt: float
    cabin: tuple[float, float]


_SHAPES = {
    "hatch": _Shape(4.0, 1.75, 1.48, 0.92, (0.02, 0.68)),
    "sedan": _Shape(4.6, 1.80, 1.42, 0.90, (0.16, 0.72)),
    "suv": _Shape(4.6, 1.90, 1.72, 1.05, (0.02, 0.72)),
    "van": _Shape(5.3, 2.00, 2.15, 1.20, (0.0, 0.84)),
    "truck": _Shape(7.5, 2.45, 3.20, 1.30, (0.0, 1.0)),
    "bus": _Shape(11.0, 2.55, 3.10, 1.20, (0.0, 1.0)),
}
_GLASS: Color = (40, 48, 56)
_TYRE: Color = (26, 26, 28)


def paint_vehicle(frame: Frame, vehicle: Vehicle, z: float, segment: int) -> None:
    """A vehicle whose middle is at `z`: shadow, the side that can be seen, the end that can be seen."""
    shape = _SHAPES[vehicle.kind]
    z0, z1 = z - shape.length / 2, z + shape.length / 2
    if z0 - frame.camera.z < NEAREST_M + 0.3:
        return
    left, right = vehicle.x - shape.breadth / 2, vehicle.x + shape.breadth / 2
    _cast_shadow(frame, left - 0.15, right + 0.15, z0 - 0.2, z1)
    x = left if vehicle.x > frame.camera.x else right
    inset = 0.12 * (1 if x == left else -1)
    has_side = abs(x - frame.camera.x) > 0.1 and (x > frame.camera.x) == (x == left)
    front_share, rear_share = shape.cabin[1], shape.cabin[0]
    if vehicle.heading < 0:
        front_share, rear_share = 1 - rear_share, 1 - front_share
    c0, c1 = z0 + rear_share * shape.length, z0 + front_share * shape.length
    lean = 0.0 if vehicle.kind in ("truck", "bus") else 0.35
    roof = _level(left + abs(inset), right - abs(inset), shape.height, c0 + lean, c1 - lean)
    body = vehicle.color
    if has_side:
        frame.fill(side_face(x, 0.32, shape.belt, z0, z1), shade(body, 0.78), segment)
        _paint_wheels(frame, x, z0, shape, segment)
        cabin = np.array(
            [
                [x, shape.belt, c0],
                [x + inset, shape.height, c0 + lean],
                [x + inset, shape.height, c1 - lean],
                [x, shape.belt, c1],
            ]
        )
        frame.fill(cabin, shade(body, 0.72), segment)
        _paint_side_windows(frame, vehicle, shape, x, inset, (c0, c1, lean), segment)
    frame.fill(_level(left, right, shape.belt, z0, z1), shade(body, 1.05), segment)
    frame.fill(roof, shade(body, 1.1), segment)
    _paint_end(frame, vehicle, shape, (left, right, z0, c0 + lean * 0.2), segment)


def _paint_end(
    frame: Frame, vehicle: Vehicle, shape: _Shape, place: tuple[float, float, float, float], segment: int
) -> None:
    """The end towards the camera: window, body, lamps, plate, bumper, tyres."""
    left, right, z, window_z = place
    i = 0.12
    window = np.array(
        [[left, shape.belt, window_z], [right, shape.belt, window_z],
         [right - i, shape.height, window_z + 0.25], [left + i, shape.height, window_z + 0.25]]
    )  # fmt: skip
    frame.fill(window, shade(vehicle.color, 0.85), segment)
    if vehicle.kind != "truck" or vehicle.heading < 0:
        top = shape.height - (0.12 if vehicle.kind != "bus" else 0.4)
        pane = box_face(left + 0.16, right - 0.16, shape.belt + 0.04, top, window_z + 0.05)
        frame.fill(pane, _GLASS, segment)
        glare = box_face(left + 0.3, left + 0.75, shape.belt + 0.12, top - 0.06, window_z + 0.05)
        frame.fill(glare, (74, 86, 98), segment)
    frame.fill(box_face(left, right, 0.28, shape.belt, z), shade(vehicle.color, 0.94), segment)
    frame.fill(box_face(left, right, 0.28, 0.5, z), shade(vehicle.color, 0.55), segment)
    lamp: Color = (186, 36, 34) if vehicle.heading > 0 else (236, 236, 220)
    for a, b in ((left + 0.05, left + 0.38), (right - 0.38, right - 0.05)):
        frame.fill(box_face(a, b, shape.belt - 0.3, shape.belt - 0.12, z), lamp, segment)
    middle = (left + right) / 2
    frame.fill(box_face(middle - 0.26, middle + 0.26, 0.52, 0.64, z), (228, 226, 214), segment)
    for a, b in ((left + 0.08, left + 0.3), (right - 0.3, right - 0.08)):
        frame.fill(box_face(a, b, 0.0, 0.3, z + 0.05), _TYRE, segment)


def _paint_side_windows(
    frame: Frame,
    vehicle: Vehicle,
    shape: _Shape,
    x: float,
    inset: float,
    cabin: tuple[float, float, float],
    segment: int,
) -> None:
    if vehicle.kind == "truck":
        return
    c0, c1, lean = cabin
    y0, y1 = shape.belt + 0.05, shape.height - (0.14 if vehicle.kind != "bus" else 0.5)
    n = 6 if vehicle.kind == "bus" else 2
    for k in range(n):
        a = c0 + 0.12 + (c1 - c0 - 0.24) * k / n
        b = c0 + 0.04 + (c1 - c0 - 0.24) * (k + 1) / n
        low, high = (lean if k == 0 else 0.0), (lean if k == n - 1 else 0.0)
        pane = np.array(
            [[x, y0, a], [x + inset * 0.8, y1, a + low], [x + inset * 0.8, y1, b - high], [x, y0, b]]
        )
        frame.fill(pane, _GLASS, segment)


def _paint_wheels(frame: Frame, x: float, z0: float, shape: _Shape, segment: int) -> None:
    radius = 0.32 if shape.height < 2.5 else 0.48
    for share in (0.18, 0.8):
        for r, color in ((radius, _TYRE), (radius * 0.55, (128, 130, 134))):
            frame.fill(_wheel(x, z0 + share * shape.length, radius, r), color, segment)


def _wheel(x: float, z: float, y: float, radius: float) -> Points:
    angle = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    return np.stack([np.full(18, x), y + radius * np.sin(angle), z + radius * np.cos(angle)], axis=1)


def _level(x0: float, x1: float, y: float, z0: float, z1: float) -> Points:
    return np.array([[x0, y, z0], [x1, y, z0], [x1, y, z1], [x0, y, z1]])


def _cast_shadow(frame: Frame, x0: float, x1: float, z0: float, z1: float) -> None:
    """Darken the ground, without changing what it is."""
    import cv2

    corners = frame.camera.project(_level(x0, x1, 0.0, z0, z1))
    height_px, width_px = frame.segments.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - 1, 0, (width_px, height_px)).tolist()
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 2, 0, (width_px, height_px)).tolist()
    if left >= right or top >= bottom:
        return
    # Only the shadow's surroundings: a mask of the whole frame took a quarter of the drawing time.
    mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
    cv2.fillPoly(mask, [np.round((corners - (left, top)) * 16).astype(np.int32)], 1, shift=4)
    here = frame.rgb[top:bottom, left:right]
    inside = mask > 0
    here[inside] = (here[inside] * 0.5).astype(np.uint8)


def paint_walker(frame: Frame, walker: Walker, z: float, stride: float, segment: int) -> None:
    """Somebody on foot, seen from the front or the back."""
    if z - frame.camera.z < NEAREST_M + 0.4:
        return
    h, x = walker.height_m, walker.x
    _cast_shadow(frame, x - 0.25, x + 0.25, z - 0.15, z + 0.25)
    swing = 0.14 * float(np.sin(walker.phase + stride))
    for side in (-1, 1):
        foot, hip = x + side * (0.09 + swing * side), x + side * 0.09
        leg = np.array(
            [[foot - 0.06, 0, z], [foot + 0.07, 0, z], [hip + 0.09, 0.5 * h, z], [hip - 0.09, 0.5 * h, z]]
        )
        frame.fill(leg, walker.trousers, segment)
        hand = x + side * (0.26 - swing)
        arm = np.array(
            [
                [x + side * 0.2, 0.82 * h, z],
                [x + side * 0.27, 0.8 * h, z],
                [hand + 0.04, 0.46 * h, z],
                [hand - 0.04, 0.46 * h, z],
            ]
        )
        frame.fill(arm, shade(walker.jacket, 0.8), segment)
    torso = np.array(
        [[x - 0.17, 0.46 * h, z], [x + 0.17, 0.46 * h, z], [x + 0.22, 0.83 * h, z], [x - 0.22, 0.83 * h, z]]
    )
    frame.fill(torso, walker.jacket, segment)
    _paint_head(frame, walker, x, z, segment)


def paint_rider(frame: Frame, walker: Walker, z: float, segment: int, bicycle: int) -> None:
    """Somebody on a bicycle: two objects."""
    if z - frame.camera.z < NEAREST_M + 0.8:
        return
    h, x = walker.height_m, walker.x
    _cast_shadow(frame, x - 0.3, x + 0.3, z - 0.7, z + 0.8)
    frame.fill(box_face(x - 0.035, x + 0.035, 0.0, 0.68, z - 0.5), _TYRE, bicycle)
    frame.fill(box_face(x - 0.27, x + 0.27, 0.98, 1.04, z + 0.1), (60, 60, 62), bicycle)
    for side in (-1, 1):
        low = 0.2 if side > 0 else 0.4
        leg = np.array(
            [
                [x + side * 0.14 - 0.06, low, z],
                [x + side * 0.14 + 0.06, low, z],
                [x + side * 0.12 + 0.07, 0.95, z],
                [x + side * 0.12 - 0.07, 0.95, z],
            ]
        )
        frame.fill(leg, walker.trousers, segment)
    torso = np.array(
        [[x - 0.18, 0.9, z], [x + 0.18, 0.9, z], [x + 0.23, 0.86 * h, z], [x - 0.23, 0.86 * h, z]]
    )
    frame.fill(torso, walker.jacket, segment)
    _paint_head(frame, walker, x, z, segment)


def _paint_head(frame: Frame, walker: Walker, x: float, z: float, segment: int) -> None:
    angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    y = walker.height_m * 0.92
    faces_us = walker.step_m < 0
    for dy, r, color in (
        (0.02, 0.125, walker.hair),
        (-0.02, 0.105, walker.skin if faces_us else walker.hair),
    ):
        ring = np.stack(
            [x + r * 0.85 * np.cos(angle), y + dy + r * 1.1 * np.sin(angle), np.full(16, z)], axis=1
        )
        frame.fill(ring, color, segment)
    frame.fill(box_face(x - 0.05, x + 0.05, y - 0.17, y - 0.09, z), shade(walker.skin, 0.85), segment)


def paint_parked_bicycle(frame: Frame, bicycle: ParkedBicycle, segment: int) -> None:
    """A bicycle along the street: wheels, frame, saddle, handlebar."""
    if bicycle.z - frame.camera.z < NEAREST_M + 1.2:
        return
    x, z = bicycle.x, bicycle.z
    for at in (z - 0.52, z + 0.52):
        rim = _wheel(x, at, 0.34, 0.33)
        frame.line(np.concatenate([rim, rim[:1]]), 0.045, _TYRE, segment)
    bars = ((0.34, -0.52, 0.78, -0.2), (0.78, -0.2, 0.36, 0.05), (0.36, 0.05, 0.8, 0.42),
            (0.8, 0.42, 0.34, 0.52), (0.78, -0.2, 0.8, 0.42), (0.78, -0.2, 0.95, -0.24),
            (0.8, 0.42, 1.02, 0.4))  # fmt: skip
    for y0, a, y1, b in bars:
        frame.line(np.array([[x, y0, z + a], [x, y1, z + b]]), 0.05, bicycle.color, segment)
