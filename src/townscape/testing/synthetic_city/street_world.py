"""A street that can be driven through: what stands and moves where, in metres.

x is to the right of the middle of the carriageway, z along the street from the first camera
position, y up. Traffic keeps to the right.
"""

from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city.street_facades import Style, draw_facade, draw_gable, draw_style
from townscape.testing.synthetic_city.street_frame import Color, Rgb

LENGTH_M = 300.0
"""The street ends at a row of houses this far away."""

Light = Literal["sunny", "overcast", "evening", "haze"]

CAR_COLORS: tuple[Color, ...] = (
    (206, 208, 210), (168, 172, 176), (120, 124, 128), (66, 68, 72), (36, 38, 42), (38, 56, 96),
    (126, 34, 36), (224, 224, 220), (80, 100, 122), (150, 136, 112), (44, 76, 62), (190, 92, 44),
    (214, 182, 66),
)  # fmt: skip
CLOTHES: tuple[Color, ...] = (
    (44, 48, 60), (120, 46, 46), (76, 92, 118), (180, 168, 146), (52, 74, 58), (150, 120, 84), (40, 40, 42),
    (196, 196, 192), (150, 84, 110), (206, 170, 70), (96, 100, 104),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StreetScene:
    """What a street is like. Frames of one street differ in `frame` only."""

    greenness: float = 0.5
    """0 bare ... 1 trees, verges and front gardens everywhere."""
    density: float = 0.6
    """0 single houses ... 1 closed high fronts with shops."""
    traffic: float = 0.5
    people: float = 0.4
    light: Light = "sunny"
    frame: int = 0
    """How many steps the camera has driven on."""


@dataclass(frozen=True, slots=True)
class House:
    """A house along the street; its front is at `line_m` from the middle."""

    side: int
    """-1 left, 1 right."""
    z0: float
    z1: float
    height_m: float
    line_m: float
    depth_m: float
    style: Style
    front: Rgb
    gable: Rgb
    roof: Color
    is_pitched: bool


@dataclass(frozen=True, slots=True)
class Plant:
    """A tree."""

    x: float
    z: float
    radius_m: float
    stem_m: float
    sprite: int
    tint: Color


@dataclass(frozen=True, slots=True)
class Barrier:
    """A fence, wall or hedge along the street."""

    kind: Literal["fence", "wall", "hedge"]
    x: float
    z0: float
    z1: float
    height_m: float
    color: Color


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car, van, bus or truck; `heading` 1 drives away from the camera, -1 towards it."""

    kind: Literal["hatch", "sedan", "suv", "van", "truck", "bus"]
    x: float
    z: float
    heading: int
    color: Color
    step_m: float
    """How far it moves from frame to frame."""


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody on foot, or on a bicycle."""

    x: float
    z: float
    height_m: float
    jacket: Color
    trousers: Color
    skin: Color
    hair: Color
    phase: float
    step_m: float
    rides: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """Anything on a pole."""

    kind: Literal["lamp", "sign", "signal", "bollard"]
    x: float
    z: float
    look: int


@dataclass(frozen=True, slots=True)
class ParkedBicycle:
    """A bicycle that leans somewhere."""

    x: float
    z: float
    color: Color


@dataclass(slots=True)
class StreetWorld:
    """Everything along one street."""

    scene: StreetScene
    half_road_m: float
    verge_m: float
    """Grass between kerb and sidewalk."""
    walk_m: float
    yard_m: float
    """Depth of front gardens."""
    crossings: tuple[float, ...]
    """Where side streets cross, by their middle."""
    sun_side: int
    """-1 if the sun stands on the left."""
    sprites: list[Rgb]
    asphalt: float
    """Brightness of the carriageway."""
    houses: list[House] = field(default_factory=list[House])
    yard_plants: list[Plant] = field(default_factory=list[Plant])
    plants: list[Plant] = field(default_factory=list[Plant])
    barriers: list[Barrier] = field(default_factory=list[Barrier])
    vehicles: list[Vehicle] = field(default_factory=list[Vehicle])
    walkers: list[Walker] = field(default_factory=list[Walker])
    posts: list[Post] = field(default_factory=list[Post])
    bicycles: list[ParkedBicycle] = field(default_factory=list[ParkedBicycle])

    @classmethod
    def draw(cls, rng: Generator, scene: StreetScene, *, sprites: list[Rgb]) -> Self:
        """A street for a scene; the frame number plays no part. `sprites` are crowns of trees."""
        is_green = scene.greenness > rng.uniform(0.25, 0.6)
        world = cls(
            scene=scene,
            half_road_m=rng.uniform(5.0, 6.6),
            verge_m=rng.uniform(1.4, 2.4) if is_green else 0.0,
            walk_m=rng.uniform(2.2, 3.6),
            yard_m=0.0 if scene.density > rng.uniform(0.45, 0.75) else rng.uniform(2.5, 5.0),
            crossings=tuple(np.cumsum(rng.uniform(62, 96, 4)) - rng.uniform(10, 40)),
            sun_side=int(rng.choice([-1, 1])),
            sprites=sprites,
            asphalt=rng.uniform(84, 116),
        )
        for side in (-1, 1):
            _build_side(rng, world, side)
        _close_street(rng, world)
        _put_posts(rng, world)
        _put_plants(rng, world)
        _put_vehicles(rng, world)
        _put_people(rng, world)
        return world

    @property
    def line_m(self) -> float:
        """From the middle of the street to the fronts of the houses."""
        return self.half_road_m + self.verge_m + self.walk_m + self.yard_m

    def is_crossing(self, z: float, margin_m: float = 5.0) -> bool:
        """Whether a side street is there."""
        return any(abs(z - c) < margin_m for c in self.crossings)


def _build_side(rng: Generator, world: StreetWorld, side: int) -> None:
    scene = world.scene
    z = -14.0
    urban = scene.density > 0.5
    high = 5.5 + 14 * scene.density
    while z < LENGTH_M:
        corner = next((c for c in world.crossings if z < c + 5.5 and z + 7 > c - 5.5), None)
        if corner is not None:
            z = corner + 5.5
            continue
        length = rng.uniform(9, 20) if urban else rng.uniform(8, 14)
        ahead = [c - 5.5 for c in world.crossings if c > z]
        length = min(length, min(ahead, default=1e9) - z)
        if length < 5 or rng.random() > 0.45 + 0.55 * scene.density:
            gap = max(2.0, min(length, rng.uniform(5, 12)))
            _fill_gap(rng, world, side, z, z + gap)
            z += gap
            continue
        style = draw_style(rng, urban=urban)
        height = max(4.5, high * rng.uniform(0.72, 1.15))
        world.houses.append(
            House(
                side=side, z0=z, z1=z + length, height_m=height, line_m=world.line_m + rng.normal(0, 0.06),
                depth_m=rng.uniform(9, 12), style=style,
                front=draw_facade(rng, style, length_m=length, height_m=height),
                gable=draw_gable(rng, style, length_m=10, height_m=height),
                roof=[(140, 84, 66), (112, 74, 62), (88, 88, 94), (124, 92, 78)][int(rng.integers(4))],
                is_pitched=bool(rng.random() < 0.8 - 0.3 * scene.density),
            )
        )  # fmt: skip
        if world.yard_m > 0:
            _fence_off(rng, world, side, z, z + length)
        z += length + (0.0 if urban and rng.random() < 0.85 else rng.uniform(2, 5))


def _fill_gap(rng: Generator, world: StreetWorld, side: int, z0: float, z1: float) -> None:
    for _ in range(int(rng.poisson(0.8 + 2.5 * world.scene.greenness))):
        x = side * (world.line_m + rng.uniform(2, 9))
        world.yard_plants.append(_plant(rng, world, x, rng.uniform(z0 + 1, z1 - 0.5), (1.6, 3.6)))
    _fence_off(rng, world, side, z0, z1)


def _fence_off(rng: Generator, world: StreetWorld, side: int, z0: float, z1: float) -> None:
    x = side * (world.line_m - world.yard_m)
    kinds: tuple[Literal["fence", "wall", "hedge"], ...] = ("fence", "wall", "hedge")
    green = world.scene.greenness
    kind = kinds[int(rng.choice(3, p=[0.42 - 0.1 * green, 0.38 - 0.25 * green, 0.2 + 0.35 * green]))]
    tones: dict[str, tuple[Color, ...]] = {
        "fence": ((120, 94, 70), (206, 202, 192), (64, 66, 66)),
        "wall": ((172, 160, 142), (150, 104, 84), (186, 184, 178)),
        "hedge": ((62, 84, 44), (54, 76, 46), (78, 92, 50)),
    }
    color = tones[kind][int(rng.integers(3))]
    gate = 1.3 if z1 - z0 > 6 else 0.0
    middle = rng.uniform(z0 + 2, z1 - 2) if gate else z1
    for start, end in ((z0, middle - gate), (middle + gate, z1)):
        if end - start > 0.8:
            world.barriers.append(Barrier(kind, x, start, end, rng.uniform(0.9, 1.6), color))


def _close_street(rng: Generator, world: StreetWorld) -> None:
    """Trees in front of the houses that end the street."""
    for x in np.arange(-40, 41, 7.0):
        world.yard_plants.append(_plant(rng, world, float(x + rng.normal(0, 2)), LENGTH_M - 6, (2.5, 4.5)))


def _plant(rng: Generator, world: StreetWorld, x: float, z: float, radius_m: tuple[float, float]) -> Plant:
    radius = rng.uniform(*radius_m)
    tint = (rng.uniform(0.85, 1.18), rng.uniform(0.9, 1.08), rng.uniform(0.8, 1.1))
    return Plant(x, z, radius, rng.uniform(1.9, 2.8), int(rng.integers(len(world.sprites))), tint)


def _put_plants(rng: Generator, world: StreetWorld) -> None:
    offset = world.half_road_m + (world.verge_m / 2 if world.verge_m else 0.7)
    for side in (-1, 1):
        spacing = rng.uniform(7.5, 12)
        for z in np.arange(rng.uniform(2, 8), LENGTH_M - 20, spacing):
            if rng.random() < 0.12 + 0.85 * world.scene.greenness and not world.is_crossing(float(z), 9):
                plant = _plant(rng, world, side * offset, float(z + rng.normal(0, 0.5)), (1.7, 3.2))
                world.plants.append(plant)


def _put_posts(rng: Generator, world: StreetWorld) -> None:
    edge = world.half_road_m + 0.5
    for side in (-1, 1):
        for z in np.arange(rng.uniform(4, 20), LENGTH_M - 10, rng.uniform(24, 32)):
            if not world.is_crossing(float(z), 6):
                world.posts.append(Post("lamp", side * edge, float(z), int(rng.integers(3))))
        for z in rng.uniform(8, LENGTH_M - 20, 9).tolist():
            if not world.is_crossing(z, 6):
                world.posts.append(Post("sign", side * (edge + 0.15), z, int(rng.integers(5))))
        for crossing in world.crossings:
            if rng.random() < 0.8:
                world.posts.append(Post("signal", side * edge, crossing - 6.2, int(rng.integers(3))))
            if rng.random() < 0.5:
                start = crossing + 6
                for k in range(5):
                    world.posts.append(Post("bollard", side * (edge - 0.1), start + 1.6 * k, 0))


def _put_vehicles(rng: Generator, world: StreetWorld) -> None:
    traffic = world.scene.traffic
    kinds: tuple[Literal["hatch", "sedan", "suv", "van"], ...] = ("hatch", "sedan", "suv", "van")
    for side in (-1, 1):
        z = rng.uniform(3, 9)
        while z < LENGTH_M - 25:
            kind = kinds[int(rng.choice(4, p=[0.4, 0.27, 0.23, 0.1]))]
            if rng.random() < 0.15 + 0.75 * traffic and not world.is_crossing(z, 10):
                color = CAR_COLORS[int(rng.integers(len(CAR_COLORS)))]
                x = side * (world.half_road_m - 1.05 + rng.normal(0, 0.06))
                heading = side if rng.random() < 0.92 else -side
                world.vehicles.append(Vehicle(kind, x, z, heading, color, 0.0))
            z += rng.uniform(5.4, 7.6)
    for side, pace in ((-1, -5.0), (1, 3.4)):
        z = rng.uniform(14, 40)
        while z < LENGTH_M - 30:
            if rng.random() < traffic:
                big = rng.random()
                kind = "bus" if big < 0.12 else "truck" if big < 0.22 else kinds[int(rng.integers(4))]
                color = CAR_COLORS[int(rng.integers(len(CAR_COLORS)))]
                world.vehicles.append(Vehicle(kind, side * 1.65, z, side, color, pace))
            z += rng.uniform(18, 46)


def _put_people(rng: Generator, world: StreetWorld) -> None:
    start = world.half_road_m + world.verge_m
    for side in (-1, 1):
        z = rng.uniform(3, 9)
        while z < LENGTH_M - 40:
            if rng.random() < world.scene.people:
                for _ in range(1 + int(rng.random() < 0.3)):
                    x = side * (start + rng.uniform(0.5, world.walk_m - 0.4))
                    world.walkers.append(_walker(rng, x, z + rng.uniform(0, 0.8), rng.choice([-1.0, 1.0])))
            elif rng.random() < 0.25 * world.scene.people + 0.04:
                color = CLOTHES[int(rng.integers(len(CLOTHES)))]
                world.bicycles.append(ParkedBicycle(side * (start + world.walk_m - 0.35), z, color))
            z += rng.uniform(3, 10)
        for z in rng.uniform(12, LENGTH_M - 60, int(rng.poisson(2.5 * world.scene.people))).tolist():
            x = side * (world.half_road_m - 2.5)
            world.walkers.append(_walker(rng, x, z, side * 2.2, rides=True))


def _walker(rng: Generator, x: float, z: float, step_m: float, *, rides: bool = False) -> Walker:
    skins: tuple[Color, ...] = (
        (214, 172, 144),
        (188, 140, 110),
        (120, 82, 62),
        (226, 188, 160),
        (150, 106, 80),
    )
    hairs: tuple[Color, ...] = ((48, 38, 32), (92, 66, 46), (30, 28, 28), (168, 138, 92), (150, 148, 146))
    return Walker(
        x=x, z=z, height_m=rng.uniform(1.52, 1.9), jacket=CLOTHES[int(rng.integers(len(CLOTHES)))],
        trousers=CLOTHES[int(rng.integers(7))], skin=skins[int(rng.integers(5))],
        hair=hairs[int(rng.integers(5))], phase=rng.uniform(0, 6.28), step_m=step_m * 0.9, rides=rides,
    )  # fmt: skip
