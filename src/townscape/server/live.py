"""What happens to annotations, told to the pages that look at them.

Saves of this server are told at once; those of other processes (an import, a second server) are
seen by looking at the head once a second.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

_LOOK_EVERY_S = 1.0


@dataclass(eq=False)
class _Listener:
    loop: asyncio.AbstractEventLoop
    heard: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """Listeners by annotation."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[_Listener]] = defaultdict(set)

    def tell(self, annotation_id: str) -> None:
        """Something was saved; may be called from any thread."""
        for listener in tuple(self._listeners.get(annotation_id, ())):
            with contextlib.suppress(RuntimeError):  # its page has gone
                listener.loop.call_soon_threadsafe(listener.heard.set)

    async def revisions(self, annotation_id: str, head: Callable[[], int]) -> AsyncIterator[int]:
        """The newest revision, now and whenever it changes; `head` looks it up (in a thread)."""
        listener = _Listener(asyncio.get_running_loop())
        self._listeners[annotation_id].add(listener)
        last = -1
        try:
            while True:
                listener.heard.clear()
                now = await asyncio.to_thread(head)
                if now != last:
                    last = now
                    yield now
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(listener.heard.wait(), _LOOK_EVERY_S)
        finally:
            self._listeners[annotation_id].discard(listener)
            if not self._listeners[annotation_id]:
                del self._listeners[annotation_id]
