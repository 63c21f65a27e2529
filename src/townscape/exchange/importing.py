"""The rim of import: look at everything first, and only then write.

A file that cannot be used stops the import before anything is stored, with its name and the way
out; `--skip-broken` imports the rest and lists it instead.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import UsageError
from townscape.core.events import Report
from townscape.core.labelmap import UNLABELLED, Segments
from townscape.core.taxonomy import Taxonomy, read_taxonomy
from townscape.core.tiles import TileKey
from townscape.exchange.auditing import Finding, audit
from townscape.exchange.new_taxonomy import taxonomy_of
from townscape.exchange.opening import Opened, discard_temporary, open_source
from townscape.exchange.options import ImportOptions
from townscape.exchange.previews import Preview, write_previews
from townscape.exchange.spool import Spool
from townscape.exchange.surveying import Survey, Usable, survey
from townscape.exchange.translating import Translator, number_or_ignore, thing_numbers, tiles_of
from townscape.formats import matching
from townscape.formats.format import SourceClass
from townscape.formats.reading import image_at_hand
from townscape.workspace import Workspace
from townscape.workspace.records import Annotation, Image

IMPORT_LAYER = "second:import"


class ImportResult(BaseModel):
    """What an import did, or (`look`) would do."""

    model_config = ConfigDict(frozen=True)

    format: str
    reason: str
    """Why the files were taken for this format."""
    rule: str
    """How the format's shapes became pixels."""
    taxonomy: str
    looked_only: bool = False
    images: int
    """Images that got labels (that would, if only looked at)."""
    new_images: int = 0
    """Images that were not in the workspace before."""
    kept: int = 0
    """Images that had labels already and kept them."""
    rejected: list[dict[str, str]] = Field(default_factory=list[dict[str, str]])
    """Files left out, each with its reason."""
    values: list[dict[str, Any]] = Field(default_factory=list[dict[str, Any]])
    """Every value of the labels with its share of the labelled pixels, its class and why."""
    unmatched: list[str] = Field(default_factory=list[str])
    """Values without a class; only when looking, since an import asks about them."""
    findings: list[Finding] = Field(default_factory=list[Finding])
    previews: list[Preview] = Field(default_factory=list[Preview])
    """Pictures drawn with their labels, when looking."""
    classes: list[dict[str, str]] = Field(default_factory=list[dict[str, str]])
    """The taxonomy's classes that a value can mean, each with key, name and colour."""
    remarks: list[str] = Field(default_factory=list[str])
    overlap_share: float = 0.0
    """Share of the pixels that more than one shape claimed."""
    labelled_share: float = 0.0
    """Share of the imported pixels that has a class or ignore."""


def run(workspace: Workspace, options: ImportOptions, report: Report) -> ImportResult:
    """Import labelled pictures into the workspace; returns counts and what each value meant."""
    opened = open_source(workspace, options, report)
    report.info(f"{options.path.name} is {opened.kind.TITLE}: {opened.reason}.")
    found = survey(workspace, opened, options, report)
    taxonomy = _taxonomy(workspace, opened, found, options)
    match = _match(opened, found, options, taxonomy)
    for remark in (*match.remarks, *opened.source.notes):
        report.warn(remark)
    common: dict[str, Any] = {
        "format": opened.name,
        "reason": opened.reason,
        "rule": opened.kind.RULE,
        "taxonomy": taxonomy.name,
        "rejected": [{"file": path, "reason": reason} for path, reason in found.rejected],
        "values": match.table(taxonomy),
        "classes": [{"key": c.key, "name": c.name, "color": c.color} for c in taxonomy.active],
        "findings": audit(found, opened.source, match, taxonomy),
        "remarks": list(match.remarks),
        "overlap_share": found.overlap_px / max(1, found.total_px),
    }
    if options.look:
        return ImportResult(
            looked_only=True,
            images=len(found.usable),
            unmatched=match.unmatched,
            previews=write_previews(workspace, opened, found, match, taxonomy, report),
            labelled_share=sum(found.values.values()) / max(1, found.total_px),
            **common,
        )
    if match.unmatched:
        raise match.question(taxonomy)
    if options.new_taxonomy is not None:
        taxonomy = workspace.taxonomies.put(taxonomy)
    stored = _Import(
        workspace,
        taxonomy,
        options,
        opened,
        match,
        report,
        thing_numbers(taxonomy),
        workspace.labels.saved_by(report.run_id) if report.run_id else set(),
    ).store(found.usable)
    discard_temporary(opened)
    return ImportResult(**common, **stored)


def _taxonomy(workspace: Workspace, opened: Opened, found: Survey, options: ImportOptions) -> Taxonomy:
    if options.new_taxonomy is None:
        name = options.taxonomy or workspace.settings.taxonomy
        is_here = name in workspace.taxonomies.names()
        return read_taxonomy(name) if options.look and not is_here else workspace.taxonomies.adopt(name)
    if options.taxonomy is not None:
        raise UsageError("Give --taxonomy or --new-taxonomy, not both.")
    card = opened.card.taxonomy if opened.card else None
    made = taxonomy_of(options.new_taxonomy, opened.source.classes, found.values, card)
    if made.name in workspace.taxonomies.names():
        existing = workspace.taxonomies.get(made.name)
        if existing.classes != made.classes:
            raise UsageError(
                f"There is a taxonomy {made.name} already, with other classes.",
                hint=f"choose another name, or import with `--taxonomy {made.name}`.",
            )
        return existing
    return made


def _match(opened: Opened, found: Survey, options: ImportOptions, taxonomy: Taxonomy) -> matching.Match:
    mapping = matching.parse_mapping(_given_mapping(options), taxonomy)
    classes = opened.source.classes
    matching.check_mapping(mapping, found.values, classes)
    if options.new_taxonomy is not None and not classes:
        # The classes were made of the values, so each value has the name of its class.
        classes = [SourceClass(value) for value in found.values]
    return matching.match_values(
        found.values,
        taxonomy,
        mapping=_card_mapping(opened, taxonomy) | mapping,
        classes=classes,
        names_from=getattr(opened.source, "names_file", None),
        snap=options.snap,
    )


def _card_mapping(opened: Opened, taxonomy: Taxonomy) -> dict[str, int]:
    """What an export of ours says of its own values, as far as the taxonomy has the classes."""
    if opened.card is None or opened.card.format != opened.name:
        return {}
    numbers = {v: number_or_ignore(key, taxonomy) for v, key in opened.card.key_by_value.items()}
    return {matching.plain_value(v): n for v, n in numbers.items() if n is not None}


def _given_mapping(options: ImportOptions) -> dict[str, str]:
    entries: dict[str, str] = {}
    if options.mapping is not None:
        try:
            entries |= {k: str(v) for k, v in tomllib.loads(options.mapping.read_text("utf-8")).items()}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(
                f"The mapping {options.mapping} cannot be read: {error}.",
                hint='it holds lines such as "#3c1098" = "building".',
            ) from error
    for text in options.map:
        value, equals, target = text.rpartition("=")
        if not equals or not value or not target:
            raise UsageError(f"--map {text!r} is not of the form VALUE=CLASS.")
        entries[value] = target
    return entries


@dataclass(frozen=True)
class _Import:
    """What storing each picture needs."""

    workspace: Workspace
    taxonomy: Taxonomy
    options: ImportOptions
    opened: Opened
    match: matching.Match
    report: Report
    things: frozenset[int]
    done: set[str]
    """Annotations that this run has stored before it was interrupted."""

    def store(self, usable: Spool[Usable]) -> dict[str, Any]:
        """Store every picture; returns the counts of the result."""
        stored = new = kept = labelled = total = 0
        for entry in self.report.track_of(usable, "importing", total=len(usable)):
            annotation, is_new = self._open(entry)
            new += is_new
            if annotation is None:
                kept += 1
                continue
            if annotation.id not in self.done:
                self._save(annotation, entry)
            coverage = self.workspace.labels.coverage(annotation.id)
            labelled += coverage.total_px - coverage.unlabelled_px
            total += coverage.total_px
            stored += 1
        share = labelled / total if total else 0.0
        return {"images": stored, "new_images": new, "kept": kept, "labelled_share": share}

    def _open(self, usable: Usable) -> tuple[Annotation | None, bool]:
        """The annotation that gets the labels (None: the image keeps its own); whether the image is new."""
        picture, labels, options = usable.picture, self.workspace.labels, self.options
        image, is_new = self._image(usable)
        part = options.split or picture.part
        annotation = labels.open(image, self.taxonomy.name, official_part=part)
        if annotation.head > 0 and annotation.id not in self.done:
            if options.existing == "layer":
                annotation = labels.open(image, self.taxonomy.name, layer=IMPORT_LAYER)
            elif options.existing == "keep":
                return None, is_new
        return annotation, is_new

    def _image(self, usable: Usable) -> tuple[Image, bool]:
        """The image that gets the labels, and whether it is new."""
        picture, options = usable.picture, self.options
        if self.opened.onto is not None and picture.image is not None:
            return self.opened.onto[picture.image], False
        is_temporary = bool(self.opened.temporary) or hasattr(self.opened.source, "fetch_image")
        with image_at_hand(self.opened.source, picture) as path:
            return self.workspace.images.take_in(
                path,
                name=picture.name,
                copy=options.copy_images or is_temporary,
                sequence=picture.sequence,
                sequence_s=picture.sequence_s,
                place=options.place or picture.place,
                run_id=self.report.run_id,
                facts=usable.facts,
                source=f"{options.path}:{picture.name}" if is_temporary else None,
            )

    def _save(self, annotation: Annotation, usable: Usable) -> None:
        translator = Translator(self.match.number_by_value, self.things, annotation.next_object)
        tiles = tiles_of(
            self.opened.source, usable.picture, translator, size=usable.size, offset=usable.offset
        )
        if annotation.head > 0 and self.options.existing == "fill":
            tiles = _fill(self.workspace, annotation, tiles)
        kind = self.opened.kind
        self.workspace.labels.save_large(
            annotation.id,
            tiles,
            objects=translator.rows,
            message=f"Imported from {self.options.path.name} ({kind.TITLE}: {kind.RULE})",
            run_id=self.report.run_id,
            author=self.options.author,
        )


def _fill(
    workspace: Workspace, annotation: Annotation, tiles: Iterable[tuple[tuple[int, int], Segments]]
) -> Iterator[tuple[tuple[int, int], Segments]]:
    for (row, column), tile in tiles:
        before = workspace.labels.read_tile(annotation.id, TileKey(0, row, column))
        yield (row, column), tile if before is None else np.where(before == UNLABELLED, tile, before)
