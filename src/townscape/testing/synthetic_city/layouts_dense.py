"""Layouts of blocks where people live close together: courtyard blocks, rows, garden houses."""

import numpy as np

from townscape.testing.synthetic_city.cutting import (
    Ring,
    blob,
    contains,
    densify,
    disc,
    edges,
    inset,
    long_axis,
    parcels,
    rectangle,
    thickness,
)
from townscape.testing.synthetic_city.inventory import (
    Box,
    Building,
    Crown,
    Furrows,
    Hedge,
    Patch,
    Vehicle,
    Wing,
)
from townscape.testing.synthetic_city.pieces import Site, plant, put_flat
from townscape.testing.synthetic_city.roofs import FLATS, GREEN_ROOF, SLATES, TILES


def lay_perimeter(site: Site) -> None:
    """Houses wall to wall along the streets around courtyards."""
    rng, px, core = site.rng, site.px, site.block.core
    site.cover("cobble" if site.chance(0.5) else "concrete", 24)
    depth_m = min(rng.uniform(11.0, 14.0), thickness(core) / px * 0.8)
    if depth_m < 7:
        site.cover("plaza")
        plant(site, core, spacing_m=8, share=0.7, size_m=(2.2, 3.8))
        return
    floors = rng.integers(3, 7)
    palette = TILES if site.chance(0.72) else SLATES
    style = str(rng.choice(["gable", "mansard", "flat"], p=[0.68, 0.17, 0.15]))
    for start, along, normal, length in edges(core):
        at = 0.0
        while at < length - 4 * px:
            width = min(rng.uniform(9, 19) * px, length - at)
            if length - at - width < 7 * px:
                width = length - at
            if rng.random() > 0.05:
                roof = style if rng.random() < 0.8 else str(rng.choice(["gable", "flat", "mansard"]))
                middle = start + along * (at + width / 2) + normal * depth_m * px / 2
                eave = (floors + rng.integers(-1, 2)) * 3.1 + rng.uniform(0, 1)
                colors = palette if roof == "gable" else (*FLATS, *SLATES)
                if roof == "flat" and rng.random() < 0.12:
                    colors = (GREEN_ROOF,)
                wing = Wing(middle, along, width, depth_m * px, float(eave), roof, rng.uniform(0.6, 0.85))
                site.out.buildings.append(Building((wing,), colors[int(rng.integers(len(colors)))], "house"))
                _lay_back_wing(site, wing, normal, palette)
            at += width
    yard = inset(core, (depth_m + 1.5) * px)
    if len(yard):
        _lay_courtyard(site, yard)


def _lay_back_wing(site: Site, front: Wing, inward: Ring, colors: tuple[tuple[int, int, int], ...]) -> None:
    if not site.chance(0.34):
        return
    px, rng = site.px, site.rng
    length = rng.uniform(8, 14) * px
    middle = front.centre + inward * (front.breadth_px / 2 + length / 2)
    if not contains(site.block.core, rectangle(middle, inward, length * 1.4, 9 * px)).all():
        return
    roof = "gable" if site.chance(0.5) else "flat"
    palette = colors if roof == "gable" else FLATS
    wing = Wing(middle, inward, length, rng.uniform(6, 8) * px, front.eave_m * 0.75, roof, 0.6)
    site.out.buildings.append(Building((wing,), palette[int(rng.integers(len(palette)))], "house"))


def _lay_courtyard(site: Site, yard: Ring) -> None:
    rng, px = site.rng, site.px
    for piece in parcels(yard, rng, area_px=rng.uniform(140, 300) * px**2):
        if rng.random() < 0.18 + 0.55 * site.greenness:
            ring = inset(piece, rng.uniform(0.4, 1.5) * px)
            if len(ring):
                site.out.ground.append(Patch(ring, "garden", site.tone()))
                plant(site, piece, spacing_m=7, share=0.2 + 0.4 * site.greenness, size_m=(1.8, 4.4))
        elif rng.random() < 0.4:
            centre, axis, length, breadth = long_axis(piece)
            for at in np.arange(-length / 2 + 3 * px, length / 2 - 3 * px, 3.0 * px):
                if rng.random() < 0.5 and breadth > 7 * px:
                    across = np.array([-axis[1], axis[0]])
                    site.out.vehicles.append(Vehicle(centre + axis * at, across, "car"))
        elif rng.random() < 0.35:
            centre, axis, length, breadth = long_axis(piece)
            put_flat(site, centre, axis, min(length / px * 0.7, 14), min(breadth / px * 0.6, 6), eave_m=3.2)


def lay_rows(site: Site) -> None:
    """Narrow houses in rows along the longer streets, with gardens behind."""
    rng, px, core = site.rng, site.px, site.block.core
    _, axis, _, breadth = long_axis(core)
    site.cover("garden")
    setback, depth = rng.uniform(2.5, 5.0) * px, rng.uniform(8.5, 10.5) * px
    unit = rng.uniform(5.8, 7.6) * px
    eave, palette = rng.uniform(5.4, 8.6), (TILES if site.chance(0.8) else SLATES)
    base = palette[int(rng.integers(len(palette)))]
    garden = max(0.0, breadth / 2 - setback - depth - px)
    for start, along, normal, length in edges(core):
        if abs(float(np.dot(along, axis))) < 0.8 or length < 24 * px:
            continue
        at = rng.uniform(3, 6) * px
        while at + 3 * unit < length - 3 * px:
            n = int(min(rng.integers(3, 10), (length - 3 * px - at) // unit))
            run = n * unit
            middle = start + along * (at + run / 2) + normal * (setback + depth / 2)
            wing = Wing(middle, along, run, depth, eave, "gable", rng.uniform(0.55, 0.8))
            color = base if rng.random() < 0.6 else palette[int(rng.integers(len(palette)))]
            site.out.buildings.append(Building((wing,), color, "house"))
            for k in range(n):
                foot = start + along * (at + (k + 0.5) * unit)
                _lay_front(site, foot, along, normal, unit, setback)
                _lay_strip_garden(site, foot + normal * (setback + depth), along, normal, unit, garden)
            at += run + rng.uniform(3, 6) * px
    plant(site, core, spacing_m=11, share=0.05 + 0.25 * site.greenness, size_m=(2.0, 4.2))


def _lay_front(site: Site, foot: Ring, along: Ring, normal: Ring, unit: float, setback: float) -> None:
    px = site.px
    middle = foot + normal * setback / 2
    if site.chance(0.62 - 0.3 * site.greenness):
        site.out.ground.append(Patch(rectangle(middle, along, unit, setback), "sidewalk", site.tone()))
        if setback > 4.2 * px and site.chance(0.5):
            site.out.vehicles.append(Vehicle(middle, normal, "car"))
    elif site.chance(0.6):
        line = np.array([foot - along * unit / 2, foot + along * unit / 2]) + normal * 0.5 * px
        site.out.hedges.append(Hedge(line, 1.2 * px))


def _lay_strip_garden(site: Site, foot: Ring, along: Ring, normal: Ring, unit: float, depth: float) -> None:
    px, rng = site.px, site.rng
    if depth < 5 * px:
        return
    ring = rectangle(foot + normal * depth / 2, along, unit - 0.6 * px, depth)
    if not contains(site.block.core, ring).all():
        return
    site.out.ground.append(Patch(ring, "lawn" if site.chance(0.6) else "garden", site.tone(34)))
    patio = rng.uniform(2.5, 4.5) * px
    if site.chance(0.85 - 0.35 * site.greenness):
        terrace = rectangle(foot + normal * patio / 2, along, unit - 0.6 * px, patio)
        site.out.ground.append(Patch(terrace, "sidewalk", site.tone(30)))
    side = foot + along * unit / 2
    if site.chance(0.4):
        site.out.hedges.append(Hedge(np.array([side + normal * 3 * px, side + normal * depth]), 1.1 * px))
    if site.chance(0.5):
        _put_shed(site, foot + normal * (depth - 2 * px) + along * unit * 0.22, along)
    if site.chance(0.3):
        bed = rectangle(foot + normal * depth * 0.66, along, unit * 0.7, depth * 0.18)
        site.out.ground.append(Patch(bed, "soil", site.tone()))


def lay_houses(site: Site) -> None:
    """Single houses with garages in gardens of their own."""
    rng, px, core = site.rng, site.px, site.block.core
    site.cover("garden")
    size = rng.uniform(430, 760) - 120 * (1 - site.greenness)
    for parcel in parcels(core, rng, area_px=size * px**2):
        lot = inset(parcel, 0.4 * px)
        if len(lot) == 0 or thickness(lot) < 5 * px:
            continue
        site.out.ground.append(Patch(lot, "lawn" if site.chance(0.66) else "garden", site.tone(36)))
        front = _street_edge(core, parcel)
        if front is not None:
            _lay_homestead(site, lot, *front)
        _lay_borders(site, lot)
        plant(site, inset(lot, 1.5 * px) if thickness(lot) > 4 * px else lot, spacing_m=6.0,
              share=0.12 + 0.5 * site.greenness * rng.uniform(0.4, 1.4), size_m=(1.4, 5.0))  # fmt: skip


def _street_edge(core: Ring, parcel: Ring) -> tuple[Ring, Ring, Ring, float] | None:
    """The longest edge of a parcel that lies on the rim of the block."""
    rim = densify(core, 4)
    found = [
        edge
        for edge in edges(parcel)
        if np.hypot(*(rim - (edge[0] + edge[1] * edge[3] / 2)).T).min() < 5 and edge[3] > 10
    ]
    return max(found, key=lambda edge: edge[3]) if found else None


def _lay_homestead(site: Site, lot: Ring, start: Ring, along: Ring, normal: Ring, length: float) -> None:
    rng, px = site.rng, site.px
    house_l, house_b = rng.uniform(9, 13.5) * px, rng.uniform(7.5, 9.8) * px
    setback = rng.uniform(4.0, 7.5) * px
    ridge = along if site.chance(0.6) else normal
    reach = house_b if ridge is along else house_l
    middle = start + along * length * rng.uniform(0.4, 0.6) + normal * (setback + reach / 2)
    if not contains(lot, rectangle(middle, ridge, house_l + px, house_b + px)).all():
        middle, house_l, house_b = lot.mean(axis=0), house_l * 0.8, house_b * 0.8
        if not contains(lot, rectangle(middle, ridge, house_l, house_b)).all():
            return
    roof = str(rng.choice(["gable", "hip", "flat"], p=[0.62, 0.28, 0.10]))
    eave, pitch = rng.uniform(3.0, 6.2), rng.uniform(0.5, 0.95)
    wings = [Wing(middle, ridge, house_l, house_b, eave, roof, pitch)]
    across = np.array([-ridge[1], ridge[0]])
    if site.chance(0.35):
        at = middle + ridge * house_l * 0.22 + across * house_b * rng.choice([-0.55, 0.55])
        wings.append(Wing(at, across, house_b * 1.1, house_l * 0.45, eave, roof, pitch))
    palette = FLATS if roof == "flat" else (TILES if site.chance(0.75) else SLATES)
    site.out.buildings.append(Building(tuple(wings), palette[int(rng.integers(len(palette)))], "house"))
    side = start + along * (length * (0.12 if site.chance(0.5) else 0.88))
    drive = rng.uniform(7, 12) * px
    ring = rectangle(side + normal * drive / 2, normal, drive, rng.uniform(2.8, 5.5) * px)
    if contains(lot, ring[1:3]).all():
        material = str(rng.choice(["concrete", "cobble", "sidewalk", "gravel"]))
        site.out.ground.append(Patch(ring, material, site.tone()))
        if site.chance(0.6):
            put_flat(site, side + normal * (drive + 3 * px), normal, 6.2, 3.4, eave_m=2.7)
        if site.chance(0.55):
            site.out.vehicles.append(Vehicle(side + normal * drive * 0.45, normal, "car"))
    terrace = rectangle(middle + normal * (reach / 2 + 1.6 * px), along, 5 * px, 3.2 * px)
    site.out.ground.append(Patch(terrace, "sidewalk", site.tone()))
    _lay_leisure(site, lot, middle + normal * (reach / 2 + 8 * px), along)


def _lay_leisure(site: Site, lot: Ring, at: Ring, along: Ring) -> None:
    px, rng = site.px, site.rng
    spot = rectangle(at, along, 8 * px, 5 * px)
    if not contains(lot, spot).all():
        return
    draw = rng.random()
    if draw < 0.1:
        site.out.ground.append(Patch(rectangle(at, along, 9.5 * px, 6 * px), "plaza", 20))
        site.out.ground.append(Patch(rectangle(at, along, 7.5 * px, 3.8 * px), "pool"))
    elif draw < 0.28:
        site.out.ground.append(Patch(spot, "soil", site.tone()))
        site.out.furrows.append(Furrows(spot, along, 1.5 * px, 14))
    elif draw < 0.36:
        site.out.ground.append(Patch(disc(at, 1.7 * px), "floor", -80))
    elif draw < 0.6:
        _put_shed(site, at, along)
    elif draw < 0.75:
        site.out.ground.append(Patch(blob(rng, at, 3.2 * px), "garden", -50))
        for _ in range(5):
            x, y = at + rng.normal(0, 1.8, 2) * px
            site.out.crowns.append(Crown(float(x), float(y), rng.uniform(0.7, 1.5) * px, 1.8))


def _lay_borders(site: Site, lot: Ring) -> None:
    for start, along, normal, length in edges(lot):
        if length > 8 * site.px and site.chance(0.2 + 0.4 * site.greenness):
            a = start + normal * 0.7 * site.px
            site.out.hedges.append(Hedge(np.array([a, a + along * length]), 1.3 * site.px))


def _put_shed(site: Site, at: Ring, along: Ring) -> None:
    rng, px = site.rng, site.px
    brown = int(rng.uniform(84, 150))
    color = (brown, int(brown * 0.86), int(brown * 0.74)) if site.chance(0.6) else (150, 150, 146)
    size = rng.uniform(2.2, 3.6) * px
    site.out.boxes.append(Box(at, along, size, size * 0.75, 2.4, color, "building"))
