"""Taking what a picture's file tells of people and places out of it, without touching a pixel.

EXIF (with GPS, maker notes and thumbnail), XMP, IPTC, comments, text and whatever a program added
go; what says how to decode the pixels and which colours they mean stays: JFIF and Adobe markers,
ICC profiles, PNG's gamma and chromaticity. Orientation goes too: the caller has to know that it
was the usual one. Functions over bytes; a file that cannot be taken apart raises `NotTakenApart`.

Sources: ITU-T T.81 annex B and JFIF 1.02 (JPEG), the PNG specification (third edition, chapters 5
and 11), the WebP container specification (RFC 9649).
"""

import struct
from collections.abc import Iterator

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
     b"mDCV", b"cLLI")
)  # fmt: skip
_WEBP_KEPT = frozenset((b"ICCP", b"ALPH", b"VP8 ", b"VP8L"))
_WEBP_EXIF, _WEBP_XMP, _WEBP_ANIMATED = 0x08, 0x04, 0x02
_SOS, _EOI, _APP0, _APP2, _APP14, _APP15, _COM = 0xDA, 0xD9, 0xE0, 0xE2, 0xEE, 0xEF, 0xFE


class NotTakenApart(ValueError):
    """The bytes are not built as their kind of file should be, or are of a kind that is not known here."""


def without_metadata(content: bytes) -> bytes:
    """The same JPEG, PNG or WebP file without metadata; decoded pixels are equal, bit for bit.

    Only the first picture of a file that holds several (MPO, APNG) is kept. Raises `NotTakenApart`,
    also for animated WebP.
    """
    if content.startswith(JPEG_START):
        return b"".join(_jpeg(content))
    if content.startswith(PNG_START):
        return b"".join(_png(content))
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _webp(content)
    raise NotTakenApart("neither JPEG, PNG nor WebP")


def _jpeg(content: bytes) -> Iterator[bytes]:
    """The segments that are kept. Scans are passed on as they are, up to the end of the first picture."""
    yield content[:2]
    at = 2
    while True:
        if content[at : at + 1] != b"\xff":
            raise NotTakenApart("no marker where one should be")
        while content[at + 1 : at + 2] == b"\xff":  # a marker may be preceded by any number of these
            at += 1
        marker = content[at + 1] if at + 1 < len(content) else _EOI
        if marker == _EOI:
            yield b"\xff\xd9"
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        body = content[at + 4 : at + 2 + length]
        if length < 2 or len(body) != length - 2:
            raise NotTakenApart("a segment goes beyond the end")
        kept = _jpeg_segment(marker, body)
        if kept is not None:
            yield struct.pack(">BBH", 0xFF, marker, len(kept) + 2) + kept
        at += 2 + length
        if marker == _SOS:
            end = _end_of_scan(content, at)
            yield content[at:end]
            at = end


def _jpeg_segment(marker: int, body: bytes) -> bytes | None:
    """What is kept of a segment's body; None: nothing."""
    if marker == _APP0:  # JFIF's own thumbnail is cut off
        return body[:12] + b"\0\0" if body.startswith(b"JFIF\0") and len(body) >= 14 else None
    if marker == _APP2:
        return body if body.startswith(b"ICC_PROFILE\0") else None
    if marker == _APP14:
        return body[:12] if body.startswith(b"Adobe") else None
    return None if _APP0 <= marker <= _APP15 or marker == _COM else body


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the entropy-coded bytes end: at a marker that is neither a stuffed zero nor a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise NotTakenApart("a scan without an end")
        following = content[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


def _png(content: bytes) -> Iterator[bytes]:
    yield PNG_START
    at, kind = len(PNG_START), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, at) if at + 8 <= len(content) else (0, b"")
        end = at + 12 + length
        if not kind or end > len(content):
            raise NotTakenApart("a chunk goes beyond the end")
        if kind in _PNG_KEPT:
            yield content[at:end]
        at = end


def _webp(content: bytes) -> bytes:
    kept: list[bytes] = []
    at = 12
    while at + 8 <= len(content) and at < 8 + int.from_bytes(content[4:8], "little"):
        kind, length = struct.unpack_from("<4sI", content, at)
        end = at + 8 + length + length % 2
        if at + 8 + length > len(content):
            raise NotTakenApart("a chunk goes beyond the end")
        chunk = content[at:end] + b"\0" * (end - min(end, len(content)))
        if kind == b"VP8X":
            flags = chunk[8]
            if flags & _WEBP_ANIMATED:
                raise NotTakenApart("an animation")
            kept.append(chunk[:8] + bytes([flags & ~(_WEBP_EXIF | _WEBP_XMP)]) + chunk[9:])
        elif kind in _WEBP_KEPT:
            kept.append(chunk)
        at = end
    if not any(chunk[:4] in (b"VP8 ", b"VP8L") for chunk in kept):
        raise NotTakenApart("no picture inside")
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
