"""Parquet files of pictures, as Hugging Face stores them: one row each, images as bytes in a column.

Needs the `parquet` extra. A file is read by row groups, and written by row groups of a few pictures.
"""

import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from townscape.core.errors import InputError, MissingExtra

IMAGE = "image"
LABEL = "label"
INSTANCE = "instance"
OBJECTS = "objects"
_IMAGE_WORDS = (IMAGE, "pixel_values", "img", "photo", "picture")
_LABEL_WORDS = (
    LABEL, "annotation", "mask", "labels", "segmentation", "segmentation_mask", "semantic_segmentation",
    "annotations", "masks", "gt",
)  # fmt: skip
_MAGIC = {
    b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"RIFF": ".webp", b"II*\0": ".tif", b"MM\0*": ".tif",
    b"BM": ".bmp",
}  # fmt: skip
_GROUP_ROWS = 64
_GROUP_BYTES = 32 << 20
_FEATURES: Mapping[str, Any] = {
    IMAGE: {"_type": "Image"},
    LABEL: {"_type": "Image"},
    INSTANCE: {"_type": "Image"},
    OBJECTS: [
        {
            "id": {"dtype": "int32", "_type": "Value"},
            "label": {"dtype": "int32", "_type": "Value"},
            "attributes": {"dtype": "string", "_type": "Value"},
        }
    ],
}
"""What Hugging Face's reader looks for in the file."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what."""

    image: str | None
    label: str
    instance: str | None
    objects: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """Where a picture is: row `row` of row group `group`."""

    file: Path
    columns: Columns
    group: int
    row: int

    def image_of(self, column: str | None) -> bytes | None:
        """The bytes of an image in this row; None if there is none. Raises `InputError`."""
        if column is None:
            return None
        found = _group(self.file, self.file.stat().st_mtime_ns, self.group, column)[column][self.row].as_py()
        content = found.get("bytes") if isinstance(found, dict) else found
        return content if isinstance(content, bytes) else None

    def objects(self) -> Sequence[Mapping[str, Any]]:
        """The entries of the column of objects."""
        column = self.columns.objects
        if column is None:
            return ()
        found = _group(self.file, self.file.stat().st_mtime_ns, self.group, column)[column][self.row].as_py()
        return [entry for entry in found or () if isinstance(entry, dict)]


def require_parquet(doing: str) -> None:
    """Raise `MissingExtra` without the `parquet` extra."""
    try:
        import pyarrow.parquet  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError as error:
        raise MissingExtra(doing, extra="parquet") from error


def rows_of(path: Path) -> Iterator[tuple[Row, str, str]]:
    """Every picture of a file with what its image and its labels are called (made up if they are not).

    Raises `InputError` naming the file if it is damaged or has no column of labels.
    """
    from pyarrow import parquet

    with _errors_of(path), parquet.ParquetFile(path) as file:
        columns = _find_columns(path, file.schema_arrow)
        for group in range(file.num_row_groups):
            names = [
                _names(file, group, column, path) if column else None
                for column in (columns.image, columns.label)
            ]
            for row in range(file.metadata.row_group(group).num_rows):
                image, label = (listed[row] if listed else "" for listed in names)
                yield Row(path, columns, group, row), image, label


def _find_columns(path: Path, schema: Any) -> Columns:
    """The columns by their usual names; otherwise the first two that hold images."""
    import pyarrow

    def holds_images(kind: Any) -> bool:
        return pyarrow.types.is_binary(kind) or (
            pyarrow.types.is_struct(kind) and kind.get_field_index("bytes") >= 0
        )

    images = [f.name for f in schema if holds_images(f.type)]
    image = next((word for word in _IMAGE_WORDS if word in images), None)
    label = next((word for word in _LABEL_WORDS if word in images), None)
    rest = [name for name in images if name not in (image, label, INSTANCE)]
    if label is None and image is None and len(rest) >= 2:
        image = rest.pop(0)
    label = label or next(iter(rest), None)
    if label is None:
        raise InputError(
            f"{path} has no column of label images; it has {', '.join(schema.names) or 'none'}.",
            hint="the columns are called `image` and `label`.",
        )
    names = set(schema.names)
    is_list = OBJECTS in names and pyarrow.types.is_list(schema.field(OBJECTS).type)
    return Columns(image, label, INSTANCE if INSTANCE in images else None, OBJECTS if is_list else None)


def _names(file: Any, group: int, column: str, path: Path) -> list[str]:
    """What the images of a column are called, without folders."""
    n = file.metadata.row_group(group).num_rows
    kind = file.schema_arrow.field(column).type
    found: list[Any] = [None] * n
    if hasattr(kind, "get_field_index") and kind.get_field_index("path") >= 0:
        paths = file.read_row_group(group, columns=[f"{column}.path"])[column].to_pylist()
        found = [entry.get("path") if isinstance(entry, dict) else None for entry in paths]
    if any(name is None for name in found):
        suffix = _suffix(file, group, column)
        found = [name or f"{path.stem}-{group:03d}-{row:05d}{suffix}" for row, name in enumerate(found)]
    return [PurePosixPath(str(name).replace("\\", "/")).name for name in found]


def _suffix(file: Any, group: int, column: str) -> str:
    """The ending that fits the first image of a row group."""
    entry = (
        file.read_row_group(group, columns=[column])[column][0].as_py() if file.metadata.num_rows else None
    )
    content = entry.get("bytes") if isinstance(entry, dict) else entry
    return next(
        (s for magic, s in _MAGIC.items() if isinstance(content, bytes) and content.startswith(magic)), ""
    )


@lru_cache(maxsize=4)
def _group(path: Path, modified_ns: int, group: int, column: str) -> Any:
    """One column of a row group, kept for its next row."""
    del modified_ns
    from pyarrow import parquet

    with _errors_of(path), parquet.ParquetFile(path) as file:
        return file.read_row_group(group, columns=[column])


@contextmanager
def _errors_of(path: Path) -> Generator[None]:
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(
            f"{path} cannot be read: {str(error).strip().rstrip('.')}.", hint="download or export it again."
        ) from error


@dataclass
class ParquetFileWriter:
    """Writes one file; rows are given as the columns' values."""

    path: Path
    n_rows: int = 0
    _file: Any = None
    _rows: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    _n_bytes: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row; a few are kept until they fill a row group."""
        self._rows.append(row)
        self.n_rows += 1
        self._n_bytes += sum(len(v["bytes"] or b"") for v in row.values() if isinstance(v, dict))
        if len(self._rows) >= _GROUP_ROWS or self._n_bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        """Write the last row group and the file's end."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        import pyarrow
        from pyarrow import parquet

        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = parquet.ParquetWriter(
                self.path, _schema(), compression="snappy", use_dictionary=False
            )
        if self._rows:
            self._file.write_table(pyarrow.Table.from_pylist(self._rows, schema=_schema()))
        self._rows, self._n_bytes = [], 0


def _schema() -> Any:
    import pyarrow

    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    entry = pyarrow.struct(
        [("id", pyarrow.int32()), ("label", pyarrow.int32()), ("attributes", pyarrow.string())]
    )
    fields = [(IMAGE, image), (LABEL, image), (INSTANCE, image), (OBJECTS, pyarrow.list_(entry))]
    about = json.dumps({"info": {"features": _FEATURES}})
    return pyarrow.schema(fields, metadata={"huggingface": about})
