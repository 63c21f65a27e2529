"""Zones: read from GeoJSON or GeoPackage, or drawn as a grid; and mapped area within them.

Zones are laid on an image in the image's own pixel space, so that rotated rasters and rasters
in degrees need no resampling. Pixels on a zone's border count by the part of them that is
inside (exactextract).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray

from townscape.core.errors import InputError, MissingExtra, NothingToRead
from townscape.core.ids import new_id
from townscape.core.spaces import Window
from townscape.workspace.records import Image, Zone

BLOCK_PX = 1024
_NAME_FIELDS = ("name", "zone", "district", "neighbourhood", "neighborhood", "label", "title", "id")


def read_zones(path: Path, *, name_field: str | None, zone_set: str) -> list[Zone]:
    """Polygons of a GeoJSON or GeoPackage file.

    Raises `InputError` for files that cannot be read, have no CRS or no polygons, and
    `MissingExtra` without the `geo` extra.
    """
    try:
        import geopandas
        from pyogrio.errors import DataLayerError, DataSourceError
    except ImportError as error:
        raise MissingExtra("Reading zones", extra="geo") from error
    if not path.is_file():
        raise InputError(f"There is no zones file {path}.", hint="name a GeoJSON or GeoPackage file.")
    try:
        frame = geopandas.read_file(path)
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read as zones: {error}.", hint="save it as GeoPackage."
        ) from error
    found_crs = frame.crs
    if found_crs is None:
        raise InputError(f"{path} says no coordinate system.", hint="save it with its CRS, as a GeoPackage.")
    outlines = frame.geometry
    usable = outlines.geom_type.isin(["Polygon", "MultiPolygon"]) & ~outlines.is_empty
    if not usable.any():
        raise NothingToRead(f"{path} holds no polygons.", hint="zones are areas: polygons with a name.")
    frame = frame[usable]
    names = _names(frame, name_field, path)
    code = found_crs.to_epsg()
    crs = f"EPSG:{code}" if code else found_crs.to_wkt()
    return [
        Zone(
            id=new_id(),
            zone_set=zone_set,
            position=position,
            name=name,
            crs=crs,
            outline_wkb=shapely.to_wkb(shapely.make_valid(outline)),
        )
        for position, (name, outline) in enumerate(zip(names, frame.geometry, strict=True))
    ]


def grid_zones(images: Sequence[Image], *, side: int, zone_set: str) -> list[Zone]:
    """A grid of side × side equal cells over each raster, named by row and column (A1, B1 …)."""
    zones: list[Zone] = []
    for image in images:
        xs = np.linspace(0, image.width, side + 1)
        ys = np.linspace(0, image.height, side + 1)
        prefix = f"{image.stem} " if len(images) > 1 else ""
        for row in range(side):
            for column in range(side):
                box = shapely.box(xs[column], ys[row], xs[column + 1], ys[row + 1])
                t = image.geo_transform
                world = shapely.affinity.affine_transform(box, [t.a, t.b, t.d, t.e, t.c, t.f])
                zones.append(
                    Zone(
                        id=new_id(),
                        zone_set=zone_set,
                        position=len(zones),
                        name=f"{prefix}{_column_name(column)}{row + 1}",
                        crs=image.crs,
                        outline_wkb=shapely.to_wkb(world),
                    )
                )
    return zones


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of an image within a zone: its window and the share of each pixel inside."""

    window: Window
    coverage: NDArray[np.float64] | None
    """Height × width, 0…1; None where the whole block is inside."""


def pieces_of(outline: shapely.Geometry, image: Image) -> Iterator[Piece]:
    """The blocks of an image that a zone covers, each with its coverage."""
    left, top, right, bottom = shapely.bounds(outline)
    area = Window(
        int(np.floor(left)),
        int(np.floor(top)),
        int(np.ceil(right) - np.floor(left)),
        int(np.ceil(bottom) - np.floor(top)),
    ).clip(image.width, image.height)
    shapely.prepare(outline)
    for y in range(area.y // BLOCK_PX * BLOCK_PX, area.y + area.height, BLOCK_PX):
        for x in range(area.x // BLOCK_PX * BLOCK_PX, area.x + area.width, BLOCK_PX):
            block = Window(x, y, BLOCK_PX, BLOCK_PX).clip(image.width, image.height)
            box = shapely.box(block.x, block.y, block.x + block.width, block.y + block.height)
            if not shapely.intersects(outline, box):
                continue
            if shapely.contains_properly(outline, box):
                yield Piece(block, None)
            else:
                yield Piece(block, _coverage(outline, block))


def _coverage(outline: shapely.Geometry, block: Window) -> NDArray[np.float64]:
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource

    # exactextract counts y upwards: the block is laid at −y, the outline mirrored likewise.
    indices = np.zeros((block.height, block.width), dtype=np.int32)
    source = NumPyRasterSource(indices, block.x, -(block.y + block.height), block.x + block.width, -block.y)
    mirrored = shapely.affinity.scale(outline, yfact=-1, origin=(0, 0))
    feature = {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(mirrored))}
    found: Any = exact_extract(source, [feature], ["cell_id", "coverage"])
    properties: dict[str, Any] = found[0]["properties"]
    out = np.zeros(block.height * block.width, dtype=np.float64)
    out[np.asarray(properties["cell_id"], dtype=np.intp)] = properties["coverage"]
    return out.reshape(block.height, block.width)


def _names(frame: Any, name_field: str | None, path: Path) -> list[str]:
    columns = [c for c in frame.columns if c != frame.geometry.name]
    if name_field is not None and name_field not in columns:
        raise InputError(f"{path} has no field {name_field!r}.", hint=f"it has {', '.join(columns)}.")
    field = name_field or next(
        (c for wanted in _NAME_FIELDS for c in columns if str(c).lower() == wanted), None
    )
    if field is None:
        return [f"zone {k + 1}" for k in range(len(frame))]
    return [str(value) for value in frame[field]]


def _column_name(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
