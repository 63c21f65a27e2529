"""Which photos belong together: recordings, places and copies, as groups and as the links behind them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from townscape.core.leakage import Link
from townscape.core.splits import capture_segments
from townscape.workspace.records import Image

STRETCH_IMAGES = 10
"""Images of a recording that tune takes at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which group a photo belongs to, which stretch of it, and where in it."""

    group: str
    stretch: str
    order: int | None
    """Neighbours in a recording have neighbouring numbers; no two images have the same."""


def photo_groups(
    images: Sequence[Image], *, gap_s: float, same: Iterable[tuple[str, str]] = ()
) -> dict[str, Place]:
    """Group of each photo: capture segments, places, equal files and `same` pictures, joined.

    `same` are pairs of image ids (`workspace.pairs.same()`); they may name images that are not
    among `images`, and tie through them.
    """
    links: dict[str, str] = {}
    order: dict[str, int] = {}
    stretch: dict[str, str] = {}
    for name, members in _segments(images, gap_s=gap_s):
        for position, image in enumerate(members):
            _link(links, image.id, name)
            order[image.id] = len(order)
            stretch[image.id] = f"{name} stretch {position // STRETCH_IMAGES}"
    for image in images:
        if image.place is not None:
            _link(links, image.id, f"place {image.place}")
        if image.content_sha256 is not None:
            _link(links, image.id, f"content {image.content_sha256}")
        if image.replaces is not None:
            _link(links, image.id, image.replaces)
    for first, second in same:
        _link(links, first, second)
    return {
        image.id: Place(
            group := _root(links, image.id),
            stretch.get(image.id, group),
            order.get(image.id),
        )
        for image in images
    }


def photo_links(images: Sequence[Image], *, gap_s: float, same: Iterable[tuple[str, str]] = ()) -> list[Link]:
    """What ties the photos of each group, as links between two of `images`."""
    found: list[Link] = []
    for _, members in _segments(images, gap_s=gap_s):
        for left, right in pairwise(members):
            apart_s = (right.moment_s or 0.0) - (left.moment_s or 0.0)
            recording = left.sequence or ""
            reason = f"same recording {recording}, {apart_s:.1f} s apart"
            found.append(Link(left.id, right.id, "recording", reason, recording))
    places: dict[str, list[Image]] = defaultdict(list)
    contents: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        if image.place is not None:
            places[image.place].append(image)
        if image.content_sha256 is not None:
            contents[image.content_sha256].append(image)
    for place, members in places.items():
        ordered = sorted(members, key=lambda i: (i.name, i.id))
        found += [Link(a.id, b.id, "place", f"same place {place}", place) for a, b in pairwise(ordered)]
    for members in contents.values():
        found += [Link(a.id, b.id, "picture", "equal files") for a, b in pairwise(members)]
    ids = {image.id for image in images}
    replaced = [(i.id, i.replaces) for i in images if i.replaces is not None]
    found += [Link(a, b, "picture", "same picture") for a, b in [*same, *replaced] if a in ids and b in ids]
    return found


def _segments(images: Sequence[Image], *, gap_s: float) -> list[tuple[str, list[Image]]]:
    """Capture segments with their images in order of time: "segment <sequence> <number>"."""
    by_sequence: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        if image.sequence is not None:
            by_sequence[image.sequence].append(image)
    found: dict[str, list[Image]] = defaultdict(list)
    for sequence, members in by_sequence.items():
        ordered = sorted(members, key=lambda i: (i.moment_s is None, i.moment_s or 0.0, i.name))
        numbers = capture_segments([i.moment_s for i in ordered], gap_s=gap_s)
        for image, number in zip(ordered, numbers, strict=True):
            found[f"segment {sequence} {number}"].append(image)
    return list(found.items())


def _root(links: dict[str, str], name: str) -> str:
    while (above := links.setdefault(name, name)) != name:
        links[name] = links[above]  # so that long chains are walked once
        name = above
    return name


def _link(links: dict[str, str], image_id: str, reason: str) -> None:
    links[_root(links, image_id)] = _root(links, reason)


def joined(image_ids: Sequence[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """A name for each image that it shares exactly with those that chains of `pairs` tie it to."""
    links: dict[str, str] = {}
    for first, second in pairs:
        _link(links, first, second)
    return {image_id: _root(links, image_id) for image_id in image_ids}
