"""STAC: a collection of items that say which GeoTIFFs of labels belong to which images, and where.

Written on top of `geotiff`: `items/labels/x.json` describes `labels/x.tif` by the label extension
(v1.0.1), with numbers, names and colours by the classification extension (v2.0.0), and names
`items/images/x.json` as its source. Read are collections of others whose files lie beside them, with
labels as rasters or as GeoJSON.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from townscape.core.errors import InputError
from townscape.formats.files import Files, Out, json_text
from townscape.formats.format import (
    Encoded,
    ExportClass,
    Item,
    Loss,
    Plan,
    Scheme,
    Source,
    Writer,
    unique_values,
)
from townscape.formats.gis.raster_attributes import ValueRow
from townscape.formats.gis.stac_items import open_items
from townscape.formats.gis.vector_file import Bounds, reproject, require_geo
from townscape.formats.kinds import geotiff
from townscape.formats.labels import ExportLabels

TITLE = "STAC label collection"
SPEC = "https://github.com/stac-extensions/label"
RULE = "rasters: one number or colour per pixel; GeoJSON: pixels whose centre lies inside, even-odd"
VARIANTS = ("raster",)
PRIORITY = 10
LOSSES: Mapping[str, Sequence[Loss]] = {}
IMAGE_SUFFIXES: Sequence[str] = ()
COLLECTION = "collection.json"
_VERSION = "1.1.0"
_EXTENSIONS = [
    f"https://stac-extensions.github.io/{name}/schema.json"
    for name in ("label/v1.0.1", "classification/v2.0.0", "projection/v2.0.0")
]
_WORLD = (-180.0, -90.0, 180.0, 90.0)
_ANY_TIME = {
    "datetime": None, "start_datetime": "1970-01-01T00:00:00Z", "end_datetime": "2100-01-01T00:00:00Z",
}  # fmt: skip
"""STAC demands a time; when an image was taken is not known here."""
_TIFF = "image/tiff; application=geotiff"
_MEDIA = {".tif": _TIFF, ".tiff": _TIFF, ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_LICENCE = re.compile(r"[\w\-.+]+")


def detect(files: Files) -> str | None:
    """By a STAC collection or catalogue."""
    for name in files.find("*collection.json", "*catalog.json"):
        try:
            content = files.read_json(name)
        except InputError:
            continue
        if isinstance(content, dict) and "stac_version" in content:
            return f"{name} is a STAC {str(content.get('type', 'catalog')).lower()}"
    return None


def read(files: Files) -> Source:
    """Open the label items. Raises `NothingToRead`, or `MissingExtra` without the `geo` extra."""
    require_geo("Reading STAC collections")
    return open_items(files)


def scheme(classes: Sequence[ExportClass], variant: str) -> Scheme:
    """As in the GeoTIFFs."""
    return geotiff.scheme(classes, geotiff.VARIANTS[0])


def write(out: Out, plan: Plan) -> Writer:
    """A writer; the collection's head is written first. Raises `MissingExtra` without `geo`."""
    return _StacWriter(plan, geotiff.GeotiffWriter.of(plan))


@dataclass
class _StacWriter:
    plan: Plan
    rasters: geotiff.GeotiffWriter
    bounds: list[Bounds] = field(default_factory=list[Bounds])
    """Of everything, if anything has a place."""

    def image_path(self, item: Item) -> str:
        return self.rasters.image_path(item)

    def encode(self, item: Item, labels: ExportLabels) -> Encoded:
        files = dict(self.rasters.encode(item, labels).files)
        stem = PurePosixPath(self.rasters.label_path(item)).relative_to("labels").with_suffix("")
        ring = _footprint(item)
        assets = {
            "labels": _asset(stem, self.rasters.label_path(item), "labels")
            | {"classification:classes": _classes(self.rasters.rows)}
        }
        if labels.objects:
            assets["objects"] = _asset(stem, self.rasters.object_path(item), "metadata")
        about = {
            "label:properties": None,
            "label:classes": [{"name": None, "classes": [row.name for row in self.rasters.rows]}],
            "label:description": f"Labels of {item.name}: one class for each pixel.",
            "label:type": "raster",
            "label:tasks": ["segmentation"],
        }
        links: list[dict[str, Any]] = []
        if self.plan.has_images:
            href = _href(stem, f"items/images/{stem}.json")
            links = [
                {"rel": "source", "href": href, "type": "application/geo+json", "label:assets": ["image"]}
            ]
            image = {"image": _asset(stem, self.image_path(item), "data")}
            files[f"items/images/{stem}.json"] = self._item(item, stem, item.name, ring, {}, image, [])
        files[f"items/labels/{stem}.json"] = self._item(
            item, stem, f"{item.name}-labels", ring, about, assets, links
        )
        bounds = None if ring is None else _bounds_of(ring)
        return Encoded(files, (str(stem), bounds))

    def _item(
        self,
        item: Item,
        stem: PurePosixPath,
        name: str,
        ring: list[list[float]] | None,
        about: Mapping[str, Any],
        assets: Mapping[str, Any],
        links: Sequence[Mapping[str, Any]],
    ) -> bytes:
        """An item; both kinds lie equally deep, so that their links are the same."""
        place: dict[str, Any] = {"proj:shape": [item.height, item.width]}
        if item.transform is not None:
            is_code = item.crs is not None and re.fullmatch(r"[A-Z]+:\d+", item.crs)
            place |= {"proj:code": item.crs if is_code else None, "proj:transform": list(item.transform)}
        content: dict[str, Any] = {
            "type": "Feature",
            "stac_version": _VERSION,
            "stac_extensions": _EXTENSIONS if about else _EXTENSIONS[2:],
            "id": name,
            "collection": _identifier(self.plan.name),
            "geometry": None if ring is None else {"type": "Polygon", "coordinates": [ring]},
        }
        if ring is not None:
            content["bbox"] = list(_bounds_of(ring))
        root = _href(stem, COLLECTION)
        own = [
            {"rel": rel, "href": root, "type": "application/json"} for rel in ("root", "parent", "collection")
        ]
        content |= {"properties": {**_ANY_TIME, **place, **about}, "links": [*own, *links], "assets": assets}
        return json_text(content).encode()

    def add(self, out: Out, item: Item, entry: Any) -> None:
        stem, bounds = entry
        if bounds is not None:
            every = np.array([*self.bounds, bounds])
            low, high = every[:, :2].min(axis=0).tolist(), every[:, 2:].max(axis=0).tolist()
            self.bounds = [(low[0], low[1], high[0], high[1])]
        if not out.is_begun(COLLECTION):
            out.append(COLLECTION, self._head())
        folders = ("labels", "images") if self.plan.has_images else ("labels",)
        for folder in folders:
            href = json.dumps(f"./items/{folder}/{stem}.json", ensure_ascii=False)
            out.append(
                COLLECTION, f',\n    {{"rel": "item", "href": {href}, "type": "application/geo+json"}}'
            )

    def _head(self) -> str:
        """The collection up to the first of its links."""
        licence = self.plan.licence if _LICENCE.fullmatch(self.plan.licence) else "other"
        shown = f" Licence: {self.plan.licence}." if self.plan.licence and licence == "other" else ""
        head = {
            "type": "Collection",
            "stac_version": _VERSION,
            "stac_extensions": [],
            "id": _identifier(self.plan.name),
            "title": self.plan.name,
            "description": f"Labels of the dataset {self.plan.name}, with their images.{shown}",
            "license": licence,
        }
        text = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
        root = '{"rel": "root", "href": "./collection.json", "type": "application/json"}'
        return f'{text},\n  "links": [\n    {root}'

    def close(self, out: Out) -> None:
        if not out.is_begun(COLLECTION):
            out.append(COLLECTION, self._head())
        bounds = self.bounds or [_WORLD]
        extent = {"spatial": {"bbox": [list(b) for b in bounds]}, "temporal": {"interval": [[None, None]]}}
        out.append(COLLECTION, f'\n  ],\n  "extent": {json.dumps(extent)}\n}}\n')


def _footprint(item: Item) -> list[list[float]] | None:
    """The image's outline in longitude and latitude, counter-clockwise and closed."""
    if item.transform is None or item.crs is None:
        return None
    steps = np.linspace(0, 1, 5)[:-1]
    zero, one = np.zeros_like(steps), np.ones_like(steps)
    sides = ((zero, steps), (steps, one), (one, 1 - steps), (1 - steps, zero))
    corners = np.concatenate([np.stack(side, axis=1) for side in sides]) * (item.width, item.height)
    world = item.transform.world_from_image(corners)
    if item.transform.determinant > 0:
        world = world[::-1]
    ring = reproject(world, item.crs, "EPSG:4326").tolist()
    return [*ring, ring[0]]


def _bounds_of(ring: list[list[float]]) -> Bounds:
    points = np.array(ring)
    (west, south), (east, north) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return west, south, east, north


def _asset(stem: PurePosixPath, path: str, role: str) -> dict[str, Any]:
    media = _MEDIA.get(PurePosixPath(path).suffix.lower())
    return {"href": _href(stem, path), **({"type": media} if media else {}), "roles": [role]}


def _href(stem: PurePosixPath, path: str) -> str:
    """The address of a file of the dataset as seen from an item; readers take it for a path as it is."""
    return "../" * (len(stem.parts) + 1) + path


def _classes(rows: Sequence[ValueRow]) -> list[dict[str, Any]]:
    """What each number means; names are letters, digits, `-` and `_` only, titles are ours."""
    plain = [re.sub(r"[^0-9A-Za-z_-]+", "-", row.name).strip("-") or f"class-{row.value}" for row in rows]
    return [
        {
            "value": row.value,
            "name": name,
            "title": row.name,
            "color_hint": (row.color or "#000000")[1:].upper(),
            **({"nodata": True} if row.value == 0 else {}),
        }
        for row, name in zip(rows, unique_values(plain), strict=True)
    ]


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "-", name).strip("-") or "labels"
