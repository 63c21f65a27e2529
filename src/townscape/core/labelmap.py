"""The label map: one unsigned 32-bit segment id per pixel, and the lookups that read it.

    0                unlabelled: nobody has said what this is
    1 … 65,534       class numbers of the taxonomy
    65,535           ignore (void): looked at, and to be left out
    ≥ 65,536         objects; each has a row that names its class

Unlabelled is not background, and ignore is neither: loss and metrics leave both out and count
them apart. A *thing* pixel may carry its class number, which means "object not known".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import LabelError
from townscape.core.runs import distinct, run_lengths, run_starts
from townscape.core.taxonomy import MAX_CHANNELS, Taxonomy

UNLABELLED = 0
IGNORE = 65_535
FIRST_OBJECT = 65_536
MAX_SEGMENT = 2**32 - 1

NO_CHANNEL = 255
"""Channel value of pixels that do not count (unlabelled, ignore, classes without a channel)."""

Segments = NDArray[np.uint32]
ClassNumbers = NDArray[np.uint16]
Channels = NDArray[np.uint8]
Rgb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """What is known of one object: its class and free attributes.

    `class_number` None is a tombstone: the object existed in an earlier revision.
    """

    id: int
    class_number: int | None
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class LabelMap:
    """Segment ids (height × width, uint32) and the rows of the objects among them."""

    segments_hw: Segments
    objects: Mapping[int, ObjectRow] = field(default_factory=dict[int, ObjectRow])

    @property
    def height(self) -> int:
        return int(self.segments_hw.shape[0])

    @property
    def width(self) -> int:
        return int(self.segments_hw.shape[1])

    def class_numbers(self, taxonomy: Taxonomy) -> ClassNumbers:
        """Class number per pixel (0 unlabelled, 65,535 ignore); merged classes are resolved."""
        return class_numbers(self.segments_hw, self.objects, taxonomy)

    def channels(self, taxonomy: Taxonomy) -> Channels:
        """Model channel per pixel, 255 where the pixel does not count."""
        return channel_by_class_number(taxonomy)[self.class_numbers(taxonomy)]

    def labelled_share(self) -> float:
        """Share of pixels that are not unlabelled, 0…1 (ignore counts as labelled)."""
        return float(np.count_nonzero(self.segments_hw)) / max(1, self.segments_hw.size)


def class_numbers(
    segments_hw: Segments, objects: Mapping[int, ObjectRow], taxonomy: Taxonomy
) -> ClassNumbers:
    """Class number per pixel, uint16, same shape as `segments_hw`.

    Raises `LabelError` for a segment that is neither a class of `taxonomy` nor a known object.
    """
    resolve = _resolve_table(taxonomy)
    flat = segments_hw.reshape(-1)
    starts = run_starts(flat)
    present, of_run = distinct(flat[starts])
    plain = [i if i < FIRST_OBJECT else _class_of_object(i, objects) for i in present.tolist()]
    numbers = resolve[np.array(plain, dtype=np.intp)]
    if (numbers == _UNKNOWN).any():
        bad = present[numbers == _UNKNOWN][:5].tolist()
        raise LabelError(
            f"The label map holds class numbers that taxonomy {taxonomy.name} "
            f"(version {taxonomy.version}) does not have: {', '.join(map(str, bad))}.",
            hint="use the taxonomy version under which it was saved, or a later one.",
        )
    found = np.repeat(numbers.astype(np.uint16)[of_run], run_lengths(starts, flat.size))
    return found.reshape(segments_hw.shape)


_UNKNOWN = np.uint32(FIRST_OBJECT)


def _resolve_table(taxonomy: Taxonomy) -> NDArray[np.uint32]:
    table = np.full(FIRST_OBJECT, _UNKNOWN, dtype=np.uint32)
    table[UNLABELLED] = UNLABELLED
    table[IGNORE] = IGNORE
    for number, target in taxonomy.resolved.items():
        table[number] = target
    return table


def _class_of_object(object_id: int, objects: Mapping[int, ObjectRow]) -> int:
    row = objects.get(object_id)
    if row is None or row.class_number is None:
        raise LabelError(f"Segment {object_id} is an object, but no row names its class.")
    return row.class_number


def channel_by_class_number(taxonomy: Taxonomy) -> Channels:
    """Lookup table of 65,536 entries: class number → model channel, 255 where there is none."""
    check_channel_count(taxonomy)
    table = np.full(FIRST_OBJECT, NO_CHANNEL, dtype=np.uint8)
    channel_of = {number: channel for channel, number in enumerate(taxonomy.channels)}
    for number, target in taxonomy.resolved.items():
        table[number] = channel_of[target]
    return table


def class_number_by_channel(taxonomy: Taxonomy) -> ClassNumbers:
    """Lookup table of 256 entries: model channel → class number; 255 gives 0 (unlabelled)."""
    check_channel_count(taxonomy)
    table = np.zeros(256, dtype=np.uint16)
    table[: len(taxonomy.channels)] = taxonomy.channels
    return table


def check_channel_count(taxonomy: Taxonomy) -> None:
    """Raise `LabelError` if the taxonomy has more classes than a network can tell apart here."""
    if len(taxonomy.channels) > MAX_CHANNELS:
        raise LabelError(
            f"Taxonomy {taxonomy.name} has {len(taxonomy.channels)} classes; "
            f"networks here tell at most {MAX_CHANNELS} apart.",
            hint="merge classes, or split the taxonomy.",
        )


def rgb_by_class_number(taxonomy: Taxonomy) -> Rgb:
    """Lookup table (65,536 × 3, uint8) of colours; unlabelled and ignore are dark greys."""
    table = np.zeros((FIRST_OBJECT, 3), dtype=np.uint8)
    for label_class in taxonomy.classes:
        table[label_class.number] = taxonomy.get_class(taxonomy.resolved[label_class.number]).rgb
    table[IGNORE] = (40, 40, 40)
    return table


def draw_view(
    label_map: LabelMap, taxonomy: Taxonomy, view: Literal["semantic", "instance", "panoptic"]
) -> Rgb:
    """The label map as colours (height × width × 3, uint8) in one of the three views.

    semantic: every pixel in its class's colour. instance: objects only, each in a colour of its
    own, everything else black. panoptic: stuff in its class's colour, each object in a shade
    of its class's colour, with a one-pixel dark outline.
    """
    numbers = label_map.class_numbers(taxonomy)
    by_class = rgb_by_class_number(taxonomy)[numbers]
    if view == "semantic":
        return by_class
    segments = label_map.segments_hw
    is_object = segments >= FIRST_OBJECT
    shade = _scramble(segments)
    if view == "instance":
        colors = np.stack([64 + (shade >> s & 0x7F) * 3 // 2 for s in (0, 8, 16)], axis=-1)
        return np.where(is_object[..., None], colors, 0).astype(np.uint8)
    factor = 0.6 + (shade & 0xFF).astype(np.float32) / 255 * 0.8
    shaded = np.clip(by_class * factor[..., None], 0, 255)
    drawn = np.where(is_object[..., None], shaded, by_class).astype(np.uint8)
    drawn[_outline(segments) & is_object] = (20, 20, 20)
    return drawn


def _scramble(segments: Segments) -> NDArray[np.uint32]:
    """A fixed pseudo-random 32-bit number per id, so that neighbouring ids differ in colour."""
    mixed = segments * np.uint32(2_654_435_761)
    return mixed ^ (mixed >> np.uint32(15))


def _outline(segments: Segments) -> NDArray[np.bool_]:
    edge = np.zeros(segments.shape, dtype=bool)
    edge[:, 1:] |= segments[:, 1:] != segments[:, :-1]
    edge[1:, :] |= segments[1:, :] != segments[:-1, :]
    return edge


def objects_from_regions(segments_hw: Segments, numbers: Iterable[int]) -> LabelMap:
    """A label map in which each connected region of the given classes is an object.

    A view of a map that knows no objects: things that touch come out as one. Regions are
    8-connected. Class pixels outside `numbers` stay as they are.
    """
    import cv2

    out = segments_hw.copy()
    rows: dict[int, ObjectRow] = {}
    next_id = FIRST_OBJECT
    for number in numbers:
        count, regions = cv2.connectedComponents((segments_hw == number).astype(np.uint8), connectivity=8)
        for region in range(1, count):
            rows[next_id + region - 1] = ObjectRow(next_id + region - 1, number)
        found = regions > 0
        out[found] = (regions[found] + (next_id - 1)).astype(np.uint32)
        next_id += count - 1
    return LabelMap(out, rows)
