"""A state machine that treats the label store badly, and a plain model that knows what must hold.

Saves from old and new revisions, objects made on both sides, going back, compaction, and crashes
between any two writes; after each the store must agree with the model, and every revision that
was acknowledged must still be there.
"""

import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from PIL import Image as Pillow
from sqlalchemy import event

from townscape.core.events import Report
from townscape.core.ids import new_id
from townscape.core.labelmap import FIRST_OBJECT, ObjectRow, Segments
from townscape.core.merge import merge_rows, merge_tiles, renumber
from townscape.core.tiles import cut, cut_one
from townscape.testing.strategies import segment_planes
from townscape.workspace import Workspace, create_workspace, open_workspace
from townscape.workspace.label_save import Save, SaveAnswer
from townscape.workspace.maintenance import compact, verify

HEIGHT, WIDTH = 530, 520
N_CLASSES = 11


class SimulatedCrash(BaseException):
    """The machine was switched off here."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a revision must hold."""

    plane: Segments
    rows: Mapping[int, ObjectRow]


class LabelStoreMachine(RuleBasedStateMachine):
    """See the module."""

    @initialize()
    def begin(self) -> None:
        """A workspace with one image of four tiles."""
        self.folder = Path(tempfile.mkdtemp(prefix="label-machine-"))
        picture = self.folder / "image.png"
        Pillow.fromarray(np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)).save(picture)
        self.workspace: Workspace = create_workspace(self.folder / "w", taxonomy="camvid")
        image, _ = self.workspace.images.take_in(picture, name="image.png")
        self.annotation_id = self.workspace.labels.open(image, "camvid").id
        self.revisions = [Remembered(np.zeros((HEIGHT, WIDTH), dtype=np.uint32), {})]
        self.next_object = FIRST_OBJECT
        self.answers: dict[str, tuple[Save, SaveAnswer]] = {}

    @rule(data=st.data(), back=st.integers(0, 3), n_objects=st.integers(0, 2))
    def save(self, data: st.DataObject, back: int, n_objects: int) -> None:
        """A save that started up to three revisions ago, with new objects or without."""
        save = self._draw_save(data, back, n_objects)
        self._acknowledge(save, self.workspace.labels.save(self.annotation_id, save))

    @rule(data=st.data(), back=st.integers(0, 2), n_objects=st.integers(0, 2), at_write=st.integers(0, 14))
    def crash_while_saving(self, data: st.DataObject, back: int, n_objects: int, at_write: int) -> None:
        """A save during which the machine dies at some write; afterwards it is sent again."""
        save = self._draw_save(data, back, n_objects)
        try:
            with crash_at(self.workspace, at_write):
                answer = self.workspace.labels.save(self.annotation_id, save)
        except SimulatedCrash:
            self._reopen()
            answer = self.workspace.labels.save(self.annotation_id, save)
        self._acknowledge(save, answer)

    @precondition(lambda self: bool(self.answers))
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        """Sending a save again returns the first answer and changes nothing."""
        save, answer = self.answers[data.draw(st.sampled_from(sorted(self.answers)))]
        assert self.workspace.labels.save(self.annotation_id, save) == answer

    @rule(data=st.data())
    def revert(self, data: st.DataObject) -> None:
        """Going back is a new revision with the old content."""
        to = data.draw(st.integers(0, len(self.revisions) - 1))
        answer = self.workspace.history.revert(self.annotation_id, to)
        assert answer.revision == len(self.revisions)
        then, now = self.revisions[to], self.revisions[-1]
        rows = {i: then.rows.get(i, ObjectRow(i, None)) for i in now.rows}
        self.revisions.append(Remembered(then.plane, rows))

    @rule()
    def compact(self) -> None:
        """Compaction removes no revision."""
        compact(self.workspace, Report(), min_age_s=0)

    @rule()
    def reopen(self) -> None:
        """Another process opens the workspace."""
        self._reopen()

    @invariant()
    def the_newest_revision_is_as_remembered(self) -> None:
        """Plane and living object rows agree with the model."""
        if hasattr(self, "revisions"):
            self._check(len(self.revisions) - 1)

    def teardown(self) -> None:
        """Every acknowledged revision is there, and the workspace verifies."""
        if not hasattr(self, "revisions"):
            return
        history = self.workspace.history.revisions(self.annotation_id)
        assert [r.number for r in history] == list(range(len(self.revisions)))
        for number in range(len(self.revisions)):
            self._check(number)
        assert [f for f in verify(self.workspace, Report()) if not f.is_harmless] == []
        self.workspace.close()
        shutil.rmtree(self.folder)

    def _draw_save(self, data: st.DataObject, back: int, n_objects: int) -> Save:
        base = max(0, len(self.revisions) - 1 - back)
        before = self.revisions[base]
        # Ids that this client believes to be free: those unused at its base revision.
        first = max([FIRST_OBJECT - 1, *before.rows]) + 1
        created = {
            first + k: ObjectRow(first + k, data.draw(st.integers(1, N_CLASSES))) for k in range(n_objects)
        }
        usable = (*(i for i, row in before.rows.items() if row.class_number is not None), *created)
        painted = data.draw(segment_planes(height=HEIGHT, width=WIDTH, n_classes=N_CLASSES, objects=usable))
        plane = np.where(painted > 0, painted, before.plane)
        objects = dict(created)
        living = [i for i, row in before.rows.items() if row.class_number is not None]
        if living and data.draw(st.booleans()):
            chosen = data.draw(st.sampled_from(living))
            objects[chosen] = ObjectRow(chosen, data.draw(st.integers(1, N_CLASSES)), {"edited": True})
        changed = {
            (key.row, key.column): tile
            for key, tile in cut(plane)
            if not np.array_equal(tile, cut_one(before.plane, key.row, key.column))
        }
        return Save(
            base_revision=base, tiles=changed, objects=objects, created=frozenset(created), save_id=new_id()
        )

    def _acknowledge(self, save: Save, answer: SaveAnswer) -> None:
        base, head = self.revisions[save.base_revision], self.revisions[-1]
        assert answer.revision == len(self.revisions)
        taken = {i for i in save.created if i < self.next_object}
        assert set(answer.renumbered) == taken
        assert not set(answer.renumbered.values()) & (
            {i for r in self.revisions for i in r.rows} | (save.created - taken)
        )
        ours = base.plane.copy()
        for (row, column), tile in save.tiles.items():
            place = ours[row * 512 : row * 512 + 512, column * 512 : column * 512 + 512]
            place[:] = np.asarray(tile)[: place.shape[0], : place.shape[1]]
        merged = merge_tiles(base.plane, head.plane, renumber(ours, answer.renumbered))
        sent = {
            (new := answer.renumbered.get(i, i)): ObjectRow(new, row.class_number, row.attributes)
            for i, row in save.objects.items()
        }
        rows = dict(merge_rows(base.rows, head.rows, {**base.rows, **sent}).merged)
        for i in np.unique(merged.merged[merged.merged >= FIRST_OBJECT]).tolist():
            if rows[i].class_number is None:
                rows[i] = next(
                    r.rows[i] for r in reversed(self.revisions) if i in r.rows and r.rows[i].class_number
                )
        assert sum(c.pixels for c in answer.conflicts) == int(merged.conflicts.sum())
        self.revisions.append(Remembered(merged.merged, rows))
        self.next_object = max([self.next_object - 1, *rows, *answer.renumbered.values()]) + 1
        self.answers[save.save_id] = (save, answer)

    def _check(self, number: int) -> None:
        expected = self.revisions[number]
        found = self.workspace.labels.read(self.annotation_id, revision=number)
        assert np.array_equal(found.segments_hw, expected.plane)
        living = {i: row for i, row in expected.rows.items() if row.class_number is not None}
        assert dict(found.objects) == living

    def _reopen(self) -> None:
        self.workspace.database.abandon()
        self.workspace = open_workspace(self.folder / "w")


@contextmanager
def crash_at(workspace: Workspace, at_write: int) -> Generator[None]:
    """Die (raise `SimulatedCrash`) just before the given write or commit of the database."""
    engine = workspace.database.engine
    writes = {"seen": 0}

    def count() -> None:
        if writes["seen"] == at_write:
            raise SimulatedCrash
        writes["seen"] += 1

    def before_statement(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            count()

    def before_commit(_connection: Any) -> None:
        count()

    event.listen(engine, "before_cursor_execute", before_statement)
    event.listen(engine, "commit", before_commit)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before_statement)
        event.remove(engine, "commit", before_commit)
