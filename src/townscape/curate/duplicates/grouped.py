"""The groups of copies of a workspace, each with the image that is worth keeping."""

from collections.abc import Sequence
from dataclasses import dataclass

from townscape.curate.duplicates.grouping import Facts, best, groups
from townscape.workspace import Workspace
from townscape.workspace.pairs import PairKind
from townscape.workspace.records import Image

COPIES: tuple[PairKind, ...] = ("bytes", "pixels", "copy")
"""Kinds of which one image makes the others needless."""


@dataclass(frozen=True, slots=True)
class CopyGroup:
    """Images that are copies of one picture, and which to keep."""

    best: str
    members: tuple[str, ...]
    """All of them, the best one first."""

    @property
    def others(self) -> tuple[str, ...]:
        """What could be left out."""
        return self.members[1:]


def edges_of(
    workspace: Workspace, kinds: Sequence[PairKind], *, ids: set[str] | None = None
) -> list[tuple[str, str]]:
    """Pairs of images in the lists that hold and are of these kinds (or were judged "same")."""
    return [
        (p.first, p.second)
        for p in workspace.pairs.find()
        if p.holds
        and (p.kind in kinds or p.verdict == "same")
        and (ids is None or (p.first in ids and p.second in ids))
    ]


def copy_groups(
    workspace: Workspace, *, kinds: Sequence[PairKind] = COPIES, ids: set[str] | None = None
) -> list[CopyGroup]:
    """Groups of images in the lists (of these only, if given), each with the one to keep."""
    found = groups(edges_of(workspace, kinds, ids=ids))
    members = [m for group in found for m in group.members]
    images = {image.id: image for image in workspace.images.get_many(members)}
    labelled = workspace.labels.labelled(members)
    listed: list[CopyGroup] = []
    for group in found:
        kept = best(_facts(workspace, images[m], is_labelled=m in labelled) for m in group.members)
        listed.append(CopyGroup(kept, (kept, *(m for m in group.members if m != kept))))
    return listed


def _facts(workspace: Workspace, image: Image, *, is_labelled: bool) -> Facts:
    return Facts(
        image_id=image.id,
        is_labelled=is_labelled,
        pixels=image.width * image.height,
        file_bytes=_file_bytes(workspace, image),
        added_at=image.captured_at or image.added_at,
    )


def _file_bytes(workspace: Workspace, image: Image) -> int:
    """Size of the image's file as far as it is known without fetching it."""
    if image.blob:
        return workspace.blobs.path(image.blob).stat().st_size
    size = image.source_version.partition(":")[0]
    return int(size) if size.isdigit() else 0
