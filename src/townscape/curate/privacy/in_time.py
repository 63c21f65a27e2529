"""Frames of a video: what was seen just before or after is covered here as well."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from townscape.core.ids import new_id
from townscape.curate.privacy.boxes import Box, corners_of, covered_shares
from townscape.workspace.redactions import Area

REACH = 3
"""Frames before and after."""
MAX_GAP_S = 0.25
"""Frames further apart are no video any more: who stood there has gone on."""
GROWN_PER_FRAME = 0.1
BY = "a frame nearby"


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """The areas of one frame and when it was taken, in seconds of its sequence."""

    at_s: float
    areas: tuple[Area, ...]


def joined_in_time(frames: Sequence[TimedFrame]) -> list[tuple[Area, ...]]:
    """The areas of every frame of one sequence, with those of up to three frames before and after.

    An area of a neighbour is taken over, a tenth larger for every frame between, where less than
    half of it is covered already: a face that was missed in one frame is covered by its neighbours'.
    """
    own = [tuple(a for a in frame.areas if a.by != BY) for frame in frames]
    joined: list[tuple[Area, ...]] = []
    for k, areas in enumerate(own):
        added: list[Area] = list(areas)
        for distance in range(1, REACH + 1):
            for other in (k - distance, k + distance):
                if 0 <= other < len(frames) and _is_video(frames, k, other):
                    added += _missing(own[other], added, 1 + GROWN_PER_FRAME * distance)
        joined.append(tuple(added))
    return joined


def _is_video(frames: Sequence[TimedFrame], a: int, b: int) -> bool:
    first, last = sorted((a, b))
    gaps = [frames[k + 1].at_s - frames[k].at_s for k in range(first, last)]
    return max(gaps) <= MAX_GAP_S


def _missing(areas: Sequence[Area], present: Sequence[Area], factor: float) -> list[Area]:
    corners = corners_of([_box(area) for area in present if area.keep])
    found: list[Area] = []
    for area in areas:
        if not area.keep or area.kind not in ("face", "plate"):
            continue
        box = _box(area)
        if not len(corners) or covered_shares(corners, corners_of([box])[0]).max() < 0.5:
            grown = box.grown(factor)
            left, top = max(0, int(grown.left)), max(0, int(grown.top))
            found.append(
                replace(
                    area,
                    id=new_id(),
                    x=left,
                    y=top,
                    width=max(1, round(grown.right) - left),
                    height=max(1, round(grown.bottom) - top),
                    by=BY,
                )
            )
    return found


def _box(area: Area) -> Box:
    return Box(area.x, area.y, area.x + area.width, area.y + area.height)
