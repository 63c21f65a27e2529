"""The labels of one picture: as a format reads them, in slots, and as it is given them, in class indices."""

from collections.abc import Hashable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from townscape.core.runs import (
    Starts,
    Stretches,
    distinct,
    look_up,
    run_lengths,
    run_starts,
    run_starts_by_columns,
    turned,
)

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
class LabelStretches:
    """`ExportLabels` without planes: stretches of pixels over which neither class nor object changes."""

    starts: Starts
    """Where each stretch begins in the flattened plane."""
    classes: NDArray[np.uint16]
    """The class index of each stretch."""
    objects: NDArray[np.uint32]
    """The object of each stretch."""
    shape: tuple[int, int]
    """Height, width."""
    class_of_object: Sequence[int]
    """The class index of object 1, 2, …"""
    is_by_columns: bool = False
    """Whether the plane was flattened down the columns."""

    @property
    def size(self) -> int:
        """Pixels."""
        return self.shape[0] * self.shape[1]

    @property
    def lengths(self) -> Starts:
        """How many pixels each stretch covers."""
        return run_lengths(self.starts, self.size)

    def ordered(self, *, by_columns: bool) -> "LabelStretches":
        """The same labels, flattened row by row or down the columns."""
        if by_columns == self.is_by_columns:
            return self
        shape = self.shape[::-1] if self.is_by_columns else self.shape
        classes, objects = (
            turned(Stretches(self.starts, values, self.size).filled().reshape(shape)).reshape(-1)
            for values in (self.classes, self.objects)
        )
        starts = run_starts(classes, objects)
        return replace(
            self, starts=starts, classes=classes[starts], objects=objects[starts], is_by_columns=by_columns
        )


@dataclass(frozen=True)
class ExportLabels:
    """The labels of one picture, in class indices: 0 unlabelled, 1…n the plan's classes, 65,535 ignore.

    `objects_hw` has 0 where there is no object (or it is not known which), k for `objects[k - 1]`.
    Every object has a pixel, and all of them carry its class.
    """

    classes_hw: ClassPlane
    objects_hw: Plane
    objects: Sequence[ExportObject] = ()
    _found: list[LabelStretches] = field(default_factory=list[LabelStretches], init=False, repr=False)

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
        known = self.stretches(by_columns=by_columns)
        is_plain = known.objects == 0
        present, numbers = distinct(known.classes[is_plain])
        n_unlabelled = int(present[:1].tolist() == [0])  # which has no number
        present = present[n_unlabelled:]
        of_run = known.objects + np.uint32(present.size)
        of_run[is_plain] = numbers + (1 - n_unlabelled)
        found = [(index, 0) for index in present.tolist()]
        found += [(o.class_index, k + 1) for k, o in enumerate(self.objects)]
        return Stretches(known.starts, of_run, known.size), found

    def class_stretches(self, *, by_columns: bool = False) -> Stretches[np.uint16]:
        """The classes alone as stretches, row by row or down the columns."""
        known = self.stretches(by_columns=by_columns)
        starts, classes = known.starts, known.classes
        if self.objects:
            firsts = run_starts(classes)
            starts, classes = starts[firsts], classes[firsts]
        return Stretches(starts, classes, known.size)

    def stretches(self, *, by_columns: bool | None = None) -> LabelStretches:
        """The same labels as stretches, row by row or down the columns: if neither is said, in the order
        in which they were found before.
        """
        for found in self._found:
            if by_columns in (None, found.is_by_columns):
                return found
        height, width = self.classes_hw.shape
        planes = (self.classes_hw, self.objects_hw) if self.objects else (self.classes_hw,)
        if by_columns:
            starts = run_starts_by_columns(*planes)
            column, row = np.divmod(starts, height)
            places = row * width + column
        else:
            starts = places = run_starts(*(plane.reshape(-1) for plane in planes))
        objects = np.zeros(starts.size, dtype=np.uint32)
        found = LabelStretches(
            starts,
            self.classes_hw.reshape(-1)[places],
            self.objects_hw.reshape(-1)[places] if self.objects else objects,
            (height, width),
            [entry.class_index for entry in self.objects],
            bool(by_columns),
        )
        self._found.append(found)
        return found
