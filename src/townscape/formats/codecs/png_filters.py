"""The pixels of a PNG from its compressed rows (PNG specification, section 9), as label maps have them.

Most writers of label maps filter no row, or every row by the difference to the left neighbour; those
rows are undone a block at a time, so that nothing but the pixels is ever held as a whole.
"""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from townscape.formats.codecs.png_chunks import chunk, png_of

_NONE, _SUB = 0, 1
_LEVEL = 0
"""ISA-L's quickest: what it packs is inflated again at once."""
_ROWS, _BLOCKS = 128, 32
"""Rows of a block, at least, and blocks of an image, at most."""


class _DamagedError(Exception):
    """The compressed rows are cut off, or followed by something else."""


def pixels_of(compressed: bytes, height: int, width: int, bits: int, n_bands: int) -> NDArray[Any] | None:
    """Height × width numbers of 8 or 16 bits, height × width × bands of 8 where there are several.

    None if the rows are damaged, and if there are several bands and other filters than none and "Sub".
    Raises `ValueError` if there are fewer rows, which other readers would make up for with 0.
    """
    n_lanes = n_bands * bits // 8
    line = 1 + width * n_lanes
    out = np.empty((height, line - 1), dtype=np.uint8)
    try:
        if _fill(out, _blocks(compressed, height, line), n_lanes):
            if bits == 16:
                out = out.view(">u2").byteswap(inplace=True).view("<u2").astype(np.uint16, copy=False)
            return out.reshape((height, width) if n_bands == 1 else (height, width, n_bands))
        del out
        if n_bands > 1:
            return None
        return unfiltered_grey(np.concatenate(list(_blocks(compressed, height, line))), bits)
    except (_DamagedError, isal_zlib.error):  # pyright: ignore[reportGeneralTypeIssues]
        return None


def _blocks(compressed: bytes, height: int, line: int) -> Iterator[NDArray[np.uint8]]:
    """Rows of `line` bytes, each of which begins with its filter.

    Raises `_DamagedError` or `isal_zlib.error` if they are damaged, and `ValueError` if they are too few.
    """
    stream, rest = isal_zlib.decompressobj(), compressed
    n_rows = max(_ROWS, height // _BLOCKS)  # what is not inflated yet is copied for every block
    for top in range(0, height, n_rows):
        wanted = min(n_rows, height - top) * line
        content = stream.decompress(rest, wanted)
        rest = stream.unconsumed_tail
        if len(content) < wanted:
            if stream.eof:
                raise ValueError(f"it has {top + len(content) // line:,} of {height:,} rows")
            raise _DamagedError
        yield np.frombuffer(content, dtype=np.uint8).reshape(-1, line)
    if stream.decompress(rest, 1) or not stream.eof:
        raise _DamagedError


def _fill(out: NDArray[np.uint8], blocks: Iterator[NDArray[np.uint8]], n_lanes: int) -> bool:
    """Undo the filters of all rows; returns whether that can be done block by block."""
    top = 0
    for rows in blocks:
        filters, some = rows[:, 0], out[top : top + len(rows)]
        if int(filters.max()) > _SUB:
            return False
        if filters.any():
            _sum_up(rows[:, 1:], n_lanes, some)
            plain = filters == _NONE
            some[plain] = rows[plain, 1:]
        else:
            some[...] = rows[:, 1:]
        top += len(rows)
    return True


def _sum_up(steps: NDArray[np.uint8], n_lanes: int, out: NDArray[np.uint8]) -> None:
    """Every byte is its step and those to the left of it in its lane, modulo 256."""
    import cv2

    shape = (len(steps), -1, n_lanes)
    # What is summed up over the rows too, less the row above, is summed up over the row.
    totals = cv2.integral(np.ascontiguousarray(steps).reshape(shape), sdepth=cv2.CV_32S).astype(np.uint8)
    totals = totals.reshape(len(steps) + 1, -1, n_lanes)
    np.subtract(totals[1:, 1:], totals[:-1, 1:], out=out.reshape(shape))


def unfiltered_grey(rows: NDArray[np.uint8], bits: int) -> NDArray[Any] | None:
    """Height × width numbers of 8 or 16 bits, of rows with filters of all kinds, which OpenCV undoes.

    None if it cannot. It is given the rows as a PNG that ISA-L has packed: so it has little to inflate.
    """
    import cv2

    if bits == 16:
        low = _low_bytes(rows)
        if np.count_nonzero(low) == np.count_nonzero(rows):
            # Numbers below 256: the high bytes are 0 before and after, and the low ones go by themselves.
            found = unfiltered_grey(low, 8)
            return None if found is None else found.astype(np.uint16)
    width = (rows.shape[1] - 1) * 8 // bits
    header = struct.pack(">IIBBBBB", width, len(rows), bits, 0, 0, 0, 0)
    content = isal_zlib.compress(np.ascontiguousarray(rows).data, _LEVEL)
    image = png_of(chunk(b"IHDR", header), chunk(b"IDAT", content))
    try:
        found = cv2.imdecode(np.frombuffer(image, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    return None if found is None or found.shape != (len(rows), width) else found


def _low_bytes(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The filters and low bytes of rows of 16-bit numbers, which are filtered byte by byte."""
    low = np.empty((len(rows), (rows.shape[1] + 1) // 2), dtype=np.uint8)
    low[:, 0], low[:, 1:] = rows[:, 0], rows[:, 2::2]
    return low
