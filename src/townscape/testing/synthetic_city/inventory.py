"""What stands where: the list of things that layouts make and that the orthophoto draws.

All lengths with the suffix `_px` are pixels of the orthophoto, all with `_m` are metres.
Unit vectors are called `along`.
"""

from dataclasses import dataclass, field

from townscape.testing.synthetic_city.cutting import Ring

Color = tuple[int, int, int]
"""Red, green, blue, 0...255."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Ground of one material."""

    ring: Ring
    material: str
    tone: int = 0
    """Darker and lusher (-100) to lighter and drier (100)."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A band of one material along a line."""

    line: Ring
    width_px: float
    material: str
    tone: int = 0


@dataclass(frozen=True, slots=True)
class Furrows:
    """Parallel streaks over ground that is there already: furrows, crop rows, mowing, paving."""

    ring: Ring
    along: Ring
    period_px: float
    contrast: float
    """Of brightness, peak to middle, in grey values."""


@dataclass(frozen=True, slots=True)
class Marking:
    """A painted line, or a painted area if `width_px` is 0. Paint stays on sealed ground and turf."""

    line: Ring
    width_px: float
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Box:
    """Anything small and upright: containers, sheds, market stalls, walls."""

    centre: Ring
    along: Ring
    length_px: float
    breadth_px: float
    height_m: float
    """Over the ground; negative for a pit."""
    color: Color | None
    """None keeps the ground's own colour."""
    land: str | None = None
    """Key of its land-cover class; None keeps the ground's."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle as seen from above; it never changes the class of what it stands on."""

    centre: Ring
    along: Ring
    kind: str
    """car, van, truck, bus or digger; boat and barge float."""


@dataclass(frozen=True, slots=True)
class Crown:
    """A tree, a bush or (kind `mound`) a heap."""

    x: float
    y: float
    radius_px: float
    height_m: float
    kind: str = "broad"


@dataclass(frozen=True, slots=True)
class Hedge:
    """A clipped line of bushes."""

    line: Ring
    width_px: float


@dataclass(frozen=True, slots=True)
class Crane:
    """A tower crane; its jib reaches over whatever is there."""

    centre: Ring
    along: Ring
    reach_px: float
    height_m: float


@dataclass(frozen=True, slots=True)
class Wing:
    """A rectangle of a building under one roof; `along` is the direction of its ridge."""

    centre: Ring
    along: Ring
    length_px: float
    breadth_px: float
    eave_m: float
    roof: str
    """gable, hip, flat, mansard, saw or barrel."""
    pitch: float = 0.75
    """Rise over run."""


@dataclass(frozen=True, slots=True)
class Building:
    """Wings that share walls and roof covering."""

    wings: tuple[Wing, ...]
    color: Color
    fittings: str = "house"
    """What stands on its roof: house, block, hall or none."""


@dataclass(slots=True)
class Inventory:
    """Everything in the city, each list in the order in which it is painted."""

    ground: list[Patch | Strip] = field(default_factory=list[Patch | Strip])
    furrows: list[Furrows] = field(default_factory=list[Furrows])
    markings: list[Marking] = field(default_factory=list[Marking])
    boxes: list[Box] = field(default_factory=list[Box])
    vehicles: list[Vehicle] = field(default_factory=list[Vehicle])
    crowns: list[Crown] = field(default_factory=list[Crown])
    hedges: list[Hedge] = field(default_factory=list[Hedge])
    cranes: list[Crane] = field(default_factory=list[Crane])
    buildings: list[Building] = field(default_factory=list[Building])
