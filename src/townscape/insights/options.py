"""What `townscape insights` can be asked."""

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from townscape.core.options import Options


class InsightsOptions(Options):
    """Compute indicators per zone, image and sequence from stored predictions."""

    stage: ClassVar[str] = "insights"

    zones: Path | None = None
    """Zones as GeoJSON or GeoPackage; without it, rasters are divided by a grid."""
    zone_name: str | None = None
    """Field that holds the zones' names (found by itself if it is called name or the like)."""
    grid: int = Field(default=4, ge=1, le=100)
    """Rows and columns of the grid that stands in for zones."""
    model: str | None = None
    """Model by name or id (the newest otherwise)."""
    labels: Literal["count", "ignore"] = "count"
    """Ground that people labelled: count their labels there, or the map as everywhere else. Labels
    of a published val or test part are never counted: they are for judging."""
    green: tuple[str, ...] = ()
    """Classes counted as green (those of the taxonomy's trait green otherwise)."""
    sealed: tuple[str, ...] = ()
    """Classes counted as sealed (those of the taxonomy's trait sealed otherwise)."""
    green_threshold: float = Field(default=0.30, gt=0, lt=1)
    """Zones below this green share are marked (30 %, Konijnendijk 2021)."""
    min_images: int = Field(default=5, ge=1)
    """Sequences of fewer images are reported without an interval."""
