"""The decoding process: reads requests from its standard input until that closes.

It limits its own memory before it decodes anything. A request is a length (uint32) and JSON; the
answer two lengths, JSON facts and bytes. Nothing is pickled, so a decoder that was taken over can
say nothing to the parent but bytes of a picture.
"""

import contextlib
import json
import os
import struct
import sys
import traceback

from townscape.core.errors import TownscapeError


def main(memory_bytes: int) -> int:
    """Work until the parent goes away."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the answers
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from townscape.server.pixels.work import WORKS

    requests = sys.stdin.buffer
    while True:
        header = requests.read(4)
        if len(header) < 4:
            return 0
        request = json.loads(requests.read(struct.unpack("<I", header)[0]))
        content = b""
        try:
            facts, content = WORKS[request["work"]](**request["arguments"])
        except TownscapeError as error:
            told = {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
            facts = {"error": told}
        except MemoryError:
            message = "A picture is too large to be decoded here."
            facts = {"error": {"kind": "ImageTooLarge", "message": message, "hint": "make it smaller."}}
        except Exception as error:  # noqa: BLE001 - a decoder may raise anything
            traceback.print_exc()
            message = f"A picture could not be decoded: {type(error).__name__}: {error}"
            facts = {"error": {"kind": "UnreadableImage", "message": message, "hint": None}}
        told = json.dumps(facts).encode()
        answers.write(struct.pack("<II", len(told), len(content)) + told + content)
        answers.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
