"""Batches in the order of their steps, prepared by a second thread while the network works."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from townscape.train.augment import CropPlan, draw_crop
from townscape.train.plan import Plan, epoch_order
from townscape.train.windows import WindowReader

_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Batch:
    """Values (n × bands × height × width, float32, channels-last) and labels (int64)."""

    step: int
    values: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True, slots=True)
class Batches:
    """Draws the crops of every step. The same step always gives the same batch."""

    reader: WindowReader
    crop: CropPlan
    plan: Plan
    repeats: tuple[int, ...]
    """How often an epoch sees each window."""

    @property
    def epoch_length(self) -> int:
        """Crops in an epoch."""
        return sum(self.repeats)

    def draw(self, step: int) -> Batch:
        """The batch of one step."""
        values: list[np.ndarray] = []
        labels: list[np.ndarray] = []
        for k in range(self.plan.batch_size):
            position = step * self.plan.batch_size + k
            epoch, place = divmod(position, self.epoch_length)
            index = epoch_order(self.repeats, self.plan.seed, epoch)[place]
            window = self.reader.read(index)
            value, label = draw_crop(window.values, window.labels, self.crop, self.plan.rng(step, k))
            values.append(value)
            labels.append(label)
        stacked = torch.from_numpy(np.stack(values)).permute(0, 3, 1, 2)
        return Batch(
            step,
            stacked.contiguous(memory_format=torch.channels_last),
            torch.from_numpy(np.stack(labels)).long(),
        )

    def from_step(self, first: int) -> Iterator[Batch]:
        """Batches from step `first` to the plan's last, each prepared ahead of time."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches") as pool:
            waiting: deque[Future[Batch]] = deque()
            for step in range(first, self.plan.n_steps):
                waiting.append(pool.submit(self.draw, step))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
