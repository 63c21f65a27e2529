"""GIS files that others made: which layer lies on which image, and which column names the class."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from townscape.core.errors import InputError, NothingToRead
from townscape.core.spaces import Window
from townscape.formats.files import Files, part_of
from townscape.formats.format import Grid, Picture
from townscape.formats.gis.vector_file import Bounds, check_magic, read_table
from townscape.formats.gis.vector_layers import Ground, Sheet, VectorSource, bbox_of, ground_of

_CLASS_COLUMNS = ("class", "class_name", "classname", "label", "category", "type", "name")
_PICTURE_COLUMNS = ("picture", "image", "image_name", "file_name", "filename", "file", "img")


@dataclass(frozen=True, slots=True)
class _Layer:
    sheet: Sheet
    picture_column: str | None
    bounds: Bounds | None


def open_foreign(files: Files, names: Sequence[str]) -> VectorSource:
    """The named files' layers as labels of the images that they lie on, or that a column names.

    Raises `NothingToRead` if there is no image that they belong to.
    """
    notes: list[str] = []
    problems: list[tuple[str, str]] = []
    layers: list[_Layer] = []
    for name in names:
        try:
            layers += _layers(files.path(name), notes)
        except InputError as error:
            problems.append((name, error.message))
    sheets_of = _by_column(files, layers, notes)
    pictures: list[Picture] = []
    nowhere: list[str] = []
    for name, image in files.image_files.items():
        try:
            ground = ground_of(image)
        except InputError as error:
            problems.append((name, error.message))
            continue
        sheets = sheets_of.get(image)
        if sheets is None and ground.transform is not None:
            sheets = [
                layer.sheet for layer in layers if layer.picture_column is None and _meets(layer, ground)
            ]
        elif sheets is not None and ground.transform is None:
            sheets = [replace(sheet, crs=None) for sheet in sheets]
        if not sheets:
            nowhere.append(name)
        grid = Grid(ground.width, ground.height, ground.transform)
        labels = (tuple(sheets), ground) if sheets else None
        pictures.append(Picture(name, image, labels, part_of(_parent(name)), grid=grid, by_windows=True))
    if all(picture.labels is None for picture in pictures):
        raise NothingToRead(
            f"No image lies under the polygons of {', '.join(names)}.",
            hint="put the georeferenced images beside them, or name their folder with `--images`; "
            "a column `picture` may name them instead.",
        )
    if nowhere:
        notes.append(f"{len(nowhere)} images lie under no layer: {', '.join(nowhere[:5])}.")
    return VectorSource(pictures, (), notes, problems)


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _layers(path: Path, notes: list[str]) -> list[_Layer]:
    """The layers of polygons in a file. Raises `InputError` naming it."""
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    check_magic(path)
    found: list[_Layer] = []
    try:
        for name, geometry in pyogrio.list_layers(path).tolist():
            if geometry is None or name == "layer_styles":
                continue
            info: dict[str, Any] = pyogrio.read_info(path, layer=name, force_total_bounds=True)
            shown = f"{path.name}, layer {name}" if path.suffix.lower() == ".gpkg" else path.name
            if not any(word in geometry for word in ("Polygon", "Unknown", "Surface", "Collection")):
                notes.append(f"{shown} holds {geometry.lower()}s, no polygons; it is left out.")
                continue
            columns = {str(field).lower(): str(field) for field in info["fields"]}
            class_column = next((columns[c] for c in _CLASS_COLUMNS if c in columns), None)
            notes.append(
                f"{shown}: the class is taken from the column {class_column!r}."
                if class_column
                else f"{shown} has no column of classes: everything in it is {name!r}."
            )
            picture_column = next((columns[c] for c in _PICTURE_COLUMNS if c in columns), None)
            crs = info["crs"]
            is_local = crs is None or crs.startswith(("LOCAL_CS", "ENGCRS"))
            sheet = Sheet(path, name, None if is_local else crs, class_column, name)
            found.append(_Layer(sheet, picture_column, info["total_bounds"]))
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}.", hint="export it again.") from error
    return found


def _by_column(files: Files, layers: list[_Layer], notes: list[str]) -> dict[Path, list[Sheet]]:
    """Image → its shapes, for layers with a column that names images; others lose the column."""
    found: dict[Path, list[Sheet]] = {}
    for k, layer in enumerate(layers):
        column = layer.picture_column
        if column is None:
            continue
        rows = read_table(layer.sheet.file, layer.sheet.layer)
        values = {str(row[column]) for row in rows if row[column] is not None}
        images = {value: files.find_image(value) for value in sorted(values)}
        if not any(images.values()):
            layers[k] = replace(layer, picture_column=None)
            continue
        for value, image in images.items():
            if image is not None:
                quoted = value.replace("'", "''")
                sheet = replace(layer.sheet, is_placed=False, where=f"\"{column}\" = '{quoted}'")
                found.setdefault(image, []).append(sheet)
        missing = sum(image is None for image in images.values())
        if missing:
            notes.append(
                f"{missing} images that {PurePosixPath(layer.sheet.file.name)} names were not found."
            )
    return found


def _meets(layer: _Layer, ground: Ground) -> bool:
    """Whether the layer's bounds and the image share a place."""
    if layer.bounds is None:
        return True
    try:
        left, low, right, high = bbox_of(layer.sheet, ground, Window(0, 0, ground.width, ground.height))
    except InputError:
        return False
    least_x, least_y, greatest_x, greatest_y = layer.bounds
    return least_x <= right and greatest_x >= left and least_y <= high and greatest_y >= low
