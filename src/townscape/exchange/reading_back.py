"""Reading an export back from its files: has everything come back that was written?"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from townscape.core.errors import InputError
from townscape.core.events import Report
from townscape.core.labelmap import UNLABELLED
from townscape.core.pool import map_in_order
from townscape.exchange.choosing import Chosen
from townscape.exchange.planning import ClassPlan
from townscape.formats.agreement import (
    Agreement,
    compare,
    digest_of_read,
    expected,
    index_by_value,
    things_of,
)
from townscape.formats.format import Picture, Source
from townscape.formats.labels import ExportLabels, LabelStretches

_Pair = tuple[Chosen, Picture | None]
"""A window, and the picture that was read for it."""


@dataclass
class Written:
    """What was written, to be compared with what is read."""

    digests: list[bytes] = field(default_factory=list[bytes])
    """Of each picture's labels; none if it is known that they differ."""
    total: Agreement = field(default_factory=Agreement)
    """What it will be if all of them come back."""
    n_flattened: int = 0
    """Objects of stuff, written as plain pixels."""


def read_back(
    source: Source,
    classes: ClassPlan,
    chosen: Sequence[Chosen],
    labels_of: Callable[[Chosen], ExportLabels],
    written: Written,
    report: Report,
) -> Agreement:
    """Read every picture again; where something has not come back, look the labels up and count what.

    Raises `InputError` naming a file that cannot be read.
    """
    reading = _Reading(source, index_by_value(classes.scheme), things_of(classes.classes))
    total = written.total
    paired = list(_pair_up(chosen, source.pictures))
    differing = _differing(reading, paired, written.digests, report) if written.digests else paired
    if differing:
        pairs = ((picture, labels_of(window).stretches()) for window, picture in differing)
        compared = map_in_order(_compare, reading, pairs, n_items=len(differing))
        for found in report.track_of(compared, "counting what differs", total=len(differing)):
            total.correct(found)
    return total


def _differing(
    reading: "_Reading", paired: Sequence[_Pair], must_be: Sequence[bytes], report: Report
) -> Sequence[_Pair]:
    """The pairs whose labels have not come back."""
    pictures = (picture for _, picture in paired)
    digests = report.track_of(
        map_in_order(_digest, reading, pictures, n_items=len(paired)), "reading back", total=len(paired)
    )
    found: list[_Pair] = []
    for pair, wanted, digest in zip(paired, must_be, digests, strict=True):
        if isinstance(digest, InputError):
            raise digest
        if digest != wanted:
            found.append(pair)
    return found


@dataclass(frozen=True)
class _Reading:
    """What comparing a picture needs."""

    source: Source
    index_of: Mapping[str, int]
    things: Sequence[int]
    """Class indices that may have objects."""


def _digest(reading: _Reading, picture: Picture | None) -> bytes | InputError:
    if picture is None or picture.labels is None:
        return b""
    try:
        return digest_of_read(reading.source.labels(picture), reading.index_of, reading.things)
    except InputError as error:
        return error


def _compare(reading: _Reading, pair: tuple[Picture | None, LabelStretches]) -> Agreement:
    picture, written = pair
    if picture is None or picture.labels is None:
        return _lost(written)
    return compare(written, reading.source.labels(picture), reading.index_of)


def _lost(written: LabelStretches) -> Agreement:
    """Labels that did not come back: right only where there are none."""
    _, found = expected(written)
    unlabelled = Counter({UNLABELLED: found.written_px[UNLABELLED]})
    return replace(found, same_px=unlabelled, same_objects=0)


def _pair_up(chosen: Sequence[Chosen], pictures: Sequence[Picture]) -> Iterator[_Pair]:
    """Every window with the picture that was read for it: of the same name, or one that begins with it."""
    by_stem: dict[tuple[str, str], Picture] = {}
    for picture in pictures:
        stem = Path(picture.name).name
        for name in {stem, Path(stem).stem}:
            by_stem.setdefault((name, picture.part or ""), picture)
            by_stem.setdefault((name, ""), picture)
    stems = sorted(name for name, part in by_stem if not part)
    for entry in chosen:
        found = by_stem.get((entry.name, entry.part)) or by_stem.get((entry.name, ""))
        if found is None:
            k = bisect_left(stems, entry.name)
            candidates: list[str] = []
            while k < len(stems) and stems[k].startswith(entry.name):
                candidates.append(stems[k])
                k += 1
            found = by_stem[min(candidates, key=len), ""] if candidates else None
        yield entry, found
