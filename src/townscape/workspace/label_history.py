"""What happened to an annotation: its revisions, what they changed, and the way back."""

import time
from dataclasses import dataclass

from sqlalchemy import func, select, update

from townscape.core.ids import new_id
from townscape.core.labelmap import ObjectRow
from townscape.core.tiles import TileKey
from townscape.workspace import label_counts, tables
from townscape.workspace import label_rows as rows
from townscape.workspace.database import Database
from townscape.workspace.label_save import SaveAnswer
from townscape.workspace.records import Revision
from townscape.workspace.taxonomies import Taxonomies


@dataclass(frozen=True, slots=True)
class Changes:
    """What revisions after some revision changed, up to the newest."""

    revision: int
    next_object: int
    tiles: tuple[TileKey, ...]
    """Tiles of all levels."""
    objects: tuple[ObjectRow, ...]
    """Rows as they are now, tombstones included."""
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelHistory:
    """The revisions of annotations."""

    database: Database
    taxonomies: Taxonomies

    def revisions(self, annotation_id: str) -> list[Revision]:
        """Every revision, oldest first."""
        c = tables.revisions.c
        query = select(tables.revisions).where(c.annotation_id == annotation_id).order_by(c.number)
        with self.database.read() as connection:
            return [Revision(**row) for row in connection.execute(query).mappings()]

    def changed_at(self, taxonomy: str) -> float | None:
        """When labels of a taxonomy's main layer were last changed; None if there are none."""
        a, r = tables.annotations.c, tables.revisions.c
        query = (
            select(func.max(r.created_at))
            .join(tables.annotations, r.annotation_id == a.id)
            .where(a.taxonomy == taxonomy, a.layer == "main", r.number > 0)
        )
        with self.database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def active_seconds(self, annotation_id: str) -> dict[str, float]:
        """Person → seconds that they worked on the annotation."""
        c = tables.revisions.c
        query = (
            select(c.author, func.sum(c.active_s))
            .where(c.annotation_id == annotation_id, c.author.is_not(None))
            .group_by(c.author)
        )
        with self.database.read() as connection:
            return {author: float(seconds) for author, seconds in connection.execute(query)}

    def changes_after(self, annotation_id: str, revision: int) -> Changes:
        """What happened since a revision. Raises `NotFound` for one that does not exist."""
        r, o = tables.revisions.c, tables.objects.c
        with self.database.read() as connection:
            annotation = rows.require_annotation(connection, annotation_id)
            rows.require_revision(annotation, revision)
            keys = rows.keys_changed_after(connection, annotation_id, revision)
            touched = (
                select(o.object_id).where(o.annotation_id == annotation_id, o.revision > revision).distinct()
            )
            ids = set(connection.execute(touched).scalars())
            objects = rows.read_objects(connection, annotation_id, annotation.head) if ids else {}
            authors = (
                select(r.author)
                .where(r.annotation_id == annotation_id, r.number > revision, r.author.is_not(None))
                .distinct()
            )
            return Changes(
                revision=annotation.head,
                next_object=annotation.next_object,
                tiles=tuple(keys),
                objects=tuple(objects[i] for i in sorted(ids)),
                authors=tuple(sorted(connection.execute(authors).scalars())),
            )

    def tiles_of(self, annotation_id: str, revision: int) -> dict[TileKey, tuple[bytes | None, bytes | None]]:
        """Full-size tiles that a revision changed, each with its hash before and after."""
        with self.database.read() as connection:
            keys = rows.keys_changed_after(connection, annotation_id, revision - 1, up_to=revision)
            return {
                key: (
                    rows.tile_hash_at(connection, annotation_id, key, revision - 1),
                    rows.tile_hash_at(connection, annotation_id, key, revision),
                )
                for key in keys
                if key.level == 0
            }

    def tile_counts(self, annotation_id: str) -> dict[int, int]:
        """Revision → full-size tiles that it changed."""
        t = tables.revision_tiles.c
        query = (
            select(t.revision, func.count())
            .where(t.annotation_id == annotation_id, t.level == 0)
            .group_by(t.revision)
        )
        with self.database.read() as connection:
            return {int(number): int(count) for number, count in connection.execute(query)}

    def revert(self, annotation_id: str, to_revision: int, *, author: str | None = None) -> SaveAnswer:
        """Go back: a new revision whose tiles and object rows are those of `to_revision`."""
        with self.database.write() as connection:
            annotation = rows.require_annotation(connection, annotation_id)
            rows.require_revision(annotation, to_revision)
            number = annotation.head + 1
            hashes = {
                key: rows.tile_hash_at(connection, annotation_id, key, to_revision)
                for key in rows.keys_changed_after(connection, annotation_id, to_revision)
            }
            then = rows.read_objects(connection, annotation_id, to_revision)
            now = rows.read_objects(connection, annotation_id, annotation.head)
            back = [then.get(i) or ObjectRow(i, None) for i, row in now.items() if then.get(i) != row]
            current = rows.tile_hashes(connection, annotation_id, annotation.head)
            changed = {key: sha256 for key, sha256 in hashes.items() if current.get(key) != sha256}
            rows.put_tile_rows(connection, annotation_id, number, changed)
            rows.put_object_rows(connection, annotation_id, number, back)
            answer = SaveAnswer(revision=number, renumbered={}, conflicts=(), object_conflicts=(), merged=())
            revision = Revision(
                annotation_id=annotation_id,
                number=number,
                parent=annotation.head,
                kind="revert",
                author=author,
                run_id=None,
                message=f"Back to revision {to_revision}",
                taxonomy_version=self.taxonomies.get(annotation.taxonomy).version,
                save_id=new_id(),
                answer=answer.to_json(),
                created_at=time.time(),
            )
            rows.put_revision(connection, revision)
            c = tables.annotations.c
            moved = update(tables.annotations).where(c.id == annotation_id)
            connection.execute(moved.values(head=number))
            label_counts.recount(connection, annotation_id, number)
            return answer
