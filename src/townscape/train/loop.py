"""The training loop, readable in one sitting.

Every step is a function of its number and of the state before it, so a run that was killed goes
on at the exact step and ends with the same weights (bitwise on one processor thread).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn

from townscape.core.events import Report
from townscape.models.card import Preprocessing
from townscape.models.network import mixed_precision
from townscape.train.batches import Batch, Batches
from townscape.train.losses import segmentation_loss
from townscape.train.plan import Plan
from townscape.train.state import Progress, TrainingState

SAVE_EVERY_S = 45.0
DICE_SHARE = 0.5
WEIGHT_DECAY = 1e-2
_REPORT_EVERY = 10


@dataclass(frozen=True, slots=True)
class Learner:
    """A network with what it takes to train it."""

    network: nn.Module
    average: dict[str, torch.Tensor]
    optimizer: torch.optim.Optimizer
    class_weights: torch.Tensor
    offset: torch.Tensor
    factor: torch.Tensor
    bfloat16: bool
    peak_rate: float

    @classmethod
    def of(
        cls,
        network: nn.Module,
        preprocessing: Preprocessing,
        class_weights: torch.Tensor,
        *,
        bfloat16: bool,
        peak_rate: float,
    ) -> "Learner":
        """A learner at its first step."""
        from townscape.models.card import normalisation

        offset, factor = normalisation(preprocessing)
        return cls(
            network=network.train(),
            average={k: v.clone() for k, v in network.state_dict().items()},
            optimizer=torch.optim.AdamW(network.parameters(), lr=peak_rate, weight_decay=WEIGHT_DECAY),
            class_weights=class_weights,
            offset=torch.from_numpy(offset),
            factor=torch.from_numpy(factor),
            bfloat16=bfloat16,
            peak_rate=peak_rate,
        )

    def step(self, batch: Batch, plan: Plan) -> float:
        """Learn from one batch; returns its loss."""
        torch.manual_seed(plan.seed * 1_000_003 + batch.step)  # for dropout, where there is any
        for group in self.optimizer.param_groups:
            group["lr"] = plan.learning_rate(batch.step, self.peak_rate)
        with mixed_precision(is_on=self.bfloat16):
            logits = self.network(batch.values * self.factor - self.offset)
        loss = segmentation_loss(
            logits,
            batch.labels,
            self.class_weights,
            dice_share=DICE_SHARE,
            hard_share=plan.hard_share(batch.step),
        )
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._update_average(plan.ema_decay(batch.step))
        return float(loss.detach())

    @torch.no_grad()
    def _update_average(self, decay: float) -> None:
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - decay)
            else:
                self.average[name].copy_(value)


def fit(
    learner: Learner,
    batches: Batches,
    state: TrainingState,
    report: Report,
    *,
    score: Callable[[dict[str, torch.Tensor]], float] | None,
) -> Progress:
    """Train to the end of the plan, from wherever `state` stands.

    `score` judges averaged weights on the tune part (higher is better); without it the last
    weights are the best. Afterwards `state.load_best()` gives the weights to use.
    """
    plan = batches.plan
    progress = state.load(learner.network, learner.average, learner.optimizer) or Progress(0)
    tune_steps = plan.tune_steps()
    saved_at = time.monotonic()
    losses: list[float] = []
    for batch in batches.from_step(progress.step):
        losses.append(learner.step(batch, plan))
        progress = replace(progress, step=batch.step + 1)
        if progress.step % _REPORT_EVERY == 0 or progress.step == plan.n_steps:
            report.metric("loss", sum(losses) / len(losses), step=progress.step)
            losses.clear()
        looks = score is not None and progress.step in tune_steps
        if score is not None and looks:
            progress = _look_at_tune(learner, state, report, progress, score)
        if looks or time.monotonic() - saved_at > SAVE_EVERY_S or progress.step == plan.n_steps:
            state.save(progress, learner.network, learner.average, learner.optimizer)
            saved_at = time.monotonic()
        report.progress("training", progress.step, plan.n_steps, unit="steps", note=_note(progress))
    if score is None:
        state.save_best(learner.average)
    return progress


def _look_at_tune(
    learner: Learner,
    state: TrainingState,
    report: Report,
    progress: Progress,
    score: Callable[[dict[str, torch.Tensor]], float],
) -> Progress:
    value = score(learner.average)
    report.metric("tune mean IoU", value, step=progress.step)
    if progress.best_score is not None and value <= progress.best_score:
        return progress
    state.save_best(learner.average)
    return replace(progress, best_score=value, best_step=progress.step)


def _note(progress: Progress) -> str:
    return f"tune mean IoU {progress.best_score:.3f}" if progress.best_score is not None else ""
