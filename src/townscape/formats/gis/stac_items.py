"""Reading STAC label items: where their labels and their images are, among the files that were listed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote

from townscape.core.errors import InputError, NothingToRead
from townscape.core.spaces import Window
from townscape.formats.files import IMAGE_SUFFIXES, Files, part_of
from townscape.formats.format import Grid, Picture, SourceClass
from townscape.formats.gis.raster_set import RasterSet
from townscape.formats.gis.vector_layers import Sheet, ground_of, labels_of
from townscape.formats.kinds.geotiff import GeotiffSource, Rasters
from townscape.formats.labels import SourceLabels

_LONGITUDE_LATITUDE = "EPSG:4326"


@dataclass(frozen=True)
class StacSource:
    """Label items with rasters or with GeoJSON."""

    rasters: GeotiffSource
    pictures: Sequence[Picture]
    classes: Sequence[SourceClass]
    notes: Sequence[str]
    problems: Sequence[tuple[str, str]]

    def labels(self, picture: Picture, window: Window | None = None) -> SourceLabels:
        """The labels of a picture or of a window of it."""
        if isinstance(picture.labels, Rasters):
            return self.rasters.labels(picture, window)
        sheets, ground = picture.labels
        return labels_of(sheets, ground, window)


def open_items(files: Files) -> StacSource:
    """Every label item whose labels are among the files. Raises `NothingToRead` if there is none."""
    known = RasterSet()
    pictures: list[Picture] = []
    listed_classes: dict[str, SourceClass] = {}
    listing = _Listing(files)
    for name, item in _label_items(files, known.problems):
        try:
            picture = _picture(listing, known, name, item)
        except InputError as error:
            known.problems.append((name, error.message))
            continue
        pictures.append(picture)
        for found in _classes(item):
            listed_classes.setdefault(found.value, found)
    if not pictures and not known.problems:
        raise NothingToRead("There is no STAC item with labels (`label:type`) among the files.")
    names = {c.value for c in known.classes() if c.name or c.means}
    classes = [*known.classes(), *(c for v, c in listed_classes.items() if v not in names)]
    by_value = {c.value: c for c in classes}
    rasters = GeotiffSource(pictures, (), (), ())
    return StacSource(rasters, pictures, list(by_value.values()), known.notes(), known.problems)


def _label_items(files: Files, problems: list[tuple[str, str]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in files.find("*.json"):
        try:
            content = files.read_json(name)
        except InputError as error:
            problems.append((name, error.message))
            continue
        about = content.get("properties") if isinstance(content, dict) else None
        if isinstance(about, dict) and "stac_version" in content and "label:type" in about:
            yield name, content


class _Listing:
    """Finds what an item's addresses mean."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._listed = {name.lower(): name for name in files.names}
        self._by_last: dict[str, str | None] = {}
        for name in files.names:
            last = name.rpartition("/")[2].lower()
            self._by_last[last] = None if last in self._by_last else name

    def resolve(self, item_name: str, href: Any) -> str | None:
        """The listed file that an address means: relative to the item, or of that name if only one is."""
        if not isinstance(href, str):
            return None
        plain = href
        for address in (href, unquote(href.partition("?")[0])):
            plain = address.replace("\\", "/")
            if "://" not in plain and not plain.startswith("/"):
                found = self._listed.get(normpath(join(dirname(item_name), plain)).lower())
                if found is not None:
                    return found
        return self._by_last.get(plain.rpartition("/")[2].lower())


def _picture(listing: _Listing, known: RasterSet, name: str, item: Mapping[str, Any]) -> Picture:
    """The picture of a label item. Raises `InputError` if its labels cannot be used."""
    files, about = listing.files, item["properties"]
    asset = _label_asset(item.get("assets"))
    found = listing.resolve(name, asset.get("href"))
    if found is None:
        raise InputError(
            f"its labels, {asset.get('href')!r}, are not among the files.", hint="download them as well."
        )
    image_name = _image(listing, name, item)
    image = None if image_name is None else files.path(image_name)
    shown = image_name.removeprefix("images/") if image_name is not None else str(item.get("id") or name)
    part = part_of(dirname(name))
    path = files.path(found)
    if about["label:type"] == "raster":
        objects = item["assets"].get("objects")
        other = listing.resolve(name, objects.get("href")) if isinstance(objects, dict) else None
        labels: Any = Rasters(path, None if other is None else files.path(other))
        return Picture(shown, image, labels, part, grid=known.open(path), by_windows=True)
    if image is None:
        raise InputError("its image is not among the files, so that its outlines have no pixels.")
    ground = ground_of(image)
    columns = about.get("label:properties")
    column = str(columns[0]) if isinstance(columns, list) and columns else None
    sheet = Sheet(path, None, _LONGITUDE_LATITUDE, column, "labelled", is_placed=False)
    if ground.transform is None:
        raise InputError("its image has no place on the ground, so that its outlines have no pixels.")
    grid = Grid(ground.width, ground.height, ground.transform)
    return Picture(shown, image, ((sheet,), ground), part, grid=grid, by_windows=True)


def _label_asset(assets: Any) -> Mapping[str, Any]:
    """The asset called `labels`, or the first that has this role."""
    listed = {key: a for key, a in assets.items() if isinstance(a, dict)} if isinstance(assets, dict) else {}
    if "labels" in listed:
        return listed["labels"]
    for key, asset in listed.items():
        if "label" in key.lower() or any("label" in str(role) for role in asset.get("roles") or ()):
            return asset
    raise InputError("it has no asset of labels.")


def _image(listing: _Listing, name: str, item: Mapping[str, Any]) -> str | None:
    """The image that an item's labels were drawn on: by its link to a source item, or to a file."""
    links = item.get("links")
    for link in links if isinstance(links, list) else ():
        if not isinstance(link, dict) or link.get("rel") != "source":
            continue
        target = listing.resolve(name, link.get("href"))
        if target is not None and target.lower().endswith(IMAGE_SUFFIXES):
            return target
        if target is None or not target.lower().endswith(".json"):
            continue
        source = listing.files.read_json(target)
        assets = source.get("assets") if isinstance(source, dict) else None
        if not isinstance(assets, dict):
            continue
        wanted = link.get("label:assets")
        keys = [*(wanted if isinstance(wanted, list) else ()), *assets]
        for key in keys:
            asset = assets.get(key)
            image = listing.resolve(target, asset.get("href")) if isinstance(asset, dict) else None
            if image is not None and image.lower().endswith(IMAGE_SUFFIXES):
                return image
    return None


def _classes(item: Mapping[str, Any]) -> Iterator[SourceClass]:
    """The classes of the classification extension: number, name and colour."""
    listed = _label_asset(item.get("assets")).get("classification:classes")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("value"), int):
            color = str(entry.get("color_hint") or "").lower()
            yield SourceClass(
                str(entry["value"]),
                str(entry.get("title") or entry.get("name") or entry.get("description") or ""),
                f"#{color}" if len(color) == 6 else None,
                means="unlabelled" if entry.get("nodata") is True else None,
            )
