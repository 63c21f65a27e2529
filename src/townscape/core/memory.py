"""Keeping freed memory for the next step instead of handing it back to the system."""

import ctypes
import platform
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8
"""Numbers of `mallopt(3)` in glibc's malloc.h."""


def keep_freed_memory() -> bool:
    """Tell glibc to keep what this process frees; returns whether it could be told.

    A training step frees and asks for the same hundreds of megabytes again and again, reading label maps
    for the same few. By default glibc maps every large block anew and the kernel clears each page: a
    quarter of the time of a step (docs/decisions/006). The process grows to its peak and stays there.
    """
    if sys.platform != "linux" or platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    settings = {_MMAP_MAX: 0, _TRIM_THRESHOLD: 2**31 - 1, _TOP_PAD: 2**26, _ARENA_MAX: 1}
    return all(libc.mallopt(ctypes.c_int(key), ctypes.c_int(value)) for key, value in settings.items())
