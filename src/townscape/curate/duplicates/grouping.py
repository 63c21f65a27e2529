"""Groups of copies without drift, and which of a group to keep: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from townscape.workspace.grouping import joined

KEEP_RULE = "labelled first, then more pixels, then less compressed, then the earlier one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides which copy is kept."""

    image_id: str
    is_labelled: bool
    pixels: int
    file_bytes: int
    """0 where it is not known."""
    added_at: float
    """Seconds since 1970: when the picture was taken, or came into the workspace."""


@dataclass(frozen=True, slots=True)
class Group:
    """Images that are all the same as the middle one."""

    middle: str
    """The image that every other of the group was found to be the same as."""
    members: tuple[str, ...]
    """All of them, in order of their ids."""


def components(edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Sets of images that hang together somehow, two or more each, in order."""
    pairs = list(edges)
    ids = sorted({image_id for pair in pairs for image_id in pair})
    found: dict[str, list[str]] = {}
    for image_id, name in joined(ids, pairs).items():
        found.setdefault(name, []).append(image_id)
    return list(found.values())


def missing_edges(edges: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs that nobody has compared yet and that decide whether a component is one group."""
    neighbours = _neighbours(edges)
    found: list[tuple[str, str]] = []
    for members in components(edges):
        middle = _middle(members, neighbours)
        found += [_ordered(middle, m) for m in members if m != middle and m not in neighbours[middle]]
    return sorted(found)


def groups(edges: Iterable[tuple[str, str]]) -> list[Group]:
    """Groups in which every member has an edge to the middle one, in order of their first member.

    A chain a–b–c–d, in which a and d have nothing to do with each other, is cut: the image with
    the most edges takes its neighbours, and what is left is grouped among itself. Images that are
    left alone are in no group.
    """
    neighbours = _neighbours(edges)
    found: list[Group] = []
    waiting = [set(members) for members in components(_edges_of(neighbours))]
    while waiting:
        members = waiting.pop()
        middle = _middle(sorted(members), neighbours, within=members)
        near = neighbours[middle] & members
        if not near:
            continue
        found.append(Group(middle, tuple(sorted({middle, *near}))))
        rest = members - near - {middle}
        waiting += [set(part) for part in components(_edges_of(neighbours, within=rest))]
    return sorted(found, key=lambda group: group.members)


def best(facts: Iterable[Facts]) -> str:
    """The image to keep, by `KEEP_RULE`."""

    def rank(one: Facts) -> tuple[int, int, float, float, str]:
        per_pixel = one.file_bytes / max(1, one.pixels)
        return -int(one.is_labelled), -one.pixels, -per_pixel, one.added_at, one.image_id

    return min(facts, key=rank).image_id


def _middle(
    members: Sequence[str], neighbours: Mapping[str, set[str]], *, within: set[str] | None = None
) -> str:
    """The member with the most edges; the first of several."""
    return min(members, key=lambda m: (-len(neighbours[m] & within if within else neighbours[m]), m))


def _neighbours(edges: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for a, b in edges:
        if a != b:
            found.setdefault(a, set()).add(b)
            found.setdefault(b, set()).add(a)
    return found


def _edges_of(neighbours: Mapping[str, set[str]], *, within: set[str] | None = None) -> list[tuple[str, str]]:
    return [
        (a, b)
        for a, others in neighbours.items()
        for b in others
        if a < b and (within is None or (a in within and b in within))
    ]


def _ordered(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
