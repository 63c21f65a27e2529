"""The rim of training: dataset in, model out."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from townscape.core.errors import MissingExtra, ModelError
from townscape.core.events import Report
from townscape.core.ids import new_id
from townscape.core.taxonomy import Taxonomy
from townscape.models.card import ModelCard, Preprocessing, TrainedOn
from townscape.train.options import DEFAULT_CROP_PX, TrainOptions
from townscape.version import __version__
from townscape.workspace import Workspace
from townscape.workspace.blobs import sha256_of_file
from townscape.workspace.freeze import freeze_dataset
from townscape.workspace.records import Dataset, Image, Model

if TYPE_CHECKING:
    from townscape.train.session import Session

DEFAULT_MINUTES = 10.0
DEFAULT_MAX_SIDE = 1024


class TrainResult(BaseModel):
    """What training made."""

    model_config = ConfigDict(frozen=True)

    model: str
    """Name of the model."""
    model_id: str
    dataset_id: str
    windows: dict[str, int]
    """Windows by part."""
    steps: int
    tune_mean_iou: float | None
    """Optimistic: the weights were chosen on it."""
    seconds: float
    folder: str
    warnings: list[str]


def run(workspace: Workspace, options: TrainOptions, report: Report) -> TrainResult:
    """Train one model; resumable: called again with the same run it goes on where it stopped.

    Emits the metrics `loss` and `tune mean IoU`. Raises `DatasetError` without labels and
    `MissingExtra` without torch.
    """
    try:
        from townscape.train.session import Session
    except ImportError as error:
        raise MissingExtra("Training", extra="train") from error
    began = time.monotonic()
    run_id = report.run_id or new_id()
    session = Session(workspace.folder.run(run_id) / "state")
    facts = session.state.read_fact("run") or {"model_id": new_id()}
    taxonomy, dataset = _find_dataset(workspace, options, report, facts.get("dataset_id"))
    for warning in dataset.warnings:
        report.warn(warning)
    session.state.write_fact("run", {**facts, "dataset_id": dataset.id})
    images = workspace.images.get_many(sorted({item.image_id for item in dataset.items}))
    preprocessing = _preprocessing(options, taxonomy, images)
    session.prepare(workspace, dataset, taxonomy, preprocessing, options, report, began=began)
    progress = session.fit(report)
    card = _card(session, dataset, taxonomy, options, facts["model_id"], workspace, progress.best_score)
    report.progress("exporting", 0, 1, unit="models")
    folder = workspace.folder.model(facts["model_id"])
    session.export(card, folder)
    report.progress("exporting", 1, 1, unit="models")
    if facts["model_id"] not in {m.id for m in workspace.models.find()}:
        workspace.models.put(
            Model(
                id=facts["model_id"],
                name=card.name,
                dataset_id=dataset.id,
                card=card.model_dump(mode="json"),
                onnx_sha256=sha256_of_file(folder / "model.onnx"),
                run_id=report.run_id,
                created_at=time.time(),
            )
        )
    return TrainResult(
        model=card.name,
        model_id=facts["model_id"],
        dataset_id=dataset.id,
        windows=card.trained_on.windows,
        steps=progress.step,
        tune_mean_iou=progress.best_score,
        seconds=time.monotonic() - began,
        folder=str(folder),
        warnings=list(dataset.warnings),
    )


def _find_dataset(
    workspace: Workspace, options: TrainOptions, report: Report, frozen_id: str | None
) -> tuple[Taxonomy, Dataset]:
    wanted = frozen_id or options.dataset
    if wanted is not None:
        dataset = workspace.datasets.get(wanted)
        return workspace.taxonomies.get(dataset.taxonomy, dataset.taxonomy_version), dataset
    taxonomy = workspace.taxonomy(options.taxonomy)
    dataset = freeze_dataset(
        workspace,
        taxonomy,
        report,
        val_share=options.val_share,
        tune_share=options.tune_share,
        split_by=options.split_by,
        seed=options.seed,
        gap_px=options.crop or DEFAULT_CROP_PX,
    )
    return taxonomy, dataset


def _preprocessing(options: TrainOptions, taxonomy: Taxonomy, images: Sequence[Image]) -> Preprocessing:
    """Bands and sizes; mean and std are those of the encoder's weights and come later."""
    bands = options.bands or _default_bands(images)
    full_scale = {"uint8": 255.0, "uint16": 65_535.0}.get(images[0].dtype, 0.0)
    if any(image.dtype != images[0].dtype for image in images):
        kinds = ", ".join(sorted({image.dtype for image in images}))
        raise ModelError(
            f"The labelled images hold values of different kinds ({kinds}).",
            hint="train on images of one kind: convert the others first.",
        )
    overhead = is_overhead(options, taxonomy, images)
    sizes = {round(abs(i.geo_transform.determinant) ** 0.5, 4) for i in images if i.transform and i.crs}
    return Preprocessing(
        bands=bands,
        full_scale=full_scale,
        mean=(0.5,) * len(bands),
        std=(0.5,) * len(bands),
        max_side=None if overhead else (options.max_side or DEFAULT_MAX_SIDE),
        pixel_m=sizes.pop() if len(sizes) == 1 else None,
    )


def is_overhead(options: TrainOptions, taxonomy: Taxonomy, images: Sequence[Image]) -> bool:
    """Whether the images look straight down: said so, or the taxonomy does, or all are rasters."""
    if options.viewpoint != "auto":
        return options.viewpoint == "overhead"
    if taxonomy.viewpoint != "any":
        return taxonomy.viewpoint == "overhead"
    return all(image.kind == "raster" for image in images)


def _default_bands(images: Sequence[Image]) -> tuple[str, ...]:
    rgb = ("red", "green", "blue")
    if all(set(rgb) <= set(image.bands) or image.bands[0] == "gray" for image in images):
        return rgb
    shared = [b for b in images[0].bands if b != "alpha" and all(b in i.bands for i in images)]
    if not shared:
        raise ModelError(
            "The labelled images have no band in common.", hint="name the bands to use with --bands."
        )
    return tuple(shared)


def _card(
    session: "Session",
    dataset: Dataset,
    taxonomy: Taxonomy,
    options: TrainOptions,
    model_id: str,
    workspace: Workspace,
    tune_score: float | None,
) -> ModelCard:
    known = {m.id: m.name for m in workspace.models.find()}
    wanted = options.name or f"{taxonomy.name}-{options.architecture}"
    parts = ("train", "tune", "val", "test")
    official = [item.is_official for item in dataset.items]
    split = "published" if all(official) else "published in part" if any(official) else "made by Townscape"
    scores = {} if tune_score is None else {"tune (optimistic)": {"mean_iou": round(tune_score, 4)}}
    return ModelCard(
        name=known.get(model_id) or workspace.models.free_name(wanted),
        architecture=options.architecture,
        encoder=options.encoder,
        weights_origin=session.weights_origin,
        taxonomy=taxonomy,
        preprocessing=session.preprocessing,
        trained_on=TrainedOn(
            dataset_id=dataset.id,
            content_hash=dataset.content_hash,
            windows={p: len(dataset.part(p)) for p in parts if dataset.part(p)},
            labelled_megapixels=round(sum(session.class_pixels) / 1e6, 4),
            class_share=session.class_share(taxonomy),
            split=split,
            warnings=dataset.warnings,
        ),
        options=options.model_dump(mode="json", exclude_none=True),
        scores=scores,
        steps=session.plan.n_steps,
        code_version=__version__,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
