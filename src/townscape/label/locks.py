"""Locks: which pixels an operation may paint over."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from townscape.core.labelmap import ClassNumbers


class Locks(BaseModel):
    """By class number; 0 is unlabelled, 65,535 ignore."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    only: tuple[int, ...] | None = None
    """Paint only over these; None: over any."""
    protect: tuple[int, ...] = ()
    """Never paint over these."""

    def allowed(self, numbers: ClassNumbers) -> NDArray[np.bool_]:
        """Where pixels of those classes may be painted over."""
        out = np.ones(numbers.shape, dtype=bool)
        if self.only is not None:
            out &= np.isin(numbers, self.only)
        if self.protect:
            out &= ~np.isin(numbers, self.protect)
        return out


NO_LOCKS = Locks()
