"""The leakage gate: what a split tears apart that belongs together.

A *link* ties two images: neighbours in a recording, one place, one picture twice. Linked images
form groups. A model that learned one of them has seen most of the other, so a score on the other
flatters. *tune* counts as train here: it is cut from train, and its score is marked optimistic.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from townscape.core.splits import Part

LinkKind = Literal["picture", "recording", "place"]
_RANK: Mapping[LinkKind, int] = {"picture": 0, "recording": 1, "place": 2}


@dataclass(frozen=True, slots=True)
class Link:
    """Two images that must not lie in different parts, and why."""

    first: str
    second: str
    kind: LinkKind
    reason: str
    """In words: "same recording 0001TP, 1.0 s apart"."""
    subject: str = ""
    """Name of the recording or place."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A window of an image as a split has it."""

    image_id: str
    name: str
    group: str
    part: Part
    is_official: bool = False
    """Whether the part is that of a published split."""

    @property
    def side(self) -> Part:
        """The part, with tune counted as train."""
        return "train" if self.part == "tune" else self.part


@dataclass(frozen=True, slots=True)
class TornPair:
    """Two windows of one group in different parts, and what ties their images."""

    first: Placed
    second: Placed
    link: Link

    @property
    def is_official(self) -> bool:
        """Whether a published split put both where they are."""
        return self.first.is_official and self.second.is_official

    def __str__(self) -> str:
        first, second = (f"{one.name} ({one.part})" for one in (self.first, self.second))
        return f"{first} and {second}: {self.link.reason}"


def shared_groups(placed: Iterable[Placed]) -> dict[str, frozenset[Part]]:
    """Groups that lie in more than one part, with these parts (tune counted as train), by name."""
    sides: dict[str, set[Part]] = defaultdict(set)
    for one in placed:
        sides[one.group].add(one.side)
    return {group: frozenset(sides[group]) for group in sorted(sides) if len(sides[group]) > 1}


def torn_pairs(placed: Sequence[Placed], links: Iterable[Link]) -> list[TornPair]:
    """Every link that the split tears, equal pictures first, then by name.

    A group may be torn without any of its links being so, where what ties it together is not in
    the split (left out, or not labelled): then one pair of it stands for it. So the list is empty
    exactly if `shared_groups` is, as long as links stay within groups.
    """
    by_image: dict[str, list[Placed]] = defaultdict(list)
    for one in placed:
        by_image[one.image_id].append(one)
    found: dict[tuple[str, str], TornPair] = {}
    for link in sorted(links, key=lambda one: _RANK[one.kind]):
        pair = _torn(by_image.get(link.first, ()), by_image.get(link.second, ()), link)
        if pair is not None:
            found.setdefault((min(link.first, link.second), max(link.first, link.second)), pair)
    torn = {pair.first.group for pair in found.values()}
    shared = shared_groups(placed)
    unexplained = [group for group in shared if group not in torn]
    pairs = [*found.values(), *(_stand_in(group, placed) for group in unexplained)]
    return sorted(pairs, key=lambda p: (_RANK[p.link.kind], p.first.name, p.second.name, p.first.image_id))


def _torn(firsts: Sequence[Placed], seconds: Sequence[Placed], link: Link) -> TornPair | None:
    """The two in different parts, what no published split put there before what one did."""
    pairs = [TornPair(a, b, link) for a in firsts for b in seconds if a.side != b.side]
    return min(pairs, key=lambda p: p.is_official, default=None)


def _stand_in(group: str, placed: Iterable[Placed]) -> TornPair:
    members = sorted(
        (one for one in placed if one.group == group), key=lambda o: (o.is_official, o.name, o.image_id)
    )
    first = members[0]
    second = next(one for one in members if one.side != first.side)
    reason = "tied to each other by images that are not in the split"
    return TornPair(first, second, Link(first.image_id, second.image_id, "recording", reason))
