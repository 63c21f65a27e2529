"""A street view: one picture from a camera in the street, and the exact label of every pixel."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from townscape.core.labelmap import FIRST_OBJECT, LabelMap, ObjectRow
from townscape.testing.synthetic_city import street_houses as houses
from townscape.testing.synthetic_city import street_movers as movers
from townscape.testing.synthetic_city.street_frame import OVERSAMPLE, Camera, Frame
from townscape.testing.synthetic_city.street_ground import paint_ground, paint_sky
from townscape.testing.synthetic_city.street_world import Light, StreetScene, StreetWorld

STEP_M = 4.0
"""The camera drives on by this much from frame to frame."""

_TINT: dict[Light, tuple[float, float, float]] = {
    "sunny": (1.08, 1.05, 0.98),
    "overcast": (0.92, 0.94, 0.96),
    "evening": (0.86, 0.72, 0.62),
    "haze": (0.98, 0.99, 1.0),
}
_HAZE: dict[Light, tuple[float, tuple[int, int, int]]] = {
    "sunny": (900.0, (190, 206, 224)),
    "overcast": (420.0, (206, 208, 210)),
    "evening": (380.0, (226, 186, 150)),
    "haze": (110.0, (214, 216, 214)),
}
"""Distance in metres over which the view fades, and into what."""

_Painter = Callable[[Frame], None]


@dataclass(frozen=True, slots=True)
class StreetView:
    """A picture and its truth."""

    pixels: NDArray[np.uint8]
    """Height x width x 3, red, green, blue."""
    labels: LabelMap
    """In the taxonomy `cityscapes`; every pixel is labelled, things are objects."""


def draw_street(seed: int, scene: StreetScene, *, height_px: int = 384, width_px: int = 512) -> StreetView:
    """The view of a street, the same for the same arguments."""
    world = _world(seed, replace(scene, frame=0))
    rng = np.random.default_rng([seed, scene.frame, 9])
    frame = Frame.blank(
        _camera(seed, scene, height_px, width_px), height_px * OVERSAMPLE, width_px * OVERSAMPLE
    )
    paint_sky(frame, scene.light, np.random.default_rng([seed, 10]))
    paint_ground(frame, world, np.random.default_rng([seed, 11]))
    houses.paint_backdrop(frame, world)
    classes: dict[int, int] = {}
    for _, paint in sorted(_painters(world, scene, classes), key=lambda item: -item[0]):
        paint(frame)
    pixels = _expose(frame, scene.light, rng)
    segments = np.ascontiguousarray(frame.segments[::OVERSAMPLE, ::OVERSAMPLE]).astype(np.uint32)
    seen = np.unique(segments[segments >= FIRST_OBJECT]).tolist()
    return StreetView(pixels, LabelMap(segments, {i: ObjectRow(i, classes[i]) for i in seen}))


@lru_cache(maxsize=4)
def _world(seed: int, scene: StreetScene) -> StreetWorld:
    rng = np.random.default_rng([seed, 8])
    return StreetWorld.draw(rng, scene, sprites=houses.draw_crowns(rng))


def _camera(seed: int, scene: StreetScene, height_px: int, width_px: int) -> Camera:
    rng = np.random.default_rng([seed, 7])
    height, width = height_px * OVERSAMPLE, width_px * OVERSAMPLE
    return Camera(
        x=rng.uniform(1.2, 2.0),
        y=rng.uniform(1.35, 1.9),
        z=2.0 + STEP_M * scene.frame,
        focal_px=0.85 * width,
        u0=width * rng.uniform(0.42, 0.56),
        v0=height * rng.uniform(0.42, 0.5),
    )


def _painters(
    world: StreetWorld, scene: StreetScene, classes: dict[int, int]
) -> list[tuple[float, _Painter]]:
    """Everything that stands or moves, each with its distance along the street."""
    todo: list[tuple[float, _Painter]] = [
        *((h.z1, lambda f, h=h: houses.paint_house(f, h)) for h in world.houses),
        *((p.z, lambda f, p=p: houses.paint_plant(f, world, p)) for p in (*world.yard_plants, *world.plants)),
        *((p.z, lambda f, p=p: houses.paint_post(f, p)) for p in world.posts),
    ]

    def new_object(class_number: int) -> int:
        number = FIRST_OBJECT + len(classes)
        classes[number] = class_number
        return number

    for barrier in world.barriers:
        grain = np.random.default_rng(int(barrier.z0 * 100) % 100_000)
        todo.append((barrier.z1 - 0.3, lambda f, b=barrier, g=grain: houses.paint_barrier(f, b, g)))
    for vehicle in world.vehicles:
        z = vehicle.z + vehicle.step_m * scene.frame
        number = new_object(movers.CLASS_BY_KIND[vehicle.kind])
        todo.append((z, lambda f, v=vehicle, z=z, n=number: movers.paint_vehicle(f, v, z, n)))
    for walker in world.walkers:
        z, stride = walker.z + walker.step_m * scene.frame, float(scene.frame)
        number = new_object(movers.RIDER if walker.rides else movers.PERSON)
        if walker.rides:
            below = new_object(movers.BICYCLE)
            todo.append((z, lambda f, w=walker, z=z, n=number, b=below: movers.paint_rider(f, w, z, n, b)))
        else:
            todo.append((z, lambda f, w=walker, z=z, n=number, s=stride: movers.paint_walker(f, w, z, s, n)))
    for bicycle in world.bicycles:
        number = new_object(movers.BICYCLE)
        todo.append((bicycle.z, lambda f, b=bicycle, n=number: movers.paint_parked_bicycle(f, b, n)))
    return todo


def _expose(frame: Frame, light: Light, rng: Generator) -> NDArray[np.uint8]:
    """Haze, light, lens and sensor; then down to the picture's size."""
    reach, color = _HAZE[light]
    is_sky = frame.away_m > 5e3
    fog = np.where(is_sky, 0.0, 1 - np.exp(-frame.away_m / reach))[..., None].astype(np.float32)
    rgb = frame.rgb.astype(np.float32)
    tint = np.where(is_sky[..., None], 1.0, np.array(_TINT[light], dtype=np.float32))
    rgb = rgb * tint * (1 - fog) + fog * np.array(color, dtype=np.float32)
    height, width = frame.segments.shape
    small = cv2.resize(
        rgb.astype(np.float32), (width // OVERSAMPLE, height // OVERSAMPLE), interpolation=cv2.INTER_AREA
    )
    v, u = np.mgrid[-1 : 1 : small.shape[0] * 1j, -1 : 1 : small.shape[1] * 1j]
    small *= (1 - 0.14 * (u**2 + v**2) / 2)[..., None]
    small += rng.normal(0, 2.2, small.shape[:2])[..., None] + rng.normal(0, 1.2, small.shape)
    return np.clip(small, 0, 255).astype(np.uint8)
