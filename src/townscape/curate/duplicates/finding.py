"""The rim of finding duplicates: reads what is missing, compares what is new, stores pairs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np

from townscape.core.events import Report
from townscape.core.image_hash import ALGORITHM
from townscape.core.pool import map_in_order
from townscape.curate.duplicates.candidates import Candidate, candidates, nearest_of
from townscape.curate.duplicates.grouping import missing_edges
from townscape.curate.duplicates.proving import Answer, Asked, is_by_time, prove
from townscape.curate.duplicates.reading import HASH_SIDE, fingerprint
from townscape.workspace import Workspace
from townscape.workspace.fingerprints import Fingerprint, HashTable
from townscape.workspace.pairs import ImagePair, PairKind
from townscape.workspace.records import Image
from townscape.workspace.small_pictures import Wanted, want

_AT_A_TIME = 256
"""Images whose comparisons are stored before the next are begun: what an interruption costs."""
_BATCH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How near hashes must be, and what of the pictures is hashed."""

    radius: int
    crops: bool
    most: int

    @property
    def name(self) -> str:
        """What is noted with an image that was compared in this way."""
        return f"{ALGORITHM}, {self.radius} bits, {'crops' if self.crops else 'wholes'}, {self.most} each"


@dataclass(slots=True)
class Found:
    """What a run did."""

    n_hashed: int = 0
    n_queried: int = 0
    n_verified: int = 0
    unreadable: list[dict[str, str]] = field(default_factory=list[dict[str, str]])


def hash_missing(workspace: Workspace, images: Sequence[Image], report: Report, found: Found) -> None:
    """Make the fingerprints that are missing; images that cannot be read are listed in `found`."""
    missing = workspace.fingerprints.missing(images)
    if not missing:
        return
    # What was found of pixels that are no longer there does not hold any more.
    workspace.pairs.forget([image.id for image in missing])
    wanted = (want(workspace, image) for image in missing)
    made = map_in_order(fingerprint, HASH_SIDE, wanted, n_items=len(missing))

    def stored() -> Iterator[Fingerprint]:
        hashed = report.track_of(made, "hashing", total=len(missing))
        for image, one in zip(missing, hashed, strict=True):
            if one.fingerprint is None:
                found.unreadable.append({"image": image.name, "reason": one.problem})
            else:
                yield one.fingerprint

    found.n_hashed += workspace.fingerprints.put(stored())


def put_equal(workspace: Workspace, ids: set[str], run_id: str | None) -> set[str]:
    """Store pairs of equal files and equal pixels; returns the images that another stands for.

    Each is paired with the first of its group only, so that a thousand equal files are no half
    million pairs.
    """
    known = {(p.first, p.second) for p in workspace.pairs.find(kinds=("bytes", "pixels"))}
    stood_for: set[str] = set()
    pairs: list[ImagePair] = []
    sources: tuple[tuple[PairKind, str, list[list[str]]], ...] = (
        ("bytes", "same file, byte by byte", workspace.fingerprints.equal_bytes()),
        ("pixels", "same pixels in another file", workspace.fingerprints.equal_pixels()),
    )
    for kind, reason, groups in sources:
        for group in groups:
            members = [image_id for image_id in group if image_id in ids and image_id not in stood_for]
            stood_for.update(members[1:])
            pairs += [
                ImagePair(
                    first=members[0],
                    second=other,
                    kind=kind,
                    distance=0,
                    reason=reason,
                    detail=_corner_on_corner(),
                    run_id=run_id,
                )
                for other in members[1:]
                if (members[0], other) not in known
            ]
    workspace.pairs.put(pairs)
    return stood_for


def compare_new(
    workspace: Workspace,
    images: dict[str, Image],
    stood_for: set[str],
    how: How,
    report: Report,
    found: Found,
    *,
    is_all: bool,
) -> None:
    """Compare images that were not compared yet with all of `images`, and store the pairs that hold.

    Some images at a time, so that a run that was stopped goes on where it was. `is_all`: these are
    all images of the workspace, and what was compared need not be compared again.
    """
    table = workspace.fingerprints.table(list(images), crops=how.crops)
    is_target = np.array([image_id not in stood_for for image_id in table.ids], bool)
    queries = [k for k, done in enumerate(table.compared) if is_target[k] and done != how.name]
    queries = [k for k in queries if table.ids[k] in images]
    known = workspace.pairs.known()
    similar = {(p.first, p.second) for p in workspace.pairs.find(kinds=("similar",))}
    is_later = np.zeros(len(table), bool)
    is_later[queries] = True
    report.progress("comparing", 0, len(queries))
    for start in range(0, len(queries), _AT_A_TIME):
        some = queries[start : start + _AT_A_TIME]
        is_later[some] = False
        asked = [
            c
            for c in candidates(
                table,
                some,
                radius=how.radius,
                crops=how.crops,
                most=how.most,
                is_target=is_target & ~is_later,
            )
            if (pair := (table.ids[c.first], table.ids[c.second])) not in known or pair in similar
        ]
        unread = prove_and_put(workspace, images, table, asked, report, found)
        found.n_queried += len(some)
        if is_all:
            done = [table.ids[k] for k in some if table.ids[k] not in unread]
            workspace.fingerprints.mark_compared(done, how.name)
        report.progress("comparing", start + len(some), len(queries))


def complete_groups(
    workspace: Workspace,
    images: dict[str, Image],
    edges: Sequence[tuple[str, str]],
    how: How,
    report: Report,
    found: Found,
) -> None:
    """Compare every image of a component with its middle one, where nobody did."""
    known = workspace.pairs.known()
    missing = [edge for edge in missing_edges(edges) if edge not in known]
    if not missing:
        return
    table = workspace.fingerprints.table(sorted({i for edge in missing for i in edge}), crops=how.crops)
    row = {image_id: k for k, image_id in enumerate(table.ids)}
    asked = [
        nearest_of(table, row[a], row[b], crops=how.crops)
        for a, b in missing
        if a in row and b in row and not table.is_flat[row[a]] and not table.is_flat[row[b]]
    ]
    prove_and_put(workspace, images, table, asked, report, found)


def prove_and_put(
    workspace: Workspace,
    images: dict[str, Image],
    table: HashTable,
    asked: Sequence[Candidate],
    report: Report,
    found: Found,
) -> set[str]:
    """Verify candidates and store those that hold; returns images that could not be read any more."""
    unread: set[str] = set()
    wanted: dict[str, Wanted] = {}

    def wanted_of(image_id: str) -> Wanted:
        if image_id not in wanted:
            wanted[image_id] = want(workspace, images[image_id])
        return wanted[image_id]

    def batches() -> Iterator[tuple[Asked, ...]]:
        for _, same_second in groupby(sorted(asked, key=lambda c: (c.second, c.first)), lambda c: c.second):
            waiting = [
                Asked(wanted_of(table.ids[c.first]), wanted_of(table.ids[c.second]), c.distance, c.flipped)
                for c in same_second
            ]
            for start in range(0, len(waiting), _BATCH):
                yield tuple(waiting[start : start + _BATCH])

    def pairs() -> Iterator[ImagePair]:
        for answers in map_in_order(prove, None, batches(), n_items=len(asked)):
            report.check_cancelled()
            for answer in answers:
                found.n_verified += 1
                ids = answer.asked.first.image_id, answer.asked.second.image_id
                if not answer.could_read:
                    unread.update(ids)
                pair = _pair_of(answer, images[ids[0]], images[ids[1]])
                if pair is not None:
                    yield replace(pair, run_id=report.run_id)

    workspace.pairs.put(pairs())
    return unread


def _pair_of(answer: Answer, first: Image, second: Image) -> ImagePair | None:
    describe: Callable[..., ImagePair] = lambda **values: ImagePair(  # noqa: E731
        first=first.id, second=second.id, distance=answer.asked.distance, **values
    )
    if answer.has_equal_pixels:
        return describe(kind="pixels", reason="same pixels in another file", detail=_corner_on_corner())
    verified = answer.verified
    if verified is None:
        return None
    if is_by_time(first, second, verified):
        return describe(
            kind="moment",
            reason="same view, moments apart, nothing has moved",
            detail=verified.detail(),
        )
    return describe(kind=verified.kind, reason=verified.reason, detail=verified.detail())


def _corner_on_corner() -> dict[str, object]:
    return {
        "transform": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], "flipped": False, "scale": 1.0, "angle_deg": 0.0,
        "overlap_share": 1.0, "n_inliers": 0, "agreeing": 1.0, "areas": [],
    }  # fmt: skip
