"""Operations on a whole label map that the server does for the page.

Each is a record of what is asked; `apply_operation` turns it into one revision. Tiles are read,
changed and stored one at a time, so the size of the image does not matter.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from townscape.core import tiles as grid
from townscape.core.errors import NotFound, UsageError
from townscape.core.labelmap import (
    FIRST_OBJECT,
    IGNORE,
    UNLABELLED,
    ClassNumbers,
    LabelMap,
    ObjectRow,
    Segments,
)
from townscape.core.spaces import Window
from townscape.core.taxonomy import Taxonomy
from townscape.core.tiles import TILE_PX, TileKey
from townscape.label.fill import Mask, Place, contiguous
from townscape.label.locks import NO_LOCKS, Locks
from townscape.workspace import Workspace
from townscape.workspace.label_save import Save
from townscape.workspace.prediction_files import read_prediction
from townscape.workspace.records import Annotation, RevisionKind


class _Operation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fill(_Operation):
    """Give a class to what hangs together with a pixel, or to every pixel of that pixel's class."""

    kind: Literal["fill"] = "fill"
    x: int
    y: int
    segment: int
    contiguous: bool = True
    locks: Locks = NO_LOCKS


class FillUnlabelled(_Operation):
    """Give a class to every pixel that nobody has labelled."""

    kind: Literal["fill-unlabelled"] = "fill-unlabelled"
    segment: int


class TakePrediction(_Operation):
    """Take a model's prediction as labels."""

    kind: Literal["take-prediction"] = "take-prediction"
    model: str
    classes: tuple[int, ...] | None = None
    """Only these classes; None: all."""
    min_confidence: float = Field(default=0.0, ge=0, le=1)
    region: tuple[int, int, int, int] | None = None
    """Only inside this rectangle: x, y, width, height."""
    over: Literal["unlabelled", "everything"] = "unlabelled"
    locks: Locks = NO_LOCKS


class CopyLabels(_Operation):
    """Copy the labels of another image of the same size; objects become new objects."""

    kind: Literal["copy-labels"] = "copy-labels"
    from_image: str
    over: Literal["unlabelled", "everything"] = "unlabelled"
    locks: Locks = NO_LOCKS


class UndoRevision(_Operation):
    """Undo a revision where its pixels still hold what it wrote."""

    kind: Literal["undo-revision"] = "undo-revision"
    revision: int


Operation = Annotated[
    Fill | FillUnlabelled | TakePrediction | CopyLabels | UndoRevision, Field(discriminator="kind")
]

Painted = Iterator[tuple[Place, Segments]]
"""Changed tiles."""


class OperationAnswer(BaseModel):
    """What an operation did."""

    model_config = ConfigDict(frozen=True)

    revision: int | None
    """The revision that it made; None if there was nothing to change."""
    pixels: int
    """Pixels that changed."""
    skipped: int = 0
    """Pixels that were left alone because somebody painted there meanwhile (undo)."""


def apply_operation(
    workspace: Workspace, annotation_id: str, operation: Operation, *, author: str | None
) -> OperationAnswer:
    """Do it and save it as one revision. Raises `NotFound` or `UsageError` if it cannot be done."""
    canvas = _Canvas(workspace, workspace.labels.get(annotation_id))
    if isinstance(operation, Fill):
        return canvas.store(canvas.fill(operation), author=author, message="Filled")
    if isinstance(operation, FillUnlabelled):
        painted = canvas.repaint(lambda _, numbers: numbers == UNLABELLED, operation.segment)
        return canvas.store(painted, author=author, message="Filled what was unlabelled")
    if isinstance(operation, TakePrediction):
        return canvas.take_prediction(operation, author=author)
    if isinstance(operation, CopyLabels):
        return canvas.copy_labels(operation, author=author)
    return canvas.undo(operation.revision, author=author)


class _Canvas:
    """An annotation as of its head, tile by tile."""

    def __init__(self, workspace: Workspace, annotation: Annotation) -> None:
        self._workspace = workspace
        self._annotation = annotation
        self._taxonomy: Taxonomy = workspace.taxonomies.get(annotation.taxonomy)
        self._objects = workspace.labels.objects(annotation.id, annotation.head)
        self._shape = grid.grid_shape(annotation.height, annotation.width)
        self._changed = 0

    # Reading

    def _places(self, region: tuple[int, int, int, int] | None = None) -> Iterator[Place]:
        window = Window(*region) if region else Window(0, 0, self._annotation.width, self._annotation.height)
        window = window.clip(self._annotation.width, self._annotation.height)
        for row in range(window.y // TILE_PX, -(-(window.y + window.height) // TILE_PX)):
            for column in range(window.x // TILE_PX, -(-(window.x + window.width) // TILE_PX)):
                yield row, column

    def _window(self, place: Place) -> Window:
        row, column = place
        whole = Window(column * TILE_PX, row * TILE_PX, TILE_PX, TILE_PX)
        return whole.clip(self._annotation.width, self._annotation.height)

    def _tile(self, place: Place, revision: int | None = None) -> Segments:
        """The tile as of a revision, the one that the operation began with by default."""
        found = self._workspace.labels.read_tile(
            self._annotation.id,
            TileKey(0, *place),
            revision=self._annotation.head if revision is None else revision,
        )
        return np.zeros((TILE_PX, TILE_PX), dtype=np.uint32) if found is None else found

    def _numbers(self, tile: Segments) -> ClassNumbers:
        return LabelMap(tile, self._objects).class_numbers(self._taxonomy)

    def _inside(self, place: Place) -> Mask:
        window = self._window(place)
        inside = np.zeros((TILE_PX, TILE_PX), dtype=bool)
        inside[: window.height, : window.width] = True
        return inside

    # Changing

    def repaint(
        self,
        chosen: Callable[[Segments, ClassNumbers], NDArray[np.bool_]],
        segment: int,
        *,
        locks: Locks = NO_LOCKS,
    ) -> Painted:
        """Give a segment to the pixels that `chosen` picks."""
        self._check_segment(segment)
        for place in self._places():
            tile = self._tile(place)
            numbers = self._numbers(tile)
            mask = chosen(tile, numbers) & locks.allowed(numbers) & self._inside(place)
            yield from self._painted(place, tile, mask, segment)

    def fill(self, asked: Fill) -> Painted:
        """Contiguous or everywhere, what has the class of the pixel asked for."""
        self._check_segment(asked.segment)
        if not (0 <= asked.x < self._annotation.width and 0 <= asked.y < self._annotation.height):
            raise UsageError("The pixel to fill from lies outside the image.")
        seed = self._tile((asked.y // TILE_PX, asked.x // TILE_PX))[asked.y % TILE_PX, asked.x % TILE_PX]
        if not asked.contiguous:
            yield from self.repaint(lambda tile, _: tile == seed, asked.segment, locks=asked.locks)
            return

        def match_of(place: Place) -> Mask:
            tile = self._tile(place)
            return (tile == seed) & asked.locks.allowed(self._numbers(tile)) & self._inside(place)

        for place, mask in contiguous(match_of, (asked.x, asked.y), shape=self._shape):
            yield from self._painted(place, self._tile(place), mask, asked.segment)

    def take_prediction(self, asked: TakePrediction, *, author: str | None) -> OperationAnswer:
        """Predicted classes where there is nothing yet (or everywhere), above a confidence."""
        model = self._workspace.models.get(asked.model)
        image = self._workspace.images.get(self._annotation.image_id)
        found = self._workspace.predictions.find(model_id=model.id, image_ids=[image.id])
        if image.id not in found:
            raise NotFound(
                f"{model.name} has not predicted {image.name}.", hint="run predict on this image first."
            )
        known = set(self._taxonomy.resolved)

        def painted() -> Painted:
            for place in self._places(asked.region):
                window = self._window(place)
                predicted = read_prediction(self._workspace.blobs, found[image.id], image, window)
                numbers = grid.pad(predicted.class_numbers)
                sure = grid.pad(predicted.confidence)
                wanted = np.isin(numbers, sorted(known if asked.classes is None else set(asked.classes)))
                mask = wanted & (numbers > 0) & (sure >= np.ceil(asked.min_confidence * 255))
                mask &= self._in_region(place, asked.region)
                yield from self._laid_over(place, numbers, mask, asked.over, asked.locks)

        message = f"From {model.name}, confidence of {asked.min_confidence:.0%} and more"
        return self.store(painted(), author=author, message=message, kind="prediction")

    def copy_labels(self, asked: CopyLabels, *, author: str | None) -> OperationAnswer:
        """Another image's labels."""
        labels = self._workspace.labels
        other = labels.find(
            image_id=asked.from_image, taxonomy=self._annotation.taxonomy, layer=self._annotation.layer
        )
        source = self._workspace.images.get(asked.from_image)
        if not other or other[0].head == 0:
            raise NotFound(f"{source.name} has no labels to copy.")
        if (other[0].width, other[0].height) != (self._annotation.width, self._annotation.height):
            raise UsageError(
                f"{source.name} has another size, so its labels do not fit.",
                hint="copy between images of one camera.",
            )
        rows = labels.objects(other[0].id, other[0].head)
        first = self._annotation.next_object
        new_by_old = {old: first + k for k, old in enumerate(sorted(rows))}
        objects = {
            new_by_old[old]: ObjectRow(new_by_old[old], row.class_number, dict(row.attributes))
            for old, row in rows.items()
        }
        lookup = np.array(sorted(new_by_old), dtype=np.uint32)

        def painted() -> Painted:
            for place in self._places():
                tile = labels.read_tile(other[0].id, TileKey(0, *place), revision=other[0].head)
                if tile is None:
                    continue
                is_object = tile >= FIRST_OBJECT
                renamed = tile.copy()
                renamed[is_object] = np.searchsorted(lookup, tile[is_object]) + first
                yield from self._laid_over(place, renamed, tile > 0, asked.over, asked.locks)

        return self.store(painted(), author=author, message=f"Copied from {source.name}", objects=objects)

    def undo(self, revision: int, *, author: str | None) -> OperationAnswer:
        """The pixels of a revision's tiles as they were before it, where it still shows."""
        annotation = self._annotation
        if not 1 <= revision <= annotation.head:
            raise NotFound(f"There is no revision {revision}.")
        changed = self._workspace.history.tiles_of(annotation.id, revision)
        skipped = 0

        def painted() -> Painted:
            nonlocal skipped
            for key in sorted(changed):
                place = (key.row, key.column)
                before, after = self._tile(place, revision - 1), self._tile(place, revision)
                now = self._tile(place)
                wrote = before != after
                still = wrote & (now == after)
                skipped += int((wrote & (now != after) & (now != before)).sum())
                yield from self._painted(place, now, still, before)

        answer = self.store(painted(), author=author, message=f"Undid revision {revision}")
        return answer.model_copy(update={"skipped": skipped})

    def _laid_over(
        self,
        place: Place,
        segments: Segments,
        mask: Mask,
        over: Literal["unlabelled", "everything"],
        locks: Locks,
    ) -> Painted:
        tile = self._tile(place)
        numbers = self._numbers(tile)
        mask = mask & locks.allowed(numbers) & self._inside(place)
        if over == "unlabelled":
            mask &= tile == UNLABELLED
        yield from self._painted(place, tile, mask, segments)

    def _in_region(self, place: Place, region: tuple[int, int, int, int] | None) -> Mask:
        if region is None:
            return np.ones((TILE_PX, TILE_PX), dtype=bool)
        x, y, width, height = region
        ys = np.arange(place[0] * TILE_PX, (place[0] + 1) * TILE_PX)
        xs = np.arange(place[1] * TILE_PX, (place[1] + 1) * TILE_PX)
        return np.outer((ys >= y) & (ys < y + height), (xs >= x) & (xs < x + width))

    def _painted(self, place: Place, tile: Segments, mask: Mask, value: int | Segments) -> Painted:
        changed = mask & (tile != value)
        if changed.any():
            self._changed += int(changed.sum())
            yield place, np.where(changed, value, tile).astype(np.uint32)

    def _check_segment(self, segment: int) -> None:
        if segment >= FIRST_OBJECT:
            if segment not in self._objects:
                raise NotFound(f"There is no object {segment}.")
        elif segment not in (UNLABELLED, IGNORE):
            self._taxonomy.get_class(segment)

    def store(
        self,
        painted: Painted,
        *,
        author: str | None,
        message: str,
        kind: RevisionKind = "edit",
        objects: dict[int, ObjectRow] | None = None,
    ) -> OperationAnswer:
        """Save the changed tiles as one revision, if there are any."""
        first = next(painted, None)
        if first is None:
            return OperationAnswer(revision=None, pixels=0)
        labels, annotation = self._workspace.labels, self._annotation
        tiles = chain([first], painted)
        if not objects:
            answer = labels.save_large(
                annotation.id, tiles, base_revision=annotation.head, kind=kind, message=message, author=author
            )
            return OperationAnswer(revision=answer.revision, pixels=self._changed)
        listed = dict(tiles)
        used = {int(i) for tile in listed.values() for i in np.unique(tile[tile >= FIRST_OBJECT])}
        rows = {i: row for i, row in objects.items() if i in used}
        save = Save(
            base_revision=annotation.head,
            tiles=listed,
            objects=rows,
            created=frozenset(rows),
            author=author,
            message=message,
            kind=kind,
        )
        return OperationAnswer(revision=labels.save(annotation.id, save).revision, pixels=self._changed)
