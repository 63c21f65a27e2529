"""Blocks of a raster that go into different parts, and the gap that is kept between them.

Neighbouring pixels look alike, so a block that is learned from gives way where it touches one that
is kept for judging: everything nearer than the gap is left out. For that each block is cut into
3 × 3 *pieces*: those along its sides and in its corners are as wide as the gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from townscape.core.spaces import Window

_SIDES = (-1, 0, 1)


@dataclass(frozen=True)
class Block:
    """One block of a raster's grid, with the labelled pixels of its pieces.

    `pieces` has shape (3, 3, classes).
    """

    raster: str
    row: int
    column: int
    window: Window
    gap_px: int
    pieces: NDArray[np.int64]

    @cached_property
    def rows(self) -> tuple[int, int, int, int]:
        """Where the pieces begin and end, from the block's top."""
        return piece_bounds(self.window.height, self.gap_px)

    @cached_property
    def columns(self) -> tuple[int, int, int, int]:
        """Where the pieces begin and end, from the block's left."""
        return piece_bounds(self.window.width, self.gap_px)


def piece_bounds(length: int, gap_px: int) -> tuple[int, int, int, int]:
    """Bounds of the three pieces along an axis: the outer ones are as wide as the gap.

    In a block narrower than two gaps the middle piece is what lies in both.
    """
    low, high = sorted((min(gap_px, length), max(0, length - gap_px)))
    return 0, low, high, length


class BlockGrid:
    """Blocks with their neighbours, to ask what is left of each when some are in other parts."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = tuple(blocks)
        place = {(b.raster, b.row, b.column): k for k, b in enumerate(blocks)}
        neighbours = [
            [[place.get((b.raster, b.row + dy, b.column + dx), -1) for dx in _SIDES] for dy in _SIDES]
            for b in blocks
        ]
        self._neighbours = np.array(neighbours, dtype=np.int64).reshape(-1, 3, 3)
        self._near_row = np.array([_near(b.rows, b.gap_px) for b in blocks], dtype=np.int64).reshape(-1, 3, 3)
        self._near_column = np.array([_near(b.columns, b.gap_px) for b in blocks], dtype=np.int64).reshape(
            -1, 3, 3
        )

    def kept(self, rank: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Pieces (blocks × 3 × 3) farther than the gap from every block of a higher rank."""
        with_none = np.append(rank, np.iinfo(np.int64).min)
        is_higher = with_none[self._neighbours] > rank[:, None, None]
        lost = np.einsum("byx,byr,bxc->brc", is_higher.astype(np.int64), self._near_row, self._near_column)
        return lost == 0


def _near(bounds: tuple[int, int, int, int], gap_px: int) -> list[list[int]]:
    """For a neighbour before, beside and behind: which of the three pieces lie within the gap of it."""
    length = bounds[3]
    pieces = list(pairwise(bounds))
    before = [int(start < min(gap_px, length)) for start, _ in pieces]
    behind = [int(end > max(0, length - gap_px)) for _, end in pieces]
    return [before, [1, 1, 1], behind]


def rectangles(block: Block, kept: NDArray[np.bool_]) -> list[Window]:
    """The kept pieces (3 × 3) of a block as few rectangles, in the raster's pixels."""
    found: list[Window] = []
    row = 0
    while row < 3:
        last = row
        while last < 2 and (kept[last + 1] == kept[row]).all():
            last += 1
        top, bottom = block.rows[row], block.rows[last + 1]
        for first, end in _runs(kept[row]):
            left, right = block.columns[first], block.columns[end]
            window = Window(block.window.x + left, block.window.y + top, right - left, bottom - top)
            if window.area:
                found.append(window)
        row = last + 1
    return found


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
