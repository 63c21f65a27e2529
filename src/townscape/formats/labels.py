"""The labels of one picture: as a format reads them, in slots, and as it is given them, in class indices."""

from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import IGNORE
from townscape.core.runs import Starts, Stretches, look_up, run_starts, turned

Plane = NDArray[np.uint32]
ClassPlane = NDArray[np.uint16]
Painted = TypeVar("Painted", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Slot:
    """What a value of a slot plane stands for."""

    value: str
    """The class, see `SourceClass.value`."""
    object: Hashable = None
    """The same for all pixels of one object of the picture; None: no object, or not known which."""
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class SourceLabels:
    """The labels of one picture: `slots[k - 1]` says what value k of the plane is; 0 is unlabelled."""

    plane_hw: Plane
    slots: Sequence[Slot]
    overlap_px: int = 0
    """Pixels that two shapes claimed; the format's own order decided."""
    repairs: Mapping[str, int] = field(default_factory=dict[str, int])
    """What was left out or mended, as "polygons with fewer than 3 points" → how many."""

    is_by_columns: ClassVar[bool] = False
    """Whether `stretches` go down the columns."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height, width."""
        height, width = self.plane_hw.shape
        return height, width

    @property
    def stretches(self) -> Stretches[np.uint32]:
        """The plane as stretches of one slot."""
        return Stretches.of(self.plane_hw.reshape(-1))

    def painted(self, table: NDArray[Painted]) -> NDArray[Painted]:
        """`table[slot]` of every pixel, height × width."""
        return look_up(table, self.plane_hw)

    def with_repairs(self, repairs: Mapping[str, int]) -> Self:
        """The same labels with other repairs."""
        found = copy(self)
        found.__dict__["repairs"] = dict(repairs)
        return found


class StretchLabels(SourceLabels):
    """Labels that are known stretch by stretch; the plane is filled when somebody asks for it."""

    def __init__(
        self,
        stretches: Stretches[np.uint32],
        shape: tuple[int, int],
        slots: Sequence[Slot],
        *,
        is_by_columns: bool = False,
        repairs: Mapping[str, int] | None = None,
    ) -> None:
        self.__dict__.update(_stretches=stretches, _shape=shape, is_by_columns=is_by_columns)
        self.__dict__.update(slots=slots, overlap_px=0, repairs=repairs or {})

    @property
    def shape(self) -> tuple[int, int]:
        return self.__dict__["_shape"]

    @property
    def stretches(self) -> Stretches[np.uint32]:
        return self.__dict__["_stretches"]

    @cached_property
    def plane_hw(self) -> Plane:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._filled(self.stretches)

    def painted(self, table: NDArray[Painted]) -> NDArray[Painted]:
        known = self.stretches
        return self._filled(Stretches(known.starts, table[known.values], known.size))

    def _filled(self, stretches: Stretches[Painted]) -> NDArray[Painted]:
        height, width = self.shape
        if self.is_by_columns:
            return turned(stretches.filled().reshape(width, height))
        return stretches.filled().reshape(height, width)


@dataclass(frozen=True, slots=True)
class ExportObject:
    """An object of a picture: the index of its class (1 is the first) and its attributes."""

    class_index: int
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class ExportLabels:
    """The labels of one picture, in class indices: 0 unlabelled, 1…n the plan's classes, 65,535 ignore.

    `objects_hw` has 0 where there is no object (or it is not known which), k for `objects[k - 1]`.
    Every object has a pixel, and all of them carry its class.
    """

    classes_hw: ClassPlane
    objects_hw: Plane
    objects: Sequence[ExportObject] = ()

    def segments(self) -> tuple[Plane, list[tuple[int, int]]]:
        """A plane that numbers what is to be written apart, and (class index, object) of each number.

        Number k (1, 2, …) is `found[k - 1]`: first each class's pixels without an object (object
        0), then the objects in their order; ignore has class index 65,535; 0 is unlabelled.
        """
        stretches, found = self.segment_stretches()
        return stretches.filled().reshape(self.classes_hw.shape), found

    def segment_stretches(
        self, *, by_columns: bool = False
    ) -> tuple[Stretches[np.uint32], list[tuple[int, int]]]:
        """Like `segments`, with the plane as stretches, read row by row or down the columns."""
        starts, class_of_run, object_of_run = self.stretches(by_columns=by_columns)
        present = [int(v) for v in np.unique(class_of_run[object_of_run == 0]) if v]
        table = np.zeros(IGNORE + 1, dtype=np.uint32)
        table[present] = np.arange(1, len(present) + 1)
        of_run = np.where(object_of_run > 0, object_of_run + np.uint32(len(present)), table[class_of_run])
        found = [(index, 0) for index in present]
        found += [(o.class_index, k + 1) for k, o in enumerate(self.objects)]
        return Stretches(starts, of_run, self.classes_hw.size), found

    def stretches(self, *, by_columns: bool = False) -> tuple[Starts, NDArray[np.uint16], NDArray[np.uint32]]:
        """Where neither class nor object changes: where it begins, its class index, its object."""
        classes = (turned(self.classes_hw) if by_columns else self.classes_hw).reshape(-1)
        if not self.objects:
            starts = run_starts(classes)
            return starts, classes[starts], np.zeros(starts.size, dtype=np.uint32)
        objects = (turned(self.objects_hw) if by_columns else self.objects_hw).reshape(-1)
        starts = run_starts(classes, objects)
        return starts, classes[starts], objects[starts]
