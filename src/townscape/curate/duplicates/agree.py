"""What of two pictures that lie over each other agrees, and where it does not: pure arrays."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

BLOCK_PX = 16
_SMOOTH_PX = 1.2
_TEXTURED = 6.0
"""Standard deviation (grey levels) from which a block has something to compare."""
_FAINT = 3.0
_AGREES, _DIFFERS = 0.8, 0.6
_ANOTHER_LEVEL = 10.0
_PAINTED_SHARE, _PAINTED_MORE, _PAINTED_BOTH = 0.3, 1.5, 0.6
"""How much of what differs has one exact grey level, and how many times more than in the other."""
_BAR_DEPTH, _BAR_COLOR = 0.3, 0.4
"""How deep a bar may be (share of the side), and how much of it has its background's colour."""
_MIN_AREA_BLOCKS = 3

AreaKind = Literal["covered", "bar", "changed"]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle, in pixels of the second small picture, in which the two differ."""

    kind: AreaKind
    """`covered`: the same one of the two has a single colour in all of these · `bar`: a strip along
    an edge · `changed`: anything else, as where something has moved."""
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two aligned pictures compare, block by block."""

    n_blocks: int
    """Blocks with structure in at least one of the two, inside the overlap."""
    n_compared: int
    """Of these, blocks with structure in both, outside bars and covered areas."""
    agreeing: float
    """Share of the compared blocks whose correlation is above 0.8 (0…1; 0 where there is none)."""
    related: float
    """Share of the compared blocks whose correlation is above 0.6."""
    areas: tuple[Area, ...]
    tone_shift: float
    """Median change of grey levels from the first to the second, −255…255."""


def agreement(first: NDArray[np.uint8], second: NDArray[np.uint8], matrix: NDArray[np.float64]) -> Agreement:
    """Compare the second with the first laid over it (`matrix`: 2 × 3, first to second).

    Blocks are compared by correlation, which brightness and contrast do not change.
    """
    height, width = second.shape
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    source = first.astype(np.float32)
    if scale < 0.8:  # shrunk without this, fine texture turns into false structure
        source = _blurred(source, 0.5 / max(scale, 0.05))
    laid = np.asarray(cv2.warpAffine(source, matrix, (width, height)), np.float32)
    reached = np.asarray(cv2.warpAffine(np.ones_like(source), matrix, (width, height)), np.float32)
    inside = np.greater(reached, 0.999)
    target = second.astype(np.float32)
    a, b = _blocks(_blurred(laid, _SMOOTH_PX)), _blocks(_blurred(target, _SMOOTH_PX))
    valid: NDArray[np.bool_] = np.all(_blocks(inside), axis=-1)
    deviation_a, deviation_b = a.std(axis=-1), b.std(axis=-1)
    centred = (a - a.mean(axis=-1, keepdims=True)) * (b - b.mean(axis=-1, keepdims=True))
    correlation = centred.mean(axis=-1) / np.maximum(deviation_a * deviation_b, 1e-3)
    strong = np.maximum(deviation_a, deviation_b)
    faint = np.minimum(deviation_a, deviation_b)
    textured = valid & (strong > _TEXTURED)
    areas, left_out = _areas(textured & (correlation < _DIFFERS), valid, laid, target)
    compared = textured & (faint > _FAINT) & ~left_out
    n_compared = int(compared.sum())
    values = correlation[compared]
    return Agreement(
        n_blocks=int(textured.sum()),
        n_compared=n_compared,
        agreeing=float((values > _AGREES).mean()) if n_compared else 0.0,
        related=float((values > _DIFFERS).mean()) if n_compared else 0.0,
        areas=areas,
        tone_shift=float(np.median((target - laid)[inside][::7])) if inside.any() else 0.0,
    )


def _areas(
    differs: NDArray[np.bool_],
    valid: NDArray[np.bool_],
    laid: NDArray[np.float32],
    target: NDArray[np.float32],
) -> tuple[tuple[Area, ...], NDArray[np.bool_]]:
    """Areas of differing blocks, and which blocks lie in bars and covered areas (or beside them)."""
    count, numbers, boxes, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=8)
    places = {k: numbers == k for k in range(1, count) if boxes[k][4] >= _MIN_AREA_BLOCKS}
    bars = _bars(places, valid, laid, target)
    sides = {k: _side(_painted(inside, laid, target)) for k, inside in places.items() if k not in bars}
    # Paint lies in one of the two only; where each lacks something of the other, things have moved.
    is_paint = not {"first", "second"} <= set(sides.values())
    left_out = np.zeros_like(differs)
    found: list[Area] = []
    for k, inside in places.items():
        kind: AreaKind = "bar" if k in bars else "covered" if is_paint and sides[k] else "changed"
        if kind != "changed":
            left_out |= np.asarray(cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)), bool)
        x, y, w, h = (int(v) * BLOCK_PX for v in boxes[k][:4])
        found.append(Area(kind, x, y, w, h))
    return tuple(found), left_out


def _bars(
    places: dict[int, NDArray[np.bool_]],
    valid: NDArray[np.bool_],
    laid: NDArray[np.float32],
    target: NDArray[np.float32],
) -> set[int]:
    """Areas that lie in a strip along an edge that is mostly of one colour in only one of the two."""
    found: set[int] = set()
    for turns in range(4):
        lines = np.flatnonzero(np.rot90(valid, turns).any(axis=1))
        if not len(lines):
            break
        turned = {k: np.flatnonzero(np.rot90(inside, turns).any(axis=1)) for k, inside in places.items()}
        depths = {k: int(rows[-1] - lines[0]) + 1 for k, rows in turned.items()}
        blocks = tuple(n * BLOCK_PX for n in valid.shape)
        a, b = (np.rot90(plane[: blocks[0], : blocks[1]], turns) for plane in (laid, target))
        for depth in sorted({d for d in depths.values() if d <= _BAR_DEPTH * len(lines)}, reverse=True):
            strip = slice(lines[0] * BLOCK_PX, (lines[0] + depth) * BLOCK_PX)
            shares = sorted(_single_color_share(plane[strip], spread=1) for plane in (a, b))
            if shares[1] > _BAR_COLOR and shares[0] < shares[1] - _BAR_COLOR / 2:
                found |= {k for k, d in depths.items() if d <= depth}
                break
    return found


def _single_color_share(plane: NDArray[np.float32], *, spread: int) -> float:
    """Share of the pixels that are at most `spread` levels away from the commonest level."""
    counts = np.bincount(plane.clip(0, 255).round().astype(np.uint8).ravel(), minlength=256)
    near = np.convolve(counts, np.ones(2 * spread + 1), mode="same")
    return float(near.max() / max(1, plane.size))


def _painted(
    inside: NDArray[np.bool_], laid: NDArray[np.float32], target: NDArray[np.float32]
) -> tuple[float, float]:
    """How much of what differs in an area has one exact grey level, in the first and in the second."""
    pixels = np.kron(inside, np.ones((BLOCK_PX, BLOCK_PX), bool))
    a, b = (plane[: pixels.shape[0], : pixels.shape[1]][pixels] for plane in (laid, target))
    differs = np.abs(a - b) > _ANOTHER_LEVEL
    return _single_color_share(a[differs], spread=0), _single_color_share(b[differs], spread=0)


def _side(painted: tuple[float, float]) -> Literal["first", "second", "either"] | None:
    """In which of the two an area is painted over: in either, where paint lies on what had one level."""
    if min(painted) > _PAINTED_BOTH:
        return "either"
    if max(painted) < _PAINTED_SHARE or max(painted) < _PAINTED_MORE * min(painted):
        return None
    return "first" if painted[0] > painted[1] else "second"


def _blurred(plane: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px), np.float32)


def _blocks(plane: NDArray[np.generic]) -> NDArray[np.generic]:
    """Rows × columns × the values of each block; what is left at the right and below is dropped."""
    rows, columns = plane.shape[0] // BLOCK_PX, plane.shape[1] // BLOCK_PX
    cut = plane[: rows * BLOCK_PX, : columns * BLOCK_PX]
    split = cut.reshape(rows, BLOCK_PX, columns, BLOCK_PX).swapaxes(1, 2)
    return split.reshape(rows, columns, BLOCK_PX * BLOCK_PX)
