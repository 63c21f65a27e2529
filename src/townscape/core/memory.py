"""What the system keeps in memory for this process: more where that saves time, less where it does not."""

import ctypes
import mmap
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


def give_back_freed_memory() -> None:
    """Hand what was freed and kept back to the system, where one kind of work ends and another begins."""
    if sys.platform == "linux" and platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


def forget_pages(mapped: mmap.mmap, start: int, end: int) -> None:
    """Let go of the pages of a mapped file between two bytes; they come back when somebody reads them.

    Without this a file that is read from front to back lies in memory as a whole at the end.
    """
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    length = end // mmap.PAGESIZE * mmap.PAGESIZE - first
    if length > 0 and sys.platform != "win32":
        mapped.madvise(mmap.MADV_DONTNEED, first, length)
