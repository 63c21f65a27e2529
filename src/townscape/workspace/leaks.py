"""The leakage gate at work: refusing a split that Townscape made, warning of a published one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from townscape.core.errors import DatasetError
from townscape.core.leakage import Link, Placed, TornPair, shared_groups, torn_pairs
from townscape.workspace.records import DatasetItem, Image
from townscape.workspace.workspace import Workspace

_SHOWN_PAIRS = 10


def torn_by(
    items: Sequence[DatasetItem], images: Mapping[str, Image], links: Sequence[Link]
) -> list[TornPair]:
    """What the parts of a dataset's items tear apart; `images` by id."""
    placed = [
        Placed(item.image_id, images[item.image_id].name, item.group, item.part, item.is_official)
        for item in items
    ]
    return torn_pairs(placed, links)


def refuse_leaks(workspace: Workspace, torn: Sequence[TornPair]) -> None:
    """Raise `DatasetError` if a split made here tears anything apart."""
    if not torn:
        return
    shown: list[str] = []
    for pair in torn[:_SHOWN_PAIRS]:
        link = pair.link
        if link.kind == "picture" and link.reason == "same picture":
            known = workspace.pairs.find(image_id=link.first)
            reasons = [p.reason for p in known if {p.first, p.second} == {link.first, link.second}]
            pair = replace(pair, link=replace(link, reason=reasons[0] if reasons else link.reason))  # noqa: PLW2901
        shown.append(f"  {pair}")
    n = len(torn)
    listed = "" if n <= _SHOWN_PAIRS else f"; the first {_SHOWN_PAIRS}"
    many = f"{n:,} pairs of images that belong" if n > 1 else "a pair of images that belongs"
    raise DatasetError(
        f"This split would put {many} together into different parts{listed}:\n" + "\n".join(shown),
        hint="leave out --split-by image: recordings, places and copies then stay whole, "
        "and the score is of what the model has not seen.",
    )


def leak_warnings(items: Sequence[DatasetItem], torn: Sequence[TornPair], *, left_out: int) -> list[str]:
    """What a published split shares between its parts, and how many windows were `left_out` for it.

    `torn` is what `torn_by` found, after `refuse_leaks`.
    """
    warnings: list[str] = []
    placed = [Placed(i.image_id, "", i.group, i.part, i.is_official) for i in items]
    shared = shared_groups(placed)
    if shared:
        n_held_out = sum(i.group in shared and i.part in ("val", "test") for i in items)
        warnings.append(
            f"The published split puts {_named(torn)} into more than one part: {n_held_out:,} held-out "
            f"windows have neighbours in training ({torn[0]}), so scores on them may flatter."
        )
    if left_out:
        warnings.append(
            f"{left_out:,} labelled windows belong to the same recordings or places as held-out ones of "
            "the published split, and are not learned from."
        )
    return warnings


def _named(torn: Sequence[TornPair]) -> str:
    """What is torn, by name: recordings, places and pictures."""
    words: list[str] = []
    for kind in ("recording", "place"):
        names = sorted({p.link.subject for p in torn if p.link.kind == kind and p.link.subject})
        if names:
            shown = ", ".join(names[:_SHOWN_PAIRS]) + (" …" if len(names) > _SHOWN_PAIRS else "")
            words.append(f"{kind}{'s' if len(names) > 1 else ''} {shown}")
    n_pictures = sum(p.link.kind == "picture" for p in torn)
    if n_pictures:
        plural = "pictures that are" if n_pictures > 1 else "picture that is"
        words.append(f"{n_pictures:,} {plural} there twice")
    return " and ".join(words) or f"{len(torn):,} pairs of images that belong together"
