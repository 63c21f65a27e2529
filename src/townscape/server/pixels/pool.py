"""The parent's side of the decoding processes: hand out work, wait, restart what hangs or dies."""

import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from townscape.core.errors import InputError, TownscapeError, UnreadableImage

MEMORY_BYTES = 6 << 30
"""Address space of a child; libraries alone take more than 1 GB of it."""
TIMEOUT_S = 30.0
_HEADER = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Done:
    """What a child gave back."""

    facts: dict[str, Any]
    content: bytes


class PixelWorkers:
    """Two children, each working on one thing at a time.

    Work on the same picture goes to the same child, which keeps decoded pictures for a while.
    """

    def __init__(self, *, n: int = 2, memory_bytes: int = MEMORY_BYTES, timeout_s: float = TIMEOUT_S) -> None:
        self._workers = [_Worker(memory_bytes, timeout_s) for _ in range(n)]

    def run(self, work: str, arguments: Mapping[str, Any], *, key: str) -> Done:
        """Do one thing in a child.

        Raises what the child raised (as `InputError` and its like, with the child's words), and
        `UnreadableImage` if it ran out of memory or time.
        """
        first = zlib.crc32(key.encode()) % len(self._workers)
        ordered = self._workers[first:] + self._workers[:first]
        worker = next((w for w in ordered if not w.is_busy), ordered[0])
        return worker.run(work, arguments)

    def close(self) -> None:
        """End the children."""
        for worker in self._workers:
            worker.close()


class _Worker:
    def __init__(self, memory_bytes: int, timeout_s: float) -> None:
        self._memory_bytes, self._timeout_s = memory_bytes, timeout_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_busy(self) -> bool:
        return self._lock.locked()

    def run(self, work: str, arguments: Mapping[str, Any]) -> Done:
        with self._lock:
            process = self._alive()
            timer = threading.Timer(self._timeout_s, process.kill)
            timer.start()
            try:
                return self._ask(process, work, arguments)
            except (OSError, EOFError, struct.error) as error:
                self.close()
                raise UnreadableImage(
                    "A picture took too much memory or time to decode and was given up.",
                    hint="save it as a tiled GeoTIFF, which is read piece by piece, or make it smaller.",
                ) from error
            finally:
                timer.cancel()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not sent yet has nowhere to go
                    pipe.close()

    def _alive(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                [sys.executable, "-m", "townscape.server.pixels.child", str(self._memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        return self._process

    def _ask(self, process: subprocess.Popen[bytes], work: str, arguments: Mapping[str, Any]) -> Done:
        assert process.stdin is not None
        assert process.stdout is not None
        request = json.dumps({"work": work, "arguments": dict(arguments)}).encode()
        process.stdin.write(struct.pack("<I", len(request)) + request)
        process.stdin.flush()
        n_facts, n_content = _HEADER.unpack(_read(process, _HEADER.size))
        facts = json.loads(_read(process, n_facts))
        content = _read(process, n_content)
        if facts.get("error") is not None:
            raise _error(facts["error"])
        return Done(facts, content)


def _read(process: subprocess.Popen[bytes], n_bytes: int) -> bytes:
    assert process.stdout is not None
    content = process.stdout.read(n_bytes)
    if len(content) != n_bytes:
        raise EOFError
    return content


def _error(told: Mapping[str, Any]) -> TownscapeError:
    kinds = {kind.__name__: kind for kind in _all_kinds(InputError)}
    kind = kinds.get(told["kind"], UnreadableImage)
    return kind(told["message"], hint=told["hint"])


def _all_kinds(kind: type[TownscapeError]) -> list[type[TownscapeError]]:
    return [kind, *(inner for below in kind.__subclasses__() for inner in _all_kinds(below))]
