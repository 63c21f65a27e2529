"""Whether two pictures are the same one, proved by laying one over the other, and why in words."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.curate.duplicates.agree import Agreement, Area, agreement
from townscape.curate.duplicates.align import Alignment, align, corners, moved, whole_on_whole
from townscape.curate.duplicates.look import Look

_MIN_BLOCKS = 20
"""Blocks that must be comparable; with fewer, anything would agree."""
_FEW_FEATURES = 200
"""Of ORB; with more, SIFT at ten times the cost found no further copy."""
_COPY_AGREES = 0.92
_MOMENT_RELATED = 0.6
_MOMENT_SHIFT = 0.06
_MOMENT_ANGLE_DEG = 2.5
_MOMENT_SCALE = 0.06
_LIES_INSIDE = 0.8
_WORTH_SAYING_DEG = 0.3
_WORTH_SAYING_SHARE = 0.01
_WORTH_SAYING_TONE = 8.0


@dataclass(frozen=True, slots=True)
class Verified:
    """Two pictures that show the same, and how they lie over each other."""

    kind: Literal["copy", "moment"]
    """`copy`: one picture, edited · `moment`: one view, where something has moved."""
    reason: str
    """"same picture, cropped 12 %, flipped"."""
    transform: tuple[tuple[float, float, float], tuple[float, float, float]]
    """2 × 3, from the first to the second in pixels of the whole pictures; for `flipped` the first
    is mirrored left to right before it."""
    flipped: bool
    scale: float
    """Pixels of the second for one of the first."""
    angle_deg: float
    """Turn from the first to the second, clockwise."""
    overlap_share: float
    """Share of the larger view that both show, 0…1."""
    n_inliers: int
    """Features that agree on the transform; 0 where corner was laid on corner."""
    agreeing: float
    """Share of comparable blocks that agree, 0…1."""
    areas: tuple[Area, ...]
    """Where they differ, in pixels of the whole second picture."""

    def detail(self) -> dict[str, Any]:
        """All of it as JSON, without kind and reason."""
        values = asdict(self)
        return {key: value for key, value in values.items() if key not in ("kind", "reason")}


def verify(first: Look, second: Look, *, flipped: bool) -> Verified | None:
    """How the second picture comes from the first, or None where they are not shown to be the same.

    `flipped` looks for the mirrored first. A copy agrees in nearly every block that has structure,
    outside bars and areas of one colour, whatever was done to its brightness; frames of a moving
    camera do not, because near things shift against far ones. What agrees in most of the picture
    while something else has moved is one view at two moments. Tries ORB, then SIFT where ORB found
    few features, then corner on corner.
    """
    for attempt in ("orb", "sift", "whole"):
        if attempt == "sift" and not _has_few_features(first, second, flipped=flipped):
            continue
        how = (
            whole_on_whole(first, second, flipped=flipped)
            if attempt == "whole"
            else align(first, second, flipped=flipped, how=attempt)
        )
        if how is None:
            continue
        found = agreement(first.seen(flipped=flipped), second.gray, how.matrix)
        verified = _judge(first, second, how, found)
        if verified is not None:
            return verified
        if how.n_inliers >= 3 * _MIN_BLOCKS:
            return None  # surely aligned, and yet not the same: another detector would find no more
    return None


def _has_few_features(first: Look, second: Look, *, flipped: bool) -> bool:
    looks = first.features("orb", flipped=flipped), second.features("orb", flipped=False)
    return min(len(features.points) for features in looks) < _FEW_FEATURES


def _judge(first: Look, second: Look, how: Alignment, found: Agreement) -> Verified | None:
    in_first, in_second = _shares(first, second, how.matrix)
    if found.n_compared < _MIN_BLOCKS or max(in_first, in_second) < _LIES_INSIDE:
        return None
    changed = [area for area in found.areas if area.kind == "changed"]
    if found.agreeing >= _COPY_AGREES and not (changed and _is_one_view(first, second, how)):
        kind: Literal["copy", "moment"] = "copy"
    elif found.related >= _MOMENT_RELATED and _is_one_view(first, second, how):
        kind = "moment"
    else:
        return None
    full = _in_full_pixels(how.matrix, first, second)
    sx, sy = second.full_from_small
    return Verified(
        kind=kind,
        reason=_words(kind, first, second, how, found, in_first, in_second),
        transform=full,
        flipped=how.flipped,
        scale=float(np.hypot(full[0][0], full[1][0])),
        angle_deg=0.0 if how.is_plain else how.angle_deg,
        overlap_share=min(in_first, in_second),
        n_inliers=how.n_inliers,
        agreeing=found.agreeing,
        areas=tuple(
            replace(
                a,
                x=round(a.x * sx),
                y=round(a.y * sy),
                width=round(a.width * sx),
                height=round(a.height * sy),
            )
            for a in found.areas
        ),
    )


def _is_one_view(first: Look, second: Look, how: Alignment) -> bool:
    """Whether the two have one size and lie nearly corner on corner, as frames of one camera do."""
    if how.flipped or (first.full_width, first.full_height) != (second.full_width, second.full_height):
        return False
    off = np.linalg.norm(moved(corners(first), how.matrix) - corners(second), axis=1)
    return (
        float(off.mean()) <= _MOMENT_SHIFT * max(second.gray.shape)
        and abs(how.angle_deg) <= _MOMENT_ANGLE_DEG
        and abs(how.scale - 1) <= _MOMENT_SCALE
    )


def _words(
    kind: str, first: Look, second: Look, how: Alignment, found: Agreement, in_first: float, in_second: float
) -> str:
    said = ["same picture" if kind == "copy" else "same view, moments apart"]
    cut = 1 - min(in_first, in_second)
    if kind == "copy" and not how.is_plain and cut > _WORTH_SAYING_SHARE and abs(how.angle_deg) < 1:
        said.append(f"cropped {cut * 100:.0f} %")
    if how.flipped:
        said.append("flipped")
    if not how.is_plain and abs(how.angle_deg) > _WORTH_SAYING_DEG:
        said.append(f"turned {abs(how.angle_deg):.0f}°" if abs(how.angle_deg) >= 1 else "turned a little")
    ratio = second.full_width / first.full_width
    if how.is_plain and abs(ratio - 1) > _WORTH_SAYING_SHARE:
        said.append(f"at {min(ratio, 1 / ratio) * 100:.0f} % of its size")
    if abs(found.tone_shift) > _WORTH_SAYING_TONE:
        said.append("brighter" if found.tone_shift > 0 else "darker")
    if any(area.kind == "bar" for area in found.areas):
        said.append("with a caption bar")
    for area_kind, word in (("covered", "covered"), ("changed", "changed")):
        n = sum(area.kind == area_kind for area in found.areas)
        if n and kind == "copy":
            said.append(f"{n} area{'s' if n > 1 else ''} {word}")
    return ", ".join(said)


def _shares(first: Look, second: Look, matrix: NDArray[np.float64]) -> tuple[float, float]:
    """Which share of the first, and of the second, both show (0…1)."""
    outline = moved(corners(first), matrix).astype(np.float32)
    frame = corners(second).astype(np.float32)
    common, _ = cv2.intersectConvexConvex(outline, frame)
    area_first, area_second = float(cv2.contourArea(outline)), float(cv2.contourArea(frame))
    return min(1.0, common / max(area_first, 1.0)), min(1.0, common / max(area_second, 1.0))


def _in_full_pixels(
    matrix: NDArray[np.float64], first: Look, second: Look
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The transform between the whole pictures, pixel centres at whole numbers."""

    def scaling(look: Look) -> NDArray[np.float64]:
        sx, sy = look.full_from_small
        return np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]], np.float64)

    full = scaling(second) @ np.vstack([matrix, [0, 0, 1]]) @ np.linalg.inv(scaling(first))
    a, b = ((float(x), float(y), float(z)) for x, y, z in full[:2])
    return a, b
