"""Land cover of images without a place on the ground: aerial photos as plain pictures."""

from collections.abc import Sequence
from typing import Any, Literal

from townscape.insights.evidence import Evidence
from townscape.insights.photo_shares import means_over_photos, photo_share_indicators
from townscape.insights.stacked import largest_in_words, stacked_shares
from townscape.workspace.records import Indicator

TITLE = "Land cover of images without a place"
SUBJECT: Literal["zones", "photos"] = "photos"
DOES_NOT_PROVE = (
    "These images have no place and no scale: their shares are of pixels, not of ground, and images "
    "taken from different heights must not be added up. Give them as GeoTIFFs to get areas."
)


def compute(evidence: Evidence) -> list[Indicator]:
    """The share of each class that occurs, for every sequence, then for every image.

    Only for a taxonomy of the view from above: what a street photo shows is no land cover.
    """
    table = evidence.photos
    if table is None or evidence.taxonomy.viewpoint != "overhead":
        return []
    found: list[Indicator] = []
    for channel, number in enumerate(evidence.taxonomy.channels):
        if table.pixels[:, channel].any():
            label_class = evidence.taxonomy.get_class(number)
            found += photo_share_indicators(
                evidence,
                table,
                insight="image_cover",
                measure=f"share of {label_class.name.lower()}",
                classes=[label_class],
            )
    return sorted(found, key=lambda i: i.subject_kind == "image")


def explain(indicators: Sequence[Indicator]) -> str:
    """The classes that cover most of the pictures."""
    means, n_images = means_over_photos(indicators)
    if not means:
        return "No image could be measured."
    return f"Over {n_images} images: {largest_in_words(means)}."


def chart(indicators: Sequence[Indicator], colors: dict[str, str]) -> dict[str, Any] | None:
    """Stacked bars of shares, one a sequence."""
    rows = [i for i in indicators if i.subject_kind == "sequence"]
    return stacked_shares(rows, colors, of="picture")
