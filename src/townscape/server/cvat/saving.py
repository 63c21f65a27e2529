"""Annotations changed through CVAT's client: one revision for each frame that differs.

Each is saved on the revision that it was read from and merged with whatever others saved meanwhile,
as every save is; pages that are open hear of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from townscape.core.errors import NotFound
from townscape.core.labelmap import LabelMap, Segments
from townscape.core.spaces import Window
from townscape.core.tiles import TILE_PX, cut_one, grid_shape
from townscape.formats.files import part_of
from townscape.server.cvat.frames import Frame
from townscape.server.cvat.labels import Labels
from townscape.server.cvat.painting import Action, Canvas, LabeledDataIn, ShapeIn, check
from townscape.server.cvat.parts import Parts
from townscape.server.cvat.shapes import read_frame, shape_id, split_shape_id
from townscape.server.cvat.tasks import Task
from townscape.workspace.label_save import Save
from townscape.workspace.records import Annotation


def change_annotations(
    parts: Parts, task: Task, data: LabeledDataIn, action: Action, *, user: str
) -> list[int | None]:
    """Do what a client asks; returns the number of every shape that was sent, in order.

    Everything is checked before anything is changed. Raises `UsageError` or `NotFound`.
    """
    frames, labels = parts.frames.paintable(task), parts.labels.of(task.about.taxonomy)
    check(data, action, frames, labels)
    by_frame: dict[int, list[int]] = {}
    for k, shape in enumerate(data.shapes):
        by_frame.setdefault(shape.frame, []).append(k)
    if action in ("update", "delete"):
        _check_known(parts, task, labels, data, by_frame)
    affected = range(len(frames)) if action == "replace" else sorted(by_frame)
    ids: list[int | None] = [None] * len(data.shapes)
    for number in affected:
        places = by_frame.get(number, [])
        change = _Change(parts, task, frames[number], labels, action, user)
        for place, segment in zip(places, change.make([data.shapes[k] for k in places]), strict=True):
            ids[place] = shape_id(number, segment) if segment else None
    return ids


def clear_frames(parts: Parts, task: Task, numbers: Sequence[int], *, user: str) -> None:
    """Make frames unlabelled."""
    labels = parts.labels.of(task.about.taxonomy)
    frames = parts.frames.paintable(task)
    for number in numbers:
        _Change(parts, task, frames[number], labels, "replace", user).make([])


def _check_known(
    parts: Parts, task: Task, labels: Labels, data: LabeledDataIn, by_frame: dict[int, list[int]]
) -> None:
    """Raise `NotFound` if a shape that is meant is not there."""
    frames = parts.frames.paintable(task)
    for number, places in by_frame.items():
        found = read_frame(parts.workspace, labels.taxonomy.name, frames[number])
        present = set(np.unique(found.segments_hw).tolist()) if found is not None else set[int]()
        for k in places:
            known = data.shapes[k].id or 0
            if split_shape_id(known)[1] not in present - {0}:
                raise NotFound(f"There is no shape {known}.", hint="ask for the annotations again.")


@dataclass(frozen=True)
class _Change:
    """One change of one frame."""

    parts: Parts
    task: Task
    frame: Frame
    labels: Labels
    action: Action
    user: str

    def make(self, shapes: Sequence[ShapeIn]) -> Sequence[int | None]:
        """Make the change; returns the segment of each shape."""
        found = self._annotation(is_needed=bool(shapes))
        if found is None:
            return []
        image, window = self.frame.image, self.frame.window
        area = _tiled(window, image.width, image.height)
        before = self.parts.workspace.labels.read(found.id, revision=found.head, window=area)
        inside = Window(window.x - area.x, window.y - area.y, window.width, window.height).slices
        canvas = Canvas.of(
            LabelMap(before.segments_hw[inside], before.objects), found.next_object, self.labels
        )
        touched = self._apply(canvas, shapes)
        if self.frame.is_whole:
            canvas.bury(touched)
        after = before.segments_hw.copy()
        after[inside] = canvas.plane_hw
        tiles = _changed_tiles(before.segments_hw, after, area)
        renumbered: Mapping[int, int] = {}
        if tiles or canvas.changed_rows:
            renumbered = self._save(found, tiles, canvas)
        segments = [renumbered.get(s, s) for s in canvas.segments]
        return segments or [None] * len(shapes)

    def _annotation(self, *, is_needed: bool) -> Annotation | None:
        labels, taxonomy = self.parts.workspace.labels, self.task.about.taxonomy
        if is_needed:
            part = part_of(self.task.about.subset) if self.task.about.subset else None
            return labels.open(self.frame.image, taxonomy, official_part=part)
        found = labels.find(image_id=self.frame.image.id, taxonomy=taxonomy, layer="main")
        return found[0] if found and found[0].head > 0 else None

    def _apply(self, canvas: Canvas, shapes: Sequence[ShapeIn]) -> list[int]:
        """Change the canvas; returns the segments that may have gone."""
        if self.action == "create":
            canvas.known = frozenset()
            canvas.paint(shapes)
            return []
        if self.action == "replace":
            touched = [s for s in np.unique(canvas.plane_hw).tolist() if s in canvas.rows]
            canvas.plane_hw[:] = 0
            canvas.paint(shapes)
            return touched
        touched = [split_shape_id(s.id or 0)[1] for s in shapes]
        canvas.erase(touched)
        if self.action == "update":
            canvas.paint(shapes)
        return touched

    def _save(
        self, annotation: Annotation, tiles: dict[tuple[int, int], Segments], canvas: Canvas
    ) -> Mapping[int, int]:
        """Save the change; returns the new numbers of objects whose numbers were taken meanwhile."""
        created = frozenset(i for i in canvas.changed_rows if i >= annotation.next_object)
        save = Save(
            base_revision=annotation.head,
            tiles=tiles,
            objects=canvas.changed_rows,
            created=created,
            taxonomy_version=self.labels.taxonomy.version,
            author=self.user,
            message=f"Changed by CVAT's client (task {self.task.number}, frame {self.frame.number})",
        )
        answer = self.parts.workspace.labels.save(annotation.id, save)
        self.parts.context.live.tell(annotation.id)
        return answer.renumbered


def _tiled(window: Window, width: int, height: int) -> Window:
    """The window grown to whole tiles of the image."""
    left, top = window.x // TILE_PX * TILE_PX, window.y // TILE_PX * TILE_PX
    right = min(width, -(-(window.x + window.width) // TILE_PX) * TILE_PX)
    bottom = min(height, -(-(window.y + window.height) // TILE_PX) * TILE_PX)
    return Window(left, top, right - left, bottom - top)


def _changed_tiles(before: Segments, after: Segments, area: Window) -> dict[tuple[int, int], Segments]:
    """Tiles of an area that differ, by their place in the image."""
    rows, columns = grid_shape(*before.shape)
    first_row, first_column = area.y // TILE_PX, area.x // TILE_PX
    found: dict[tuple[int, int], Segments] = {}
    for row in range(rows):
        for column in range(columns):
            tile = cut_one(after, row, column)
            if not np.array_equal(tile, cut_one(before, row, column)):
                found[first_row + row, first_column + column] = tile
    return found
