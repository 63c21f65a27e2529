"""Pairs of images that show the same: what was found, what people say of it, and groups of copies."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from townscape.curate.duplicates.grouped import COPIES, copy_groups
from townscape.server.context import AskedBy, Context, InContext
from townscape.server.record import Record
from townscape.workspace.pairs import SAME_KINDS, ImagePair, PairKind, Verdict

router = APIRouter(prefix="/pairs", tags=["pairs"])


class PairedImage(Record):
    """One image of a pair or group."""

    id: str
    name: str
    width: int
    height: int
    version: str
    """Part of the address of its tiles and thumbnails."""
    is_labelled: bool


class PairOut(Record):
    """Two images and why they belong together."""

    first: PairedImage
    second: PairedImage
    kind: PairKind
    distance: int
    """Bits in which the nearest hashes of the two differ, 0…256."""
    reason: str
    detail: dict[str, Any]
    """`transform` (2 × 3, first to second in pixels; the first is mirrored left to right before, if
    `flipped`), `scale`, `angle_deg`, `overlap_share`, `n_inliers`, `agreeing` and `areas`."""
    verdict: Verdict | None
    person: str | None
    holds: bool
    """Whether the two count as the same."""


class PairPage(Record):
    """Some of the pairs that match."""

    total: int
    by_kind: dict[str, int]
    """Kind → pairs that nobody judged "different", whatever the filter."""
    items: list[PairOut]


class PairQuery(Record):
    """Which pairs: every parameter narrows the list."""

    kind: Sequence[PairKind] = ()
    verdict: Verdict | Literal["none"] | None = None
    """`none`: not judged yet."""
    image_id: str | None = None
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=500)


class Judgement(Record):
    """What somebody says of a pair; null takes it back."""

    verdict: Verdict | None


class GroupOut(Record):
    """Images that are copies of one picture."""

    best: str
    """The image to keep."""
    images: list[PairedImage]
    """All of them, the best one first."""


class GroupPage(Record):
    """Some of the groups, and what could be left out."""

    total: int
    n_others: int
    """Images that are not the best of their group."""
    items: list[GroupOut]


class GroupQuery(Record):
    """Which groups."""

    moments: bool = False
    """Also group frames of one view at different moments."""
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=500)


@router.get("")
def list_pairs(context: InContext, wanted: Annotated[PairQuery, Query()]) -> PairPage:
    """Pairs that match, the surest first, one page of them."""
    pairs = context.workspace.pairs
    found = pairs.find(
        kinds=wanted.kind,
        verdict=wanted.verdict,
        image_id=wanted.image_id,
        offset=wanted.offset,
        limit=wanted.limit,
    )
    return PairPage(
        total=pairs.count(kinds=wanted.kind, verdict=wanted.verdict, image_id=wanted.image_id),
        by_kind={str(kind): n for kind, n in pairs.count_by_kind().items()},
        items=_pairs_out(context, found),
    )


@router.get("/groups")
def list_groups(context: InContext, wanted: Annotated[GroupQuery, Query()]) -> GroupPage:
    """Groups of copies, one page of them; every image of a group is the same as its middle one."""
    groups = copy_groups(context.workspace, kinds=SAME_KINDS if wanted.moments else COPIES)
    shown = groups[wanted.offset : wanted.offset + wanted.limit]
    images = _images_out(context, [member for group in shown for member in group.members])
    return GroupPage(
        total=len(groups),
        n_others=sum(len(group.others) for group in groups),
        items=[GroupOut(best=g.best, images=[images[m] for m in g.members]) for g in shown],
    )


@router.get("/{first}/{second}")
def read_pair(context: InContext, first: str, second: str) -> PairOut:
    """One pair, in either order."""
    return _pairs_out(context, [context.workspace.pairs.get(first, second)])[0]


@router.put("/{first}/{second}/verdict")
def judge_pair(context: InContext, first: str, second: str, said: Judgement, person: AskedBy) -> PairOut:
    """Say that two images are the same or different; null takes back what was said.

    The answer is the pair as it is now. Groups and the leakage gate go by it at once.
    """
    context.workspace.pairs.judge(first, second, said.verdict, person)
    return _pairs_out(context, [context.workspace.pairs.get(first, second)])[0]


def _pairs_out(context: Context, pairs: Sequence[ImagePair]) -> list[PairOut]:
    images = _images_out(context, [image_id for pair in pairs for image_id in (pair.first, pair.second)])
    return [PairOut.of(pair, first=images[pair.first], second=images[pair.second]) for pair in pairs]


def _images_out(context: Context, image_ids: Sequence[str]) -> dict[str, PairedImage]:
    labelled = context.workspace.labels.labelled(image_ids)
    return {
        image.id: PairedImage.of(image, version=image.version[:12], is_labelled=image.id in labelled)
        for image in context.workspace.images.get_many(image_ids)
    }
