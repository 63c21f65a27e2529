"""The measures of quality: what each is called, in which unit, and from where on it is bad."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

ALGORITHM = 1
"""Raised whenever values come out differently."""
SIDE_PX = 640
"""Pictures are measured with their longer side at this, or at their own size if they are smaller."""

Key = Literal[
    "blur", "sharpness", "darkness", "over_exposed", "contrast", "tilt", "border", "obstruction", "odd_size"
]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a picture."""

    key: Key
    title: str
    unit: str
    """Empty for shares and the like, 0 … 1."""
    worse: Literal["high", "low"]
    threshold: float | None
    """From here on a picture is bad; None where that depends on the camera and the scene."""
    selection: str
    """Name of the selection of the bad ones."""
    text: str
    """What it says, and what it cannot."""

    def is_bad(self, value: float, threshold: float) -> bool:
        """Whether a value is beyond a threshold."""
        return value >= threshold if self.worse == "high" else value <= threshold


MEASURES: tuple[Measure, ...] = (
    Measure(
        "blur", "Blur", "", "high", 0.5, "Blurred",
        "How little the picture loses when it is blurred once more. Noise does not count as detail.",
    ),
    Measure(
        "sharpness", "Sharpness", "grey values²", "low", None, "Least sharp",
        "Variance of the Laplacian. It grows with noise and with detail: compare pictures of one camera.",
    ),
    Measure(
        "darkness", "Darkness", "", "high", 0.7, "Dark",
        "1 minus the brightness that nine tenths of the pixels stay below.",
    ),
    Measure(
        "over_exposed", "Over-exposed share", "", "high", 0.4, "Over-exposed",
        "Share of white pixels. A bright sky counts too.",
    ),
    Measure(
        "contrast", "Contrast", "", "low", 0.3, "Low contrast",
        "Distance between the 5th and the 95th percentile of brightness. Fog shows here.",
    ),
    Measure(
        "tilt", "Tilt", "°", "high", 4.0, "Tilted",
        "Angle between upright edges and the picture's own, either way. Unknown without such edges, "
        "and for rasters.",
    ),
    Measure(
        "border", "Border", "", "high", 0.01, "With borders",
        "Share of the picture that is a frame of one colour. Unknown for rasters.",
    ),
    Measure(
        "obstruction", "Obstructed share", "", "high", 0.015, "Obstructed",
        "Share that stays blurred through a recording: drops, dirt, a thumb. Unknown for recordings of "
        "fewer than 12 pictures; a drop before plain road or white sky does not show.",
    ),
    Measure(
        "odd_size", "Difference in size", "doublings", "high", 0.2, "Odd size",
        "How far width or height are from the usual ones of the recording (of all pictures, outside of one).",
    ),
)  # fmt: skip


def reason_of(measure: Measure, threshold: float, why: str, *, n_bad: int, n_known: int) -> str:
    """Why images were selected: "Tilt at least 4° (the usual threshold): 3 of 56 images"."""
    side = "at least" if measure.worse == "high" else "at most"
    unit = f" {measure.unit}" if measure.unit and measure.unit != "°" else measure.unit
    return f"{measure.title} {side} {threshold:.3g}{unit} ({why}): {n_bad:,} of {n_known:,} images"


BY_KEY: Mapping[str, Measure] = {measure.key: measure for measure in MEASURES}


def worst_from(values: Sequence[float], measure: Measure, percent: float) -> float | None:
    """The threshold beyond which about `percent` % of the values lie; at least one does.

    None if the worst are no worse than the one in the middle, as when no picture has a border.
    """
    if not values:
        return None
    ordered = sorted(values, reverse=measure.worse == "high")
    threshold = ordered[max(1, round(len(ordered) * percent / 100)) - 1]
    return None if measure.is_bad(ordered[len(ordered) // 2], threshold) and len(values) > 1 else threshold
