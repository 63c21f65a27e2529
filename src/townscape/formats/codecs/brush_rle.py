"""Label Studio's brush masks: a bit stream of runs over a flattened RGBA image, alpha being the mask.

The stream (thi.ng's rle-pack) begins with the number of values (32 bits), the size of a value less
one (5 bits) and four sizes of lengths, each less one (4 bits). Then come records: 1 bit that says
whether one value is repeated, 2 bits that choose a size, the length less one in that many bits, and
the value, or, if it is not repeated, as many values.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from townscape.core.geometry.coco_rle import Runs

_HEAD_BITS = 32 + 5 + 16
_WORD_BITS = 8
_LENGTH_BITS = (3, 4, 8, 16)
_LONGEST = 1 << 16
_CHANNELS = 4
_MOST_BITS = 32


def encode(runs: Runs, size_px: int) -> bytes:
    """A mask of `size_px` pixels, read row by row; all four channels are 255 inside."""
    counts = runs.counts(size_px) * _CHANNELS
    values = np.where(np.arange(counts.size) % 2, 255, 0)[counts > 0]
    counts = counts[counts > 0]
    n_pieces = -(-counts // _LONGEST)
    is_last = np.zeros(int(n_pieces.sum()), dtype=bool)
    is_last[np.cumsum(n_pieces) - 1] = True
    lengths = np.where(is_last, np.repeat(counts - (n_pieces - 1) * _LONGEST, n_pieces), _LONGEST)
    choice = np.searchsorted([1 << bits for bits in _LENGTH_BITS[:-1]], lengths)
    length_bits = np.array(_LENGTH_BITS)[choice]
    records = ((4 | choice) << length_bits | (lengths - 1)) << _WORD_BITS | np.repeat(values, n_pieces)
    return _packed(size_px * _CHANNELS, records, 3 + length_bits + _WORD_BITS)


def _packed(n_values: int, records: NDArray[np.int64], n_bits: NDArray[np.int64]) -> bytes:
    """The head, then records of up to 27 bits one after the other, padded by one to eight zeros."""
    head = int(n_values)
    for value, bits in ((_WORD_BITS - 1, 5), *((bits - 1, 4) for bits in _LENGTH_BITS)):
        head = head << bits | value
    ends = _HEAD_BITS + np.cumsum(n_bits)
    begins = ends - n_bits
    total = int(ends[-1]) if ends.size else _HEAD_BITS
    packed = np.zeros(total // 8 + 1 + 5, dtype=np.uint8)
    packed[:7] = np.frombuffer((head << 56 - _HEAD_BITS).to_bytes(7, "big"), dtype=np.uint8)
    shifted = records << (40 - n_bits - begins % 8)
    for k in range(5):
        np.add.at(packed, begins // 8 + k, (shifted >> (32 - 8 * k) & 255).astype(np.uint8))
    return packed[: total // 8 + 1].tobytes()


def decode(stream: Sequence[int] | bytes, height: int, width: int) -> Runs:
    """The pixels of a mask whose alpha is not 0, row by row.

    Raises `ValueError` if the stream is none, or is not of an image of that size.
    """
    if not isinstance(stream, list | tuple | bytes):
        raise ValueError("its run lengths are no list")
    try:
        content = bytes(stream)
    except (TypeError, ValueError):
        raise ValueError("its run lengths are no bytes") from None
    if len(content) * 8 < _HEAD_BITS:
        raise ValueError("its run lengths are cut off")
    head = int.from_bytes(content[:7], "big") >> 56 - _HEAD_BITS
    n_values, word_bits = head >> 21, (head >> 16 & 31) + 1
    length_bits = [(head >> shift & 15) + 1 for shift in (12, 8, 4, 0)]
    if n_values != height * width * _CHANNELS:
        raise ValueError("it is of an image of another size")
    longest = -(-(_HEAD_BITS + n_values * (19 + word_bits)) // 8)  # of one record for each value
    lengths, values = _runs(_Bits(content[:longest]), word_bits, length_bits)
    ends = np.cumsum(lengths)
    if not ends.size or ends[-1] < n_values:
        raise ValueError("its run lengths are cut off")
    is_set = values != 0
    # Value 4 p + 3 is pixel p's alpha: a run from a to b holds that of the pixels from a / 4 to b / 4.
    first = (ends - lengths)[is_set] // _CHANNELS
    last = np.minimum(ends[is_set], n_values) // _CHANNELS
    first, last = first[first < last], last[first < last]
    is_apart = np.ones(first.size + 1, dtype=bool)
    is_apart[1:-1] = first[1:] != last[:-1]
    start = first[is_apart[:-1]]
    return Runs(start, last[is_apart[1:]] - start)


class _Bits:
    """A stream of bits, read at any places at once."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.n_bits = len(content) * 8
        padded = np.frombuffer(content + bytes(_MOST_BITS // 8 + 1), dtype=np.uint8)
        pairs = padded[:-1].astype(np.uint16) << 8 | padded[1:]
        shifts = np.arange(8, 0, -1, dtype=np.uint16)
        self.byte_at = (pairs[:, None] >> shifts).astype(np.uint8).reshape(-1)
        """The eight bits that begin at each bit."""

    def read(
        self, places: NDArray[np.int64], n_bits: NDArray[np.int64] | int, *, most: int
    ) -> NDArray[np.int64]:
        """The numbers of `n_bits` (up to `most`, 32) that begin at some bits."""
        n_bytes = -(-most // 8)
        window = self.byte_at[places].astype(np.int64)
        for k in range(1, n_bytes):
            window = window << 8 | self.byte_at[places + 8 * k]
        return window >> (8 * n_bytes - n_bits)


def _runs(
    bits: _Bits, word_bits: int, length_bits: Sequence[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Length and value of every run; values that are not repeated are runs of one."""
    at = _records(bits, word_bits, length_bits)
    choice = bits.byte_at[at] >> 5
    is_repeated = choice >= 4
    n_bits = np.array(length_bits)[choice & 3]
    length = bits.read(at + 3, n_bits, most=16) + 1
    places = at + 3 + n_bits
    if not is_repeated.all():
        n_words = np.where(is_repeated, 1, length)
        before = np.cumsum(n_words) - n_words
        word = np.arange(int(n_words.sum())) - np.repeat(before, n_words)
        places = np.repeat(places, n_words) + word * word_bits
        length = np.repeat(np.where(is_repeated, length, 1), n_words)
    return length, bits.read(places, word_bits, most=word_bits)


def _records(bits: _Bits, word_bits: int, length_bits: Sequence[int]) -> NDArray[np.int64]:
    """Where each record begins; one that is cut off is none."""
    size_at = bits.byte_at.tobytes().translate(_record_sizes(word_bits, tuple(length_bits)))
    at, end, found = _HEAD_BITS, bits.n_bits, list[int]()
    append = found.append
    while at < end:
        append(at)
        size = size_at[at]
        if not size:
            n_bits = length_bits[int(bits.byte_at[at]) >> 5 & 3]
            length = int(bits.read(np.array([at + 3]), n_bits, most=16)[0]) + 1
            size = 3 + n_bits + length * word_bits
        at += size
    if at > end and found:
        found.pop()
    return np.array(found, dtype=np.int64)


@lru_cache(maxsize=64)
def _record_sizes(word_bits: int, length_bits: tuple[int, ...]) -> bytes:
    """Bits of a record, by its first eight; 0 where they do not tell."""
    sizes: list[int] = []
    for start in range(256):
        n_bits = length_bits[start >> 5 & 3]
        length = 1 if start & 128 else ((start & 31) >> max(0, 5 - n_bits)) + 1
        size = 3 + n_bits + length * word_bits
        sizes.append(size if (start & 128 or n_bits <= 5) and size < 256 else 0)
    return bytes(sizes)
