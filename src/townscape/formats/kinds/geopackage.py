"""GeoPackage: outlines of classes and objects, in world coordinates, with colours for QGIS.

`labels.gpkg` has a layer `labels` of polygons with holes, one for each region and one for each
object; further layers `labels_2` … where images have other coordinate systems. The tables `pictures`
and `classes` say where each image's pixels lie and which classes there are. Images without a place
on the ground have coordinates in pixels, y down. Read are also GeoPackages, Shapefiles and GeoJSON
that others made: by the column that names the image, or by where the image lies.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from townscape.core.errors import InputError, NothingToRead
from townscape.core.spaces import Transform
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
    Writer,
)
from townscape.formats.gis import qgis_style
from townscape.formats.gis.foreign_layers import open_foreign
from townscape.formats.gis.geopackage_file import GeoPackage, Shape
from townscape.formats.gis.named_classes import named_classes, picture_name, scheme_of, source_class
from townscape.formats.gis.outline_shapes import outline_shapes
from townscape.formats.gis.vector_file import check_magic, read_table, require_geo
from townscape.formats.gis.vector_layers import Ground, Sheet, VectorSource
from townscape.formats.labels import ExportLabels

TITLE = "GeoPackage"
SPEC = "https://www.geopackage.org/spec140/"
RULE = "pixels whose centre lies inside, even-odd; later features lie on top"
VARIANTS = ("polygons",)
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
FILE = "labels.gpkg"
_SUFFIXES = ("*.gpkg", "*.shp", "*.geojson")
_TRANSFORM = ("a", "b", "c", "d", "e", "f")
_LABELS = (
    "picture TEXT", "class TEXT", "value INTEGER", "object INTEGER", "color TEXT", "attributes TEXT",
)  # fmt: skip
_PICTURES = (
    "picture TEXT", "part TEXT", "layer TEXT", "width INTEGER", "height INTEGER", "crs TEXT",
    *(f"{name} DOUBLE" for name in _TRANSFORM),
)  # fmt: skip
_CLASSES = ("value INTEGER", "class TEXT", "color TEXT", "kind TEXT")


def detect(files: Files) -> str | None:
    """By a GeoPackage or a Shapefile."""
    names = files.find("*.gpkg", "*.shp")
    return f"{names[0]} holds layers of a geographic information system" if names else None


def read(files: Files) -> Source:
    """Open our own layers, or those that others made. Raises `MissingExtra` without the `geo` extra."""
    require_geo("Reading GeoPackages and Shapefiles")
    own = [name for name in files.find(f"*{FILE}") if _is_own(files, name)]
    if own:
        return _open_own(files, own[0])
    names = files.find(*_SUFFIXES)
    if not names:
        raise NothingToRead("There is no GeoPackage, Shapefile or GeoJSON file.")
    return open_foreign(files, names)


def _is_own(files: Files, name: str) -> bool:
    import pyogrio
    from pyogrio.errors import DataSourceError

    try:
        check_magic(files.path(name))
        found = {str(layer) for layer, _ in pyogrio.list_layers(files.path(name)).tolist()}
    except (InputError, DataSourceError):
        return False
    return {"labels", "pictures", "classes"} <= found


def _open_own(files: Files, name: str) -> VectorSource:
    path = files.path(name)
    here = name.removesuffix(FILE)
    problems: list[tuple[str, str]] = []
    pictures: list[Picture] = []
    for row in read_table(path, "pictures"):
        shown = str(row.get("picture"))
        try:
            width, height = int(row["width"]), int(row["height"])
            numbers = [row[letter] for letter in _TRANSFORM]
            transform = None if None in numbers else Transform(*map(float, numbers))
        except (KeyError, TypeError, ValueError):
            width = height = 0
            transform = None
        is_flat = transform is not None and not transform.determinant
        if not 0 < width <= 1 << 20 >= height > 0 or is_flat:
            problems.append((shown, f"the size or the place that {name} gives it cannot be"))
            continue
        ground = Ground(width, height, transform, row.get("crs"))
        quoted = shown.replace("'", "''")
        sheet = Sheet(
            path, str(row.get("layer")), row.get("crs"), "class", is_placed=False,
            where=f"\"picture\" = '{quoted}'",
            object_column="object", attributes_column="attributes",
        )  # fmt: skip
        image = files.find_image(f"{here}images/{shown}")
        grid = Grid(width, height, transform)
        part = part_of(str(row.get("part")))
        pictures.append(Picture(shown, image, ((sheet,), ground), part, grid=grid, by_windows=True))
    classes = [
        source_class(row.get("class"), row.get("color"), row.get("kind"))
        for row in read_table(path, "classes")
    ]
    return VectorSource(pictures, classes, (), problems)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """Classes by name."""
    return scheme_of(classes)


def write(out: Out, plan: Plan) -> Writer:
    """A writer. Raises `MissingExtra` without the `geo` extra."""
    require_geo("Writing GeoPackages")
    return _GeoPackageWriter(plan)


@dataclass
class _GeoPackageWriter:
    plan: Plan
    _file: GeoPackage | None = None
    _layers: dict[str | None, str] = field(default_factory=dict[str | None, str])
    """CRS → layer."""

    def __getstate__(self) -> dict[str, Any]:
        return {"plan": self.plan, "_file": None, "_layers": {}}

    def image_path(self, item: Item) -> str:
        return f"images/{picture_name(item)}"

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        import shapely

        outlined, shapes = outline_shapes(labels, item.transform, simplify_px=self.plan.simplify_px)
        classes = named_classes(self.plan.classes)
        rows: list[Shape] = []
        wkb = shapely.to_wkb(shapes, byte_order=1).tolist()
        for outline, content, bounds in zip(outlined, wkb, shapely.bounds(shapes).tolist(), strict=True):
            named = classes[outline.class_index]
            number = outline.object_number or None
            attributes = labels.objects[number - 1].attributes if number else {}
            text = json.dumps(dict(attributes), ensure_ascii=False) if attributes else None
            values = (picture_name(item), named.name, named.value, number, named.color, text)
            rows.append(Shape(content, tuple(bounds), values))
        return Encoded(entry=rows)

    def add(self, out: Out, item: Item, entry: Any) -> None:
        file = self._opened(out)
        crs = item.crs if item.transform is not None else None
        layer = self._layers.get(crs)
        if layer is None:
            layer = self._layers[crs] = f"labels_{len(self._layers) + 1}" if self._layers else "labels"
            file.add_layer(layer, _LABELS, crs=crs, style=self._style())
        file.add_shapes(layer, entry)
        transform = item.transform or (None,) * 6
        file.add_rows(
            "pictures", [(picture_name(item), item.part, layer, item.width, item.height, crs, *transform)]
        )

    def close(self, out: Out) -> None:
        file = self._opened(out)
        if not self._layers:
            file.add_layer("labels", _LABELS, crs=None, style=self._style())
        file.close()
        self._file = None

    def _opened(self, out: Out) -> GeoPackage:
        if self._file is None:
            self._file = GeoPackage(out.root / FILE)
            self._file.add_table("pictures", _PICTURES)
            rows = [(c.value, c.name, c.color, c.kind) for c in named_classes(self.plan.classes).values()]
            self._file.add_table("classes", _CLASSES, rows)
        return self._file

    def _style(self) -> str:
        classes = named_classes(self.plan.classes).values()
        return qgis_style.categorized("class", [(c.name, c.color) for c in classes])
