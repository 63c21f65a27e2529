"""GeoJSON: one file of polygons for each image, in longitude and latitude (RFC 7946).

`labels/x.geojson` has a feature for each region and for each object, and beside the features our own
members `classes` and `picture`, which says how the image lies on the ground. Coordinates are
reprojected from the image's system; edges longer than 64 pixels get points between, so that they
stay where they are. Images without a place on the ground cannot be written: GeoJSON has nothing else.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from townscape.core.errors import InputError, NothingToRead, UsageError
from townscape.core.spaces import Transform
from townscape.formats.codecs.json_stream import JsonFile
from townscape.formats.files import Files, Out, part_of
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Grid,
    Item,
    Loss,
    Picture,
    Plan,
    Scheme,
    Source,
    SourceClass,
    Writer,
)
from townscape.formats.gis.foreign_layers import open_foreign
from townscape.formats.gis.named_classes import named_classes, picture_name, scheme_of, source_class
from townscape.formats.gis.outline_shapes import outline_shapes
from townscape.formats.gis.vector_file import reproject, require_geo
from townscape.formats.gis.vector_layers import Ground, Sheet, VectorSource
from townscape.formats.labels import ExportLabels

TITLE = "GeoJSON"
SPEC = "https://www.rfc-editor.org/rfc/rfc7946"
RULE = "pixels whose centre lies inside, even-odd; later features lie on top"
VARIANTS = ("polygons",)
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
_CRS = "EPSG:4326"
_MAX_STEP_PX = 64.0


def detect(files: Files) -> str | None:
    """By GeoJSON files, where there is no GeoPackage and no Shapefile beside them."""
    names = files.find("*.geojson")
    if not names or files.find("*.gpkg", "*.shp"):
        return None
    return f"{names[0]} is GeoJSON"


def read(files: Files) -> Source:
    """Open our own files, or those that others made. Raises `MissingExtra` without the `geo` extra."""
    require_geo("Reading GeoJSON")
    names = files.find("*.geojson")
    if not names:
        raise NothingToRead("There is no GeoJSON file.")
    is_own = any(_is_own(files, name) for name in names[:3])
    return _open_own(files, names) if is_own else open_foreign(files, names)


def _is_own(files: Files, name: str) -> bool:
    try:
        return bool(_head(files, name))
    except InputError:
        return False


def _head(files: Files, name: str) -> dict[str, Any]:
    """Our own members of a file, which stand before its features."""
    classes: list[Any] = []
    for key, _, value in JsonFile(files.path(name), name).parsed("classes", "picture"):
        if key == "picture" and isinstance(value, dict):
            return {"classes": classes, "picture": value}
        classes.append(value)
    return {}


def _open_own(files: Files, names: Sequence[str]) -> VectorSource:
    problems: list[tuple[str, str]] = []
    pictures: list[Picture] = []
    classes: dict[str, SourceClass] = {}
    for name in names:
        try:
            head = _head(files, name)
            picture = head["picture"]
            width, height = int(picture["width"]), int(picture["height"])
            ground = Ground(width, height, Transform(*map(float, picture["transform"])), str(picture["crs"]))
            shown, part = str(picture["file"]), str(picture["part"])
        except InputError as error:
            problems.append((name, error.message))
            continue
        except (KeyError, TypeError, ValueError, OverflowError):
            problems.append((name, "it does not say which picture it belongs to and how that lies"))
            continue
        if not 0 < width <= 1 << 20 >= height > 0 or not ground.transform or not ground.transform.determinant:
            problems.append((name, "the size or the place of its picture cannot be"))
            continue
        for entry in head["classes"]:
            if isinstance(entry, dict):
                found = source_class(entry.get("name"), entry.get("color"), entry.get("kind"))
                classes.setdefault(found.value, found)
        here = name.rpartition("labels/")[0]
        sheet = Sheet(
            files.path(name), None, _CRS, "class", is_placed=False, object_column="object",
            attributes_column="attributes",
        )  # fmt: skip
        image = files.find_image(f"{here}images/{shown}")
        grid = Grid(width, height, ground.transform)
        pictures.append(Picture(shown, image, ((sheet,), ground), part_of(part), grid=grid, by_windows=True))
    return VectorSource(pictures, list(classes.values()), (), problems)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Classes by name."""
    return scheme_of(classes)


def write(out: Out, plan: Plan) -> Writer:
    """A writer. Raises `MissingExtra` without the `geo` extra."""
    require_geo("Writing GeoJSON")
    return _GeoJsonWriter(plan)


@dataclass
class _GeoJsonWriter:
    plan: Plan

    def image_path(self, item: Item) -> str:
        return f"images/{picture_name(item)}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        import shapely

        if item.crs is None or item.transform is None:
            raise UsageError(
                f"{item.name} has no place on the ground, and GeoJSON has longitude and latitude only.",
                hint="use `geopackage`, which also holds outlines in pixels.",
            )
        outlined, shapes = outline_shapes(
            labels,
            item.transform,
            simplify_px=self.plan.simplify_px,
            max_step_px=_MAX_STEP_PX,
            to_world=partial(reproject, source=item.crs, target=_CRS),
        )
        classes = named_classes(self.plan.classes)
        picture = picture_name(item)
        features: list[str] = []
        for outline, geometry in zip(outlined, shapely.to_geojson(shapes).tolist(), strict=True):
            named, number = classes[outline.class_index], outline.object_number or None
            properties = {
                "picture": picture,
                "class": named.name,
                "value": named.value,
                "object": number,
                "color": named.color,
                "attributes": dict(labels.objects[number - 1].attributes) if number else {},
            }
            features.append(
                f'{{"type": "Feature", "properties": {json.dumps(properties, ensure_ascii=False)}, '
                f'"geometry": {geometry}}}'
            )
        head = {
            "type": "FeatureCollection",
            "classes": [
                {"value": c.value, "name": c.name, "color": c.color, "kind": c.kind} for c in classes.values()
            ],
            "picture": {
                "file": picture,
                "part": item.part,
                "width": item.width,
                "height": item.height,
                "crs": item.crs,
                "transform": list(item.transform),
            },
        }
        text = json.dumps(head, ensure_ascii=False).removesuffix("}")
        content = f'{text}, "features": [\n' + ",\n".join(features) + "\n]}\n"
        return Encoded({f"labels/{picture.removesuffix(item.suffix)}.geojson": content.encode()})

    def add(self, out: Out, item: Item, entry: Any) -> None:
        """Files stand for themselves."""

    def close(self, out: Out) -> None:
        """Nothing is left to write."""
