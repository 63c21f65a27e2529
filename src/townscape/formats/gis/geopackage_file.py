"""Writing a GeoPackage, row by row and with the same bytes each time.

A GeoPackage is an SQLite database with agreed tables (OGC 12-128r19). The triggers that keep the
spatial index in step with later edits are those of its annex F.3.
"""

import sqlite3
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from townscape.core.errors import UsageError

_APPLICATION_ID = 0x47504B47
_VERSION = 10_400
_TIME = "2000-01-01T00:00:00.000Z"
"""Stands for every time, so that the bytes depend on the content only."""
_FIRST_OWN_SRS = 100_001
_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
  scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system');
"""
_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME);
"""
_INDEX = """
CREATE VIRTUAL TABLE "rtree_{t}_geom" USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER "rtree_{t}_geom_insert" AFTER INSERT ON "{t}"
  WHEN (new."geom" NOT NULL AND NOT ST_IsEmpty(NEW."geom"))
  BEGIN INSERT OR REPLACE INTO "rtree_{t}_geom" VALUES ({new}); END;
CREATE TRIGGER "rtree_{t}_geom_update2" AFTER UPDATE OF "geom" ON "{t}"
  WHEN OLD."fid" = NEW."fid" AND (NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))
  BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid"; END;
CREATE TRIGGER "rtree_{t}_geom_update4" AFTER UPDATE ON "{t}"
  WHEN OLD."fid" != NEW."fid" AND (NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))
  BEGIN DELETE FROM "rtree_{t}_geom" WHERE id IN (OLD."fid", NEW."fid"); END;
CREATE TRIGGER "rtree_{t}_geom_update5" AFTER UPDATE ON "{t}"
  WHEN OLD."fid" != NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))
  BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid";
  INSERT OR REPLACE INTO "rtree_{t}_geom" VALUES ({new}); END;
CREATE TRIGGER "rtree_{t}_geom_update6" AFTER UPDATE OF "geom" ON "{t}"
  WHEN OLD."fid" = NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))
  AND (OLD."geom" NOTNULL AND NOT ST_IsEmpty(OLD."geom"))
  BEGIN UPDATE "rtree_{t}_geom" SET minx = ST_MinX(NEW."geom"), maxx = ST_MaxX(NEW."geom"),
  miny = ST_MinY(NEW."geom"), maxy = ST_MaxY(NEW."geom") WHERE id = NEW."fid"; END;
CREATE TRIGGER "rtree_{t}_geom_update7" AFTER UPDATE OF "geom" ON "{t}"
  WHEN OLD."fid" = NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))
  AND (OLD."geom" ISNULL OR ST_IsEmpty(OLD."geom"))
  BEGIN INSERT INTO "rtree_{t}_geom" VALUES ({new}); END;
CREATE TRIGGER "rtree_{t}_geom_delete" AFTER DELETE ON "{t}" WHEN old."geom" NOT NULL
  BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid"; END;
"""
_NEW = 'NEW."fid", ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")'


@dataclass(frozen=True, slots=True)
class Shape:
    """A row of a layer: its geometry, its bounds, the values of its fields."""

    wkb: bytes
    bounds: tuple[float, float, float, float]
    """Least x, least y, greatest x, greatest y."""
    values: tuple[Any, ...]


@dataclass
class _Layer:
    name: str
    srs_id: int
    n_values: int
    n_rows: int = 0
    bounds: list[float] = field(default_factory=lambda: [float("inf")] * 2 + [float("-inf")] * 2)


class GeoPackage:
    """A new GeoPackage. Table and field names are ours, never the user's."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._layers: dict[str, _Layer] = {}
        self._own_srs: dict[str, int] = {}
        self._srs: set[int] = {-1, 0}
        for setting in (
            f"application_id = {_APPLICATION_ID}", f"user_version = {_VERSION}",
            "journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE",
        ):  # fmt: skip
            self._db.execute(f"PRAGMA {setting}")
        self._db.execute("BEGIN")
        self._run(_TABLES)
        self._srs_id("EPSG:4326")  # must be there, whether used or not
        self._has_rtree = any("RTREE" in row[0] for row in self._db.execute("PRAGMA compile_options"))

    def add_table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]] = ()) -> None:
        """A table without geometries; `columns` as `width INTEGER`."""
        self._db.execute(
            f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {", ".join(columns)})'
        )
        self._register(name, "attributes", None)
        self.add_rows(name, rows)

    def add_rows(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        """Rows of a table without geometries."""
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._db.execute(f'INSERT INTO "{name}" VALUES (NULL, {marks})', tuple(row))  # noqa: S608

    def add_layer(self, name: str, columns: Sequence[str], *, crs: str | None, style: str) -> None:
        """A layer of MultiPolygons with an index over `columns[0]`, and its QGIS style.

        Raises `UsageError` for a CRS that PROJ does not know. None: coordinates of no CRS.
        """
        if not self._layers:
            self._run(_STYLES)
            self._register("layer_styles", "attributes", None)
        srs_id = self._srs_id(crs)
        self._db.execute(
            f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom MULTIPOLYGON, '
            f"{', '.join(columns)})"
        )
        self._register(name, "features", srs_id)
        self._db.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'MULTIPOLYGON', ?, 0, 0)", (name, srs_id)
        )
        self._db.execute(
            "INSERT INTO layer_styles VALUES (NULL, '', '', ?, 'geom', 'classes', ?, '', 1, '', '', NULL, ?)",
            (name, style, _TIME),
        )
        self._layers[name] = _Layer(name, srs_id, len(columns))

    def add_shapes(self, layer: str, shapes: Sequence[Shape]) -> None:
        """Rows of a layer."""
        known = self._layers[layer]
        marks = ", ".join("?" * (known.n_values + 2))
        first = known.n_rows + 1
        self._db.executemany(
            f'INSERT INTO "{layer}" VALUES ({marks})',  # noqa: S608
            (
                (k, _header(known.srs_id, s.bounds) + s.wkb, *s.values)
                for k, s in enumerate(shapes, start=first)
            ),
        )
        known.n_rows += len(shapes)
        for shape in shapes:
            least, greatest = shape.bounds[:2], shape.bounds[2:]
            known.bounds[:2] = map(min, known.bounds[:2], least)
            known.bounds[2:] = map(max, known.bounds[2:], greatest)

    def close(self) -> None:
        """Build the indexes and finish the file."""
        for layer in self._layers.values():
            if layer.n_rows:
                self._db.execute(
                    "UPDATE gpkg_contents SET (min_x, min_y, max_x, max_y) = (?, ?, ?, ?) "
                    "WHERE table_name = ?",
                    (*layer.bounds, layer.name),
                )
            first_column = self._db.execute(f'PRAGMA table_info("{layer.name}")').fetchall()[2][1]
            self._db.execute(
                f'CREATE INDEX "{layer.name}_{first_column}" ON "{layer.name}" ("{first_column}")'
            )
            if self._has_rtree:
                self._add_index(layer)
        self._db.execute("COMMIT")
        self._db.close()

    def _add_index(self, layer: _Layer) -> None:
        self._run(_INDEX.format(t=layer.name, new=_NEW))
        rows = self._db.execute(f'SELECT fid, substr(geom, 9, 32) FROM "{layer.name}"')  # noqa: S608
        self._db.executemany(
            f'INSERT INTO "rtree_{layer.name}_geom" VALUES (?, ?, ?, ?, ?)',  # noqa: S608
            ((fid, *struct.unpack("<4d", bounds)) for fid, bounds in rows),
        )
        self._db.execute(
            "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', "
            "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            (layer.name,),
        )

    def _register(self, name: str, kind: str, srs_id: int | None) -> None:
        self._db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, srs_id) "
            "VALUES (?, ?, ?, ?, ?)",
            (name, kind, name, _TIME, srs_id),
        )

    def _srs_id(self, crs: str | None) -> int:
        if crs is None:
            return -1
        from rasterio.crs import CRS
        from rasterio.errors import CRSError

        try:
            known = CRS.from_user_input(crs)
            definition = known.to_wkt(version="WKT1_GDAL")
        except CRSError as error:
            raise UsageError(f"The CRS {crs} is not known here: {error}.") from error
        authority, _, code = crs.partition(":")
        if authority.upper() == "EPSG" and code.isdigit():
            srs_id, organization = int(code), "EPSG"
        else:
            srs_id, organization = self._own_srs.setdefault(crs, _FIRST_OWN_SRS + len(self._own_srs)), "NONE"
        if srs_id not in self._srs:
            self._srs.add(srs_id)
            name = definition.partition('"')[2].partition('"')[0] or crs
            self._db.execute(
                "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, NULL)",
                (name, srs_id, organization, srs_id, definition),
            )
        return srs_id

    def _run(self, script: str) -> None:
        """Several statements, inside the transaction (unlike `executescript`)."""
        statement = ""
        for line in script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self._db.execute(statement)
                statement = ""


def _header(srs_id: int, bounds: tuple[float, float, float, float]) -> bytes:
    """What stands before the WKB: little endian, with bounds."""
    least_x, least_y, greatest_x, greatest_y = bounds
    return struct.pack("<2sBBi4d", b"GP", 0, 3, srs_id, least_x, greatest_x, least_y, greatest_y)
