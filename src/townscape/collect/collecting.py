"""Collect: sources in, a catalogue of images out; bad files are listed, never fatal.

A source is listed first, then its entries are taken one by one. Both are written down as they go,
so that a run that was killed goes on where it stopped and takes nothing twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from pydantic import BaseModel

from townscape.collect.arranging import locate_images, split_sequences
from townscape.collect.following import follow
from townscape.collect.gpx import read_gpx
from townscape.collect.options import CollectOptions
from townscape.collect.outcome import Outcome
from townscape.collect.relinking import relink
from townscape.collect.source import CanFollow, FetchesAhead, HasRemarks, NeedsPreparing, OpenSource
from townscape.collect.sources import kind_of
from townscape.core.errors import (
    InputError,
    MissingExtra,
    NothingToRead,
    RunCancelled,
    SourceGone,
    UsageError,
)
from townscape.core.events import Report
from townscape.workspace import Workspace
from townscape.workspace.sources import Source, SourceEntry

_AHEAD = 16
_MOST_WARNINGS = 20
"""Rejected files that are told one by one; all of them stand in the catalogue."""


def run(workspace: Workspace, options: CollectOptions, report: Report) -> BaseModel:
    """Take every image of the sources into the catalogue: a `CollectResult`, or a `RelinkResult`.

    Raises `NothingToRead` if there is no image at all, and `SourceGone` if a source stops answering:
    what was done stays, and the run can be resumed. A file that cannot be used is listed.
    """
    if options.relink is not None:
        return relink(workspace, options.relink, options.paths[0], report, dry_run=options.dry_run)
    track = read_gpx(options.gpx) if options.gpx is not None else None
    asked = _each(options)
    collecting = _Collecting(workspace, options, report, n_sources=len(asked))
    opened: list[tuple[Source, OpenSource]] = []
    try:
        for address, its_options in asked:
            opened.append(_open(workspace, its_options, address))
        collecting.collect(opened)
        if options.follow:
            follow(workspace, opened, report, take=collecting.take_entries)
    except RunCancelled:
        if not options.follow:  # being stopped is how following ends
            raise
    except SourceGone as error:
        hint = f"{error.hint.rstrip('.')}; then " if error.hint else ""
        hint += "`townscape runs resume` goes on where it stopped."
        raise SourceGone(error.message, hint=hint) from error
    finally:
        for _, one in opened:
            one.close()
    outcome = collecting.outcome
    for source in outcome.sources:
        split_sequences(workspace, source, collecting.sequences.get(source.id, set()))
        if track is not None:
            outcome.remarks += locate_images(workspace, source, track, offset_s=options.clock_offset_s)
    return outcome.result(workspace)


def _each(options: CollectOptions) -> list[tuple[str, CollectOptions]]:
    """Each address with the options that collect from it alone."""
    found = [
        (str(path.expanduser()), options.model_copy(update={"paths": (path,), "addresses": ()}))
        for path in options.paths
    ]
    return found + [
        (address, options.model_copy(update={"paths": (), "addresses": (address,)}))
        for address in options.addresses
    ]


def _open(workspace: Workspace, options: CollectOptions, address: str) -> tuple[Source, OpenSource]:
    name, kind = kind_of(address)
    one = kind.open(address, options=options, workspace=workspace)
    if options.follow and not isinstance(one, CanFollow):
        one.close()
        raise UsageError(f"{address} cannot be watched.", hint="`--follow` watches folders.")
    recorded = options.model_dump(mode="json", exclude_defaults=True)
    return workspace.sources.open(name, one.address, options=recorded), one


def _has_entries(workspace: Workspace, source: Source) -> bool:
    return bool(workspace.sources.page(source.id, states=("listed", "taken", "rejected"), limit=1))


@dataclass
class _Collecting:
    """One run of collect."""

    workspace: Workspace
    options: CollectOptions
    report: Report
    n_sources: int
    outcome: Outcome = field(default_factory=Outcome)
    sequences: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Source id → sequences that got new images."""
    n_warnings: int = 0

    def collect(self, opened: Sequence[tuple[Source, OpenSource]]) -> None:
        """List all sources, then take what they have. Raises `NothingToRead` if that is nothing."""
        for source, one in opened:
            if isinstance(one, NeedsPreparing):
                one.prepare(self.report)
            self.list_entries(source, one)
        if not self.options.follow and not any(_has_entries(self.workspace, source) for source, _ in opened):
            listed = ", ".join(source.address for source, _ in opened)
            raise NothingToRead(
                f"There is no image in {listed}.",
                hint="Townscape reads JPEG, PNG, WebP, AVIF, BMP and TIFF, GeoTIFF and VRT.",
            )
        for source, one in opened:
            self.take_entries(source, one)
            if isinstance(one, HasRemarks):
                self.outcome.remarks += one.remarks

    def list_entries(self, source: Source, one: OpenSource) -> None:
        """Write down what a source has, unless this run has done so already."""
        sources, report = self.workspace.sources, self.report
        self.outcome.sources.append(source)
        before = sources.tally(source.id, report.run_id)
        self.outcome.added += before.added
        self.outcome.replaced += before.replaced
        begun = sources.begin_listing(source, report.run_id)
        if begun.cursor is None:
            return
        found = one.entries(begun.cursor or None)
        if self.options.follow and isinstance(one, CanFollow):
            found = (entry for entry in found if one.is_whole(entry))
        part = self._part("listing", source)
        n = sources.put_entries(begun, report.track_of(found, part, total=None, unit="entries"))
        report.progress(part, n, n, unit="entries")
        self.outcome.newly_gone += sources.finish_listing(begun)

    def take_entries(self, source: Source, one: OpenSource) -> None:
        """Take what is listed: all of it, or a sample."""
        sources = self.workspace.sources
        n = self.options.sample
        if n is None:
            waiting = sources.counts(source.id)["listed"]
            if waiting:
                self._take(source, one, sources.waiting(source.id), total=waiting)
            return
        while True:  # another one is drawn for each that is rejected
            keys = sources.sample(source.id, n, seed=self.options.seed)
            todo = [e.key for e in sources.get_entries(source.id, keys) if e.state == "listed"]
            if not todo:
                return
            self._take(source, one, sources.get_entries(source.id, todo), total=len(todo))

    def _take(self, source: Source, one: OpenSource, entries: Iterable[SourceEntry], *, total: int) -> None:
        part = self._part("collecting", source)
        ahead = _told_ahead(one, entries)
        for place, entry in enumerate(self.report.track_of(ahead, part, total=total)):
            self._take_one(source, one, entry, is_first=place == 0)

    def _take_one(self, source: Source, one: OpenSource, entry: SourceEntry, *, is_first: bool) -> None:
        sources, report = self.workspace.sources, self.report
        try:
            image, is_new = one.take(self.workspace, entry, run_id=report.run_id)
        except SourceGone:
            raise
        except (InputError, MissingExtra) as error:
            sources.mark_rejected(source.id, entry.key, error.message)
            self._warn(error)
            return
        sources.mark_taken(source.id, entry.key, image.id)
        # A run that was killed may have added an image without noting so: it is the first one waiting.
        is_own = is_first and report.run_id is not None and image.run_id == report.run_id
        if is_new or is_own:
            self.outcome.added += 1
            self.outcome.replaced += image.replaces is not None
            if entry.sequence is not None:
                self.sequences.setdefault(source.id, set()).add(entry.sequence)
        self.outcome.doubts.update(self.workspace.images.take_doubts())

    def _warn(self, error: InputError | MissingExtra) -> None:
        self.n_warnings += 1
        if self.n_warnings <= _MOST_WARNINGS:
            self.report.warn(error.message, hint=error.hint)
        elif self.n_warnings == _MOST_WARNINGS + 1:
            self.report.warn("More files cannot be used; they are listed at the end.")

    def _part(self, what: str, source: Source) -> str:
        return what if self.n_sources == 1 else f"{what} {source.address}"


def _told_ahead(one: OpenSource, entries: Iterable[SourceEntry]) -> Iterator[SourceEntry]:
    """The entries, some at a time, each time telling the source which are next."""
    rest = iter(entries)
    while some := list(islice(rest, _AHEAD)):
        if isinstance(one, FetchesAhead):
            one.expect(some)
        yield from some
