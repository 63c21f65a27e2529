"""How long training is, and what each step does: phases, learning rate, when to look at tune.

Everything is a function of the step number, so that a resumed run does what the uninterrupted
one would have done.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

WARM_UP = 0.2
"""Share of the steps in which the learning rate rises."""
HARD_FROM = 0.6
"""With hard-pixel mining: after this share of the steps only the hardest pixels count."""
HARD_SHARE = 0.25
TUNE_FROM = 0.4
N_TUNE_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """The length of a training run, fixed before its first step and recorded."""

    n_steps: int
    batch_size: int
    seed: int
    mines_hard_pixels: bool = False

    def learning_rate(self, step: int, peak: float) -> float:
        """One cycle (Smith and Topin 2018): a linear rise, then a cosine down to a hundredth."""
        done = (step + 1) / self.n_steps
        if done < WARM_UP:
            return peak * done / WARM_UP
        fall = 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))
        return peak * max(fall, 0.01)

    def hard_share(self, step: int) -> float:
        """Share of pixels that count in the cross-entropy at this step."""
        is_on = self.mines_hard_pixels and step >= HARD_FROM * self.n_steps
        return HARD_SHARE if is_on else 1.0

    def ema_decay(self, step: int) -> float:
        """Decay of the moving average of weights: short at first, 0.99 later on."""
        return min(0.99, (1 + step) / (10 + step))

    def tune_steps(self) -> tuple[int, ...]:
        """Steps after which the averaged weights are tried on tune; the last is always one."""
        first = int(self.n_steps * TUNE_FROM)
        steps = np.linspace(first, self.n_steps, N_TUNE_LOOKS).round().astype(int)
        return tuple(sorted({max(1, int(s)) for s in steps}))

    def rng(self, step: int, index: int) -> np.random.Generator:
        """The random numbers of one crop of one step."""
        return np.random.default_rng([self.seed, step, index])


@lru_cache(maxsize=4)
def epoch_order(repeats: tuple[int, ...], seed: int, epoch: int) -> tuple[int, ...]:
    """Order in which one epoch sees the windows; large windows come several times."""
    listed = np.repeat(np.arange(len(repeats)), repeats)
    return tuple(np.random.default_rng([seed, 1_000_003, epoch]).permutation(listed).tolist())
