"""The label store: label maps kept like source code (what happened to them: `label_history`).

A revision is its changed tiles and changed object rows, with parent, author, time and message.
It is append-only: going back is a new revision. A save names the revision it started from and
is merged, in one transaction, with whatever others saved meanwhile (`core.merge`).
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from townscape.core import tiles as grid
from townscape.core.errors import LabelError
from townscape.core.ids import new_id
from townscape.core.labelmap import FIRST_OBJECT, LabelMap, ObjectRow, Segments
from townscape.core.spaces import Window
from townscape.core.splits import Part
from townscape.core.tiles import TILE_PX, TileKey
from townscape.workspace import label_counts, tables
from townscape.workspace import label_rows as rows
from townscape.workspace.database import Database, in_pieces
from townscape.workspace.label_save import Save, SaveAnswer, StagedTile, apply_save, put_overview
from townscape.workspace.records import Annotation, AnnotationState, Image, Revision, RevisionKind
from townscape.workspace.taxonomies import Taxonomies

SMALL_TILES = 16
"""Label maps of up to this many tiles are saved in one transaction."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of an annotation is labelled, in pixels."""

    total_px: int
    by_class: Mapping[int, int]
    """Class number (65,535 = ignore) → pixels, objects counted under their class."""
    unlabelled_px: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "unlabelled_px", self.total_px - sum(self.by_class.values()))

    @property
    def labelled_share(self) -> float:
        """0…1; ignore counts as labelled, since somebody looked."""
        return 1 - self.unlabelled_px / max(1, self.total_px)


@dataclass(frozen=True, slots=True)
class PackedTiles:
    """Packed tiles as of a revision; empty ones are left out."""

    revision: int
    tiles: Mapping[TileKey, bytes]


class Labels:
    """Annotations of a workspace and every revision of them."""

    def __init__(self, database: Database, taxonomies: Taxonomies) -> None:
        self._database = database
        self._taxonomies = taxonomies

    # Annotations

    def get(self, annotation_id: str) -> Annotation:
        """The annotation of that id; raises `NotFound`."""
        with self._database.read() as connection:
            return rows.require_annotation(connection, annotation_id)

    def find(
        self, *, image_id: str | None = None, taxonomy: str | None = None, layer: str | None = None
    ) -> list[Annotation]:
        """Annotations that match, in order of their ids."""
        c = tables.annotations.c
        query = select(tables.annotations).order_by(c.id)
        for column, value in ((c.image_id, image_id), (c.taxonomy, taxonomy), (c.layer, layer)):
            if value is not None:
                query = query.where(column == value)
        with self._database.read() as connection:
            return [Annotation(**row) for row in connection.execute(query).mappings()]

    def labelled(self, image_ids: Sequence[str]) -> set[str]:
        """Those of the images that have a labelled pixel, in any taxonomy and layer."""
        c = tables.annotations.c
        query = select(c.image_id).where(c.labelled_px > 0)
        found: set[str] = set()
        with self._database.read() as connection:
            for some in in_pieces(image_ids):
                found |= set(connection.execute(query.where(c.image_id.in_(some))).scalars())
        return found

    def open(
        self, image: Image, taxonomy: str, *, layer: str = "main", official_part: Part | None = None
    ) -> Annotation:
        """The annotation of an image in a taxonomy and layer, made (empty, revision 0) if needed."""
        with self._database.exclusive():
            found = self.find(image_id=image.id, taxonomy=taxonomy, layer=layer)
            if not found:
                return self._create(image, taxonomy, layer, official_part)
            if official_part is None or found[0].official_part == official_part:
                return found[0]
            c = tables.annotations.c
            changed = update(tables.annotations).where(c.id == found[0].id)
            with self._database.write() as connection:
                connection.execute(changed.values(official_part=official_part))
                return rows.require_annotation(connection, found[0].id)

    def _create(self, image: Image, taxonomy: str, layer: str, official_part: Part | None) -> Annotation:
        annotation = Annotation(
            id=new_id(),
            image_id=image.id,
            taxonomy=taxonomy,
            layer=layer,
            state="draft",
            official_part=official_part,
            width=image.width,
            height=image.height,
            head=0,
            next_object=FIRST_OBJECT,
        )
        first = Revision(
            annotation_id=annotation.id,
            number=0,
            parent=None,
            kind="create",
            author=None,
            run_id=None,
            message="",
            taxonomy_version=self._taxonomies.get(taxonomy).version,
            save_id=new_id(),
            answer={},
            created_at=time.time(),
        )
        values = {name: getattr(annotation, name) for name in Annotation.__dataclass_fields__}
        with self._database.write() as connection:
            connection.execute(insert(tables.annotations).values(values))
            rows.put_revision(connection, first)
        return annotation

    def set_state(self, annotation_id: str, state: AnnotationState) -> Annotation:
        """Move an annotation to another state (the rules are the stage `label`'s)."""
        c = tables.annotations.c
        with self._database.write() as connection:
            rows.require_annotation(connection, annotation_id)
            connection.execute(update(tables.annotations).where(c.id == annotation_id).values(state=state))
            return rows.require_annotation(connection, annotation_id)

    # Saving

    def save(self, annotation_id: str, save: Save) -> SaveAnswer:
        """Store a save as a new revision, merged with what others saved since `base_revision`.

        One transaction: when this returns, the revision survives a power cut. Replaying a save
        (same `save_id`) returns the first answer. Raises `LabelError` if the save names
        segments that no class or object row answers to, tiles outside the image, or a revision
        that does not exist; nothing is stored then.
        """
        with self._database.write() as connection:
            annotation = rows.require_annotation(connection, annotation_id)
            replayed = _answer_of(connection, annotation_id, save.save_id)
            if replayed is not None:
                return replayed
            newest = self._taxonomies.get(annotation.taxonomy)
            taxonomy = self._taxonomies.get(annotation.taxonomy, save.taxonomy_version or newest.version)
            answer = apply_save(connection, annotation, save, class_numbers=newest.resolved)
            rows.put_revision(
                connection,
                Revision(
                    annotation_id=annotation.id,
                    number=answer.revision,
                    parent=save.base_revision,
                    kind=save.kind,
                    author=save.author,
                    run_id=save.run_id,
                    message=save.message,
                    taxonomy_version=taxonomy.version,
                    save_id=save.save_id,
                    answer=answer.to_json(),
                    created_at=time.time(),
                    active_s=save.active_s,
                ),
            )
            return answer

    def saved_by(self, run_id: str) -> set[str]:
        """Ids of the annotations that a run has saved."""
        c = tables.revisions.c
        with self._database.read() as connection:
            return set(connection.execute(select(c.annotation_id).where(c.run_id == run_id)).scalars())

    def save_map(
        self,
        annotation_id: str,
        label_map: LabelMap,
        *,
        kind: RevisionKind = "import",
        message: str = "",
        run_id: str | None = None,
        author: str | None = None,
    ) -> SaveAnswer:
        """Save a whole label map as the next revision; tiles that do not differ are not stored.

        Object ids of `label_map` are taken as new objects unless the annotation has them.
        """
        annotation = self.get(annotation_id)
        if (label_map.height, label_map.width) != (annotation.height, annotation.width):
            raise LabelError(
                f"The label map is {label_map.width}×{label_map.height} "
                f"but its image is {annotation.width}×{annotation.height}."
            )
        save = Save(
            base_revision=annotation.head,
            tiles={(key.row, key.column): tile for key, tile in grid.cut(label_map.segments_hw)},
            objects=dict(label_map.objects),
            created=frozenset(i for i in label_map.objects if i >= annotation.next_object),
            kind=kind,
            message=message,
            run_id=run_id,
            author=author,
        )
        return self.save(annotation_id, save)

    def save_large(
        self,
        annotation_id: str,
        tiles: Iterable[tuple[tuple[int, int], Segments]],
        *,
        base_revision: int | None = None,
        kind: RevisionKind = "import",
        message: str = "",
        run_id: str | None = None,
        author: str | None = None,
        objects: Mapping[int, ObjectRow] | None = None,
    ) -> SaveAnswer:
        """Save a label map of any size, given tile by tile ((row, column), plane), as one revision.

        Of large maps, contents and overviews are stored first, in short transactions; the
        revision itself is one small transaction at the end. Until then nothing of it can be
        seen. `objects` holds the rows of new objects; it may fill while `tiles` are taken.
        """
        annotation = self.get(annotation_id)
        base = annotation.head if base_revision is None else base_revision
        about: Any = {"kind": kind, "message": message, "run_id": run_id, "author": author}
        rows_of_objects = {} if objects is None else objects
        n_rows, n_columns = grid.grid_shape(annotation.height, annotation.width)
        if n_rows * n_columns <= SMALL_TILES:
            small = dict(tiles)
            made = dict(rows_of_objects)
            return self.save(annotation_id, Save(base, small, objects=made, created=frozenset(made), **about))
        hashes: dict[TileKey, bytes | None] = {}

        def put_full(connection: Connection, item: tuple[tuple[int, int], Segments]) -> None:
            (row, column), tile = item
            hashes[TileKey(0, row, column)] = rows.put_tile(connection, tile)

        def put_above(connection: Connection, key: TileKey) -> None:
            hashes[key] = put_overview(connection, key, hashes.get)

        self._database.write_in_batches(tiles, put_full)
        places = {(key.row, key.column) for key in hashes}
        for level in range(1, grid.level_count(annotation.height, annotation.width)):
            places = {(row // 2, column // 2) for row, column in places}
            self._database.write_in_batches((TileKey(level, *p) for p in sorted(places)), put_above)
        save = Save(
            base_revision=base,
            tiles={(k.row, k.column): StagedTile(h) for k, h in hashes.items() if k.level == 0},
            overviews={key: sha256 for key, sha256 in hashes.items() if key.level > 0},
            objects=dict(rows_of_objects),
            created=frozenset(rows_of_objects),
            **about,
        )
        return self.save(annotation_id, save)

    # Reading

    def read(
        self,
        annotation_id: str,
        *,
        revision: int | None = None,
        window: Window | None = None,
        level: int = 0,
    ) -> LabelMap:
        """The label map (or a window of it) as of a revision, the newest by default.

        `level` asks for an overview, halved that often; the window is in its pixels then.
        """
        with self._database.read() as connection:
            annotation = rows.require_annotation(connection, annotation_id)
            number = rows.require_revision(annotation, revision)
            height, width = grid.level_shape(annotation.height, annotation.width, level)
            area = (window or Window(0, 0, width, height)).clip(width, height)
            span = rows.TileSpan(
                level,
                area.y // TILE_PX,
                -(-(area.y + area.height) // TILE_PX),
                area.x // TILE_PX,
                -(-(area.x + area.width) // TILE_PX),
            )
            hashes = rows.tile_hashes(connection, annotation_id, number, span=span)
            tiles = {(k.row, k.column): rows.read_tile(connection, h) for k, h in hashes.items()}
            objects = rows.read_objects(connection, annotation_id, number)
        plane = grid.stitch(tiles, area.x, area.y, area.width, area.height)
        return LabelMap(plane, {i: row for i, row in objects.items() if row.class_number is not None})

    def read_tile(self, annotation_id: str, key: TileKey, *, revision: int | None = None) -> Segments | None:
        """One tile as of a revision; None if it is empty."""
        with self._database.read() as connection:
            annotation = rows.require_annotation(connection, annotation_id)
            number = rows.require_revision(annotation, revision)
            sha256 = rows.tile_hash_at(connection, annotation_id, key, number)
            return None if sha256 is None else rows.read_tile(connection, sha256)

    def read_packed(
        self, annotation_id: str, keys: Sequence[TileKey], *, revision: int | None = None
    ) -> PackedTiles:
        """Tiles as they are stored (see `core.tiles.pack`), without unpacking them."""
        with self._database.read() as connection:
            annotation = rows.require_annotation(connection, annotation_id)
            number = rows.require_revision(annotation, revision)
            found: dict[TileKey, bytes] = {}
            for key in keys:
                sha256 = rows.tile_hash_at(connection, annotation_id, key, number)
                if sha256 is not None:
                    found[key] = rows.read_packed_tile(connection, sha256)
        return PackedTiles(number, found)

    def tile_hashes(self, annotation_id: str, revision: int) -> dict[TileKey, bytes]:
        """Hash of every full-size tile as of a revision: the content that datasets freeze."""
        with self._database.read() as connection:
            found = rows.tile_hashes(connection, annotation_id, revision)
        return {key: sha256 for key, sha256 in found.items() if key.level == 0}

    def objects(self, annotation_id: str, revision: int) -> dict[int, ObjectRow]:
        """Object rows as of a revision, without tombstones."""
        with self._database.read() as connection:
            found = rows.read_objects(connection, annotation_id, revision)
        return {i: row for i, row in found.items() if row.class_number is not None}

    def coverage(self, annotation_id: str, *, revision: int | None = None) -> Coverage:
        """Pixels per class, summed from the tiles' histograms without reading a pixel."""
        with self._database.read() as connection:
            annotation = rows.require_annotation(connection, annotation_id)
            number = rows.require_revision(annotation, revision)
            counts = label_counts.count(connection, annotation_id, number)
        resolved = self._taxonomies.get(annotation.taxonomy).resolved
        by_class: Counter[int] = Counter()
        for class_number, pixels in counts.items():
            by_class[resolved.get(class_number, class_number)] += pixels
        return Coverage(annotation.width * annotation.height, by_class)


def _answer_of(connection: Connection, annotation_id: str, save_id: str) -> SaveAnswer | None:
    c = tables.revisions.c
    query = select(c.annotation_id, c.answer).where(c.save_id == save_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if row.annotation_id != annotation_id:
        raise LabelError("This save id was used for another annotation.")
    return SaveAnswer.of_json(row.answer)
