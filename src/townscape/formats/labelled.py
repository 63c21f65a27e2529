"""What an importing format hands over: pictures with their label maps, one at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from townscape.core.labelmap import Segments
from townscape.core.splits import Part


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One image file and how to get its labels, tile by tile."""

    image: Path
    name: str
    tiles: Callable[[], Iterator[tuple[tuple[int, int], Segments]]]
    """Yields ((row, column), 512 × 512 plane) for every tile of the image."""
    official_part: Part | None = None
    sequence: str | None = None
    sequence_s: float | None = None
    place: str | None = None
