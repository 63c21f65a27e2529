"""What every insight must do."""

import json

import numpy as np
import shapely

from townscape.core.taxonomy import Taxonomy, read_taxonomy
from townscape.insights.evidence import Evidence, PhotoShares, ZoneAreas
from townscape.insights.kinds import get_insight
from townscape.workspace.records import Zone


def check(name: str) -> None:
    """Says what it does not prove; gives numbers with unit, n and grade in the range of their unit;
    puts them in words and into a chart that can be drawn; is silent without evidence.
    """
    insight = get_insight(name)
    assert insight.TITLE, f"{name} has no title"
    assert insight.DOES_NOT_PROVE.endswith("."), f"{name} does not say what it does not prove"
    for taxonomy_name in ("land-cover", "cityscapes"):
        taxonomy = read_taxonomy(taxonomy_name)
        evidence = evidence_of(taxonomy, zones=insight.SUBJECT == "zones")
        indicators = insight.compute(evidence)
        for i in indicators:
            assert i.unit, f"{name}: {i.measure} has no unit"
            assert i.insight == name, f"{name} calls itself {i.insight}"
            assert i.grade in ("A", "B", "C"), f"{name}: {i.measure} has grade {i.grade}"
            assert i.n >= 0, f"{name}: {i.measure} has n {i.n}"
            assert i.n_unit, f"{name}: {i.measure} does not say of what n counts"
            if i.unit == "share" and i.value is not None:
                assert 0 <= i.value <= 1, f"{name}: {i.measure} is {i.value}"
        if indicators:
            words = insight.explain(indicators)
            assert words.endswith("."), f"{name} explains itself in no sentence: {words!r}"
            chart = insight.chart(indicators, {c.name.lower(): c.color for c in taxonomy.active})
            json.dumps(chart)
        other = evidence_of(taxonomy, zones=insight.SUBJECT != "zones")
        assert insight.compute(other) == [], f"{name} finds something without evidence for it"


def evidence_of(taxonomy: Taxonomy, *, zones: bool) -> Evidence:
    """Two zones, one of them empty; or six photos of two streets, one of them without a pixel."""
    n = len(taxonomy.channels)
    areas = np.stack([np.arange(1.0, n + 1) * 100, np.zeros(n)])
    square = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    places = [
        Zone(id=str(k), zone_set="zones", position=k, name=f"Zone {k}", crs=None, outline_wkb=square)
        for k in range(2)
    ]
    nothing = np.zeros_like(areas)
    table = ZoneAreas(places, areas, np.zeros(2), areas.sum(axis=1), nothing, nothing, areas, "m²")
    pixels = np.random.default_rng(0).integers(0, 500, (6, n)).astype(float)
    pixels[5] = 0
    names = [f"{k}.jpg" for k in range(6)]
    photos = PhotoShares(names, names, ["a", "a", "a", "b", "b", None], ["a"] * 3 + ["b"] * 3, pixels)
    return Evidence(
        taxonomy=taxonomy,
        model_id="m",
        zones=table if zones else None,
        photos=None if zones else photos,
        held_out=None,
        green=taxonomy.with_trait("green"),
        sealed=taxonomy.with_trait("sealed"),
        green_threshold=0.3,
        min_images=2,
    )
