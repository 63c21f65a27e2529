"""The taxonomies of a workspace, every version of each."""

import time
from pathlib import Path

from sqlalchemy import insert, select

from townscape.core.errors import LabelError, NotFound
from townscape.core.taxonomy import Taxonomy, builtin_names, read_taxonomy
from townscape.workspace import tables
from townscape.workspace.database import Database


class Taxonomies:
    """Versioned class lists by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def names(self) -> list[str]:
        """Names, in alphabetical order."""
        query = select(tables.taxonomies.c.name).distinct().order_by(tables.taxonomies.c.name)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def get(self, name: str, version: int | None = None) -> Taxonomy:
        """A version of a taxonomy, the newest by default; raises `NotFound`."""
        c = tables.taxonomies.c
        query = select(c.content).where(c.name == name).order_by(c.version.desc()).limit(1)
        if version is not None:
            query = query.where(c.version == version)
        with self._database.read() as connection:
            content = connection.execute(query).scalar_one_or_none()
        if content is None:
            which = f"{name} version {version}" if version else name
            raise NotFound(
                f"This workspace has no taxonomy {which}.",
                hint=f"it has {', '.join(self.names()) or 'none'}.",
            )
        return Taxonomy.model_validate(content)

    def adopt(self, name: str) -> Taxonomy:
        """The newest version of a taxonomy; a built-in one, or one in a file, is stored first.

        Raises `NotFound`, or what `read_taxonomy` raises of a file.
        """
        if name in self.names() or (name not in builtin_names() and not Path(name).suffix):
            return self.get(name)
        return self.put(read_taxonomy(name))

    def put(self, taxonomy: Taxonomy) -> Taxonomy:
        """Store a taxonomy, or its next version if it differs from the newest.

        Raises `LabelError` if a class number of the newest version is missing: numbers are never
        removed, only merged.
        """
        with self._database.exclusive():
            if taxonomy.name in self.names():
                newest = self.get(taxonomy.name)
                if newest.model_copy(update={"version": taxonomy.version}) == taxonomy:
                    return newest
                lost = set(newest.resolved) - set(taxonomy.resolved)
                if lost:
                    keys = ", ".join(newest.get_class(number).key for number in sorted(lost))
                    raise LabelError(
                        f"The new version of taxonomy {taxonomy.name} lacks {keys}.",
                        hint="classes are never removed: merge them into another class instead.",
                    )
                taxonomy = taxonomy.model_copy(update={"version": newest.version + 1})
            else:
                taxonomy = taxonomy.model_copy(update={"version": 1})
            row = {
                "name": taxonomy.name,
                "version": taxonomy.version,
                "content": taxonomy.model_dump(mode="json"),
                "created_at": time.time(),
            }
            with self._database.write() as connection:
                connection.execute(insert(tables.taxonomies).values(row))
            return taxonomy
