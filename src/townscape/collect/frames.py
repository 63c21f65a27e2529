"""Which frames of a video are worth keeping."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from townscape.core.image_hash import dct_hash, distance, is_flat

CUT_BITS = 80
"""Two frames in a row that differ in this many of 256 bits belong to different scenes."""
EVERY_S = 1.0
"""Seconds between frames where nothing else is asked for."""


@dataclass
class FrameChooser:
    """Goes through a video once, frame by frame, and says which to keep.

    `every_s` alone keeps a frame every so many seconds. `scene` keeps the first frame of each scene,
    `moved` a frame that differs from the last kept one in so many of the 256 bits of its hash;
    `every_s` then says how often a frame is looked at (all of them without it). A frame without
    structure, like a black one, is kept by time only.
    """

    every_s: float | None = None
    scene: bool = False
    moved: int | None = None
    _next_at: float | None = field(default=None, init=False)
    _before: bytes | None = field(default=None, init=False)
    _kept: bytes | None = field(default=None, init=False)

    @property
    def needs_pixels(self) -> bool:
        """Whether frames are chosen by what they show."""
        return self.scene or self.moved is not None

    def is_due(self, at: float) -> bool:
        """Whether the frame at that time (seconds) is looked at; asked once for each, in order."""
        step = self.every_s if self.every_s is not None or self.needs_pixels else EVERY_S
        if step is None:
            return True
        if self._next_at is not None and at < self._next_at - 1e-6:
            return False
        # On a grid from the first frame, so that late frames do not add up.
        begin = at if self._next_at is None else self._next_at
        self._next_at = begin + step * (int((at - begin + 1e-6) / step) + 1)
        return True

    def keeps(self, gray: NDArray[np.uint8]) -> bool:
        """Whether a frame that is due is kept, by its grey pixels (height × width)."""
        if is_flat(gray):
            self._before = None
            return False
        here = dct_hash(gray)
        is_cut = self._before is None or distance(self._before, here) >= CUT_BITS
        has_moved = self._kept is None or distance(self._kept, here) >= (self.moved or 0)
        self._before = here
        is_kept = (self.scene and is_cut) or (self.moved is not None and has_moved)
        if is_kept:
            self._kept = here
        return is_kept
