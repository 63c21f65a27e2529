"""Following a run: a progress bar in a terminal, a line per event elsewhere."""

import time
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from townscape.cli.console import duration, err
from townscape.core.events import Event, Finished, Message, Metric, Started
from townscape.core.events import Progress as ProgressEvent

if TYPE_CHECKING:
    from townscape.workspace import Workspace

_LINE_EVERY_S = 10.0


def follow_run(workspace: "Workspace", run_id: str) -> dict[str, Any]:
    """Draw a run's events until it is done; returns its result.

    Raises `RunFailed` or `RunCancelled` with the run's words.
    """
    from townscape import engine

    drawer: _Bar | _Lines = _Bar() if err.is_terminal else _Lines()
    with drawer:
        for event in engine.follow(workspace, run_id):
            drawer.draw(event)
            if isinstance(event, Finished):
                return event.result
    return {}


class _Bar:
    """One bar per part of the run, with time left and the numbers that matter."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[done]}"),
            TextColumn("[dim]{task.fields[note]}"),
            console=err,
        )
        self._tasks: dict[str, TaskID] = {}
        self._metrics: dict[str, float] = {}

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def draw(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, ProgressEvent):
            if event.part not in self._tasks:
                self._tasks[event.part] = self._progress.add_task(event.part, done="", note="")
            self._progress.update(
                self._tasks[event.part],
                completed=event.done,
                total=event.total,
                done=_done(event),
                note=_note(event, self._metrics),
            )
        elif isinstance(event, Metric):
            self._metrics[event.name] = event.value
        elif isinstance(event, Message):
            self._progress.console.print(_message(event))


class _Lines:
    """A line when a part begins, every ten seconds, and when it ends."""

    def __init__(self) -> None:
        self._part = ""
        self._printed_at = 0.0
        self._metrics: dict[str, float] = {}

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def draw(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, ProgressEvent):
            ended = event.total is not None and event.done >= event.total
            now = time.monotonic()
            if event.part == self._part and not ended and now - self._printed_at < _LINE_EVERY_S:
                return
            self._part, self._printed_at = event.part, now
            note = _note(event, self._metrics)
            err.print(Text(f"{event.part}: {_done(event)}{'  ' + note if note else ''}"))
        elif isinstance(event, Metric):
            self._metrics[event.name] = event.value
        elif isinstance(event, Message):
            err.print(_message(event))
        elif isinstance(event, Started) and event.resumed:
            err.print(f"{event.stage}: going on where it stopped")


def _done(event: ProgressEvent) -> str:
    total = "" if event.total is None else f"/{event.total:,.0f}"
    return f"{event.done:,.0f}{total} {event.unit}"


def _note(event: ProgressEvent, metrics: dict[str, float]) -> str:
    parts: list[str] = []
    if event.seconds_left is not None and event.seconds_left >= 1:
        parts.append(f"{duration(event.seconds_left)} left")
    if event.part == "training":
        parts += [f"{name} {value:.3f}" for name, value in metrics.items() if name == "loss"]
    if event.note:
        parts.append(event.note)
    return " · ".join(parts)


def _message(event: Message) -> Text:
    style = "yellow" if event.level == "warning" else "default"
    lead = "Note: " if event.level == "warning" else ""
    hint = f" ({event.hint.rstrip('.')})" if event.hint else ""
    return Text(f"{lead}{event.text}{hint}", style=style)
