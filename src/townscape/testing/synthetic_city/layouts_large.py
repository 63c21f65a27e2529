"""Layouts of blocks with large buildings or none: estates, halls, schools, squares, car parks."""

import numpy as np

from townscape.testing.synthetic_city.cutting import (
    Ring,
    area_of,
    blob,
    contains,
    disc,
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
    Crown,
    Furrows,
    Marking,
    Patch,
    Strip,
    Vehicle,
    Wing,
)
from townscape.testing.synthetic_city.pieces import (
    Site,
    axis_of,
    fit_rectangle,
    inner,
    lay_parking,
    lay_path,
    lay_pitch,
    lay_playground,
    plant,
    plant_edges,
    put_containers,
    put_flat,
)
from townscape.testing.synthetic_city.roofs import FLATS, METALS, SLATES, TILES


def lay_slabs(site: Site) -> None:
    """Blocks of flats standing apart in lawns, with paths and parking."""
    rng, px = site.rng, site.px
    site.cover("lawn", 30)
    middle, axis, length, breadth = axis_of(site)
    across = np.array([-axis[1], axis[0]])
    if site.chance(0.5):
        axis, across, length, breadth = across, axis, breadth, length
    floors = int(rng.integers(5, 12))
    slab_l, slab_b = rng.uniform(34, 60), rng.uniform(11, 14)
    room = inner(site, 5)
    color = FLATS[int(rng.integers(len(FLATS)))]
    pitch_l, pitch_b = (slab_l + 10) * px, rng.uniform(30, 40) * px
    n_l, n_b = max(1, int(length / pitch_l)), max(1, int(breadth / pitch_b))
    for i in range(n_l):
        for j in range(n_b):
            at = middle + axis * (i - (n_l - 1) / 2) * pitch_l + across * (j - (n_b - 1) / 2) * pitch_b
            draw = rng.random() if site.corridors.is_free(rectangle(at, axis, 30 * px, 30 * px)) else 2.0
            if len(room) and not contains(room, rectangle(at, axis, slab_l * px, slab_b * px)).all():
                draw = 0.95 if contains(room, rectangle(at, axis, 24 * px, 24 * px)).all() else 2.0
            if draw < 0.62:
                _put_slab(site, at, axis, slab_l, slab_b, floors, color)
            elif draw < 0.74:
                wing = Wing(at, axis, 21 * px, 19 * px, 3.0 * rng.integers(10, 16), "flat")
                site.out.buildings.append(Building((wing,), color, "block"))
                site.out.ground.append(Patch(rectangle(at, axis, 27 * px, 24 * px), "sidewalk"))
            elif draw < 0.9:
                lay_parking(site, at, axis, slab_l * 0.9 * px, taken=rng.uniform(0.4, 0.9))
            elif draw < 1.0:
                lay_playground(site, at)
    for j in range(n_b + 1):
        lane = middle + across * (j - n_b / 2) * pitch_b + across * rng.normal(0, 2) * px
        bend = across * rng.normal(0, 3.5, (5, 1)) * px
        lay_path(site, lane + axis * np.linspace(-0.5, 0.5, 5)[:, None] * length + bend, width_m=2.2)
    gap = middle + axis * pitch_l / 2 * (n_l % 2)
    lay_path(site, np.array([gap - across * breadth / 2, gap, gap + across * breadth / 2]), width_m=2.6)
    start, along, normal, edge = max(edges(site.block.core), key=lambda e: e[3])
    lay_parking(site, start + along * edge / 2 + normal * 9 * px, along, edge * 0.7, taken=0.65)
    plant(site, site.block.core, spacing_m=12, share=0.14 + 0.5 * site.greenness, size_m=(2.4, 5.2))


def _put_slab(
    site: Site,
    at: Ring,
    axis: Ring,
    length_m: float,
    breadth_m: float,
    floors: int,
    color: tuple[int, int, int],
) -> None:
    px, rng = site.px, site.rng
    across = np.array([-axis[1], axis[0]])
    eave = 2.9 * (floors + int(rng.integers(-1, 2)))
    wings = [Wing(at, axis, length_m * px, breadth_m * px, eave, "flat")]
    if site.chance(0.2):
        end = at + axis * (length_m - breadth_m) / 2 * px + across * 11 * px
        wings.append(Wing(end, across, 24 * px, breadth_m * px, eave - 3, "flat"))
    site.out.buildings.append(Building(tuple(wings), color, "block"))
    foot = at + across * (breadth_m / 2 + 2.2) * px
    site.out.ground.append(Patch(rectangle(foot, axis, length_m * px, 3.0 * px), "sidewalk", site.tone()))


def lay_halls(site: Site) -> None:
    """Works and warehouses in yards with lorries, containers and heaps."""
    rng, px = site.rng, site.px
    site.cover("concrete" if site.chance(0.5) else "lot", 26)
    _, axis, _, _ = axis_of(site)
    for turned in (axis, np.array([-axis[1], axis[0]])):
        site.out.furrows.append(Furrows(site.block.ring, turned, rng.uniform(9, 14) * px, 4.0))
    room = inner(site, 5)
    if len(room) == 0:
        return
    waiting = parcels(room, rng, area_px=rng.uniform(3600, 7600) * px**2)
    while waiting:
        parcel = waiting.pop()
        lot = inset(parcel, 3 * px)
        if len(lot) == 0 or thickness(lot) < 9 * px:
            continue
        if not site.corridors.is_free(parcel):
            if area_of(parcel) > 900 * px**2:
                waiting += parcels(parcel, rng, area_px=area_of(parcel) / 4)
            continue
        if site.chance(0.18):
            _lay_yard(site, lot)
            continue
        site.out.ground.append(Patch(lot, "lot" if site.chance(0.5) else "concrete", site.tone(34)))
        _, axis, length, breadth = long_axis(lot)
        fit = fit_rectangle(lot, axis, length * rng.uniform(0.62, 0.9), breadth * rng.uniform(0.58, 0.84))
        if fit is None:
            continue
        across = np.array([-axis[1], axis[0]])
        middle, hall_l, hall_b = fit
        middle = middle + across * rng.choice([-1, 1]) * max(0.0, breadth - hall_b) * 0.22
        _put_hall(site, middle, axis, hall_l, hall_b)
        _fill_yard(site, lot, axis, middle, hall_b)
    _strew_yard(site, room, axis)
    _lay_green_rim(site)


def _strew_yard(site: Site, room: Ring, axis: Ring) -> None:
    """What stands about in yards; what lands where a hall comes is covered by it."""
    rng, px = site.rng, site.px
    for x, y in scatter(room, rng, spacing_px=19 * px).tolist():
        draw, at = rng.random(), np.array([x, y])
        turned = axis if rng.random() < 0.6 else np.array([-axis[1], axis[0]])
        if draw < 0.06:
            put_containers(site, at, turned, int(rng.integers(1, 5)), land=None)
        elif draw < 0.22:
            site.out.vehicles.append(Vehicle(at, turned, "truck" if draw < 0.16 else "van"))
        elif draw < 0.34:
            tint = [(150, 120, 84), (120, 120, 122), (178, 176, 170), (96, 84, 74)][int(rng.integers(4))]
            for k in range(int(rng.integers(2, 6))):
                spot = at + turned * (k - 2) * 3.4 * px
                site.out.boxes.append(Box(spot, turned, 2.6 * px, 2.2 * px, rng.uniform(0.8, 2.2), tint))
        elif draw < 0.5:
            stain = blob(rng, at, rng.uniform(3, 9) * px, roughness=0.5)
            if contains(room, stain).all():
                site.out.ground.append(Patch(stain, "lot", site.tone(40)))


def _put_hall(site: Site, middle: Ring, axis: Ring, length: float, breadth: float) -> None:
    rng, px = site.rng, site.px
    roof = str(rng.choice(["flat", "gable", "saw", "barrel"], p=[0.56, 0.2, 0.14, 0.1]))
    eave = rng.uniform(6, 12)
    palette = TILES if roof == "gable" and rng.random() < 0.25 else (METALS if rng.random() < 0.7 else FLATS)
    color = palette[int(rng.integers(len(palette)))]
    wings = [Wing(middle, axis, length, breadth, eave, roof, 0.22)]
    if site.chance(0.45):
        side = middle + axis * (length / 2 + 5 * px)
        wings.append(Wing(side, axis, 11 * px, breadth * rng.uniform(0.3, 0.8), eave * 0.6, "flat"))
    site.out.buildings.append(Building(tuple(wings), color, "hall"))


def _fill_yard(site: Site, lot: Ring, axis: Ring, middle: Ring, hall_b: float) -> None:
    rng, px = site.rng, site.px
    across = np.array([-axis[1], axis[0]])
    for side in (-1, 1):
        foot = middle + across * side * (hall_b / 2 + 8 * px)
        if not contains(lot, foot[None])[0]:
            continue
        for at in np.arange(-24, 25, 4.2) * px:
            spot = foot + axis * at
            draw = rng.random()
            if draw < 0.34 and contains(lot, rectangle(spot, across, 14 * px, 3 * px)).all():
                kind = "truck" if draw < 0.16 else "van" if draw < 0.22 else "car"
                site.out.vehicles.append(Vehicle(spot, across, kind))


def _lay_yard(site: Site, lot: Ring) -> None:
    """Open storage: containers in rows, heaps, cars waiting to be sold."""
    rng, px = site.rng, site.px
    _, axis, length, breadth = long_axis(lot)
    draw = rng.random()
    if draw < 0.26:
        site.out.ground.append(Patch(lot, "concrete", site.tone()))
        for at in np.arange(-breadth / 2 + 9 * px, breadth / 2 - 8 * px, 16 * px):
            across = np.array([-axis[1], axis[0]])
            centre = lot.mean(axis=0) + across * at
            put_containers(site, centre, across, int(length * 0.6 / (2.7 * px)), land=None)
    elif draw < 0.7:
        site.out.ground.append(Patch(lot, "dirt", site.tone()))
        for x, y in scatter(inset(lot, 5 * px), rng, spacing_px=13 * px).tolist():
            if rng.random() < 0.6:
                radius = rng.uniform(2.5, 6)
                site.out.crowns.append(Crown(x, y, radius * px, radius * 0.7, "mound"))
    else:
        for at in np.arange(-breadth / 2 + 9 * px, breadth / 2 - 8 * px, 17 * px):
            centre = lot.mean(axis=0) + np.array([-axis[1], axis[0]]) * at
            lay_parking(site, centre, axis, length * 0.74, taken=rng.uniform(0.3, 0.9))


def _lay_green_rim(site: Site) -> None:
    px = site.px
    for start, along, normal, length in edges(site.block.core):
        if not site.chance(0.25 + 0.5 * site.greenness):
            continue
        deep = site.rng.uniform(3, 7) * px
        ring = rectangle(start + along * length / 2 + normal * deep / 2, along, length - 4 * px, deep)
        site.out.ground.append(Patch(ring, "lawn", site.tone(30)))
        plant(site, ring, spacing_m=7, share=0.15 + 0.5 * site.greenness, size_m=(2.0, 3.8))


def lay_school(site: Site) -> None:
    """A school: a building of two or three wings, a yard, a small pitch, trees."""
    rng, px = site.rng, site.px
    site.cover("lawn", 24)
    middle, axis, length, breadth = axis_of(site)
    across = np.array([-axis[1], axis[0]])
    room = inner(site, 3)
    fit = fit_rectangle(room, axis, length * 0.9, breadth * 0.9) if len(room) else None
    if fit is None:
        plant(site, site.block.core, spacing_m=8, share=0.7, size_m=(2.4, 4.6))
        return
    middle, length, breadth = fit
    length, breadth = min(length, 150 * px), min(breadth, 84 * px)
    main = middle - axis * length * 0.26
    yard = rectangle(main + across * breadth * 0.06, axis, length * 0.4, breadth * 0.62)
    site.out.ground.append(Patch(yard, "lot" if site.chance(0.5) else "plaza", site.tone()))
    eave = rng.uniform(7, 12)
    roof = "flat" if site.chance(0.7) else "hip"
    wings = [
        Wing(main - across * breadth * 0.3, axis, length * 0.42, 13 * px, eave, roof, 0.6),
        Wing(main - axis * length * 0.17, across, breadth * 0.7, 12 * px, eave, roof, 0.6),
    ]
    color = FLATS[int(rng.integers(len(FLATS)))] if roof == "flat" else TILES[int(rng.integers(len(TILES)))]
    site.out.buildings.append(Building(tuple(wings), color, "block"))
    game = rectangle(main + across * breadth * 0.12, across, min(26 * px, breadth * 0.4), 13 * px)
    site.out.markings.append(Marking(np.concatenate([game, game[:1]]), 1, 0.7))
    site.clear.append(game)
    pitch_l = min(60.0, length * 0.4 / px)
    lay_pitch(
        site, middle + axis * length * 0.25, axis, length_m=pitch_l, breadth_m=min(breadth / px * 0.7, 38)
    )
    plant_edges(site, site.block.core, share=0.8, radius_m=3.6)
    plant(site, site.block.core, spacing_m=13, share=0.3, size_m=(2.2, 4.4))


def lay_square(site: Site) -> None:
    """A paved square: a church or hall if there is room, stalls, trees in rows, a fountain."""
    rng, px = site.rng, site.px
    material = "plaza" if site.chance(0.6) else "cobble"
    site.cover(material, 24)
    middle, axis, _, breadth = axis_of(site)
    room = inner(site, 4)
    if len(room) == 0:
        return
    for turned, contrast in ((axis, 5.0), (np.array([-axis[1], axis[0]]), 4.0)):
        site.out.furrows.append(Furrows(site.block.ring, turned, rng.uniform(5, 8) * px, contrast))
    plant_edges(site, room, share=0.4 + 0.5 * site.greenness, radius_m=rng.uniform(2.4, 3.6))
    if breadth > 44 * px and site.chance(0.6):
        _put_church(site, middle, axis)
        return
    if site.chance(0.6):
        site.out.ground.append(Patch(disc(middle, 5.4 * px), "sidewalk", 60))
        site.out.ground.append(Patch(disc(middle, 4.2 * px), "pool", -30))
    for x, y in scatter(inset(room, 6 * px), rng, spacing_px=6.5 * px).tolist():
        if np.hypot(x - middle[0], y - middle[1]) > 9 * px and site.chance(0.28):
            tint = [(196, 84, 66), (226, 222, 212), (84, 116, 140), (214, 182, 96)][int(rng.integers(4))]
            site.out.boxes.append(Box(np.array([x, y]), axis, 3.2 * px, 3.0 * px, 2.6, tint))


def _put_church(site: Site, middle: Ring, axis: Ring) -> None:
    px, rng = site.px, site.rng
    across = np.array([-axis[1], axis[0]])
    color = SLATES[int(rng.integers(len(SLATES)))] if site.chance(0.6) else (116, 140, 122)
    wings = (
        Wing(middle, axis, 36 * px, 13 * px, 12.0, "gable", 1.1),
        Wing(middle + axis * 7 * px, across, 26 * px, 10 * px, 11.0, "gable", 1.1),
        Wing(middle - axis * 19 * px, axis, 8 * px, 8 * px, 28.0, "hip", 2.2),
    )
    site.out.buildings.append(Building(wings, color, "none"))


def lay_car_park(site: Site) -> None:
    """A supermarket and its parking."""
    rng, px = site.rng, site.px
    site.cover("lot", 26)
    middle, axis, length, breadth = axis_of(site)
    across = np.array([-axis[1], axis[0]])
    room = inner(site, 4)
    if len(room) == 0:
        return
    lay_from = -breadth / 2 + 12 * px
    if breadth > 60 * px:
        shop = middle + across * (breadth / 2 - 20 * px)
        fit = fit_rectangle(room + (middle - room.mean(axis=0)), axis, length * 0.7, 30 * px)
        if fit is not None and contains(room, rectangle(shop, axis, fit[1], fit[2])).all():
            _put_hall(site, shop, axis, fit[1], fit[2])
            breadth -= 36 * px
    for at in np.arange(lay_from, lay_from + breadth - 20 * px, 17.5 * px):
        centre = middle + across * at
        run = length * 0.86
        while run > 20 * px and not contains(room, rectangle(centre, axis, run, 15 * px)).all():
            run *= 0.86
        if run > 20 * px:
            lay_parking(site, centre, axis, run, taken=rng.uniform(0.35, 0.9))
    plant_edges(site, room, share=0.5 + 0.4 * site.greenness, radius_m=2.8)


def lay_wasteland(site: Site) -> None:
    """Cleared ground that waits: dirt, rubble, weeds, tracks, the odd bush."""
    rng, px, core = site.rng, site.px, site.block.core
    site.cover("dirt", 26)
    n = int(area_of(core) / (900 * px**2)) + 2
    for x, y in rng.uniform(core.min(axis=0), core.max(axis=0), (n * 2, 2)).tolist():
        if contains(inner(site, 4) if len(inner(site, 4)) else core, np.array([[x, y]]))[0]:
            material = str(rng.choice(["rough", "meadow", "rubble", "dirt"], p=[0.5, 0.18, 0.17, 0.15]))
            ring = blob(rng, np.array([x, y]), rng.uniform(6, 22) * px, roughness=0.45)
            if contains(core, ring).all():
                site.out.ground.append(Patch(ring, material, site.tone(30)))
    middle, axis, length, breadth = axis_of(site)
    wave = np.linspace(-0.5, 0.5, 9)[:, None]
    across = np.array([-axis[1], axis[0]])
    trail = middle + axis * wave * length * 0.9 + across * np.sin(wave * 7) * breadth * 0.18
    for aside in (-0.9, 0.9):
        site.out.ground.append(Strip(trail + across * aside * px, 0.8 * px, "track", 30))
    for x, y in scatter(core, rng, spacing_px=24 * px).tolist():
        if site.chance(0.25):
            site.out.crowns.append(Crown(x, y, rng.uniform(1.5, 4) * px, 1.8, "mound"))
    plant(site, core, spacing_m=9, share=0.05 + 0.16 * site.greenness, size_m=(1.0, 2.8))
    if site.chance(0.3):
        put_flat(site, middle, axis, 26, 14, eave_m=5)
