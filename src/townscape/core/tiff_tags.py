"""Taking the metadata out of a TIFF in place, so that rasters of any size keep every other byte.

What describes the pixels, their colours and their place on the ground stays; every other tag is
removed from its directory, and the bytes that it pointed to become zeros. Pixels are not moved.

Sources: TIFF 6.0, its technical notes (SubIFDs), the BigTIFF design, OGC GeoTIFF 1.1, and GDAL's
own tags 42112 and 42113.
"""

import re
import struct
from dataclasses import dataclass
from typing import Literal, Protocol

from townscape.core.metadata_free import NotTakenApart

_SUB_IFDS, _EXIF, _GPS, _INTEROP, _GDAL_METADATA = 330, 34665, 34853, 40965, 42112
_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES = 273, 279, 324, 325
_KEPT = frozenset(
    (
        254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 280, 281, 282, 283, 284, 292, 293, 296,
        301, 317, 318, 319, 320, 322, 323, 324, 325, 332, 334, 336, 338, 339, 340, 341, 347, 529, 530, 531,
        532, 33550, 33922, 34264, 34675, 34735, 34736, 34737, 42112, 42113, 50674,
    )
)  # fmt: skip
"""Size, layout, compression, colours (ICC included), place on the ground, GDAL's band names and nodata."""
_BAND_ITEM = re.compile(
    rb'<Item\b[^<>]*\brole="(?:description|scale|offset|unittype|colorinterp)"[^<>]*>[^<]*</Item>'
)
_SIZES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8,
}  # fmt: skip
"""Bytes of one value, by its kind."""
_MAX_DIRECTORIES = 1000
_MAX_ENTRIES = 10_000


class Buffer(Protocol):
    """Bytes that can be changed in place: a bytearray, or a file's memory map."""

    def __len__(self) -> int: ...
    def __getitem__(self, key: slice, /) -> bytes | bytearray: ...
    def __setitem__(self, key: slice, value: bytes, /) -> None: ...


@dataclass(frozen=True, slots=True)
class _Layout:
    """How numbers lie in this file."""

    order: Literal["<", ">"]
    is_big: bool

    @property
    def offset(self) -> str:
        return self.order + ("Q" if self.is_big else "I")

    @property
    def offset_size(self) -> int:
        return 8 if self.is_big else 4

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.is_big else "H")

    @property
    def count_size(self) -> int:
        return 8 if self.is_big else 2

    @property
    def entry_size(self) -> int:
        return 20 if self.is_big else 12


@dataclass(frozen=True, slots=True)
class _Entry:
    """One tag of a directory: where its values lie, and its own bytes."""

    tag: int
    kind: int
    start: int
    size: int
    is_outside: bool
    raw: bytes


def blank_metadata(buffer: Buffer, *, first_only: bool) -> None:
    """Remove the metadata of a TIFF or BigTIFF in place; its length stays.

    With `first_only` every picture but the first goes as well (thumbnails, other pages); without it,
    overviews and masks are kept. Raises `NotTakenApart` if the file is not built as a TIFF should be;
    the buffer is of no use then.
    """
    layout, at = _read_header(buffer)
    seen: set[int] = set()
    is_first = True
    while at:
        _note(at, seen)
        following = _blank_directory(buffer, layout, at, seen, keep_subs=not first_only)
        if is_first and first_only and following:
            _cut_chain(buffer, layout, at)
            while following:
                _note(following, seen)
                following = _erase_directory(buffer, layout, following, seen)
        is_first, at = False, following


def _note(at: int, seen: set[int]) -> None:
    if at in seen or len(seen) >= _MAX_DIRECTORIES:
        raise NotTakenApart("directories without an end")
    seen.add(at)


def _read_header(buffer: Buffer) -> tuple[_Layout, int]:
    head = bytes(buffer[0:16])
    orders: dict[bytes, Literal["<", ">"]] = {b"II": "<", b"MM": ">"}
    order = orders.get(head[:2])
    if order is None or len(head) < 16:
        raise NotTakenApart("no TIFF")
    version = struct.unpack_from(order + "H", head, 2)[0]
    if version not in (42, 43):
        raise NotTakenApart("no TIFF")
    layout = _Layout(order, version == 43)
    return layout, _unpack(buffer, layout.offset, 8 if layout.is_big else 4)


def _unpack(buffer: Buffer, form: str, at: int) -> int:
    raw = bytes(buffer[at : at + struct.calcsize(form)])
    if len(raw) != struct.calcsize(form):
        raise NotTakenApart("a directory goes beyond the end")
    return int(struct.unpack(form, raw)[0])


def _entries(buffer: Buffer, layout: _Layout, at: int) -> list[_Entry]:
    count = _unpack(buffer, layout.count, at)
    if count > _MAX_ENTRIES:
        raise NotTakenApart("a directory with too many tags")
    found: list[_Entry] = []
    for k in range(count):
        start = at + layout.count_size + k * layout.entry_size
        raw = bytes(buffer[start : start + layout.entry_size])
        if len(raw) != layout.entry_size:
            raise NotTakenApart("a directory goes beyond the end")
        tag, kind, n = struct.unpack_from(layout.order + ("HHQ" if layout.is_big else "HHI"), raw)
        size = _SIZES.get(kind, 1) * n
        value_at = start + layout.entry_size - layout.offset_size
        is_outside = size > layout.offset_size
        where = _unpack(buffer, layout.offset, value_at) if is_outside else value_at
        if is_outside and where + size > len(buffer):
            raise NotTakenApart("a value goes beyond the end")
        found.append(_Entry(tag, kind, where, size, is_outside, raw))
    return found


def _numbers(buffer: Buffer, layout: _Layout, entry: _Entry) -> list[int]:
    letter = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}.get(entry.kind)
    if letter is None:
        raise NotTakenApart("an offset that is no number")
    n = entry.size // _SIZES[entry.kind]
    return list(
        struct.unpack(f"{layout.order}{n}{letter}", bytes(buffer[entry.start : entry.start + entry.size]))
    )


def _following(buffer: Buffer, layout: _Layout, at: int, n_entries: int) -> int:
    return _unpack(buffer, layout.offset, at + layout.count_size + n_entries * layout.entry_size)


def _blank_directory(buffer: Buffer, layout: _Layout, at: int, seen: set[int], *, keep_subs: bool) -> int:
    """Remove the tags of a directory that are not kept; returns where the next directory lies."""
    entries = _entries(buffer, layout, at)
    following = _following(buffer, layout, at, len(entries))
    kept: list[bytes] = []
    for entry in entries:
        if entry.tag == _SUB_IFDS and keep_subs:
            kept.append(entry.raw)
            for sub in _numbers(buffer, layout, entry):
                _note(sub, seen)
                _blank_directory(buffer, layout, sub, seen, keep_subs=True)
        elif entry.tag == _GDAL_METADATA:
            _keep_band_names(buffer, entry)
            kept.append(entry.raw)
        elif entry.tag in _KEPT:
            kept.append(entry.raw)
        else:
            _erase_entry(buffer, layout, entry, seen)
    length = layout.count_size + len(entries) * layout.entry_size + layout.offset_size
    written = struct.pack(layout.count, len(kept)) + b"".join(kept) + struct.pack(layout.offset, following)
    buffer[at : at + length] = written.ljust(length, b"\0")
    return following


def _cut_chain(buffer: Buffer, layout: _Layout, at: int) -> None:
    """Make a directory the last one."""
    place = at + layout.count_size + _unpack(buffer, layout.count, at) * layout.entry_size
    buffer[place : place + layout.offset_size] = b"\0" * layout.offset_size


def _erase_directory(buffer: Buffer, layout: _Layout, at: int, seen: set[int]) -> int:
    """Zero a directory, its values and its pixels; returns where the next one lies."""
    entries = _entries(buffer, layout, at)
    following = _following(buffer, layout, at, len(entries))
    by_tag = {entry.tag: entry for entry in entries}
    for places, sizes in ((_STRIPS, _STRIP_SIZES), (_TILES, _TILE_SIZES), (513, 514)):
        if places in by_tag and sizes in by_tag:
            starts = _numbers(buffer, layout, by_tag[places])
            for start, size in zip(starts, _numbers(buffer, layout, by_tag[sizes]), strict=False):
                _zero(buffer, start, min(size, max(0, len(buffer) - start)))
    for entry in entries:
        _erase_entry(buffer, layout, entry, seen)
    _zero(buffer, at, layout.count_size + len(entries) * layout.entry_size + layout.offset_size)
    return following


def _erase_entry(buffer: Buffer, layout: _Layout, entry: _Entry, seen: set[int]) -> None:
    if entry.tag in (_SUB_IFDS, _EXIF, _GPS, _INTEROP):
        for sub in _numbers(buffer, layout, entry):
            if sub not in seen:  # pages may share one
                _note(sub, seen)
                _erase_directory(buffer, layout, sub, seen)
    if entry.is_outside:
        _zero(buffer, entry.start, entry.size)


def _zero(buffer: Buffer, start: int, size: int) -> None:
    buffer[start : start + size] = b"\0" * size


def _keep_band_names(buffer: Buffer, entry: _Entry) -> None:
    """Leave of GDAL's XML only what describes bands; the rest of its place is filled with spaces."""
    content = bytes(buffer[entry.start : entry.start + entry.size])
    written = b"<GDALMetadata>" + b"".join(_BAND_ITEM.findall(content)) + b"</GDALMetadata>"
    if len(written) < entry.size:
        buffer[entry.start : entry.start + entry.size] = written.ljust(entry.size - 1) + b"\0"
    else:
        _zero(buffer, entry.start, entry.size)
