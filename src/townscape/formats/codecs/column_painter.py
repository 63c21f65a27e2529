"""Painting COCO's shapes: run lengths and polygons, both of which go down the columns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.geometry.coco_polygons import runs_of_polygons
from townscape.core.geometry.coco_rle import Masks, Runs, decode_runs, read_segmentation, united
from townscape.core.runs import turned
from townscape.formats.codecs.run_painter import RunPainter, stretches_of
from townscape.formats.labels import Slot, SourceLabels, StretchLabels


class ColumnPainter:
    """Paints shapes over one another in the order given; what cannot be used is left out and counted."""

    def __init__(self, height: int, width: int) -> None:
        self.height, self.width = height, width
        self.repairs: Counter[str] = Counter()
        self._shapes: list[tuple[Slot, list[NDArray[np.float64]] | None]] = []
        """What was painted, in order: rings, or None for the next of the masks."""
        self._segmentations: list[Mapping[str, object]] = []

    def paint_rle(self, slot: Slot, segmentation: Mapping[str, object]) -> None:
        """Paint run lengths as COCO writes them, of the size of the plane."""
        self._shapes.append((slot, None))
        self._segmentations.append(segmentation)

    def paint_polygon(self, slot: Slot, flat: Any) -> None:
        """Paint the inside of a ring, given as a list x, y, x, y …, by COCO's rule."""
        self.paint_polygons(slot, [flat])

    def paint_polygons(self, slot: Slot, flats: Sequence[Any]) -> None:
        """Paint what is inside any of several rings."""
        rings: list[NDArray[np.float64]] = []
        for flat in flats:
            try:
                points = np.asarray(flat, dtype=np.float64).reshape(-1, 2)
            except (TypeError, ValueError, OverflowError):
                self.repairs["polygons that are no list of coordinates"] += 1
                continue
            if len(points) < 3:
                self.repairs["polygons with fewer than 3 points"] += 1
            elif not np.isfinite(points).all():
                self.repairs["polygons with coordinates that are no numbers"] += 1
            else:
                inside = points.clip((0, 0), (self.width, self.height))
                if (inside != points).any():
                    self.repairs["polygons cut off at the image's edge"] += 1
                rings.append(inside)
        if rings:
            self._shapes.append((slot, rings))

    def labels(self) -> SourceLabels:
        """What was painted."""
        slots, shapes = self._in_order()
        stretches = stretches_of(shapes, self.height * self.width)
        if stretches is not None:
            shape, repairs = (self.height, self.width), dict(self.repairs)
            return StretchLabels(stretches, shape, slots, is_by_columns=True, repairs=repairs)
        painter = RunPainter(self.width, self.height)
        for slot, runs in zip(slots, shapes, strict=True):
            painter.paint(slot, runs)
        labels = painter.in_turn()
        repairs = dict(self.repairs + Counter(labels.repairs))
        return replace(labels, plane_hw=turned(labels.plane_hw), repairs=repairs)

    def _in_order(self) -> tuple[list[Slot], Masks | list[Runs]]:
        """The shapes that can be used, each with its slot."""
        found = self._masks()
        if isinstance(found, Masks) and len(found) == len(self._shapes):
            return [slot for slot, _ in self._shapes], found
        rings = [ring for _, shape in self._shapes for ring in shape or ()]
        polygons = iter(runs_of_polygons(rings, self.height, self.width))
        masks = iter(found)
        slots: list[Slot] = []
        shapes: list[Runs] = []
        for slot, shape in self._shapes:
            runs = next(masks) if shape is None else united([next(polygons) for _ in shape])
            if runs is not None:
                slots.append(slot)
                shapes.append(runs)
        return slots, shapes

    def _masks(self) -> Masks | list[Runs | None]:
        """The runs of every mask, None for those that are left out; all at once if all are whole."""
        masks = self._segmentations
        texts = [counts for mask in masks if isinstance(counts := mask.get("counts"), str)]
        if len(texts) == len(masks) and all(mask.get("size") == [self.height, self.width] for mask in masks):
            with suppress(ValueError):
                return decode_runs(texts, self.height * self.width)
        found: list[Runs | None] = []
        for mask in masks:
            try:
                found.append(read_segmentation(mask, self.height, self.width))
            except ValueError as error:
                self.repairs[f"run lengths left out: {error}"] += 1
                found.append(None)
        return found
