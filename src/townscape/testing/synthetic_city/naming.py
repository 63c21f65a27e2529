"""Invented names for districts: neutral, of no real place, each used once."""

from numpy.random import Generator

NAMES: dict[str, tuple[str, ...]] = {
    "centre": ("Old Market", "Lantern Quarter", "Coppergate", "Bellfounders", "Threebridge", "Guildhall Rise",
               "Spicers Row", "Mintgate"),
    "waterfront": ("Old Harbour", "Mill Quay", "Ferry Landing", "Ropewalk", "Eelmarket", "Lockside"),
    "rows": ("Weavers Field", "Tanner Street", "Linden Hill", "Brickfield", "Foxglove Row", "Saltergate",
             "Candle Lane", "Plumtree", "Dyers Green", "Cooper Cross"),
    "houses": ("Larkmoor", "Orchard Rise", "Hazel Bank", "Willowend", "Rosefield", "Upper Thornley",
               "Lower Thornley", "Beekeepers Hill", "Applecombe", "Wrenhurst"),
    "highrise": ("Skyline Gardens", "Northfield Towers", "Pinewood Estate", "Sunray Estate", "Kestrel Park",
                 "Broadmeadow"),
    "industry": ("Iron Yards", "Gasworks", "Freight Side", "Kiln End", "Cableworks", "Southern Sidings"),
    "park": ("Kings Meadow", "Heron Park", "Great Common", "Beech Grounds", "Swanwater", "Observatory Park"),
    "development": ("New Foundry", "Railway Fields", "Harbour Reach", "Long Wharf", "Drydock", "Eastgate"),
    "fields": ("Barley Rim", "Crowland", "Far Acre", "Windmill Fields", "Long Furrow", "Hollow Farm"),
    "allotments": ("Bean Row", "Sparrow Plots", "Garden Edge", "Cherry Plots", "Quince Hill"),
}  # fmt: skip
"""By character of the district."""

_SIDES = ("North", "South", "East", "West", "Upper", "Lower", "Little", "New", "Inner", "Outer")


def draw_names(rng: Generator, characters: tuple[str, ...]) -> tuple[str, ...]:
    """One name for each district, in the same order, no two alike."""
    pools = {kind: list(rng.permutation(names)) for kind, names in NAMES.items()}
    taken: set[str] = set()
    out: list[str] = []
    for character in characters:
        pool = pools[character]
        name = str(pool.pop()) if pool else ""
        while not name or name in taken:
            name = f"{rng.choice(_SIDES)} {rng.choice(NAMES[character])}"
        taken.add(name)
        out.append(name)
    return tuple(out)
