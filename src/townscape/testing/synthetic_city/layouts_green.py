"""Layouts of green blocks: parks, groves, sports grounds, fields and allotments."""

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
    split,
    thickness,
)
from townscape.testing.synthetic_city.inventory import (
    Box,
    Building,
    Crown,
    Furrows,
    Hedge,
    Marking,
    Patch,
    Strip,
    Wing,
)
from townscape.testing.synthetic_city.pieces import (
    Site,
    axis_of,
    inner,
    lay_parking,
    lay_path,
    lay_pitch,
    lay_playground,
    plant,
    plant_edges,
    plant_grove,
    put_flat,
)
from townscape.testing.synthetic_city.roofs import TILES


def lay_pocket(site: Site) -> None:
    """A small park: lawn, a path across, trees around."""
    rng, core = site.rng, site.block.core
    site.cover("lawn", 30)
    middle, axis, length, breadth = axis_of(site)
    across = np.array([-axis[1], axis[0]])
    bend = across * rng.uniform(-0.25, 0.25) * breadth
    lay_path(site, np.array([middle - axis * length / 2, middle + bend, middle + axis * length / 2]))
    if site.chance(0.5):
        lay_path(
            site, np.array([middle - across * breadth / 2, middle + bend, middle + across * breadth / 2])
        )
    if breadth > 34 * site.px and site.chance(0.6):
        lay_playground(site, middle - axis * length * 0.2 + bend)
    plant_edges(site, core, share=0.7, radius_m=rng.uniform(3, 4.4))
    plant(site, core, spacing_m=10, share=rng.uniform(0.2, 0.6), size_m=(2.4, 5.4))


def lay_woodland(site: Site) -> None:
    """A wood with a ride through it and a clearing."""
    site.cover("floor", 20)
    plant(site, site.block.core, spacing_m=6.2, share=0.9, size_m=(2.6, 5.4))
    middle, axis, length, breadth = axis_of(site)
    across = np.array([-axis[1], axis[0]])
    line = middle + axis * np.linspace(-0.5, 0.5, 7)[:, None] * length
    lay_path(site, line + across * site.rng.normal(0, 0.1, (7, 1)) * breadth, width_m=6, material="track")
    clearing = blob(site.rng, middle + across * breadth * 0.25, min(breadth * 0.12, 40 * site.px))
    site.out.ground.append(Patch(clearing, "meadow", 10))
    site.out.crowns[:] = [
        crown for crown in site.out.crowns if not contains(clearing, np.array([[crown.x, crown.y]]))[0]
    ]


def lay_park(site: Site) -> None:  # noqa: PLR0912 - one park, top to bottom
    """A large park: meadows, groves, a pond, winding paths, pitches, a playground, a pavilion."""
    rng, px, core = site.rng, site.px, site.block.core
    site.cover("lawn", 16)
    area = area_of(core) / px**2
    room = inner(site, 10)
    if len(room) == 0 or thickness(core) < 30 * px:
        lay_pocket(site)
        return
    spots = scatter(room, rng, spacing_px=72 * px)
    rng.shuffle(spots)
    for spot in spots[: max(1, int(area / 16_000))]:
        meadow = blob(rng, spot, rng.uniform(22, 46) * px, roughness=0.35)
        site.out.ground.append(Patch(meadow, "meadow" if site.chance(0.6) else "rough", site.tone()))
    middle, axis, length, breadth = axis_of(site)
    ring_path = blob(rng, middle, 0.36 * breadth, roughness=0.3)
    stretch = 1 + 0.6 * (length / breadth - 1)
    ring_path = ring_path + np.outer((ring_path - middle) @ axis, axis) * (stretch - 1)
    lay_path(site, np.concatenate([ring_path, ring_path[:1]]), width_m=3.4)
    for start, along, _, edge in edges(core):
        if edge > 60 * px:
            gate = start + along * edge * rng.uniform(0.3, 0.7)
            nearest = ring_path[np.hypot(*(ring_path - gate).T).argmin()]
            bow = rng.normal(0, 9, 2) * px
            lay_path(site, np.array([gate, (gate + nearest) / 2 + bow, nearest]), width_m=2.8)
    if area > 22_000:
        pond = blob(rng, middle + axis * length * rng.uniform(-0.2, 0.2), rng.uniform(0.1, 0.17) * breadth)
        site.out.ground.append(Patch(pond, "pond"))
        rim = np.concatenate([pond, pond[:1]])
        site.out.ground.append(Strip(rim, 1.4 * px, "floor", -40))
        for x, y in pond[:: int(rng.integers(2, 5))].tolist():
            away = np.array([x, y]) + rng.normal(0, 5, 2) * px
            site.out.crowns.append(Crown(float(away[0]), float(away[1]), rng.uniform(2, 5) * px, 9))
        site.clear.append(pond)
        spots = spots[~contains(middle + (pond - middle) * 1.25, spots)]
    for k, spot in enumerate(spots):
        draw = rng.random()
        if k == 0:
            lay_playground(site, spot)
            put_flat(site, spot + axis * 16 * px, axis, 14, 9, eave_m=3.6)
        elif draw < 0.14 and area > 40_000 and np.hypot(*(ring_path - spot).T).min() > 42 * px:
            if contains(room, rectangle(spot, axis, 64 * px, 42 * px)).all():
                lay_pitch(site, spot, axis, length_m=64, breadth_m=42)
        elif draw < 0.52:
            grove = blob(rng, spot, rng.uniform(15, 32) * px, roughness=0.4)
            if contains(core, grove).all():
                plant_grove(site, grove)
    clumps = scatter(core, rng, spacing_px=46 * px)
    for at in clumps:
        copse = blob(rng, at, rng.uniform(8, 26) * px, roughness=0.5)
        if site.chance(0.6) and contains(core, copse).all():
            plant(site, copse, spacing_m=8.5, share=rng.uniform(0.3, 0.8), size_m=(2.6, 6.2))
    plant(site, core, spacing_m=24, share=0.3, size_m=(3.4, 6.4))
    plant_edges(site, core, share=0.75, radius_m=4.2)


def lay_sports(site: Site) -> None:
    """A stadium pitch with a running track, courts, a club house and parking."""
    rng, px = site.rng, site.px
    site.cover("lawn", 20)
    middle, axis, length, breadth = axis_of(site)
    across = np.array([-axis[1], axis[0]])
    centre = middle - axis * max(0.0, length - 176 * px) * 0.25
    run = np.concatenate(
        [_half_circle(centre, axis, 42, 36.5, px), _half_circle(centre, -axis, 42, 36.5, px)]
    )
    site.out.ground.append(Strip(np.concatenate([run, run[:2]]), 9 * px, "tartan", site.tone(10)))
    lay_pitch(site, centre, axis, length_m=98, breadth_m=62)
    for k in range(3):
        at = centre + axis * (100 + 20 * k) * px
        if contains(site.block.core, rectangle(at, across, 36 * px, 18 * px)).all():
            court = rectangle(at, across, 34 * px, 17 * px)
            site.out.ground.append(Patch(court, "tartan" if site.chance(0.6) else "court", site.tone()))
            box = rectangle(at, across, 23.8 * px, 11 * px)
            site.out.markings.append(_closed_marking(box))
    put_flat(site, centre + across * min(breadth / 2 - 7 * px, 52 * px), axis, 26, 10, eave_m=4)
    if breadth > 110 * px:
        lay_parking(
            site, centre - across * (breadth / 2 - 10 * px), axis, 70 * px, taken=rng.uniform(0.1, 0.6)
        )
    plant_edges(site, site.block.core, share=0.9, radius_m=4.0)


def lay_fields(site: Site) -> None:
    """Long fields under different crops, with margins, tracks and hedgerows."""
    rng, px = site.rng, site.px
    site.cover("meadow", 20)
    _, axis, _, _ = axis_of(site)
    turn = rng.normal(0, 0.1)
    along = np.array([axis[0] - turn * axis[1], axis[1] + turn * axis[0]])
    for ring in _strips(site, site.block.core, along):
        field = inset(ring, rng.uniform(0.8, 2.2) * px)
        if len(field) == 0 or thickness(field) < 5 * px:
            continue
        kind = str(rng.choice(["ploughed", "crop", "ripe", "meadow", "rough", "wood"],
                              p=[0.23, 0.27, 0.15, 0.19, 0.06, 0.10]))  # fmt: skip
        if kind == "wood":
            plant_grove(site, field)
            continue
        site.out.ground.append(Patch(field, kind, site.tone(30)))
        if kind in {"ploughed", "crop", "ripe"}:
            period, contrast = rng.uniform(1.6, 3.4) * px, rng.uniform(4, 11)
            site.out.furrows.append(Furrows(field, along, period, contrast))
            site.out.furrows.append(Furrows(field, along, rng.uniform(18, 27) * px, rng.uniform(3, 7)))
        for start, direction, _, length in edges(field):
            if length > 50 * px and site.chance(0.16):
                margin = Strip(np.array([start, start + direction * length]), 3 * px, "track", site.tone())
                site.out.ground.append(margin)
            elif length > 50 * px and site.chance(0.16):
                site.out.hedges.append(Hedge(np.array([start, start + direction * length]), 2.6 * px))
                for t in rng.uniform(0, length, int(length / (14 * px))):
                    x, y = start + direction * t
                    site.out.crowns.append(Crown(float(x), float(y), rng.uniform(1.8, 4) * px, 8))


def _strips(site: Site, core: Ring, along: Ring) -> list[Ring]:
    rng, px = site.rng, site.px
    across = np.array([-along[1], along[0]])
    reach = core @ across
    out: list[Ring] = []
    rest = core
    at = float(reach.min()) + rng.uniform(36, 90) * px
    while at < reach.max() - 20 * px and len(rest):
        (first, _), (second, _) = split(rest, [0.0] * len(rest), origin=across * at, along=along, tag=0.0)
        behind, rest = sorted((first, second), key=lambda r: float((r @ across).max()) if len(r) else -1e9)
        if len(behind):
            out += parcels(behind, rng, area_px=rng.uniform(9_000, 26_000) * px**2)
        at += rng.uniform(32, 90) * px
    return [*out, rest] if len(rest) else out


def lay_allotments(site: Site) -> None:
    """Small gardens with sheds, beds and fruit trees, between paths."""
    rng, px = site.rng, site.px
    site.cover("rough", 16)
    _, axis, _, _ = axis_of(site)
    for parcel in parcels(site.block.core, rng, area_px=rng.uniform(210, 320) * px**2):
        lot = inset(parcel, 0.9 * px)
        if len(lot) == 0 or thickness(lot) < 3 * px:
            continue
        site.out.ground.append(Patch(lot, str(rng.choice(["garden", "lawn", "soil"], p=[0.45, 0.4, 0.15])),
                                     site.tone(36)))  # fmt: skip
        middle, along, length, breadth = long_axis(lot)
        across = np.array([-along[1], along[0]])
        for _ in range(int(rng.integers(1, 4))):
            at = (
                middle + along * rng.uniform(-0.3, 0.3) * length + across * rng.uniform(-0.22, 0.22) * breadth
            )
            bed = rectangle(at, along, rng.uniform(3, 7) * px, rng.uniform(1.6, 4.5) * px)
            site.out.ground.append(Patch(bed, "soil" if site.chance(0.5) else "crop", site.tone(30)))
            site.out.furrows.append(Furrows(bed, along, 1.4 * px, 13))
        if site.chance(0.8):
            _put_hut(site, middle + along * length * rng.choice([-0.36, 0.36]), along)
        if site.chance(0.5):
            for start, direction, normal, edge in edges(lot)[:2]:
                a = start + normal * 0.6 * px
                site.out.hedges.append(Hedge(np.array([a, a + direction * edge]), px))
        plant(site, lot, spacing_m=5, share=0.1 + 0.2 * site.greenness, size_m=(1.0, 2.6))
    if thickness(site.block.core) > 20 * px:
        line = (
            site.block.core.mean(axis=0)
            + axis * np.linspace(-0.5, 0.5, 5)[:, None] * long_axis(site.block.core)[2]
        )
        lay_path(site, line, width_m=3.2, material="track")


def _put_hut(site: Site, at: Ring, along: Ring) -> None:
    px, rng = site.px, site.rng
    if site.chance(0.25):
        site.out.boxes.append(Box(at, along, 4.4 * px, 2.6 * px, 2.2, (186, 198, 196), "building"))
        return
    color = TILES[int(rng.integers(len(TILES)))] if site.chance(0.6) else (96, 92, 90)
    wing = Wing(at, along, rng.uniform(3.6, 5.4) * px, rng.uniform(3, 4) * px, 2.2, "gable", 0.5)
    site.out.buildings.append(Building((wing,), color, "none"))


def _half_circle(centre: Ring, axis: Ring, half_m: float, radius_m: float, px: float) -> Ring:
    across = np.array([-axis[1], axis[0]])
    turn = np.linspace(-np.pi / 2, np.pi / 2, 20)[:, None]
    bow = np.cos(turn) * axis + np.sin(turn) * across
    return centre + axis * half_m * px + bow * radius_m * px


def _closed_marking(ring: Ring) -> Marking:
    return Marking(np.concatenate([ring, ring[:1]]), 1, 0.9)
