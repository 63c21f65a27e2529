"""Record ids: UUID version 7, which sort by the time they were made."""

import os
import time
import uuid


def new_id() -> str:
    """A new UUIDv7 as 36 characters of text (RFC 9562, section 6.2, method 3).

    The 12 bits after the millisecond hold the fraction of it, so ids made by one process
    within a millisecond still sort by time.
    """
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = (rest << 12) // 1_000_000
    random_62 = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | fraction << 64 | 0b10 << 62 | random_62
    return str(uuid.UUID(int=value))
