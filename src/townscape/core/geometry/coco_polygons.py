"""Many polygons of one image by COCO's rule at once; `fill.fill_coco` fills one at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townscape.core.geometry.coco_rle import Runs, decode_runs


def runs_of_polygons(rings: Sequence[NDArray[np.float64]], height: int, width: int) -> list[Runs]:
    """The pixels of each ring (at least 3 corners) as `rleFrPoly` of pycocotools fills it.

    They are runs of the plane read column by column. Corners may lie outside; far ones cost memory.
    """
    from pycocotools import mask as coco

    if not rings:
        return []
    flat: Any = [ring.reshape(-1).tolist() for ring in rings]
    texts: list[bytes] = [found["counts"] for found in coco.frPyObjects(flat, height, width)]
    return [*decode_runs([text.decode("ascii") for text in texts], height * width)]
