"""Tiles: the 512 × 512 pieces in which label maps are stored, saved, merged and undone.

A tile's identity is the SHA-256 of its raw little-endian plane, edges padded with 0 (design,
section 5); how it is packed is not part of it. The all-zero tile is never stored: it is the
absence of a tile.
"""

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from townscape.core.labelmap import Segments
from townscape.core.runs import run_lengths, run_starts

TILE_PX = 512
"""Side of a tile, in pixels of its level."""

_MAX_RUNS = 65_536
_MAX_BODY_BYTES = 4 * TILE_PX * TILE_PX
_RUNS = b"R"
_RAW = b"Z"


class TileKey(NamedTuple):
    """Place of a tile: overview level (0 = full size), row and column."""

    level: int
    row: int
    column: int


def grid_shape(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of tiles that cover an image."""
    return -(-height // TILE_PX), -(-width // TILE_PX)


def level_shape(height: int, width: int, level: int) -> tuple[int, int]:
    """Height and width of overview `level`: halved `level` times, rounded up."""
    return -(-height // (1 << level)), -(-width // (1 << level))


def level_count(height: int, width: int) -> int:
    """Number of levels, full size included, until one tile holds everything."""
    levels = 1
    while max(level_shape(height, width, levels - 1)) > TILE_PX:
        levels += 1
    return levels


def cut(segments_hw: Segments) -> Iterator[tuple[TileKey, Segments]]:
    """All tiles of a plane at level 0, edge tiles padded with 0, in row order."""
    height, width = segments_hw.shape
    rows, columns = grid_shape(height, width)
    for row in range(rows):
        for column in range(columns):
            yield TileKey(0, row, column), cut_one(segments_hw, row, column)


def cut_one(segments_hw: Segments, row: int, column: int) -> Segments:
    """The tile at (row, column) of a plane, padded with 0 to 512 × 512."""
    return pad(segments_hw[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX])


def pad(piece_hw: NDArray[np.integer[Any]]) -> Segments:
    """A tile whose top left is the piece (at most 512 × 512); the rest is 0."""
    tile = np.zeros((TILE_PX, TILE_PX), dtype=np.uint32)
    tile[: piece_hw.shape[0], : piece_hw.shape[1]] = piece_hw
    return tile


def stitch(tiles: Mapping[tuple[int, int], Segments], x: int, y: int, width: int, height: int) -> Segments:
    """The rectangle at (x, y) put together from tiles by (row, column); absent tiles are 0."""
    out = np.zeros((height, width), dtype=np.uint32)
    for row in range(y // TILE_PX, -(-(y + height) // TILE_PX)):
        for column in range(x // TILE_PX, -(-(x + width) // TILE_PX)):
            tile = tiles.get((row, column))
            if tile is None:
                continue
            top, left = max(y, row * TILE_PX), max(x, column * TILE_PX)
            bottom, right = min(y + height, (row + 1) * TILE_PX), min(x + width, (column + 1) * TILE_PX)
            out[top - y : bottom - y, left - x : right - x] = tile[
                top - row * TILE_PX : bottom - row * TILE_PX,
                left - column * TILE_PX : right - column * TILE_PX,
            ]
    return out


def tile_hash(tile: Segments) -> bytes:
    """Identity of a tile: SHA-256 of its raw little-endian plane, 32 bytes."""
    return hashlib.sha256(np.ascontiguousarray(tile, dtype="<u4").data).digest()


class _Runs(NamedTuple):
    values: NDArray[np.uint32]
    lengths: NDArray[np.uint32]


def _runs(tile: Segments) -> _Runs:
    flat = np.ascontiguousarray(tile).reshape(-1)
    starts = run_starts(flat)
    return _Runs(flat[starts], run_lengths(starts, flat.size).astype(np.uint32))


def histogram(tile: Segments) -> dict[int, int]:
    """Pixels per segment id, without 0 (padding cannot be told from unlabelled)."""
    runs = _runs(tile)
    values, inverse = np.unique(runs.values, return_inverse=True)
    counts = np.bincount(inverse, weights=runs.lengths, minlength=values.size).astype(np.int64)
    return {int(v): int(c) for v, c in zip(values, counts, strict=True) if v}


def pack(tile: Segments, *, effort: int = 1) -> bytes:
    """The tile compressed: run lengths where there are few runs, raw otherwise.

    `effort` is zlib's level, 1 (fast, for saves) to 9 (small, for compaction).
    """
    runs = _runs(tile)
    if runs.values.size <= _MAX_RUNS:
        body = np.concatenate((runs.values.astype("<u4"), runs.lengths.astype("<u4")))
        return _RUNS + zlib.compress(body.tobytes(), effort)
    return _RAW + zlib.compress(np.ascontiguousarray(tile, dtype="<u4").tobytes(), effort)


def unpack(packed: bytes) -> Segments:
    """The tile that `pack` compressed. Raises `ValueError` on damaged bytes, however they came about:
    nothing larger than a tile is ever unpacked.
    """
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(packed[1:], _MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise ValueError("a tile is damaged") from error
    if len(raw) > _MAX_BODY_BYTES or len(raw) % 8 or not unpacker.eof:
        raise ValueError("a tile is damaged")
    body = np.frombuffer(raw, dtype="<u4")
    if packed[:1] == _RUNS:
        values, lengths = body.reshape(2, -1)
        if int(lengths.astype(np.uint64).sum()) != TILE_PX * TILE_PX:
            raise ValueError("a tile has the wrong size")
        body = np.repeat(values, lengths)
    elif packed[:1] != _RAW:
        raise ValueError("a tile is packed in an unknown way")
    if body.size != TILE_PX * TILE_PX:
        raise ValueError("a tile has the wrong size")
    return body.reshape(TILE_PX, TILE_PX).astype(np.uint32)


def pack_histogram(counts: Mapping[int, int]) -> bytes:
    """A histogram as bytes: pairs of little-endian uint32, sorted by segment id."""
    pairs = np.array(sorted(counts.items()), dtype="<u4").reshape(-1, 2)
    return pairs.tobytes()


def unpack_histogram(packed: bytes) -> dict[int, int]:
    """The histogram that `pack_histogram` wrote."""
    pairs = np.frombuffer(packed, dtype="<u4").reshape(-1, 2)
    return {int(v): int(c) for v, c in pairs}


def halve(plane_hw: Segments) -> Segments:
    """The plane at half size: of each 2 × 2 pixels the most frequent id, first in reading order
    on a tie. Odd edges are padded by repeating the last row or column.
    """
    height, width = plane_hw.shape
    if height % 2 or width % 2:
        plane_hw = np.pad(plane_hw, ((0, height % 2), (0, width % 2)), mode="edge")
    a, b = plane_hw[0::2, 0::2], plane_hw[0::2, 1::2]
    c, d = plane_hw[1::2, 0::2], plane_hw[1::2, 1::2]
    a_repeats = (a == b) | (a == c) | (a == d)
    b_repeats = (b == c) | (b == d)
    return np.where(a_repeats, a, np.where(b_repeats, b, np.where(c == d, c, a)))


def overview_tile(children: Mapping[tuple[int, int], Segments]) -> Segments:
    """The parent of up to four tiles, given by their (row, column) within it (0 or 1)."""
    plane = np.zeros((2 * TILE_PX, 2 * TILE_PX), dtype=np.uint32)
    for (row, column), tile in children.items():
        plane[row * TILE_PX : (row + 1) * TILE_PX, column * TILE_PX : (column + 1) * TILE_PX] = tile
    return halve(plane)
