"""The orthophoto of the synthetic city, and the exact class of every pixel."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from townscape.testing.synthetic_city import (
    layouts_dense,
    layouts_green,
    layouts_large,
    layouts_site,
    noise,
    roads,
)
from townscape.testing.synthetic_city.canvas import GROUND, Canvas
from townscape.testing.synthetic_city.corridors import (
    Corridors,
    lay_corridors,
    lay_rails,
    moor_boats,
    plant_banks,
    ripple,
)
from townscape.testing.synthetic_city.crowns import Stamps, draw_crown, draw_hedges
from townscape.testing.synthetic_city.ground import Ground, Plane
from townscape.testing.synthetic_city.inventory import Inventory, Patch
from townscape.testing.synthetic_city.light import expose
from townscape.testing.synthetic_city.pieces import Site
from townscape.testing.synthetic_city.plan import CityPlan
from townscape.testing.synthetic_city.roofs import draw_building
from townscape.testing.synthetic_city.traffic import (
    PAINTED,
    draw_box,
    draw_crane,
    draw_furrows,
    draw_vehicle,
    paint_markings,
)

LARGEST_CROWN_M = 6.5

_LAYOUTS: dict[str, Callable[[Site], None]] = {
    "perimeter": layouts_dense.lay_perimeter,
    "rows": layouts_dense.lay_rows,
    "houses": layouts_dense.lay_houses,
    "slabs": layouts_large.lay_slabs,
    "halls": layouts_large.lay_halls,
    "square": layouts_large.lay_square,
    "school": layouts_large.lay_school,
    "parking": layouts_large.lay_car_park,
    "wasteland": layouts_large.lay_wasteland,
    "pocket": layouts_green.lay_pocket,
    "park": layouts_green.lay_park,
    "woodland": layouts_green.lay_woodland,
    "sports": layouts_green.lay_sports,
    "fields": layouts_green.lay_fields,
    "allotments": layouts_green.lay_allotments,
    "site": layouts_site.lay_site,
}


@dataclass(frozen=True, slots=True)
class Ortho:
    """A picture and its truth."""

    pixels: Plane
    """Height x width x 3, red, green, blue."""
    classes: Plane
    """Height x width: numbers of the built-in taxonomy `land-cover`, never 0."""


def draw_ortho(plan: CityPlan) -> Ortho:
    """The city from straight above, the same for the same plan.

    A pixel's class is that of what lies on top: a crown over a street is tree, a car on a
    street is road, and shadow changes nothing.
    """
    rng = np.random.default_rng([plan.seed, 2])
    corridors = Corridors.trace(plan)
    inventory, ground = _lay_out(plan, corridors, rng)
    canvas = Canvas(
        rgb=ground.color(rng),
        classes=ground.classes(),
        height=np.full(ground.material.shape, GROUND, dtype=np.uint8),
        blocked=corridors.over | ground.where("asphalt", "deck", "pond"),
        darkness=np.zeros(ground.material.shape, dtype=np.uint8),
        grain=noise.tile(rng, cell_px=1.6),
        pixel_m=plan.pixel_m,
    )
    for furrows in inventory.furrows:
        draw_furrows(canvas, furrows, rng)
    paint_markings(canvas, ground.where(*PAINTED), inventory.markings, rng)
    ripple(canvas, corridors, rng)
    paint_markings(canvas, ground.where("ballast"), lay_rails(plan), rng)
    for box in inventory.boxes:
        draw_box(canvas, box)
    draw_hedges(canvas, inventory.hedges, rng)
    for building in inventory.buildings:
        draw_building(canvas, building, rng)
    for vehicle in inventory.vehicles:
        draw_vehicle(canvas, vehicle, rng)
    stamps = Stamps.draw(rng, largest_px=round(plan.px(LARGEST_CROWN_M)))
    for crown in inventory.crowns:
        draw_crown(canvas, stamps, crown, rng)
    for crane in inventory.cranes:
        draw_crane(canvas, crane)
    expose(rng, canvas)
    return Ortho(canvas.rgb, canvas.classes)


def _lay_out(plan: CityPlan, corridors: Corridors, rng: Generator) -> tuple[Inventory, Ground]:
    """What stands where, and the ground under it."""
    inventory = Inventory()
    ground = Ground.bare(plan.height_px, plan.width_px)
    junctions = roads.find_junctions(plan)
    ground.lay(roads.pave_streets(plan, junctions, rng))
    for block in plan.blocks:
        inventory.ground.append(Patch(block.kerb, "sidewalk", int(rng.normal(0, 22))))
        _LAYOUTS[block.use](Site(block, rng, inventory, plan.px(1), corridors))
    streets = ground.copy()
    ground.lay(inventory.ground)
    ground.restore(streets, outside=[block.kerb for block in plan.blocks])
    lay_corridors(plan, corridors, ground, rng)
    plant_banks(plan, inventory, rng)
    moor_boats(plan, inventory, rng)
    roads.mark_streets(plan, junctions, inventory, rng)
    return inventory, ground
