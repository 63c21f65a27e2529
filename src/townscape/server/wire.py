"""How tiles travel: packets of a JSON header and packed tiles, one after the other.

uint32 little-endian    length of the header
header                  JSON, UTF-8; its `tiles` name place and length of each tile
tiles                   as the label store packs them, in the header's order
"""

import json
import struct
from collections.abc import Iterable, Sequence
from typing import Any

from townscape.core import tiles as codec
from townscape.core.errors import LabelError
from townscape.core.labelmap import Segments

MEDIA_TYPE = "application/vnd.townscape.tiles"
MAX_TILES = 256


def join_packet(header: dict[str, Any], parts: Sequence[bytes]) -> bytes:
    """A header and parts as one body."""
    text = json.dumps(header, separators=(",", ":")).encode()
    return b"".join((struct.pack("<I", len(text)), text, *parts))


def split_packet(body: bytes) -> tuple[dict[str, Any], bytes]:
    """The header and what follows it. Raises `LabelError` for anything else."""
    try:
        (length,) = struct.unpack_from("<I", body)
        header = json.loads(body[4 : 4 + length])
    except (struct.error, ValueError, UnicodeDecodeError) as error:
        raise LabelError("The packet of tiles is damaged.") from error
    if not isinstance(header, dict):
        raise LabelError("The packet of tiles is damaged.")
    return header, body[4 + length :]


def read_tiles(lengths: Iterable[int], content: bytes) -> list[Segments]:
    """The planes of packed tiles that follow each other. Raises `LabelError` if one is damaged."""
    planes: list[Segments] = []
    at = 0
    for length in lengths:
        if length < 0 or at + length > len(content) or len(planes) >= MAX_TILES:
            raise LabelError("The packet of tiles is damaged.")
        try:
            planes.append(codec.unpack(content[at : at + length]))
        except ValueError as error:
            raise LabelError("The packet of tiles is damaged.") from error
        at += length
    return planes
