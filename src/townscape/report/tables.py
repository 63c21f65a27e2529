"""The report's numbers as CSV and GeoJSON, for spreadsheets and GIS."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import shapely

from townscape.workspace.folder import write_atomically
from townscape.workspace.records import Indicator, Zone

_COLUMNS = (
    "insight",
    "measure",
    "subject",
    "name",
    "value",
    "unit",
    "low",
    "high",
    "n",
    "n_unit",
    "grade",
    "map_share",
    "labelled_share",
    "labelled_part",
    "from_labels",
    "threshold",
    "verdict",
)


def write_csv(path: Path, indicators: Sequence[Indicator]) -> None:
    """One row per indicator; low and high are the 95 % interval, empty where there is none."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    for i in indicators:
        writer.writerow(
            {
                "insight": i.insight,
                "measure": i.measure,
                "subject": i.subject_kind,
                "name": i.subject_name,
                "value": _rounded(i.value),
                "unit": i.unit,
                "low": _rounded(i.interval.low),
                "high": _rounded(i.interval.high),
                "n": i.n,
                "n_unit": i.n_unit,
                "grade": i.grade,
                **{
                    k: _rounded(i.detail.get(k))
                    for k in ("map_share", "labelled_share", "labelled_part", "from_labels", "threshold")
                },
                "verdict": i.detail.get("verdict", ""),
            }
        )
    write_atomically(path, text.getvalue().encode())


def write_geojson(path: Path, indicators: Sequence[Indicator], zones: Mapping[str, Zone]) -> bool:
    """Zones with their indicators as properties, in longitude and latitude (RFC 7946).

    Returns False, and writes nothing, if the zones have no coordinate system.
    """
    by_zone: dict[str, list[Indicator]] = defaultdict(list)
    for indicator in indicators:
        if indicator.subject_id is not None and indicator.subject_id in zones:
            by_zone[indicator.subject_id].append(indicator)
    features = [_feature(zones[zone_id], found) for zone_id, found in by_zone.items()]
    if any(feature is None for feature in features):
        return False
    content = {"type": "FeatureCollection", "features": features}
    write_atomically(path, (json.dumps(content) + "\n").encode())
    return True


def _feature(zone: Zone, indicators: Sequence[Indicator]) -> dict[str, Any] | None:
    outline = _in_degrees(zone)
    if outline is None:
        return None
    properties: dict[str, Any] = {"name": zone.name}
    for i in indicators:
        properties[i.measure] = _rounded(i.value)
        if i.interval.is_known:
            properties[f"{i.measure} low"] = _rounded(i.interval.low)
            properties[f"{i.measure} high"] = _rounded(i.interval.high)
        if i.unit != "share":
            properties[f"{i.measure} unit"] = i.unit
        if "verdict" in i.detail:
            properties[f"{i.measure} verdict"] = i.detail["verdict"]
    properties["grade"] = indicators[0].grade
    geometry = json.loads(shapely.to_geojson(outline))
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _in_degrees(zone: Zone) -> Any:
    if zone.crs is None:
        return None
    from pyproj import Transformer

    to_degrees = Transformer.from_crs(zone.crs, "EPSG:4326", always_xy=True)
    outline = shapely.from_wkb(zone.outline_wkb)
    moved = shapely.transform(outline, lambda p: _stack(to_degrees.transform(p[:, 0], p[:, 1])))
    return shapely.orient_polygons(shapely.set_precision(moved, 1e-7))


def _stack(columns: Any) -> Any:
    import numpy as np

    return np.stack(columns, axis=1)


def _rounded(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else ("" if value is None else value)
