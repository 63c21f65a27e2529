"""From what a format read to the label map of an image: class numbers, objects, tiles."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from townscape.core.labelmap import FIRST_OBJECT, IGNORE, UNLABELLED, ObjectRow, Segments
from townscape.core.spaces import Window
from townscape.core.taxonomy import Taxonomy
from townscape.core.tiles import TILE_PX, grid_shape, pad
from townscape.formats.format import Picture, Source
from townscape.formats.labels import SourceLabels
from townscape.formats.placing import resized


@dataclass
class Translator:
    """Gives values their class numbers and objects their ids, over all parts of one picture."""

    number_by_value: Mapping[str, int]
    things: frozenset[int]
    """Class numbers whose objects are kept; objects of stuff become plain pixels of their class."""
    next_id: int = FIRST_OBJECT
    ids: dict[tuple[Hashable, int], int] = field(default_factory=dict[tuple[Hashable, int], int])
    rows: dict[int, ObjectRow] = field(default_factory=dict[int, ObjectRow])

    def segments(self, labels: SourceLabels) -> Segments:
        """Segment ids of a plane that was read."""
        table = np.zeros(len(labels.slots) + 1, dtype=np.uint32)
        is_seen = np.bincount(labels.stretches.values, minlength=table.size) > 0
        for k, slot in enumerate(labels.slots, start=1):
            if not is_seen[k]:
                continue
            number = self.number_by_value.get(slot.value, UNLABELLED)
            if slot.object is None or number not in self.things:
                table[k] = number
                continue
            key = (slot.object, number)
            if key not in self.ids:
                self.ids[key] = self.next_id
                self.rows[self.next_id] = ObjectRow(self.next_id, number, _plain(slot.attributes))
                self.next_id += 1
            table[k] = self.ids[key]
        return labels.painted(table)


def thing_numbers(taxonomy: Taxonomy) -> frozenset[int]:
    """Class numbers of things."""
    return frozenset(c.number for c in taxonomy.classes if c.kind == "thing")


def tiles_of(
    source: Source,
    picture: Picture,
    translator: Translator,
    *,
    size: tuple[int, int],
    offset: tuple[int, int],
) -> Iterator[tuple[tuple[int, int], Segments]]:
    """The picture's labels as tiles of its image of `size` (width, height); outside they are unlabelled.

    `offset` is where the labels begin in the image; labels of another size without one are resized.
    """
    width, height = size
    rows, columns = grid_shape(height, width)
    if not picture.by_windows:
        plane = translator.segments(source.labels(picture))
        if plane.shape != (height, width):
            plane = resized(plane, width, height)
        for row in range(rows):
            for column in range(columns):
                area = Window(column * TILE_PX, row * TILE_PX, TILE_PX, TILE_PX).clip(width, height)
                yield (row, column), pad(plane[area.slices])
        return
    assert picture.grid is not None, "labels that are read by windows say how large they are"
    for row in range(rows):
        for column in range(columns):
            tile = np.zeros((TILE_PX, TILE_PX), dtype=np.uint32)
            area = Window(column * TILE_PX, row * TILE_PX, TILE_PX, TILE_PX).clip(width, height)
            wanted = Window(area.x - offset[0], area.y - offset[1], area.width, area.height)
            inside = wanted.clip(picture.grid.width, picture.grid.height)
            if inside.area:
                top, left = inside.y - wanted.y, inside.x - wanted.x
                part = translator.segments(source.labels(picture, inside))
                tile[top : top + inside.height, left : left + inside.width] = part
            yield (row, column), tile


def number_or_ignore(key: str, taxonomy: Taxonomy) -> int | None:
    """The class number of a key, `ignore` or `unlabelled`; None for a class that is not there."""
    if key in ("ignore", "unlabelled"):
        return IGNORE if key == "ignore" else UNLABELLED
    found = [c for c in taxonomy.classes if c.key == key]
    return taxonomy.resolved[found[0].number] if found else None


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as JSON can hold them; what it cannot becomes text."""
    return {
        str(k): v if isinstance(v, str | int | float | bool) or v is None else str(v)
        for k, v in attributes.items()
    }
