"""Filling: what hangs together with a pixel, or everything of a kind, over any number of tiles."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from townscape.core.tiles import TILE_PX

Place = tuple[int, int]
"""Row and column of a tile."""
Mask = NDArray[np.bool_]
MatchOf = Callable[[Place], Mask]
"""Where the pixels of a tile are of the kind to be filled, 512 × 512; False outside the image."""

_SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))


def contiguous(match_of: MatchOf, seed: tuple[int, int], *, shape: Place) -> Iterator[tuple[Place, Mask]]:
    """Pixels that hang together with the seed (column, row), as a mask per tile.

    Neighbours are the four beside a pixel. `shape` is the number of tile rows and columns. A tile
    is looked at again whenever the region enters it from a new side.
    """
    start = (seed[1] // TILE_PX, seed[0] // TILE_PX)
    entries: dict[Place, Mask] = defaultdict(lambda: np.zeros((TILE_PX, TILE_PX), dtype=bool))
    entries[start][seed[1] % TILE_PX, seed[0] % TILE_PX] = True
    filled: dict[Place, Mask] = {}
    regions: dict[Place, NDArray[np.int32]] = {}
    waiting = [start]
    while waiting:
        place = waiting.pop()
        entry = entries.pop(place, None)
        if entry is None:
            continue
        if place not in regions:
            labelled: Any = ndimage.label(match_of(place))
            regions[place] = np.asarray(labelled[0], dtype=np.int32)
            filled[place] = np.zeros((TILE_PX, TILE_PX), dtype=bool)
        reached = np.unique(regions[place][entry])
        new = np.isin(regions[place], reached[reached > 0]) & ~filled[place]
        if not new.any():
            continue
        filled[place] |= new
        for side in _SIDES:
            beside = (place[0] + side[0], place[1] + side[1])
            if not (0 <= beside[0] < shape[0] and 0 <= beside[1] < shape[1]):
                continue
            contact = _contact(new, side)
            if contact.any():
                entries[beside] |= contact
                waiting.append(beside)
    yield from ((place, mask) for place, mask in filled.items() if mask.any())


def _contact(new: Mask, side: tuple[int, int]) -> Mask:
    """Pixels of the neighbour on that side that touch what was filled."""
    out = np.zeros_like(new)
    if side == (-1, 0):
        out[-1] = new[0]
    elif side == (1, 0):
        out[0] = new[-1]
    elif side == (0, -1):
        out[:, -1] = new[:, 0]
    else:
        out[:, 0] = new[:, -1]
    return out
