"""Several processes that work on pictures, and give the results in order."""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from townscape.core.errors import InputError
from townscape.core.memory import keep_freed_memory

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_IT = 48
"""Fewer pictures than this are done before other processes have started."""
_MOST = 8
_AHEAD = 4
"""Pictures under way per process."""

_shared: Any = None


def map_in_order(
    function: Callable[[Any, Item], Result], shared: Any, items: Iterable[Item], *, n_items: int
) -> Iterator[Result]:
    """`function(shared, item)` for every item, in order, in as many processes as there are cores.

    `function` stands at the top of a module; `shared`, items and results can be pickled. What it
    raises is raised here. A few items at a time are under way, so memory does not grow with them.
    Raises `InputError` if a process dies, as happens to one that runs out of memory.
    """
    n_workers = min(_MOST, os.cpu_count() or 1)
    if n_items < WORTH_IT or n_workers < 2:
        for item in items:
            yield function(shared, item)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_workers, context, _begin, (function, shared)) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(_work, item))
                if len(waiting) >= _AHEAD * n_workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise InputError(
                "A process that read pictures died, most likely for want of memory.",
                hint="close other programs and go on with `townscape runs resume`.",
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def _begin(function: Callable[[Any, Any], Any], shared: Any) -> None:
    keep_freed_memory()
    global _shared  # noqa: PLW0603 - what every picture of this process needs, sent once
    _shared = function, shared


def _work(item: Any) -> Any:
    function, shared = _shared
    return function(shared, item)
