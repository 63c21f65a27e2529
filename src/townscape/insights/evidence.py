"""What insights are computed from: mapped areas, image shares, and held-out confusion."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from townscape.core.shares import HeldOutCells, Mask, ShareModel, learn_share
from townscape.core.statistics import MIN_GROUPS
from townscape.core.taxonomy import LabelClass, Taxonomy
from townscape.workspace.records import Grade, Zone

Reals = NDArray[np.float64]

_LEVELS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Counts of the newest evaluation on held-out labels (see `evaluate.counting.Counts`)."""

    matrices: NDArray[np.int64]
    cell_window: NDArray[np.int64]
    cell_row: NDArray[np.int64]
    cell_column: NDArray[np.int64]
    cells_per_side: NDArray[np.int64]
    window_group: NDArray[np.int64]
    window_px: NDArray[np.int64]

    def cells(self, *, target_px: float | None, rasters: bool) -> HeldOutCells | None:
        """Cells of raster windows (or photos), cut as near as possible to the size of a target.

        Windows are taken whole, in quarters or in sixteenths: the largest cells that are not
        larger than the target. None if there are none.
        """
        chosen = (self.cells_per_side > 1) == rasters
        if not chosen.any():
            return None
        level = self._level(target_px, chosen) if rasters else 1
        side = self.cells_per_side[self.cell_window]
        merge = np.maximum(1, side // level)
        key = self.cell_window * 10_000 + (self.cell_row // merge) * 100 + self.cell_column // merge
        kept = chosen[self.cell_window]
        names, inverse = np.unique(key[kept], return_inverse=True)
        merged = np.zeros((names.size, *self.matrices.shape[1:]), dtype=np.int64)
        np.add.at(merged, inverse, self.matrices[kept])
        return HeldOutCells(merged, self.window_group[names // 10_000])

    def _level(self, target_px: float | None, chosen: NDArray[np.bool_]) -> int:
        if target_px is None:
            return 1
        window_px = float(np.median(self.window_px[chosen]))
        for level in _LEVELS:
            if window_px / level**2 <= target_px:
                return level
        return _LEVELS[-1]


@dataclass(frozen=True, slots=True)
class ZoneAreas:
    """Mapped area per zone and channel (zones × K, square metres, or pixels without a CRS)."""

    zones: Sequence[Zone]
    areas: Reals
    outside: Reals
    """Area of each zone that no raster with a prediction covers, same unit (0 if unknown)."""
    pixels: Reals
    """Predicted pixels per zone."""
    labelled: Reals
    """Area per zone and channel that labels give, where people labelled it."""
    counted: Reals
    """The part of `labelled` that is taken at its word; the rest was kept for judging."""
    rest: Reals
    """The part of `areas` where no label is taken at its word."""
    unit: str
    """`m²` or `px`."""


@dataclass(frozen=True, slots=True)
class PhotoShares:
    """Pixels per photo and channel, and the sequence and group that each photo belongs to."""

    image_ids: Sequence[str]
    names: Sequence[str]
    sequences: Sequence[str | None]
    groups: Sequence[str]
    pixels: Reals


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything an insight may look at."""

    taxonomy: Taxonomy
    model_id: str
    zones: ZoneAreas | None
    photos: PhotoShares | None
    held_out: HeldOut | None
    green: tuple[LabelClass, ...]
    sealed: tuple[LabelClass, ...]
    green_threshold: float
    min_images: int

    def mask(self, classes: Sequence[LabelClass]) -> Mask:
        """Channels of those classes, K bools."""
        numbers = {c.number for c in classes}
        return np.array([number in numbers for number in self.taxonomy.channels])

    @property
    def everything(self) -> Mask:
        """All channels."""
        return np.ones(len(self.taxonomy.channels), dtype=bool)

    def zone_model(self, part: Mask, whole: Mask, *, target_px: float) -> ShareModel:
        """What held-out raster cells teach about a share, for zones of about that size."""
        cells = self.held_out.cells(target_px=target_px, rasters=True) if self.held_out else None
        return learn_share(cells, part, whole)

    def photo_model(self, part: Mask, whole: Mask) -> ShareModel:
        """What held-out photos teach about a share."""
        cells = self.held_out.cells(target_px=None, rasters=False) if self.held_out else None
        return learn_share(cells, part, whole)


def grade_of(model: ShareModel) -> Grade:
    """B with an interval from held-out labels, C without."""
    return "B" if model.n_groups >= MIN_GROUPS and model.spread is not None else "C"
