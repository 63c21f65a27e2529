"""Houses, barriers, trees and everything on a pole, as they stand along a street."""

from typing import Any

import cv2
import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city.street_frame import (
    NEAREST_M,
    Color,
    Frame,
    Rgb,
    box_face,
    shade,
    side_face,
)
from townscape.testing.synthetic_city.street_world import (
    LENGTH_M,
    Barrier,
    House,
    Plant,
    Post,
    StreetWorld,
)

BUILDING, WALL, FENCE, POLE, TRAFFIC_LIGHT, TRAFFIC_SIGN, VEGETATION = 3, 4, 5, 6, 7, 8, 9
"""Class numbers of the taxonomy `cityscapes`."""

_SPRITE_PX = 192
_BACK_M = 16.0
_SIGNS: tuple[Color, ...] = ((196, 40, 44), (36, 84, 168), (224, 196, 60), (200, 52, 48), (232, 232, 228))


def draw_crowns(rng: Generator, n: int = 7) -> list[Rgb]:
    """Sprites of tree crowns, side x side x 4: clumps of leaves, lit from above."""
    return [_draw_crown(rng) for _ in range(n)]


def _draw_crown(rng: Generator) -> Rgb:
    side = _SPRITE_PX
    sprite = np.zeros((side, side, 4), dtype=np.uint8)
    hue = np.array([78, 102, 50]) * rng.uniform(0.85, 1.15, 3)
    angle, reach = rng.uniform(0, 2 * np.pi, 150), np.sqrt(rng.uniform(0, 1, 150)) * 0.36
    x, y = 0.5 + reach * np.cos(angle), 0.5 + reach * np.sin(angle) * 0.92
    for k in np.argsort(-y + rng.normal(0, 0.12, 150)):
        light = 0.62 + 0.75 * (0.86 - y[k]) + rng.normal(0, 0.07)
        color = tuple(int(c) for c in np.clip(hue * light, 0, 255))
        at = (int(x[k] * side), int(y[k] * side))
        cv2.circle(sprite, at, int(rng.uniform(0.05, 0.12) * side), (*color, 255), -1, cv2.LINE_AA)
    leaves = rng.normal(0, 13, (side // 2, side // 2)).astype(np.float32)
    leaves = cv2.resize(leaves, (side, side), interpolation=cv2.INTER_LINEAR)[..., None]
    sprite[..., :3] = np.clip(sprite[..., :3] + leaves, 0, 255).astype(np.uint8)
    sprite[..., 3][leaves[..., 0] > 21] = 0
    return sprite


def paint_backdrop(frame: Frame, world: StreetWorld) -> None:
    """Houses of the next streets, seen through gaps, and those that close this one."""
    end = LENGTH_M
    frame.fill(box_face(-70, 70, 0, 13, end), (150, 140, 128), BUILDING)
    for z in np.arange(end - 14, -14, -14.0):
        tone = 0.8 + 0.25 * np.sin(z * 1.7)
        for side in (-1, 1):
            x = side * (world.line_m + _BACK_M)
            if world.is_crossing(float(z + 7), 9):
                continue
            height = 6.5 + 2.5 * float(np.sin(z * 0.9 + side))
            frame.fill(side_face(x, 0, height, z, z + 14), shade((168, 152, 136), float(tone)), BUILDING)


def paint_house(frame: Frame, house: House) -> None:
    """Roof, side wall and front; only what faces the camera."""
    z0 = max(house.z0, frame.camera.z + NEAREST_M + 0.05)
    if house.z1 - z0 < 0.3:
        return
    x = house.side * house.line_m
    back = house.side * (house.line_m + house.depth_m)
    h = house.height_m
    if house.is_pitched:
        ridge = house.side * (house.line_m + house.depth_m / 2)
        slope = np.array([[x, h, z0], [x, h, house.z1], [ridge, h + 3.4, house.z1], [ridge, h + 3.4, z0]])
        frame.fill(slope, house.roof, BUILDING)
        if z0 == house.z0:
            gable = np.array([[x, h, z0], [ridge, h + 3.4, z0], [back, h, z0]])
            frame.fill(gable, shade(house.style.wall, 0.72), BUILDING)
    if z0 == house.z0:
        face = box_face(min(x, back), max(x, back), 0, h, z0)
        frame.paper((house.gable * 0.74).astype(np.uint8), face, BUILDING)
    seen = (z0 - house.z0) / (house.z1 - house.z0)
    columns = house.front.shape[1]
    if house.side < 0:
        frame.paper(house.front[:, int(seen * columns) :], side_face(x, 0, h, z0, house.z1), BUILDING)
    else:
        front = house.front[:, : max(1, columns - int(seen * columns))]
        frame.paper(front, side_face(x, 0, h, house.z1, z0), BUILDING)


def paint_barrier(frame: Frame, barrier: Barrier, rng: Generator) -> None:
    """A hedge, a wall, or a fence of slats."""
    z0 = max(barrier.z0, frame.camera.z + NEAREST_M + 0.05)
    if barrier.z1 - z0 < 0.2:
        return
    segment = {"fence": FENCE, "wall": WALL, "hedge": VEGETATION}[barrier.kind]
    height, width = 24, int(np.clip((barrier.z1 - z0) * 14, 8, 256))
    texture = np.empty((height, width, 3), dtype=np.float32)
    texture[:] = barrier.color
    if barrier.kind == "hedge":
        texture *= 1 + rng.normal(0, 0.16, (height, width, 1))
        texture *= np.linspace(1.15, 0.7, height)[:, None, None]
    elif barrier.kind == "fence":
        texture[:, ::4] *= 0.55
        texture[4:6] *= 0.75
    else:
        texture *= 1 + rng.normal(0, 0.04, (height, width, 1))
        texture[:2] *= 1.15
    pixels = np.clip(texture, 0, 255).astype(np.uint8)
    near, far = (z0, barrier.z1) if barrier.x < 0 else (barrier.z1, z0)
    frame.paper(pixels, side_face(barrier.x, 0, barrier.height_m, near, far), segment)


def paint_plant(frame: Frame, world: StreetWorld, plant: Plant) -> None:
    """Stem and crown; both are vegetation."""
    camera = frame.camera
    away = plant.z - camera.z
    if away < 2.0:
        return
    stem = np.array([[plant.x, 0.0, plant.z], [plant.x, plant.stem_m + plant.radius_m * 0.6, plant.z]])
    frame.line(stem, 0.24, (74, 62, 50), VEGETATION)
    sprite = world.sprites[plant.sprite]
    tinted = sprite.copy()
    tinted[..., :3] = np.clip(sprite[..., :3] * np.array(plant.tint), 0, 255).astype(np.uint8)
    middle = np.array([[plant.x, plant.stem_m + plant.radius_m * 0.85, plant.z]])
    side_px = int(2.5 * plant.radius_m * camera.scale_at(plant.z))
    if side_px < 4 * frame.segments.shape[1]:
        frame.stamp(tinted, camera.project(middle)[0], side_px, VEGETATION, away)


def paint_post(frame: Frame, post: Post) -> None:
    """A lamp, a sign, a traffic light or a bollard."""
    if post.z - frame.camera.z < NEAREST_M + 0.4:
        return
    height = {"lamp": 6.0, "sign": 2.5, "signal": 3.2, "bollard": 0.9}[post.kind]
    frame.line(_upright(post, 0, height), 0.13 if post.kind != "bollard" else 0.16, (92, 96, 98), POLE)
    inward = -1 if post.x > 0 else 1
    if post.kind == "lamp":
        arm = np.array([[post.x, height, post.z], [post.x + inward * 1.3, height + 0.15, post.z]])
        frame.line(arm, 0.1, (92, 96, 98), POLE)
        near, far = post.x + inward * 0.9, post.x + inward * 1.5
        head = box_face(min(near, far), max(near, far), height, height + 0.16, post.z)
        frame.fill(head, (70, 72, 74), POLE)
    elif post.kind == "sign":
        _paint_sign(frame, post)
    elif post.kind == "signal":
        frame.fill(box_face(post.x - 0.17, post.x + 0.17, 2.3, 3.2, post.z), (34, 36, 38), TRAFFIC_LIGHT)
        lights: tuple[Color, ...] = ((226, 60, 46), (226, 170, 50), (64, 200, 110))
        for k, color in enumerate(lights):
            y = 3.04 - 0.29 * k
            shown = color if k == post.look else shade(color, 0.25)
            frame.fill(box_face(post.x - 0.1, post.x + 0.1, y - 0.1, y + 0.1, post.z), shown, TRAFFIC_LIGHT)


def _paint_sign(frame: Frame, post: Post) -> None:
    color = _SIGNS[post.look % len(_SIGNS)]
    n_corners = (3, 20, 4, 20, 4)[post.look % 5]
    for radius, shown in ((0.36, color), (0.25, shade((240, 238, 232), 0.98 if n_corners != 4 else 0.8))):
        angle = np.linspace(0, 2 * np.pi, n_corners, endpoint=False) + (
            np.pi / 2 if n_corners != 4 else np.pi / 4
        )
        ring = np.stack(
            [post.x + radius * np.cos(angle), 2.3 + radius * np.sin(angle), np.full(n_corners, post.z)],
            axis=1,
        )
        frame.fill(ring, shown, TRAFFIC_SIGN)


def _upright(post: Post, y0: float, y1: float) -> Any:
    return np.array([[post.x, y0, post.z], [post.x, y1, post.z]])
