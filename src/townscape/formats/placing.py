"""Where a plane of labels lies in its image."""

import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import SizeMismatch
from townscape.core.spaces import Transform
from townscape.formats.format import Grid

_TOLERANCE_PX = 0.01


def place_in_image(
    name: str, labels: Grid, *, width: int, height: int, transform: Transform | None
) -> tuple[int, int]:
    """Where labels begin in their image, in whole pixels (x, y); (0, 0) if the sizes agree.

    Raises `SizeMismatch` if they are of another size and do not lie on the image's own grid.
    """
    if (labels.width, labels.height) == (width, height):
        return 0, 0
    if labels.transform is None or transform is None:
        raise _size_mismatch(name, labels, width, height)
    t, m = transform, labels.transform
    same_steps = all(
        abs(a - b) <= 1e-6 * abs(t.determinant) ** 0.5 for a, b in zip(t[:2], m[:2], strict=True)
    )
    corner = t.image_from_world(np.array([[m.c, m.f]]))[0]
    x, y = round(float(corner[0])), round(float(corner[1]))
    is_aligned = max(abs(corner[0] - x), abs(corner[1] - y)) <= _TOLERANCE_PX
    is_inside = x >= 0 and y >= 0 and x + labels.width <= width and y + labels.height <= height
    if not (same_steps and is_aligned and is_inside):
        raise _size_mismatch(name, labels, width, height)
    return x, y


def resized(plane_hw: NDArray[np.uint32], width: int, height: int) -> NDArray[np.uint32]:
    """The plane at another size, nearest neighbour."""
    rows = (np.arange(height) + 0.5) * plane_hw.shape[0] / height
    columns = (np.arange(width) + 0.5) * plane_hw.shape[1] / width
    return plane_hw[rows.astype(np.intp)[:, None], columns.astype(np.intp)]


def _size_mismatch(name: str, labels: Grid, width: int, height: int) -> SizeMismatch:
    turned = (labels.height, labels.width) == (width, height)
    hint = (
        "the image is turned by its EXIF orientation and the labels are not: rotate them."
        if turned
        else "export them at full size, or run the import with `--resize-labels`."
    )
    return SizeMismatch(
        f"The label map of {name} is {labels.width}×{labels.height} but its image is {width}×{height}.",
        hint=hint,
    )
