"""Maps as inline SVG: a picture of the ground with zones on it, scale bar and north arrow."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from markupsafe import Markup

from townscape.paper.page import fill_template

RAMP = ("#8c4b2f", "#cf9a5d", "#e9dcb4", "#a3bf86", "#4f8250")
"""Five steps from little to much, told apart by lightness and by the colour-blind."""

_WIDTH = 920.0
_LETTER_PX = 6.6


@dataclass(frozen=True, slots=True)
class MapZone:
    """A zone to draw: outline in picture pixels, value (None: no data), and whether it is doubtful."""

    name: str
    outline: shapely.Geometry
    value: float | None
    is_doubtful: bool
    tip: str


def class_breaks(values: Sequence[float], n: int = len(RAMP)) -> list[float]:
    """Quantile breaks for at most `n` colour steps, rounded to whole per cents, ends included."""
    if not values:
        return [0.0, 1.0]
    edges = np.quantile(values, np.linspace(0, 1, n + 1))
    edges[0], edges[-1] = np.floor(edges[0] * 100) / 100, np.ceil(edges[-1] * 100) / 100
    edges[1:-1] = np.round(edges[1:-1], 2)
    kept = sorted({float(e) for e in edges})
    return kept if len(kept) > 1 else [kept[0], kept[0] + 0.01]


def step_of(value: float, breaks: Sequence[float]) -> int:
    """Colour step of a value: 0 … len(breaks) − 2."""
    return int(np.clip(np.searchsorted(breaks, value, side="right") - 1, 0, len(breaks) - 2))


def step_color(step: int, n_steps: int) -> str:
    """Colour of a step, spread over the ramp."""
    place = 0 if n_steps == 1 else round(step * (len(RAMP) - 1) / (n_steps - 1))
    return RAMP[place]


def draw_zone_map(
    picture: str,
    width: float,
    height: float,
    zones: Sequence[MapZone],
    *,
    metres_per_px: float | None,
    north_is_up: bool,
    title: str,
    filled: bool = True,
) -> Markup:
    """The map; `picture` is a data URI, and zone outlines are in its width × height space.

    Doubtful zones are hatched, zones without data are left clear with a dashed border.
    """
    scale = _WIDTH / width
    breaks = class_breaks([z.value for z in zones if z.value is not None])
    values = {
        "picture": picture,
        "title": title,
        "pattern": f"doubt-{zlib.crc32(title.encode()):08x}",
        "width": round(_WIDTH),
        "height": round(height * scale, 1),
        "zones": [_drawn(zone, breaks, scale, filled=filled) for zone in zones],
        "bar": _scale_bar(metres_per_px / scale) if metres_per_px else None,
        "north_is_up": north_is_up,
    }
    return fill_template("map.svg.j2", values)


def legend_entries(values: Sequence[float]) -> list[tuple[str, str]]:
    """(colour, text) of each colour step."""
    breaks = class_breaks(values)
    n = len(breaks) - 1
    return [(step_color(k, n), f"{breaks[k] * 100:.0f}–{breaks[k + 1] * 100:.0f}\u202f%") for k in range(n)]


def _drawn(zone: MapZone, breaks: Sequence[float], scale: float, *, filled: bool) -> dict[str, Any]:
    """What the template needs to draw a zone."""
    shows_value = filled and zone.value is not None
    color = step_color(step_of(zone.value or 0.0, breaks), len(breaks) - 1) if shows_value else None
    x, y = shapely.get_coordinates(shapely.point_on_surface(zone.outline))[0] * scale
    left, _, right, _ = shapely.bounds(zone.outline) * scale
    return {
        "path": _path(zone.outline, scale),
        "color": color,
        "is_empty": zone.value is None,
        "is_doubtful": zone.is_doubtful and shows_value,
        "tip": zone.tip,
        "name": zone.name,
        "text": f"{zone.value * 100:.0f}\u202f%" if filled and zone.value is not None else "",
        "x": round(float(x), 1),
        "y": round(float(y), 1),
        "has_room": len(zone.name) * _LETTER_PX <= right - left,
    }


def _path(outline: shapely.Geometry, scale: float) -> str:
    parts: list[str] = []
    for polygon in shapely.get_parts(outline):
        if polygon.geom_type != "Polygon":
            continue
        for ring in (polygon.exterior, *polygon.interiors):
            points = shapely.get_coordinates(ring) * scale
            parts.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points[:-1]) + "Z")
    return "".join(parts)


def _scale_bar(metres_per_unit: float) -> dict[str, Any]:
    """Length and text of a bar of about a fifth of the map's width."""
    target = metres_per_unit * _WIDTH * 0.2
    magnitude = 10.0 ** np.floor(np.log10(target))
    length_m = float(max(m for m in (1, 2, 5, 10) if m * magnitude <= target) * magnitude)
    text = f"{length_m / 1000:g}\u202fkm" if length_m >= 1000 else f"{length_m:g}\u202fm"
    return {"length": round(length_m / metres_per_unit, 1), "text": text}
