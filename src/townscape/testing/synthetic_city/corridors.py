"""The river and the railway from above: they cut through blocks, and main streets bridge them."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from townscape.testing.synthetic_city import noise
from townscape.testing.synthetic_city.canvas import Canvas
from townscape.testing.synthetic_city.cutting import Ring, densify, shifted
from townscape.testing.synthetic_city.ground import Ground, Plane, fixed_point, land_codes
from townscape.testing.synthetic_city.inventory import Crown, Inventory, Marking, Strip, Vehicle
from townscape.testing.synthetic_city.plan import CityPlan

_RAILS_M = 25
_BANK_M = 9
_URBAN = {"centre", "waterfront", "industry"}


@dataclass(frozen=True, slots=True)
class Corridors:
    """Masks (height x width, uint8 0 or 1) of what the blocks have to leave free."""

    rails: Plane
    """Tracks and embankment."""
    water: Plane
    shore: Plane
    """Water and banks."""

    @classmethod
    def trace(cls, plan: CityPlan) -> Self:
        """The corridors of a plan."""
        px = plan.px(1)
        shape = (plan.height_px, plan.width_px)
        rails, water = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=np.uint8)
        cv2.polylines(rails, [fixed_point(plan.railway)], False, 1, round(_RAILS_M * px), shift=4)
        cv2.fillPoly(water, [fixed_point(plan.river)], 1, shift=4)
        side = 2 * round(_BANK_M * px) + 1
        shore = cv2.dilate(water, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
        return cls(rails, water, shore)

    def is_free(self, ring: Ring) -> bool:
        """Whether an outline stays clear of rails, water and banks."""
        points = densify(ring, 8).astype(int)
        height_px, width_px = self.rails.shape
        rows, columns = np.clip(points[:, 1], 0, height_px - 1), np.clip(points[:, 0], 0, width_px - 1)
        return not (self.rails[rows, columns].any() or self.shore[rows, columns].any())

    @property
    def over(self) -> NDArray[np.bool_]:
        """Everything that the corridors take."""
        return (self.rails | self.shore) > 0


def lay_corridors(plan: CityPlan, corridors: Corridors, ground: Ground, rng: Generator) -> None:
    """Put railway, river, banks, bank walks and bridges on the ground."""
    px = plan.px(1)
    urban = _district_mask(plan, _URBAN)
    rails, shore = corridors.rails > 0, corridors.shore > 0
    walk = np.zeros_like(corridors.water)
    half = len(plan.river) // 2
    for side in (plan.river[:half], plan.river[half:]):
        cv2.polylines(walk, [fixed_point(shifted(side, 5.5 * px))], False, 1, round(3 * px), shift=4)
    ground.replace(rails & ground.where("asphalt"), "gravel")
    ground.replace(rails & ~ground.where("gravel"), "rough", 10)
    ground.replace(shore & ~urban, "meadow", -25)
    ground.replace(shore & urban, "quay", int(rng.integers(-10, 20)))
    ground.replace((walk > 0) & ~urban & shore, "gravel", 10)
    ground.lay([Strip(plan.railway, 10 * px, "ballast")])
    ground.replace(cv2.dilate(corridors.water, np.ones((3, 3), np.uint8)) > 0, "quay", -60)
    ground.replace(corridors.water > 0, "river")
    over = rails | shore
    for street in plan.streets:
        if street.rank > 1:
            continue
        lanes, sides = np.zeros_like(corridors.water), np.zeros_like(corridors.water)
        line = [fixed_point(street.line)]
        cv2.polylines(sides, line, False, 1, round(street.width_px + 5 * px), shift=4)
        cv2.polylines(lanes, line, False, 1, round(street.width_px - px), shift=4)
        ground.replace((sides > 0) & over & ~ground.where("asphalt", "deck"), "sidewalk", 10)
        ground.replace((lanes > 0) & over, "deck", int(rng.integers(-30, 10)))


def ripple(canvas: Canvas, corridors: Corridors, rng: Generator) -> None:
    """Shallow edges and waves on the river, in place."""
    ys, xs = np.nonzero((corridors.water > 0) & (canvas.classes == land_codes()["water"]))
    depth = cv2.distanceTransform(corridors.water, cv2.DIST_L2, 3)[ys, xs] * np.float32(canvas.pixel_m)
    waves = noise.tile(rng, cell_px=5, stretch=3.2)[ys % noise.TILE_PX, xs % noise.TILE_PX]
    silt = noise.tile(rng, cell_px=90)[ys % noise.TILE_PX, xs % noise.TILE_PX]
    shallow = np.exp(-depth / np.clip(5 + 2 * silt, 2, 9))[:, None] * np.array([26, 24, 10], dtype=np.float32)
    glint = (2.2 * waves + 3.0 * silt)[:, None]
    canvas.rgb[ys, xs] = np.clip(canvas.rgb[ys, xs] + shallow + glint, 0, 255).astype(np.uint8)


def moor_boats(plan: CityPlan, out: Inventory, rng: Generator) -> None:
    """A few barges under way and small boats at the banks."""
    px, half = plan.px(1), len(plan.river) // 2
    middle = (plan.river[:half] + plan.river[half:][::-1][:half]) / 2
    along = np.gradient(middle, axis=0)
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    for k in rng.integers(4, half - 4, max(2, round(plan.width_px / 800))):
        out.vehicles.append(Vehicle(middle[k] + rng.normal(0, 3, 2) * px, along[k], "barge"))
    for side in (plan.river[:half], plan.river[half:]):
        for k in rng.integers(4, half - 4, max(2, round(plan.width_px / 260))):
            inward = middle[k if side is plan.river[:half] else half - 1 - k] - side[k]
            at = side[k] + inward / np.hypot(*inward) * rng.uniform(1.6, 2.4) * px
            out.vehicles.append(Vehicle(at, along[k if side is plan.river[:half] else half - 1 - k], "boat"))


def plant_banks(plan: CityPlan, out: Inventory, rng: Generator) -> None:
    """Trees and bushes in loose groups along the river, bushes along the railway."""
    px = plan.px(1)
    half = len(plan.river) // 2
    for side in (plan.river[:half], plan.river[half:]):
        line = densify(shifted(side, 7.5 * px), 5 * px, is_closed=False)
        dense = 0.35 + 0.4 * np.sin(np.arange(len(line)) / rng.uniform(8, 16) + rng.uniform(0, 6))
        for x, y in (line[rng.random(len(line)) < dense] + rng.normal(0, 1.2 * px, 2)).tolist():
            radius = rng.uniform(1.8, 4.8)
            out.crowns.append(Crown(x, y, radius * px, radius * 2.2))
    for aside in (-9, 9):
        line = densify(shifted(plan.railway, aside * px), 4 * px, is_closed=False)
        dense = 0.2 + 0.3 * np.sin(np.arange(len(line)) / rng.uniform(10, 20))
        line = line[rng.random(len(line)) < dense]
        for x, y in (line + rng.normal(0, 1.3 * px, line.shape)).tolist():
            radius = rng.uniform(0.9, 2.6)
            out.crowns.append(Crown(x, y, radius * px, radius * 1.6))


def lay_rails(plan: CityPlan) -> list[Marking]:
    """The rails of two tracks, as thin lines brighter than the ballast."""
    return [Marking(shifted(plan.railway, aside * plan.px(1)), 1, 0.3) for aside in (-2.7, -1.3, 1.3, 2.7)]


def _district_mask(plan: CityPlan, characters: set[str]) -> NDArray[np.bool_]:
    mask = np.zeros((plan.height_px, plan.width_px), dtype=np.uint8)
    for district in plan.districts:
        if district.character in characters:
            cv2.fillPoly(mask, [fixed_point(np.array(district.outline.exterior.coords))], 1, shift=4)
    return mask > 0
