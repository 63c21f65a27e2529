"""Measuring the workspace's images: in several processes, once each."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import cv2
import numpy as np

from townscape.core.events import Report
from townscape.core.pool import map_in_order
from townscape.curate.quality import light, shape
from townscape.curate.quality.measures import ALGORITHM, MEASURES, SIDE_PX
from townscape.curate.quality.obstruction import Softness, obstructed_shares, softness
from townscape.workspace import Workspace
from townscape.workspace.measures import Measured
from townscape.workspace.records import Image
from townscape.workspace.small_pictures import Wanted, read_small, want

_OF_PIXELS = tuple(m.key for m in MEASURES if m.key != "odd_size")


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one look at a picture gave."""

    image_id: str
    values: dict[str, float | None]
    softness: Softness | None
    problem: str = ""


def measure_images(workspace: Workspace, images: Sequence[Image], report: Report) -> tuple[int, list[str]]:
    """Measure what has not been measured yet; returns how many images were looked at, and why some could
    not be.

    Interrupted, it goes on with the recording that it was at: what is on the lens shows only in all
    of its pictures together, so a recording that grew is looked at anew.
    """
    missing = workspace.measures.missing(images, _OF_PIXELS, algorithm=ALGORITHM)
    recordings = {image.sequence for image in missing if image.sequence is not None}
    lacking = {image.id for image in missing}
    wanted = [image for image in images if image.id in lacking or image.sequence in recordings]
    wanted.sort(key=lambda i: (i.sequence is not None, i.sequence or "", i.moment_s or 0.0, i.name))
    problems: list[str] = []
    if wanted:
        workspace.measures.put(_measured(workspace, wanted, report, problems), algorithm=ALGORITHM)
    _measure_sizes(workspace, images)
    return len(wanted), problems


def look_at(max_side: int, wanted: Wanted) -> _Looked:
    """Measure one picture; runs in another process."""
    small = read_small(max_side, wanted)
    if small.rgb is None or small.valid is None:
        return _Looked(wanted.image_id, {}, None, small.problem)
    gray = np.asarray(cv2.cvtColor(small.rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    seen = gray[small.valid]
    if not seen.size:
        return _Looked(wanted.image_id, dict.fromkeys(_OF_PIXELS), None)
    is_photo = wanted.kind == "photo"
    tilt = shape.tilt_deg(gray) if is_photo else None
    return _Looked(
        wanted.image_id,
        {
            "blur": light.blur(gray),
            "sharpness": light.sharpness(gray),
            "darkness": light.darkness(seen),
            "over_exposed": light.over_exposed(seen),
            "contrast": light.contrast(seen),
            "tilt": None if tilt is None else abs(tilt),
            "border": shape.border(gray) if is_photo else None,
        },
        softness(gray) if is_photo else None,
    )


def _measured(
    workspace: Workspace, wanted: Sequence[Image], report: Report, problems: list[str]
) -> Iterator[Measured]:
    sequence_of = {image.id: image.sequence for image in wanted}
    requests = (want(workspace, image) for image in wanted)
    looked = map_in_order(look_at, SIDE_PX, requests, n_items=len(wanted))
    tracked = report.track_of(looked, "measuring", total=len(wanted))
    for sequence, members in groupby(tracked, key=lambda one: sequence_of[one.image_id]):
        ids: list[str] = []
        soft: list[Softness] = []
        for one in members:
            if one.problem:
                problems.append(one.problem.rstrip("."))
            elif sequence is None or one.softness is None:
                yield Measured(one.image_id, {**one.values, "obstruction": None})
            else:
                ids.append(one.image_id)
                soft.append(one.softness)
                yield Measured(one.image_id, one.values)
        for image_id, share in zip(ids, obstructed_shares(soft), strict=True):
            yield Measured(image_id, {"obstruction": share})


def _measure_sizes(workspace: Workspace, images: Sequence[Image]) -> None:
    """How far each image's size is from what is usual; only what changed is written."""
    by_recording: dict[str | None, list[Image]] = defaultdict(list)
    for image in images:
        by_recording[image.sequence].append(image)
    found: dict[str, float] = {}
    for members in by_recording.values():
        usual = shape.usual_size([(i.width, i.height) for i in members])
        found |= {i.id: shape.size_difference((i.width, i.height), usual) for i in members}
    known = workspace.measures.values("odd_size", algorithm=ALGORITHM)
    changed = [Measured(i, {"odd_size": value}) for i, value in found.items() if known.get(i) != value]
    workspace.measures.put(changed, algorithm=ALGORITHM)
