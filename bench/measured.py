"""Time and memory of one call in a process of its own; the standard library only."""

import ctypes
import gc
import json
import os
import sys
import time
from pathlib import Path


def order():
    """What the parent asks for: one JSON object as the only argument."""
    return json.loads(sys.argv[1])


def report(warm, work):
    """Call `warm`, which imports everything that `work` needs, then measure `work`; prints JSON.

    Memory is the highest resident size during `work` less that before it, when everything that was
    freed has been given back to the system.
    """
    warm()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = _status_mb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    began, used = time.perf_counter(), sum(os.times()[:4])
    facts = work()
    seconds, cpu_seconds = time.perf_counter() - began, sum(os.times()[:4]) - used
    grown = max(0.0, _status_mb("VmHWM") - before)
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "memory_mb": grown, **facts}))


def _status_mb(key):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(key)
