"""Sky and ground of a street view, pixel by pixel: every pixel below the horizon knows its place."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from townscape.testing.synthetic_city import noise
from townscape.testing.synthetic_city.street_frame import Color, Frame
from townscape.testing.synthetic_city.street_world import LENGTH_M, Light, StreetWorld

ROAD, SIDEWALK, TERRAIN, SKY = 1, 2, 10, 11
"""Class numbers of the taxonomy `cityscapes`."""

_SKY: dict[Light, tuple[Color, Color]] = {
    "sunny": ((92, 140, 204), (196, 214, 232)),
    "overcast": ((188, 194, 202), (214, 216, 218)),
    "evening": ((96, 112, 160), (246, 198, 150)),
    "haze": ((190, 200, 208), (222, 224, 222)),
}
"""Colours overhead and at the horizon."""

_CLOUDS: dict[Light, float] = {"sunny": 26.0, "overcast": 10.0, "evening": 20.0, "haze": 5.0}
Plane = NDArray[Any]
"""Numbers or flags, one for each pixel below the horizon."""

_CROSSING_M = 3.6
_TEXELS_PER_M = 16


def paint_sky(frame: Frame, light: Light, rng: Generator) -> None:
    """Everything is sky first."""
    height_px, width_px = frame.segments.shape
    top, bottom = (np.array(color, dtype=np.float32) for color in _SKY[light])
    down = np.clip(np.arange(height_px) / max(1.0, frame.camera.v0), 0, 1)[:, None, None] ** 1.4
    clouds = noise.drift(rng, height_px, width_px, cell_px=width_px / 5)
    clouds = clouds + 0.5 * noise.drift(rng, height_px, width_px, cell_px=width_px / 14)
    rgb = top * (1 - down) + bottom * down + np.clip(clouds, 0, 1)[..., None] * _CLOUDS[light]
    frame.rgb[:] = np.clip(rgb, 0, 255).astype(np.uint8)
    frame.segments[:] = SKY


def paint_ground(frame: Frame, world: StreetWorld, rng: Generator) -> None:
    """Carriageway with its markings, kerbs, verges, sidewalks, yards, and side streets."""
    camera = frame.camera
    first = int(np.ceil(camera.v0)) + 3
    height_px, width_px = frame.segments.shape
    v, u = np.mgrid[first:height_px, 0:width_px].astype(np.float32)
    away = camera.focal_px * camera.y / (v - camera.v0)
    z = away + camera.z
    x = (u - camera.u0) * away / camera.focal_px + camera.x
    aside = np.abs(x) - world.half_road_m
    walk_from = world.verge_m
    walk_to = walk_from + world.walk_m
    is_crossing = np.zeros(x.shape, dtype=bool)
    for crossing in world.crossings:
        is_crossing |= np.abs(z - crossing) < _CROSSING_M
    is_road = (aside < 0) | (is_crossing & (aside < 60))
    is_kerb = ~is_road & (aside < 0.16)
    is_walk = ~is_road & ((aside < walk_to) & (aside >= walk_from) | is_kerb)

    grain = _texture(noise.tile(rng, cell_px=1.5), x, z)
    patches = _texture(noise.tile(rng, cell_px=28), x, z)
    fade = np.clip(1 - away / 60, 0, 1)
    grey = world.asphalt + fade * (5 * grain + 5 * patches)
    wheel = np.cos((np.abs(np.abs(x) - 1.65) - 0.75) * 4)
    grey -= 4 * fade * (wheel > 0.6)
    rgb = np.stack([grey, grey, grey * 1.02], axis=-1)
    lawn = 1 + fade * (0.12 * grain + 0.1 * patches)
    rgb = np.where(is_road[..., None], rgb, lawn[..., None] * np.array([98, 110, 58]))
    slabs = 150 + fade * (4 * grain + 4 * patches)
    slabs -= 20 * fade * ((np.mod(z, 0.8) < 0.05) | (np.mod(aside, 0.8) < 0.04))
    rgb = np.where(is_walk[..., None], slabs[..., None] * np.array([1.0, 0.98, 0.94]), rgb)
    rgb = np.where(is_kerb[..., None], np.array([178, 176, 170]), rgb)
    paint = _markings(world, x, z, is_crossing)
    rgb = np.where(paint[..., None], (214 + 8 * grain * fade)[..., None], rgb)
    rgb *= (1 - 0.5 * _house_shadow(world, x, z))[..., None]

    below = slice(first, None)
    frame.rgb[below] = np.clip(rgb, 0, 255).astype(np.uint8)
    frame.segments[below] = np.where(is_road, ROAD, np.where(is_walk, SIDEWALK, TERRAIN))
    frame.away_m[below] = away


def _texture(field: noise.Field, x: Plane, z: Plane) -> Plane:
    side = len(field)
    columns = np.mod(np.floor(x * _TEXELS_PER_M), side).astype(np.int32)
    rows = np.mod(np.floor(z * _TEXELS_PER_M), side).astype(np.int32)
    return field[rows, columns]


def _markings(world: StreetWorld, x: Plane, z: Plane, is_crossing: Plane) -> Plane:
    """Dashes in the middle, lines beside parked cars, and zebras at side streets."""
    painted = (np.abs(x) < 0.07) & (np.mod(z, 6) < 3) & ~is_crossing
    painted |= (np.abs(np.abs(x) - (world.half_road_m - 2.1)) < 0.05) & (np.mod(z, 2.4) < 1.4) & ~is_crossing
    for crossing in world.crossings:
        on_zebra = (np.abs(z - (crossing - _CROSSING_M - 2.2)) < 1.5) & (np.abs(x) < world.half_road_m - 0.3)
        painted |= on_zebra & (np.mod(x, 1.0) < 0.5)
        painted |= (np.abs(z - (crossing - _CROSSING_M - 4.4)) < 0.2) & (x > 0.1) & (x < world.half_road_m)
    return painted


def _house_shadow(world: StreetWorld, x: Plane, z: Plane) -> Plane:
    """0...1: where houses keep the sun out; only when it shines."""
    if world.scene.light != "sunny":
        return np.zeros(x.shape, dtype=np.float32)
    steps = np.zeros(int(LENGTH_M) * 2 + 60, dtype=np.float32)
    for house in world.houses:
        if house.side == world.sun_side:
            steps[max(0, int(house.z0 * 2) + 30) : max(0, int(house.z1 * 2) + 30)] = house.height_m
    reach = steps[np.clip((z * 2 + 30 + 3).astype(int), 0, len(steps) - 1)] * 0.75
    from_front = world.line_m - x * world.sun_side
    return np.asarray(np.clip((reach - from_front) / 0.3, 0, 1) * (from_front > 0))
