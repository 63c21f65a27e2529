"""What a run tells the world while it works, and the object through which it tells it.

A run's events are appended, one JSON object a line, to `runs/<id>/events.jsonl`;
the command line and the web page draw the same events.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from townscape.core.errors import RunCancelled, TownscapeError

Item = TypeVar("Item")


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)
    at: float = Field(default_factory=time.time)
    """Seconds since 1970."""


class Started(_Event):
    """The run began (or began again)."""

    kind: Literal["started"] = "started"
    stage: str
    resumed: bool = False


class Progress(_Event):
    """`done` of `total` units of the part called `part` are finished."""

    kind: Literal["progress"] = "progress"
    part: str
    done: float
    total: float | None
    unit: str
    seconds_left: float | None = None
    note: str = ""


class Metric(_Event):
    """One number of a curve."""

    kind: Literal["metric"] = "metric"
    name: str
    value: float
    step: int


class Message(_Event):
    """A line for the reader."""

    kind: Literal["message"] = "message"
    level: Literal["info", "warning"]
    text: str
    hint: str | None = None


class Finished(_Event):
    """The run is done; `result` is what the stage returned, as JSON."""

    kind: Literal["finished"] = "finished"
    result: dict[str, Any]


class Failed(_Event):
    """The run stopped with an error (or was cancelled)."""

    kind: Literal["failed"] = "failed"
    code: str
    message: str
    hint: str | None = None
    cancelled: bool = False
    field: str | None = None
    """For a question (`export-question`): the option that answers it."""
    choices: tuple[str, ...] = ()
    """What that option may be."""

    @classmethod
    def of(cls, error: TownscapeError) -> "Failed":
        """The event that tells of `error`."""
        return cls(
            code=error.code,
            message=error.message,
            hint=error.hint,
            cancelled=isinstance(error, RunCancelled),
            **error.details,
        )


Event = Annotated[Started | Progress | Metric | Message | Finished | Failed, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)


def event_from_json(line: str | bytes) -> Event:
    """The event written on one line of `events.jsonl`."""
    return _ADAPTER.validate_json(line)


def _nobody_listens(_event: Event) -> None:
    """Where events go that nobody asked for."""


class Report:
    """The voice of a running stage: progress, numbers and remarks go in, events come out.

    `emit` receives each event; `is_cancelled` is asked now and then, and when it says yes the
    next call raises `RunCancelled`. Progress events are at most ten a second.
    """

    def __init__(
        self,
        emit: Callable[[Event], None] | None = None,
        *,
        run_id: str | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
        min_interval_s: float = 0.1,
    ) -> None:
        self.run_id = run_id
        self._emit = emit or _nobody_listens
        self._is_cancelled = is_cancelled
        self._min_interval_s = min_interval_s
        self._last_progress = 0.0
        self._part_started: dict[str, tuple[float, float]] = {}

    def check_cancelled(self) -> None:
        """Raise `RunCancelled` if somebody asked this run to stop."""
        if self._is_cancelled():
            raise RunCancelled("The run was cancelled.", hint="`townscape runs resume` goes on with it.")

    def progress(
        self, part: str, done: float, total: float | None, *, unit: str = "images", note: str = ""
    ) -> None:
        """Tell that `done` of `total` units are finished; the time left is worked out here."""
        self.check_cancelled()
        now = time.monotonic()
        first_at, first_done = self._part_started.setdefault(part, (now, done))
        finished = total is not None and done >= total
        if not finished and now - self._last_progress < self._min_interval_s:
            return
        self._last_progress = now
        seconds_left = None
        if total is not None and done > first_done:
            seconds_left = (now - first_at) / (done - first_done) * max(0.0, total - done)
        self._emit(
            Progress(part=part, done=done, total=total, unit=unit, seconds_left=seconds_left, note=note)
        )

    def track(self, items: Sequence[Item], part: str, *, unit: str = "images") -> Iterator[Item]:
        """Yield `items`, telling the progress after each."""
        yield from self.track_of(items, part, total=len(items), unit=unit)

    def track_of(
        self, items: Iterable[Item], part: str, *, total: int | None, unit: str = "images"
    ) -> Iterator[Item]:
        """Like `track`, for items whose number is known from elsewhere or not at all."""
        self.progress(part, 0, total, unit=unit)
        for index, item in enumerate(items):
            yield item
            self.progress(part, index + 1, total, unit=unit)

    def metric(self, name: str, value: float, *, step: int) -> None:
        """Add one point to the curve `name`."""
        self._emit(Metric(name=name, value=float(value), step=step))

    def info(self, text: str) -> None:
        """A remark worth reading."""
        self._emit(Message(level="info", text=text))

    def warn(self, text: str, *, hint: str | None = None) -> None:
        """A remark that may change what the reader does next."""
        self._emit(Message(level="warning", text=text, hint=hint))
