"""Label maps as CVAT's shapes: one mask per object, and one per class for the rest of its pixels.

Masks do not overlap, and all lie at z_order 0, so their order says nothing. What is unlabelled is not
written. The number of a shape is made of its frame and its segment, so it stays the same as long as
the segment is there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from townscape.core.labelmap import FIRST_OBJECT, UNLABELLED, LabelMap
from townscape.formats.cvat.masks import masks_by_value
from townscape.formats.cvat.shapes import CROWD
from townscape.server.cvat.frames import Frame
from townscape.server.cvat.labels import Labels
from townscape.workspace import Workspace

_SEGMENT_BITS = 32


def shape_id(frame: int, segment: int) -> int:
    """The number of a shape."""
    return frame << _SEGMENT_BITS | segment


def split_shape_id(number: int) -> tuple[int, int]:
    """Frame and segment of a shape."""
    return number >> _SEGMENT_BITS, number & (1 << _SEGMENT_BITS) - 1


def read_frame(workspace: Workspace, taxonomy: str, frame: Frame) -> LabelMap | None:
    """The labels of a frame; None if there are none yet."""
    found = workspace.labels.find(image_id=frame.image.id, taxonomy=taxonomy, layer="main")
    if not found or found[0].head == 0:
        return None
    return workspace.labels.read(found[0].id, window=frame.window)


def shapes_of(label_map: LabelMap, labels: Labels, frame: int) -> Iterator[dict[str, Any]]:
    """The shapes of a frame, by segment."""
    resolved = labels.taxonomy.resolved
    plane = label_map.segments_hw
    segments = np.unique(plane)
    segments = segments[segments > 0].tolist()
    for segment, mask in masks_by_value(plane, segments).items():
        row = label_map.objects.get(segment) if segment >= FIRST_OBJECT else None
        number = (row.class_number or UNLABELLED) if row is not None else segment
        number = resolved.get(number, number)
        if number not in labels.id_by_class:
            continue
        values: dict[str, Any] = dict(row.attributes) if row is not None else {}
        values[CROWD] = "false" if row is not None else "true"
        yield {
            "id": shape_id(frame, segment),
            "type": "mask",
            "label_id": labels.id_by_class[number],
            "frame": frame,
            "points": [float(p) for p in mask.points()],
            "occluded": False,
            "outside": False,
            "z_order": 0,
            "rotation": 0.0,
            "group": 0,
            "source": "manual",
            "attributes": _attributes(values, labels.attributes.get(number, {})),
            "elements": [],
        }


def _attributes(values: Mapping[str, Any], declared: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"spec_id": about["id"], "value": _text(values[name])}
        for name, about in declared.items()
        if name in values
    ]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
