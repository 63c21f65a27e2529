"""The rim of export: choose, plan, write picture by picture, read back and compare.

Everything is written beside the target and moved there at the end, so that a half-written dataset
is never found under its name.
"""

import shutil
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from townscape.core.errors import UsageError
from townscape.core.events import Report
from townscape.core.labelmap import IGNORE, UNLABELLED
from townscape.core.memory import give_back_freed_memory
from townscape.core.pool import map_in_order
from townscape.core.taxonomy import Taxonomy
from townscape.exchange import sending
from townscape.exchange.card import ProvenanceTable, write_card
from townscape.exchange.choosing import Chosen, choose
from townscape.exchange.image_files import ImageFile, image_file
from townscape.exchange.options import ExportOptions
from townscape.exchange.planning import ClassPlan, plan_classes
from townscape.exchange.privacy_notes import privacy_of
from townscape.exchange.reading_back import Written, read_back
from townscape.formats import archive
from townscape.formats.agreement import Agreement, expected
from townscape.formats.files import Files, Out
from townscape.formats.format import Encoded, Format, Item, Plan, Writer
from townscape.formats.kinds import get_format, writable_names
from townscape.formats.labels import ExportLabels
from townscape.workspace import Workspace
from townscape.workspace.folder import storage_errors


class ExportedClass(BaseModel):
    """A class as it was written, and how it came back."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    value: str
    pixels: int
    agreement: float
    """Share of its pixels that were read back as this class, 0…1."""


class ExportResult(BaseModel):
    """What an export wrote, and what reading it back showed."""

    model_config = ConfigDict(frozen=True)

    format: str
    variant: str
    out: str
    pictures: int
    parts: dict[str, int]
    classes: list[ExportedClass]
    objects: int
    same_objects: int
    """Objects that were read back as one object of the same class and pixels."""
    flattened_objects: int
    """Objects of stuff classes, which were written as plain pixels of their class."""
    agreement: float
    """Share of all pixels that were read back as what they are, 0…1."""
    is_exact: bool
    losses: list[dict[str, str]]
    """What the format has no field for: what, why, the specification's sentence, where it stands."""
    answers: dict[str, str] = Field(default_factory=dict[str, str])
    """What became of unlabelled and ignored pixels, where the format has no place for them."""
    size_bytes: int
    sent: sending.Sent | None = None
    """What was sent to a bucket, if that was asked."""


@dataclass(frozen=True)
class _Export:
    """What the parts of an export share."""

    workspace: Workspace
    taxonomy: Taxonomy
    kind: Format
    plan: Plan
    classes: ClassPlan
    chosen: Sequence[Chosen]

    def labels(self, chosen: Chosen) -> tuple[ExportLabels, int]:
        """The labels of a window, in class indices, and how many objects were flattened."""
        label_map = self.workspace.labels.read(
            chosen.annotation_id, revision=chosen.revision, window=chosen.window
        )
        return self.classes.labels(label_map, self.taxonomy)

    def item(self, chosen: Chosen, file: ImageFile) -> Item:
        """The picture as a format sees it."""
        window, image = chosen.window, chosen.image
        transform = image.transform.shifted(window.x, window.y) if image.transform else None
        return Item(
            chosen.name,
            window.width,
            window.height,
            chosen.part,
            file.suffix,
            file.content,
            image.crs,
            transform,
        )


def run(workspace: Workspace, options: ExportOptions, report: Report) -> ExportResult:
    """Export labelled windows; every label is read back from the files and compared.

    Where they are sent to a bucket, a run that was cut off while sending goes on with that.
    """
    if options.send_to is None:
        return _export(workspace, options, report)
    if options.images == "link":
        raise UsageError("Links cannot be sent.", hint="use `--images copy` or `--images none`.")
    state = sending.state_file(workspace, report.run_id)
    if state is not None and state.is_file() and options.out.exists():
        result = ExportResult.model_validate_json(state.read_text("utf-8"))
    else:
        sending.refuse_taken(workspace, options.send_to)
        if sending.is_temporary(workspace, options.out):
            shutil.rmtree(options.out, ignore_errors=True)
        result = _export(workspace, options, report)
        sending.note_written(state, result)
    sent = sending.send(workspace, options.out, options.send_to, report)
    kept_at = str(options.out) if options.out.exists() else sent.address
    return result.model_copy(update={"sent": sent, "out": kept_at})


def _export(workspace: Workspace, options: ExportOptions, report: Report) -> ExportResult:
    kind = get_format(options.format)
    if not kind.VARIANTS:
        raise UsageError(
            f"{kind.TITLE} can only be read.", hint=f"these can be written: {', '.join(writable_names())}."
        )
    variant = options.variant or kind.VARIANTS[0]
    if variant not in kind.VARIANTS:
        raise UsageError(
            f"{kind.TITLE} has no variant {variant!r}.", hint=f"it has {', '.join(kind.VARIANTS)}."
        )
    is_zip = options.out.suffix.lower() == ".zip"
    if options.out.exists():
        raise UsageError(f"{options.out} exists already.", hint="name another folder, or remove it first.")
    if is_zip and options.images == "link":
        raise UsageError("An archive cannot hold links.", hint="use `--images copy` or `--images none`.")
    taxonomy = workspace.taxonomies.get(options.taxonomy or workspace.settings.taxonomy)
    chosen = choose(workspace, options, taxonomy)
    classes = _plan(workspace, kind, variant, taxonomy, options, chosen)
    plan = Plan(
        options.name or workspace.settings.name,
        classes.classes,
        variant,
        options.simplify,
        tuple(dict.fromkeys(c.part for c in chosen)),
        has_images=options.images != "none",
        licence=options.licence,
    )
    export = _Export(workspace, taxonomy, kind, plan, classes, chosen)
    part = options.out.with_name(options.out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    with storage_errors():
        part.mkdir(parents=True)
        written = _write(export, part, options, report)
        give_back_freed_memory()
        source = kind.read(Files.of(part))
        agreement = read_back(source, classes, chosen, lambda c: export.labels(c)[0], written, report)
        result = _result(export, options, agreement, written.n_flattened, part)
        privacy = privacy_of(workspace, chosen, options.images)
        write_card(part, taxonomy, plan, classes, result.model_dump(), workspace.settings.name, privacy)
        if is_zip:
            report.info("Packing …")
            archive.pack(part, options.out)
            shutil.rmtree(part)
        else:
            part.rename(options.out)
    if not result.is_exact and not options.simplify and not result.losses:
        report.warn(
            f"{1 - result.agreement:.4%} of the pixels differ when read back.",
            hint="this should not happen: please report it with the data card.",
        )
    return result


def _plan(
    workspace: Workspace,
    kind: Format,
    variant: str,
    taxonomy: Taxonomy,
    options: ExportOptions,
    chosen: Sequence[Chosen],
) -> ClassPlan:
    unlabelled = ignored = 0
    for annotation_id, revision in {(c.annotation_id, c.revision) for c in chosen}:
        coverage = workspace.labels.coverage(annotation_id, revision=revision)
        unlabelled += coverage.unlabelled_px
        ignored += coverage.by_class.get(IGNORE, 0)
    return plan_classes(kind, variant, taxonomy, options, unlabelled_px=unlabelled, ignored_px=ignored)


@dataclass(frozen=True)
class _Ready:
    """A picture on its way through an encoding process."""

    chosen: Chosen
    file: ImageFile
    item: Item
    labels: ExportLabels
    n_flattened: int


def _write(export: _Export, root: Path, options: ExportOptions, report: Report) -> Written:
    """Write every picture."""
    out = Out(root)
    writer: Writer = export.kind.write(out, export.plan)
    provenance = ProvenanceTable(out)
    written = Written()
    under_way: deque[_Ready] = deque()

    def ready() -> Iterator[tuple[Item, ExportLabels]]:
        for chosen in export.chosen:
            file = image_file(export.workspace, chosen, export.kind.IMAGE_SUFFIXES)
            item = export.item(chosen, file)
            is_inside = writer.image_path(item) is None  # the format holds the image itself
            item = replace(item, image=partial(_given, file.content() if is_inside else b""))
            labels, n_flattened = export.labels(chosen)
            under_way.append(_Ready(chosen, file, item, labels, n_flattened))
            yield item, labels

    try:
        encoded_of = map_in_order(_encode, writer, ready(), n_items=len(export.chosen))
        for _ in report.track(export.chosen, "writing"):
            encoded, digest, agreement = next(encoded_of)
            if not options.simplify:  # then nothing comes back as it was
                written.digests.append(digest)
            written.total.add(agreement)
            done = under_way.popleft()
            written.n_flattened += done.n_flattened
            for name, content in encoded.files.items():
                out.put(name, content)
            writer.add(out, done.item, encoded.entry)
            path = writer.image_path(done.item)
            if path is not None and options.images != "none":
                done.file.place(root / path, how=options.images)
            provenance.add(done.chosen)
        writer.close(out)
    finally:
        out.close()
    return written


def _encode(writer: Writer, picture: tuple[Item, ExportLabels]) -> tuple[Encoded, bytes, Agreement]:
    item, labels = picture
    encoded = writer.encode(item, labels)
    return encoded, *expected(labels.stretches())


def _given(content: bytes) -> bytes:
    return content


def _result(
    export: _Export, options: ExportOptions, agreement: Agreement, flattened: int, root: Path
) -> ExportResult:
    planned = export.classes
    rows = [
        (planned.keys[k - 1], c.name, planned.scheme.values[k - 1], k)
        for k, c in enumerate(planned.classes, start=1)
    ]
    for what, number in (("unlabelled", UNLABELLED), ("ignore", IGNORE)):
        value = getattr(planned.scheme, what)
        if agreement.written_px[number]:
            rows.append((what, what, value or "", number))
    losses = [
        loss
        for loss in export.kind.LOSSES.get(export.plan.variant, ())
        if agreement.objects or loss.what in ("pixels", "holes")
    ]
    return ExportResult(
        format=options.format,
        variant=export.plan.variant,
        out=str(options.out),
        pictures=len(export.chosen),
        parts=dict(Counter(c.part for c in export.chosen)),
        classes=[
            ExportedClass(
                key=key,
                name=name,
                value=value,
                pixels=agreement.written_px[number],
                agreement=agreement.share_of(number),
            )
            for key, name, value, number in rows
        ],
        objects=agreement.objects,
        same_objects=agreement.same_objects,
        flattened_objects=flattened,
        agreement=agreement.share,
        is_exact=agreement.same_px == agreement.written_px,
        losses=[_loss_row(loss) for loss in losses],
        answers=dict(planned.answers),
        size_bytes=sum(p.stat().st_size for p in root.rglob("*") if p.is_file()),
    )


def _loss_row(loss: Any) -> dict[str, str]:
    return {"what": loss.what, "why": loss.why, "quote": loss.quote, "source": loss.source}
