"""Making the schema, and bringing older workspaces up to date after a backup."""

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from townscape.core.errors import WorkspaceError, WorkspaceTooNew
from townscape.workspace.database import Database
from townscape.workspace.folder import Folder

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST_FORMAT = "0005"
"""Identifier of the newest file in `migrations/versions`."""


def create_schema(folder: Folder) -> None:
    """Make every table in a new database."""
    upgrade(folder, NEWEST_FORMAT)


def migrate_if_older(folder: Folder) -> Path | None:
    """Bring the workspace's schema up to date; returns where the backup made before it lies.

    None if it was up to date. Raises `WorkspaceTooNew` if a later Townscape made it.
    """
    found = format_of(folder)
    if found == NEWEST_FORMAT:
        return None
    if found > NEWEST_FORMAT:
        raise WorkspaceTooNew(
            f"The workspace {folder.root} has format {found}; this Townscape knows up to {NEWEST_FORMAT}.",
            hint="update Townscape: `pip install --upgrade townscape`.",
        )
    database = Database(folder)
    try:
        with database.exclusive():
            if format_of(folder) == NEWEST_FORMAT:  # another process was quicker
                return None
            backup = folder.backups / f"{time.strftime('%Y-%m-%d-%H%M%S')}-format-{found}"
            backup.mkdir(parents=True, exist_ok=True)
            copy_database(folder, backup / folder.database.name)
            upgrade(folder, NEWEST_FORMAT)
            return backup
    finally:
        database.close()


def format_of(folder: Folder) -> str:
    """The schema's version, as in `0001`."""
    connection = sqlite3.connect(f"{folder.database.as_uri()}?mode=ro", uri=True)
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise WorkspaceError(
            f"{folder.database} is no Townscape catalogue: {error}.",
            hint="bring a backup back with `townscape restore BACKUP DIR`.",
        ) from error
    finally:
        connection.close()
    return str(row[0]) if row else "0000"


def upgrade(folder: Folder, to_format: str) -> None:
    """Run the migrations up to `to_format`."""
    from alembic import command

    database = Database(folder)
    try:
        with database.write() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to_format)
    finally:
        database.close()


def copy_database(folder: Folder, target: Path) -> None:
    """A consistent copy of the database (SQLite's online backup)."""
    source = sqlite3.connect(f"{folder.database.as_uri()}?mode=ro", uri=True)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
