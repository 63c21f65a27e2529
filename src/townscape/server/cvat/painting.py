"""CVAT's shapes as pixels of a label map: what is asked for is checked first, then painted.

Shapes lie over one another by z_order, then in the order in which they were sent. One that we gave out
(it has a number) stays the segment that it was; a new one of a thing becomes an object, one of stuff
pixels of its class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import NotFound, UsageError
from townscape.core.labelmap import FIRST_OBJECT, IGNORE, UNLABELLED, LabelMap, ObjectRow, Segments
from townscape.formats.cvat import shapes as cvat_shapes
from townscape.formats.cvat.masks import mask_of_points
from townscape.formats.cvat.shapes import CROWD
from townscape.server.cvat.frames import Frame
from townscape.server.cvat.labels import Labels
from townscape.server.cvat.shapes import split_shape_id

Action = Literal["create", "update", "delete", "replace"]

_AREAS = ("mask", "polygon", "rectangle", "ellipse")
_MAX_NUMBER = 1 << 53


class AttributeValueIn(BaseModel):
    """The value of an attribute."""

    model_config = ConfigDict(frozen=True)

    spec_id: int
    value: str


class ShapeIn(BaseModel):
    """A shape as clients send it; what is not named here is not kept."""

    model_config = ConfigDict(frozen=True)

    type: str
    label_id: int
    frame: int
    points: list[float] = Field(default_factory=list[float])
    z_order: int = 0
    rotation: float = 0.0
    id: int | None = Field(default=None, ge=0, lt=_MAX_NUMBER)
    group: int | None = None
    attributes: tuple[AttributeValueIn, ...] = ()


class LabeledDataIn(BaseModel):
    """Annotations as clients send them."""

    shapes: list[ShapeIn] = Field(default_factory=list[ShapeIn])
    tags: list[Any] = Field(default_factory=list[Any])
    tracks: list[Any] = Field(default_factory=list[Any])
    intervals: list[Any] = Field(default_factory=list[Any])


def check(data: LabeledDataIn, action: Action, frames: Sequence[Frame], labels: Labels) -> None:
    """Raise `UsageError` or `NotFound` for the first thing that cannot be done; nothing is changed."""
    for what, found in (("tags", data.tags), ("tracks", data.tracks), ("intervals", data.intervals)):
        if found:
            raise UsageError(
                f"Townscape keeps no {what}.", hint="send shapes that cover pixels: masks or polygons."
            )
    class_by_id = labels.class_by_id
    for k, shape in enumerate(data.shapes):
        what = f"Shape {k} ({shape.type:.20} of frame {shape.frame})"
        if not 0 <= shape.frame < len(frames):
            raise NotFound(f"{what}: there is no such frame.", hint=f"they go from 0 to {len(frames) - 1}.")
        if action in ("update", "delete"):
            if shape.id is None:
                raise UsageError(f"{what} has no id, so it is not known which one is meant.")
            if split_shape_id(shape.id)[0] != shape.frame:
                raise NotFound(f"{what}: no shape {shape.id} is in that frame.")
        if action == "delete":
            continue
        if shape.label_id not in class_by_id:
            raise NotFound(f"{what}: there is no label {shape.label_id} here.")
        known = {about["id"] for about in labels.attributes.get(class_by_id[shape.label_id], {}).values()}
        unknown = [value.spec_id for value in shape.attributes if value.spec_id not in known]
        if unknown:
            raise NotFound(f"{what}: label {shape.label_id} has no attribute {unknown[0]}.")
        _check_geometry(shape, what, frames[shape.frame])


def _check_geometry(shape: ShapeIn, what: str, frame: Frame) -> None:
    if shape.type not in _AREAS:
        raise UsageError(
            f"{what} covers no pixels.", hint="send masks, polygons, rectangles or ellipses instead."
        )
    if not np.isfinite(shape.points).all() or not np.isfinite(shape.rotation):
        raise UsageError(f"{what} has coordinates that are no numbers.")
    if shape.type == "mask":
        try:
            mask_of_points(shape.points).runs(frame.window.height, frame.window.width)
        except ValueError as error:
            raise UsageError(
                f"{what}: {error}.",
                hint="its points are run lengths that fill a box, then left, top, right and bottom of it.",
            ) from error
    elif shape.type == "polygon" and (len(shape.points) < 6 or len(shape.points) % 2):
        raise UsageError(f"{what} has no three points.", hint="write x and y in turn.")
    elif shape.type in ("rectangle", "ellipse") and len(shape.points) != 4:
        raise UsageError(f"{what} is not given by two points.")


@dataclass
class Canvas:
    """The labels of one frame while they are changed."""

    plane_hw: Segments
    rows: dict[int, ObjectRow]
    """Objects that are there, and those that are new."""
    next_object: int
    labels: Labels
    known: frozenset[int]
    """Segments that are there, and may be meant by the number of a shape."""
    changed_rows: dict[int, ObjectRow] = field(default_factory=dict[int, ObjectRow])
    segments: list[int] = field(default_factory=list[int])
    """What each shape that was painted has become, in the order they were sent."""

    @classmethod
    def of(cls, label_map: LabelMap, next_object: int, labels: Labels) -> "Canvas":
        """The canvas of what there is."""
        plane = label_map.segments_hw.copy()
        known = frozenset(np.unique(plane).tolist())
        return cls(plane, dict(label_map.objects), next_object, labels, known)

    def erase(self, segments: Sequence[int]) -> None:
        """Make what these segments cover unlabelled."""
        self.plane_hw[np.isin(self.plane_hw, segments)] = UNLABELLED

    def paint(self, shapes: Sequence[ShapeIn]) -> None:
        """Paint shapes over what is there."""
        height, width = self.plane_hw.shape
        segments = [self._segment(shape) for shape in shapes]
        drawn = [
            cvat_shapes.Shape(s.type, "", s.points, s.z_order, s.rotation, object=k)
            for k, s in enumerate(shapes)
        ]
        painted = cvat_shapes.paint(drawn, height, width)
        table = np.zeros(len(painted.slots) + 1, dtype=np.uint32)
        for k, slot in enumerate(painted.slots, start=1):
            index: Any = slot.object
            table[k] = segments[index[0]]
        where = painted.plane_hw > 0
        self.plane_hw[where] = table[painted.plane_hw[where]]
        self.segments += segments

    def bury(self, segments: Sequence[int]) -> None:
        """Mark those of these objects of which no pixel is left as gone."""
        for segment in segments:
            if segment >= FIRST_OBJECT and not (self.plane_hw == segment).any():
                self._put(ObjectRow(segment, None, dict(self.rows[segment].attributes)))

    def _segment(self, shape: ShapeIn) -> int:
        """The segment that a shape stands for; its object's row is made or changed."""
        number = self.labels.class_by_id[shape.label_id]
        if number in (IGNORE, UNLABELLED):
            return number
        frame, known = split_shape_id(shape.id or 0)
        known = known if frame == shape.frame and known in self.known else UNLABELLED
        row = self.rows.get(known)
        attributes = self._attributes(shape, number)
        crowd = str(attributes.pop(CROWD, "")).lower()
        if row is not None and crowd != "true":
            self._put(ObjectRow(row.id, number, {**row.attributes, **attributes}))
            return row.id
        is_thing = self.labels.taxonomy.get_class(number).kind == "thing" or crowd == "false"
        if crowd == "true" or not is_thing or known == number:
            return number
        made = ObjectRow(self.next_object, number, attributes)
        self.next_object += 1
        self._put(made)
        return made.id

    def _attributes(self, shape: ShapeIn, number: int) -> dict[str, Any]:
        """Name → value."""
        names: Mapping[int, str] = {
            about["id"]: name for name, about in self.labels.attributes.get(number, {}).items()
        }
        return {names[value.spec_id]: value.value for value in shape.attributes}

    def _put(self, row: ObjectRow) -> None:
        if self.rows.get(row.id) != row:
            self.rows[row.id] = self.changed_rows[row.id] = row
