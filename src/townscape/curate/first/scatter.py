"""Features laid out in a plane, so that coverage can be seen."""

import numpy as np
from numpy.typing import NDArray

_MOST_FITTED = 4000


def lay_out(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    """Positions (n × 2), −1…1 in the wider direction: the first two principal components.

    Deterministic: signs are turned so that the largest weight of each axis is positive. Axes are
    fitted to at most 4,000 evenly taken rows; all rows are placed.
    """
    if len(vectors) == 0:
        return np.empty((0, 2))
    fitted = vectors[:: max(1, -(-len(vectors) // _MOST_FITTED))].astype(np.float64)
    middle = fitted.mean(axis=0)
    centred = fitted - middle
    if len(fitted) <= vectors.shape[1]:
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
    else:
        _, columns = np.linalg.eigh(centred.T @ centred)
        axes = columns.T[::-1]
    axes = axes[:2]
    if len(axes) < 2:
        axes = np.vstack([axes, np.zeros((2 - len(axes), vectors.shape[1]))])
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    axes = axes * np.where(largest < 0, -1.0, 1.0)
    placed = (vectors.astype(np.float64) - middle) @ axes.T
    reach = float(np.abs(placed).max())
    return placed / reach if reach > 0 else placed
