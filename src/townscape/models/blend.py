"""Rasters of any size in bounded memory: overlapping windows, blended without seams.

Windows overlap by a quarter. Where several windows see a pixel, their *probabilities* are
averaged with raised-cosine (Hann) weights that never reach zero and do not fall off at the
raster's own border, so a constant model gives exactly its constant on every pixel.

Long rasters are worked through in vertical panels, each from top to bottom in bands. Only the
rows that still await contributions are kept: memory depends on the panel's width and the number
of classes, not on the raster's size.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.spaces import Window
from townscape.models.inference import Answer, confidence_byte, fill_invalid, mask_answer, run_window
from townscape.models.runtimes import Runtime

DEFAULT_WINDOW_PX = 768
OVERLAP = 0.25
MIN_OVERLAP_PX = 64
_FLOOR = 1e-3
_MEMORY_BYTES = 300 << 20
BAND_PX = 512
"""Finished rows are handed out in bands of this height, at multiples of it."""

Read = Callable[[Window], tuple[NDArray[Any], NDArray[np.bool_]]]
"""Reads model bands (height × width × bands) and the valid mask of a window."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a raster is cut: window starts along one axis share one step."""

    width: int
    height: int
    window_px: int
    overlap_px: int
    panel_px: int

    @classmethod
    def of(cls, width: int, height: int, n_classes: int, *, window_px: int = DEFAULT_WINDOW_PX) -> "Plan":
        """A plan whose accumulators stay below some 300 MB."""
        overlap = max(MIN_OVERLAP_PX, int(window_px * OVERLAP))
        bytes_per_column = 4 * (n_classes + 1) * (window_px + BAND_PX)
        panel = max(2 * window_px, int(_MEMORY_BYTES / bytes_per_column)) // BAND_PX * BAND_PX
        return cls(width, height, window_px, overlap, panel)

    def panels(self) -> list[tuple[int, int]]:
        """(first column, past the last column) of each panel."""
        return [(x, min(x + self.panel_px, self.width)) for x in range(0, self.width, self.panel_px)]

    def starts(self, length: int) -> list[int]:
        """Where windows begin along an axis of that length."""
        if length <= self.window_px:
            return [0]
        step = self.window_px - self.overlap_px
        starts = list(range(0, length - self.window_px, step))
        return [*starts, length - self.window_px]

    @property
    def n_windows(self) -> int:
        """Windows to run, those seen by two panels counted twice."""
        columns = sum(len(self._columns(*panel)) for panel in self.panels())
        return columns * len(self.starts(self.height))

    def _columns(self, left: int, right: int) -> list[int]:
        return [x for x in self.starts(self.width) if x < right and x + self.window_px > left]


@dataclass(frozen=True, slots=True)
class Band:
    """Finished rows of one panel."""

    window: Window
    answer: Answer


def blend_raster(
    runtime: Runtime,
    read: Read,
    plan: Plan,
    *,
    is_finished: Callable[[Window], bool],
    on_window: Callable[[int], None],
) -> Iterator[Band]:
    """Classes and confidence of a raster, band by band, from top to bottom and panel by panel.

    Bands for which `is_finished` says yes are skipped, with the windows that only they need, so
    an interrupted raster goes on where it stopped. `on_window` hears of each window dealt with.
    """
    for left, right in plan.panels():
        yield from _blend_panel(runtime, read, plan, left, right, is_finished, on_window)


def blend_array(runtime: Runtime, values: NDArray[Any]) -> NDArray[np.float32]:
    """Blended probabilities (classes × height × width) of an array that fits in memory."""
    height, width = values.shape[:2]
    plan = Plan.of(width, height, runtime.card.n_classes)
    total = np.zeros((runtime.card.n_classes, height, width), dtype=np.float32)
    weight = np.zeros((height, width), dtype=np.float32)
    for y in plan.starts(height):
        for x in plan.starts(width):
            window = Window(x, y, plan.window_px, plan.window_px).clip(width, height)
            weights = window_weights(window, plan)
            total[:, *window.slices] += run_window(runtime, values[window.slices]) * weights
            weight[window.slices] += weights
    return total / weight


def window_weights(window: Window, plan: Plan) -> NDArray[np.float32]:
    """Weights of a window's pixels (height × width): Hann in the overlap, 1 inside and at the
    raster's border, never below 0.001.
    """
    across = _ramp(window.width, plan.overlap_px, window.x > 0, window.x + window.width < plan.width)
    down = _ramp(window.height, plan.overlap_px, window.y > 0, window.y + window.height < plan.height)
    return np.maximum(np.outer(down, across), _FLOOR).astype(np.float32)


def _ramp(length: int, overlap: int, falls_at_start: bool, falls_at_end: bool) -> NDArray[np.float64]:
    weights = np.ones(length)
    n = min(overlap, length // 2)
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / max(1, n))
    if falls_at_start:
        weights[:n] *= rise
    if falls_at_end:
        weights[length - n :] *= rise[::-1]
    return weights


def _blend_panel(
    runtime: Runtime,
    read: Read,
    plan: Plan,
    left: int,
    right: int,
    is_finished: Callable[[Window], bool],
    on_window: Callable[[int], None],
) -> Iterator[Band]:
    bands = [
        Window(left, y, right - left, min(BAND_PX, plan.height - y)) for y in range(0, plan.height, BAND_PX)
    ]
    waiting = [band for band in bands if not is_finished(band)]
    columns = [x for x in plan.starts(plan.width) if x < right and x + plan.window_px > left]
    rows = _Rows(runtime.card.n_classes, left, right)
    done = 0
    for y in plan.starts(plan.height):
        strip = Window(left, y, right - left, plan.window_px).clip(plan.width, plan.height)
        if any(band.intersects(strip) for band in waiting):
            for x in columns:
                window = Window(x, y, plan.window_px, plan.window_px).clip(plan.width, plan.height)
                _add_window(runtime, read, plan, window, rows)
        done += len(columns)
        on_window(len(columns))
        next_y = next((s for s in plan.starts(plan.height) if s > y), plan.height)
        while waiting and waiting[0].y + waiting[0].height <= next_y:
            band = waiting.pop(0)
            yield Band(band, rows.take(band))


def _add_window(runtime: Runtime, read: Read, plan: Plan, window: Window, rows: "_Rows") -> None:
    values, valid = read(window)
    if not valid.any():
        return
    probabilities = run_window(runtime, fill_invalid(values, valid))
    rows.add(window, probabilities, window_weights(window, plan), valid)


class _Rows:
    """Weighted sums of probabilities for the rows of a panel that are not finished yet."""

    def __init__(self, n_classes: int, left: int, right: int) -> None:
        self._left, self._right, self._top = left, right, 0
        self._n_classes = n_classes
        width = right - left
        self._total = np.zeros((n_classes, 0, width), dtype=np.float32)
        self._weight = np.zeros((0, width), dtype=np.float32)
        self._valid = np.zeros((0, width), dtype=bool)

    def add(
        self,
        window: Window,
        probabilities: NDArray[np.float32],
        weights: NDArray[np.float32],
        valid: NDArray[np.bool_],
    ) -> None:
        """Add one window's part that lies in this panel."""
        first, last = max(window.x, self._left), min(window.x + window.width, self._right)
        inside = slice(first - window.x, last - window.x)
        across = slice(first - self._left, last - self._left)
        if self._weight.shape[0] == 0:
            self._top = max(self._top, window.y // BAND_PX * BAND_PX)
        self._grow_to(window.y + window.height)
        skip = max(0, self._top - window.y)
        down = slice(window.y + skip - self._top, window.y + window.height - self._top)
        w = weights[skip:, inside]
        self._total[:, down, across] += probabilities[:, skip:, inside] * w
        self._weight[down, across] += w
        self._valid[down, across] |= valid[skip:, inside]

    def take(self, band: Window) -> Answer:
        """The finished band; its rows are let go."""
        self._grow_to(band.y + band.height)
        rows = slice(band.y - self._top, band.y + band.height - self._top)
        weight = self._weight[rows]
        total = self._total[:, rows]
        channels = total.argmax(axis=0).astype(np.uint8)
        best = np.take_along_axis(total, channels[None].astype(np.intp), axis=0)[0]
        answer = Answer(channels, confidence_byte(best / np.where(weight > 0, weight, 1)))
        answer = mask_answer(answer, self._valid[rows] & (weight > 0))
        end = rows.stop
        self._total = self._total[:, end:].copy()
        self._weight, self._valid = self._weight[end:].copy(), self._valid[end:].copy()
        self._top = band.y + band.height
        return answer

    def _grow_to(self, bottom: int) -> None:
        extra = bottom - self._top - self._weight.shape[0]
        if extra > 0:
            self._total = np.pad(self._total, ((0, 0), (0, extra), (0, 0)))
            self._weight = np.pad(self._weight, ((0, extra), (0, 0)))
            self._valid = np.pad(self._valid, ((0, extra), (0, 0)))
