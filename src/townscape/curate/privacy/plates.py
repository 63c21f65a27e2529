"""A detector of number plates that the user brings: one ONNX file, pinned by its SHA-256.

Townscape ships none, because none is to be had under a licence that allows it. Accepted are networks
of the YOLO family with one input (1 × 3 × height × width, red-green-blue, 0…1) and one output:

    v8      1 × (4 + classes) × n     middle x, middle y, width, height, then a score per class
    v5      1 × n × (5 + classes)     the same, an objectness before the scores of the classes
    boxes   1 × n × 6                 left, top, right, bottom, score, class; doubles left out already
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from townscape.core.errors import ModelError, UsageError
from townscape.curate.privacy.boxes import Box, without_doubles
from townscape.curate.privacy.onnx_bytes import has_external_data
from townscape.workspace.blobs import sha256_of_file

PlateLayout = Literal["auto", "v8", "v5", "boxes"]
_USUAL_SIDE_PX = 640
_MAX_MODEL_BYTES = 1 << 30
_GREY = 114
"""What YOLO networks are trained with around a picture."""
_LAYOUTS_TEXT = (
    "it may be 1 × (4 + classes) × n (v8), 1 × n × (5 + classes) (v5) or 1 × n × 6 (boxes); see "
    "docs/how-to/privacy.md."
)


@dataclass(frozen=True, slots=True)
class PlateFinder:
    """The loaded network."""

    session: Any
    layout: PlateLayout
    name: str
    """File name and the beginning of its SHA-256, for the record."""
    height: int
    width: int

    def find(self, rgb: NDArray[np.uint8], *, threshold: float) -> list[Box]:
        """Plates in a picture (height × width × 3), in its pixels, the surest first."""
        scale = min(self.width / rgb.shape[1], self.height / rgb.shape[0])
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        canvas = np.full((self.height, self.width, 3), _GREY, np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        values = (canvas.astype(np.float32) / 255).transpose(2, 0, 1)[None]
        (out,) = self.session.run(None, {self.session.get_inputs()[0].name: values})
        boxes = decode(np.asarray(out, np.float32), layout=self.layout, threshold=threshold)
        return without_doubles([box.scaled(1 / scale) for box in boxes])


def load(path: Path, *, sha256: str | None, layout: PlateLayout = "auto") -> PlateFinder:
    """Load a plate detector.

    Raises `UsageError` without a SHA-256, and `ModelError` if the file is another one, is no ONNX
    model, wants data from other files, or has inputs or outputs of another kind.
    """
    import onnxruntime

    path = path.expanduser()
    if not path.is_file():
        raise ModelError(f"There is no plate model {path}.", hint="name an .onnx file.")
    if path.stat().st_size > _MAX_MODEL_BYTES:
        raise ModelError(f"{path} is larger than 1 GB.", hint="use a smaller network.")
    found = sha256_of_file(path)
    if sha256 is None:
        raise UsageError(
            f"Which file {path.name} should be was not said.",
            hint=f"compare with where it is from, then give `--plate-model-sha256 {found}`.",
        )
    if found != sha256.lower():
        raise ModelError(f"{path} has SHA-256 {found}, not {sha256}.", hint="fetch the file again.")
    content = path.read_bytes()
    if has_external_data(content):
        raise ModelError(
            f"{path} wants weights from other files.", hint="save it as one file, weights included."
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ModelError(
            f"{path} is no model that ONNX Runtime can load.", hint="export it as ONNX again."
        ) from error
    height, width = _input_size(path, session)
    _check_output(path, session)
    return PlateFinder(session, layout, f"{path.name} {found[:12]}", height, width)


def decode(out: NDArray[np.float32], *, layout: PlateLayout, threshold: float) -> list[Box]:
    """Boxes (in pixels of the network's input) from its output. Raises `ModelError` for another shape."""
    if out.ndim != 3 or out.shape[0] != 1:
        raise ModelError(f"The plate model's output is {_shape(out.shape)}.", hint=_LAYOUTS_TEXT)
    kind = _layout_of(out.shape[1:]) if layout == "auto" else layout
    rows = out[0].T if kind == "v8" else out[0]
    if rows.shape[1] < (6 if kind != "v8" else 5) or (kind == "boxes" and rows.shape[1] != 6):
        raise ModelError(
            f"The plate model's output is {_shape(out.shape)}, which is not {kind}.", hint=_LAYOUTS_TEXT
        )
    if kind == "boxes":
        corners, scores = rows[:, :4], rows[:, 4]
    else:
        half = rows[:, 2:4] / 2
        corners = np.hstack([rows[:, :2] - half, rows[:, :2] + half])
        scores = rows[:, 4:].max(axis=1) if kind == "v8" else rows[:, 4] * rows[:, 5:].max(axis=1)
    sure = scores > threshold
    return [
        Box(*(float(v) for v in corner), score=float(score))
        for corner, score in zip(corners[sure], scores[sure], strict=True)
    ]


def _layout_of(shape: tuple[int, ...]) -> PlateLayout:
    """Which layout an output has: classes are fewer than candidates; a list without doubles is short."""
    if shape[0] < shape[1]:
        return "v8"
    return "boxes" if shape[1] == 6 and shape[0] <= 1000 else "v5"


def _input_size(path: Path, session: Any) -> tuple[int, int]:
    inputs = session.get_inputs()
    shape = list(inputs[0].shape) if len(inputs) == 1 else []
    if len(shape) != 4 or shape[1] not in (3, None) or inputs[0].type != "tensor(float)":
        raise ModelError(
            f"{path} does not take one picture of 1 × 3 × height × width numbers (float32).",
            hint="export the network with one picture as its only input.",
        )
    height, width = (side if isinstance(side, int) else _USUAL_SIDE_PX for side in shape[2:])
    return height, width


def _check_output(path: Path, session: Any) -> None:
    outputs = session.get_outputs()
    if len(outputs) != 1:
        raise ModelError(f"{path} has {len(outputs)} outputs, not one.", hint=_LAYOUTS_TEXT)
    shape = outputs[0].shape
    if shape and len(shape) != 3:
        raise ModelError(f"{path} has an output of {_shape(shape)}.", hint=_LAYOUTS_TEXT)


def _shape(shape: Any) -> str:
    return " × ".join(str(side) for side in shape) or "no size"
