"""Gaps in words: what there is none of, or nearly none. Pure functions over counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FEW_IMAGES = 5
"""A class on fewer images is called rare."""
SMALL_SHARE = 0.002
"""A class with less of the labelled pixels is called rare."""
_MOST_LISTED = 8


@dataclass(frozen=True, slots=True)
class ClassUse:
    """How much of one class there is."""

    name: str
    color: str
    labelled_px: int
    labelled_images: int
    predicted_px: int
    predicted_images: int


def class_gaps(classes: Sequence[ClassUse], *, model: str | None) -> list[str]:
    """Classes that nobody labelled, rare ones, and those that a model sees where nobody labelled them."""
    total = sum(c.labelled_px for c in classes)
    if not total:
        return ["Nothing is labelled yet, so nothing is known of the classes."]
    found: list[str] = []
    absent = [c.name for c in classes if not c.labelled_px]
    if absent:
        found.append(f"No pixel is labelled as {_listed(absent)}.")
    for c in classes:
        if c.labelled_px and (c.labelled_images < FEW_IMAGES or c.labelled_px / total < SMALL_SHARE):
            images = f"{c.labelled_images:,} image{'' if c.labelled_images == 1 else 's'}"
            found.append(
                f"{c.name} is rare: {_percent(c.labelled_px / total)} of the labelled pixels, on {images}."
            )
    if model is not None:
        missed = [c for c in classes if c.predicted_images > 2 * max(FEW_IMAGES, c.labelled_images)]
        found += [
            f"{model} sees {c.name} on {c.predicted_images:,} images, people on {c.labelled_images:,}."
            for c in missed
            if c.labelled_images < 10 * FEW_IMAGES
        ]
    return found


def time_gaps(counts: Mapping[str, int], names: Sequence[str], *, unknown: int) -> list[str]:
    """Seasons (or times of day) without an image: "No image in winter."."""
    if not sum(counts.values()):
        return [f"None of {unknown:,} images says when it was taken."] if unknown else []
    missing = [name for name in names if not counts.get(name)]
    return [f"No image {_in(name)}." for name in missing]


def zone_gaps(
    zones: Sequence[str], counts: Mapping[tuple[str, str], int], seasons: Sequence[str]
) -> list[str]:
    """Zones without any image, and zones without one in a season that other zones have.

    `counts` is by (zone, season); the season is "" where the time is not known.
    """
    by_zone, by_season = Counter[str](), Counter[str]()
    for (zone, when), n in counts.items():
        by_zone[zone] += n
        by_season[when] += n
    empty = [zone for zone in zones if not by_zone[zone]]
    found = [f"No image of {_listed(empty)}."] if empty else []
    for zone in zones:
        known = sum(counts.get((zone, when), 0) for when in seasons)
        if known:
            missing = [s for s in seasons if by_season[s] and not counts.get((zone, s))]
            found += [f"No image of {zone} {_in_any(missing)}."] if missing else []
    return found


def camera_gaps(cameras: Mapping[str, int], sizes: Mapping[str, int]) -> list[str]:
    """What hangs on a single camera or size."""
    found: list[str] = []
    if len(cameras) == 1 and sum(cameras.values()) > 1:
        found.append(f"All images that say so are of one camera, {next(iter(cameras))}.")
    total = sum(sizes.values())
    rare = [size for size, n in sizes.items() if len(sizes) > 1 and n < 0.02 * total]
    if rare:
        n_rare = sum(sizes[size] for size in rare)
        found.append(f"{n_rare:,} of {total:,} images have an unusual size: {_listed(rare)}.")
    return found


def _in(when: str) -> str:
    if " to " in when:
        return f"from {when}"
    if when in ("night", "midday"):
        return f"at {when}"
    return f"in the {when}" if when in ("morning", "afternoon", "evening") else f"in {when}"


def _in_any(times: Sequence[str]) -> str:
    """For example "in spring, in summer or in autumn"."""
    *first, last = [_in(when) for when in times]
    return f"{', '.join(first)} or {last}" if first else last


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:_MOST_LISTED])
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest:,} others" if rest else "")


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "less than 0.1%"
