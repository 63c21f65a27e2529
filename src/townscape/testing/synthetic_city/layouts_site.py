"""Building sites: sandy ground, pits, slabs, walls half up, cranes, machines and containers."""

import numpy as np

from townscape.testing.synthetic_city.cutting import (
    Ring,
    area_of,
    blob,
    contains,
    edges,
    inset,
    long_axis,
    parcels,
    rectangle,
    scatter,
    thickness,
)
from townscape.testing.synthetic_city.inventory import (
    Box,
    Building,
    Crane,
    Crown,
    Patch,
    Strip,
    Vehicle,
    Wing,
)
from townscape.testing.synthetic_city.pieces import Site, fit_rectangle, put_containers
from townscape.testing.synthetic_city.roofs import FLATS


def lay_site(site: Site) -> None:
    """A block under construction, its plots in different states."""
    rng, px, core = site.rng, site.px, site.block.core
    site.out.ground.append(Patch(site.block.ring, "site-sand", site.tone()))
    for _ in range(int(area_of(core) / (500 * px**2))):
        at = rng.uniform(core.min(axis=0), core.max(axis=0))
        ring = blob(rng, at, rng.uniform(4, 15) * px, roughness=0.5)
        if contains(core, ring).all():
            material = "site-mud" if site.chance(0.6) else "site-sand"
            site.out.ground.append(Patch(ring, material, site.tone(34)))
    for parcel in parcels(core, rng, area_px=rng.uniform(2600, 4800) * px**2):
        lot = inset(parcel, 4 * px)
        if len(lot) == 0 or thickness(lot) < 8 * px:
            continue
        _, axis, length, breadth = long_axis(lot)
        fit = fit_rectangle(lot, axis, length * 0.8, breadth * 0.7)
        if fit is None or not site.corridors.is_free(lot):
            continue
        middle, plot_l, plot_b = fit
        draw = rng.random()
        if draw < 0.30:
            _dig_pit(site, middle, axis, plot_l, plot_b)
        elif draw < 0.68:
            _pour_slab(site, middle, axis, plot_l, plot_b)
        elif draw < 0.82:
            _put_shell(site, middle, axis, plot_l, plot_b)
        else:
            _store(site, lot, axis)
        if draw < 0.75 and site.chance(0.55):
            _put_crane(site, middle + axis * plot_l * 0.5 + rng.normal(0, 3, 2) * px)
        put_containers(
            site, lot[0] * 0.82 + middle * 0.18, axis, int(rng.integers(2, 6)), land="construction"
        )
    _drive_tracks(site)
    _fence(site)
    for x, y in scatter(core, rng, spacing_px=26 * px).tolist():
        if site.chance(0.4):
            turn = rng.uniform(0, 2 * np.pi)
            kind = str(rng.choice(["digger", "truck", "van"], p=[0.6, 0.25, 0.15]))
            site.out.vehicles.append(Vehicle(np.array([x, y]), np.array([np.cos(turn), np.sin(turn)]), kind))


def _dig_pit(site: Site, middle: Ring, axis: Ring, length: float, breadth: float) -> None:
    px = site.px
    ring = rectangle(middle, axis, length, breadth)
    site.out.ground.append(Patch(ring, "site-mud", -30))
    site.out.boxes.append(Box(middle, axis, length - 2 * px, breadth - 2 * px, -1.6, None))
    site.out.boxes.append(Box(middle, axis, length - 5 * px, breadth - 5 * px, -3.6, None))
    if site.chance(0.5):
        floor = rectangle(middle, axis, length * 0.62, breadth * 0.6)
        site.out.ground.append(Patch(floor, "site-slab", -20))


def _pour_slab(site: Site, middle: Ring, axis: Ring, length: float, breadth: float) -> None:
    """A concrete slab with columns, or with the walls of the first floor standing."""
    px, rng, out = site.px, site.rng, site.out
    across = np.array([-axis[1], axis[0]])
    out.ground.append(Patch(rectangle(middle, axis, length, breadth), "site-slab", site.tone()))
    grid = rng.uniform(4.5, 6.5) * px
    high = float(rng.choice([0.6, 3.0, 3.0]))
    columns = np.arange(-length / 2 + px, length / 2, grid)
    rows = np.arange(-breadth / 2 + px, breadth / 2, grid)
    has_walls = site.chance(0.55)
    grey = (168, 164, 156)
    for i in columns:
        for j in rows:
            at = middle + axis * i + across * j
            out.boxes.append(Box(at, axis, 0.9 * px, 0.9 * px, high, grey))
            if has_walls and rng.random() < 0.6:
                out.boxes.append(Box(at + axis * grid / 2, axis, grid, 0.6 * px, high, grey))
            if has_walls and rng.random() < 0.6:
                out.boxes.append(Box(at + across * grid / 2, across, grid, 0.6 * px, high, grey))
    for _ in range(3):
        at = middle + axis * rng.uniform(-0.4, 0.4) * length + across * rng.uniform(-0.4, 0.4) * breadth
        rust = (128, 84, 60) if site.chance(0.6) else (196, 170, 110)
        out.boxes.append(Box(at, axis, 6 * px, 2.2 * px, 0.5, rust))


def _put_shell(site: Site, middle: Ring, axis: Ring, length: float, breadth: float) -> None:
    """A house whose roof is on: it counts as a building already."""
    eave = site.rng.uniform(8, 16)
    wing = Wing(middle, axis, length * 0.8, min(breadth, 18 * site.px), eave, "flat")
    site.out.buildings.append(Building((wing,), FLATS[int(site.rng.integers(len(FLATS)))], "block"))


def _store(site: Site, lot: Ring, axis: Ring) -> None:
    rng, px = site.rng, site.px
    for x, y in scatter(lot, rng, spacing_px=9 * px).tolist():
        draw = rng.random()
        if draw < 0.16:
            radius = rng.uniform(2.0, 5.0)
            site.out.crowns.append(Crown(x, y, radius * px, radius * 0.6, "mound"))
        elif draw < 0.42:
            timber = [(188, 160, 110), (150, 150, 150), (150, 96, 76)][int(rng.integers(3))]
            site.out.boxes.append(Box(np.array([x, y]), axis, 4.5 * px, 1.6 * px, 1.2, timber))


def _put_crane(site: Site, at: Ring) -> None:
    turn = site.rng.uniform(0, 2 * np.pi)
    along = np.array([np.cos(turn), np.sin(turn)])
    site.out.cranes.append(Crane(at, along, site.rng.uniform(32, 48) * site.px, site.rng.uniform(28, 40)))


def _drive_tracks(site: Site) -> None:
    """Wheel ruts from a gate into the block."""
    rng, px, core = site.rng, site.px, site.block.core
    for start, along, normal, length in edges(core)[:3]:
        gate = start + along * length * rng.uniform(0.3, 0.7)
        target = core.mean(axis=0) + rng.normal(0, 12, 2) * px
        t = np.linspace(0, 1, 12)[:, None]
        bow = np.sin(np.pi * t) * along * rng.normal(0, 14) * px
        line = gate + (target - gate) * t + bow
        for aside in (-1.1, 1.1):
            rut = line + aside * px * np.array([-normal[1], normal[0]])
            site.out.ground.append(Strip(rut, 0.9 * px, "site-mud", 30))


def _fence(site: Site) -> None:
    px = site.px
    for start, along, normal, length in edges(site.block.core):
        middle = start + along * length / 2 + normal * 0.6 * px
        site.out.boxes.append(Box(middle, along, length - px, 0.5 * px, 2.0, (176, 174, 168)))
