"""The rim of import: look at everything first, and only then write.

A file that cannot be used stops the import before anything is stored, with its name and the way
out; `--skip-broken` imports the rest and lists it instead.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from townscape.core.errors import InputError, SizeMismatch, UsageError
from townscape.core.events import Report
from townscape.core.labelmap import UNLABELLED, Segments
from townscape.core.splits import Part
from townscape.core.taxonomy import Taxonomy
from townscape.exchange.options import CamvidOptions, ImportOptions, MaskFolderOptions
from townscape.formats import camvid, mask_file, mask_folder, matching
from townscape.formats.labelled import LabelledPicture
from townscape.workspace import Workspace
from townscape.workspace.records import Annotation

IMPORT_LAYER = "second:import"


class ImportResult(BaseModel):
    """What an import did."""

    model_config = ConfigDict(frozen=True)

    images: int
    """Images that got labels."""
    new_images: int
    """Images that were not in the workspace before."""
    kept: int
    """Images that had labels already and kept them."""
    rejected: list[dict[str, str]]
    """Files left out, each with its reason."""
    values: list[dict[str, Any]]
    """Every value of the masks with its share of the pixels, its class and why."""
    remarks: list[str]
    labelled_share: float
    """Share of the imported pixels that has a class or ignore."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything that an import will write, checked, before it writes."""

    pictures: Sequence[LabelledPicture]
    match: matching.Match
    rejected: Sequence[tuple[str, str]]


def run(workspace: Workspace, options: ImportOptions, report: Report) -> ImportResult:
    """Import labelled pictures into the workspace; returns counts and what each value meant."""
    taxonomy = workspace.taxonomies.adopt(options.taxonomy or workspace.settings.taxonomy)
    if isinstance(options, MaskFolderOptions):
        prepared = _prepare_mask_folder(workspace, options, taxonomy, report)
    elif isinstance(options, CamvidOptions):
        prepared = _prepare_camvid(workspace, options, taxonomy, report)
    else:
        raise UsageError(f"{type(options).__name__} cannot be imported.")
    for remark in prepared.match.remarks:
        report.warn(remark)
    return _store(workspace, taxonomy, options, prepared, report)


def _prepare_mask_folder(
    workspace: Workspace, options: MaskFolderOptions, taxonomy: Taxonomy, report: Report
) -> _Prepared:
    _check_folder(options.path)
    _check_folder(options.masks)
    pairs = mask_folder.find_pairs(options.path, options.masks, skip_missing=options.skip_missing)
    checked = _check_pairs(
        workspace,
        pairs,
        report,
        skip_broken=options.skip_broken,
        resize=options.resize_labels,
        snap=options.snap,
    )
    names = matching.find_names_file(options.masks, options.masks.parent, options.masks.parent.parent)
    match = matching.match_values(
        checked.values,
        taxonomy,
        mapping=matching.parse_mapping(_given_mapping(options), taxonomy),
        names=names,
        snap=options.snap,
    )
    pictures = [
        mask_folder.picture(
            usable.pair,
            usable.mask,
            match.number_by_code,
            size=usable.size,
            offset=usable.offset,
            part=options.split,
            place=options.place,
            root_name=options.path.resolve().name,
        )
        for usable in checked.usable
    ]
    return _Prepared(pictures, match, checked.rejected)


def _prepare_camvid(
    workspace: Workspace, options: CamvidOptions, taxonomy: Taxonomy, report: Report
) -> _Prepared:
    _check_folder(options.path)
    parts = camvid.find_parts(options.path)
    numbers = camvid.number_by_code(taxonomy)
    part_of: dict[Path, Part] = {pair.image: part for part, pairs in parts.items() for pair in pairs}
    every = [pair for pairs in parts.values() for pair in pairs]
    checked = _check_pairs(workspace, every, report, skip_broken=options.skip_broken, resize=False, snap=0.0)
    unknown = sorted(set(checked.values) - set(numbers))
    if unknown:
        raise InputError(
            f"The label files hold the value {mask_file.code_text(unknown[0])}, which CamVid does not have.",
            hint="import them with `townscape import mask-folder` and say what each value means.",
        )
    pictures: list[LabelledPicture] = []
    for usable in checked.usable:
        sequence, seconds = camvid.sequence_of(usable.pair.name)
        picture = mask_folder.picture(
            usable.pair,
            usable.mask,
            numbers,
            size=usable.size,
            offset=usable.offset,
            part=part_of[usable.pair.image],
            place=None,
            root_name="camvid",
        )
        pictures.append(
            LabelledPicture(
                image=picture.image,
                name=picture.name,
                tiles=picture.tiles,
                official_part=picture.official_part,
                sequence=sequence or picture.sequence,
                sequence_s=seconds,
            )
        )
    reasons = dict.fromkeys(checked.values, "CamVid's own list")
    return _Prepared(pictures, matching.Match(numbers, reasons, checked.values), checked.rejected)


@dataclass(frozen=True, slots=True)
class _Usable:
    pair: mask_folder.Pair
    mask: mask_file.Mask
    size: tuple[int, int]
    offset: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Checked:
    usable: list[_Usable]
    values: Counter[int]
    rejected: list[tuple[str, str]]


def _check_pairs(
    workspace: Workspace,
    pairs: Sequence[mask_folder.Pair],
    report: Report,
    *,
    skip_broken: bool,
    resize: bool,
    snap: float,
) -> _Checked:
    """Decode every image and mask once; the first that cannot be used stops, or is left out."""
    usable: list[_Usable] = []
    values: Counter[int] = Counter()
    rejected: list[tuple[str, str]] = []
    for pair in report.track(pairs, "checking", unit="pairs"):
        try:
            image = workspace.images.inspect(pair.image)
            mask = mask_file.open_mask(pair.mask)
            if snap <= 0:
                mask_file.refuse_smeared(mask)
            offset = _offset(mask, image, resize=resize)
            values.update(mask.count())
            usable.append(_Usable(pair, mask, (image["width"], image["height"]), offset))
        except InputError as error:
            if not skip_broken:
                hint = " ".join(filter(None, (error.hint, "To import the rest, add `--skip-broken`.")))
                raise type(error)(error.message, hint=hint) from error
            rejected.append((str(pair.image), error.message))
    if not usable:
        raise InputError("None of the pairs can be used.", hint=rejected[0][1] if rejected else None)
    return _Checked(usable, values, rejected)


def _offset(mask: mask_file.Mask, image: dict[str, Any], *, resize: bool) -> tuple[int, int]:
    try:
        return mask_file.place_in_image(
            mask, width=image["width"], height=image["height"], transform=image.get("transform")
        )
    except SizeMismatch:
        if resize and not mask.is_raster:
            return 0, 0
        raise


def _given_mapping(options: MaskFolderOptions) -> dict[str, str]:
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


def _store(
    workspace: Workspace, taxonomy: Taxonomy, options: ImportOptions, prepared: _Prepared, report: Report
) -> ImportResult:
    stored = new = kept = 0
    labelled = total = 0
    for picture in report.track(prepared.pictures, "importing"):
        image, is_new = workspace.images.take_in(
            picture.image,
            name=picture.name,
            copy=options.copy_images,
            sequence=picture.sequence,
            sequence_s=picture.sequence_s,
            place=picture.place,
            run_id=report.run_id,
        )
        new += is_new
        layer = "main"
        annotation = workspace.labels.open(image, taxonomy.name, official_part=picture.official_part)
        if annotation.head > 0 and options.existing == "layer":
            layer = IMPORT_LAYER
            annotation = workspace.labels.open(image, taxonomy.name, layer=layer)
        if annotation.head > 0 and options.existing == "keep":
            kept += 1
            continue
        tiles = picture.tiles()
        if annotation.head > 0 and options.existing == "fill":
            tiles = _fill(workspace, annotation, tiles)
        message = f"Imported from {options.path.name}"
        workspace.labels.save_large(annotation.id, tiles, message=message, run_id=report.run_id)
        coverage = workspace.labels.coverage(annotation.id)
        labelled += coverage.total_px - coverage.unlabelled_px
        total += coverage.total_px
        stored += 1
    return ImportResult(
        images=stored,
        new_images=new,
        kept=kept,
        rejected=[{"file": path, "reason": reason} for path, reason in prepared.rejected],
        values=prepared.match.table(taxonomy),
        remarks=list(prepared.match.remarks),
        labelled_share=labelled / total if total else 0.0,
    )


def _fill(
    workspace: Workspace, annotation: Annotation, tiles: Iterable[tuple[tuple[int, int], Segments]]
) -> Iterator[tuple[tuple[int, int], Segments]]:
    from townscape.core.tiles import TileKey

    for (row, column), tile in tiles:
        before = workspace.labels.read_tile(annotation.id, TileKey(0, row, column))
        yield (row, column), tile if before is None else np.where(before == UNLABELLED, tile, before)


def _check_folder(path: Path) -> None:
    if not path.exists():
        raise InputError(f"{path} does not exist.", hint="check the path; put quotes around spaces.")
