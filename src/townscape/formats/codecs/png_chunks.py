"""The chunks that a PNG consists of (PNG specification, section 5)."""

import struct

from isal import isal_zlib

from townscape.core.metadata_free import PNG_START


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk with its length and checksum."""
    checksum = isal_zlib.crc32(content, isal_zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(content)), kind, content, struct.pack(">I", checksum)))


def png_of(*pieces: bytes) -> bytes:
    """A PNG of all its chunks but the last, which says that it ends."""
    return b"".join((PNG_START, *pieces, chunk(b"IEND", b"")))


def chunks_of(content: bytes) -> dict[bytes, list[bytes]] | None:
    """The chunks of a PNG by kind, each in order; None if one is cut off or its checksum is wrong."""
    found: dict[bytes, list[bytes]] = {}
    at = len(PNG_START)
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at) if at + 12 <= len(content) else (-1, b"")
        body = content[at + 8 : at + 8 + size]
        if size < 0 or content[at : at + 12 + size] != chunk(kind, body):
            return None
        found.setdefault(kind, []).append(body)
        at += 12 + size
        if kind == b"IEND":
            return found
    return None
