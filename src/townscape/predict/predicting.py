"""The rim of predict: which images, which model, where the results go."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict

from townscape.core.errors import InputError, ModelError, NothingToRead, UsageError
from townscape.core.events import Report
from townscape.core.ids import new_id
from townscape.core.labelmap import class_number_by_channel
from townscape.models.card import ONNX_FILE, ModelCard, write_card
from townscape.models.inference import mask_answer, photo_scale, predict_photo, select_bands
from townscape.models.runtimes import Runtime, load_runtime
from townscape.predict import outputs
from townscape.predict.options import PredictOptions
from townscape.predict.raster import predict_raster
from townscape.workspace import Workspace, photos, rasters
from townscape.workspace.blobs import sha256_of_file
from townscape.workspace.looking import as_rgb8
from townscape.workspace.prediction_files import (
    put_plane,
    read_prediction,
    read_small_prediction,
)
from townscape.workspace.records import Image, Model, Prediction
from townscape.workspace.suited import suited_images

_PREVIEW_PX = 2048


class PredictResult(BaseModel):
    """What was predicted."""

    model_config = ConfigDict(frozen=True)

    model: str
    images: int
    """Images that have a prediction now."""
    predicted: int
    """Of these, predicted in this run; the others had one already."""
    rejected: list[dict[str, str]]
    """Images left out, each with its reason."""
    class_share: dict[str, float]
    """Class key → share of all predicted pixels."""
    out: str | None
    """Folder of the files."""


def run(workspace: Workspace, options: PredictOptions, report: Report) -> PredictResult:
    """Predict images and store the predictions; with `out`, also write them as files.

    Images that have a prediction of this model are not predicted again unless asked. An image
    that cannot be read is listed and does not stop the others, unless it is the only one.
    """
    model, runtime = _load_model(workspace, options)
    images, rejected = _choose_images(workspace, options, model, report)
    worker = _Worker(workspace, options, model, runtime, report)
    known = workspace.predictions.find(model_id=model.id)
    settings = {"window": options.window, "flip": options.flip, "engine": options.engine}
    stored: dict[str, Prediction] = {}
    predicted = 0
    for image in report.track(images, "predicting"):
        old = known.get(image.id)
        if old is not None and not options.again and old.options == settings:
            stored[image.id] = old
            continue
        try:
            stored[image.id] = workspace.predictions.put(worker.predict(image, settings))
            predicted += 1
        except (InputError, ModelError) as error:
            if len(images) == 1:
                raise
            rejected.append({"file": image.source, "reason": error.message})
            report.warn(error.message, hint=error.hint)
    if options.out is not None:
        _write_files(
            workspace, options.out, [i for i in images if i.id in stored], stored, runtime.card, report
        )
    return PredictResult(
        model=model.name,
        images=len(stored),
        predicted=predicted,
        rejected=rejected,
        class_share=_class_share(stored.values(), runtime.card),
        out=None if options.out is None else str(options.out.resolve()),
    )


@dataclass(frozen=True, slots=True)
class _Worker:
    """Predicts one image at a time."""

    workspace: Workspace
    options: PredictOptions
    model: Model
    runtime: Runtime
    report: Report

    def predict(self, image: Image, settings: dict[str, Any]) -> Prediction:
        """The prediction of an image, its files stored, its record not yet."""
        make: Callable[[Image], tuple[str, str | None, dict[int, int]]]
        make = self._photo if image.kind == "photo" else self._raster
        classes_blob, confidence_blob, counts = make(image)
        return Prediction(
            id=new_id(),
            image_id=image.id,
            model_id=self.model.id,
            kind=image.kind,
            classes_blob=classes_blob,
            confidence_blob=confidence_blob,
            class_pixels={str(number): count for number, count in counts.items()},
            options=settings,
            run_id=self.report.run_id,
            created_at=time.time(),
        )

    def _photo(self, image: Image) -> tuple[str, str, dict[int, int]]:
        preprocessing = self.runtime.card.preprocessing
        scale = photo_scale(image.width, image.height, preprocessing)
        pixels = self.workspace.images.read(image, max_side=preprocessing.max_side if scale < 1 else None)
        values = select_bands(pixels.values, pixels.bands, preprocessing.bands)
        answer = predict_photo(self.runtime, values, size=(image.width, image.height), flip=self.options.flip)
        if pixels.valid.shape == answer.channels.shape:
            answer = mask_answer(answer, pixels.valid)
        numbers = class_number_by_channel(self.runtime.card.taxonomy)[answer.channels]
        blobs = self.workspace.blobs
        found = np.bincount(numbers.reshape(-1), minlength=1)
        counts = {int(n): int(found[n]) for n in np.flatnonzero(found) if n}
        return put_plane(blobs, numbers), put_plane(blobs, answer.confidence), counts

    def _raster(self, image: Image) -> tuple[str, None, dict[int, int]]:
        folder = self.workspace.folder.run(self.report.run_id or "loose") / "state" / image.id
        folder.mkdir(parents=True, exist_ok=True)
        finished = folder / "prediction.tif"
        counts = predict_raster(
            self.runtime,
            image,
            self.workspace.images.path(image),
            finished,
            folder / "bands",
            window_px=self.options.window,
            any_scale=self.options.any_scale,
            on_window=lambda done, total: self.report.progress(image.name, done, total, unit="windows"),
        )
        blob = self.workspace.blobs.put_file(finished, media_type="image/tiff", move=True)
        shutil.rmtree(folder)
        return blob, None, counts


def _load_model(workspace: Workspace, options: PredictOptions) -> tuple[Model, Runtime]:
    if options.model is not None and options.model.endswith(".onnx"):
        model = _take_in_model(workspace, Path(options.model).expanduser())
    else:
        model = workspace.models.get(options.model)
    path = workspace.folder.model(model.id) / ONNX_FILE
    return model, load_runtime(path, engine=options.engine, threads=options.threads)


def _take_in_model(workspace: Workspace, path: Path) -> Model:
    """A model file from elsewhere, copied into the workspace (once)."""
    card = load_runtime(path).card
    sha256 = sha256_of_file(path)
    for model in workspace.models.find():
        if model.onnx_sha256 == sha256:
            return model
    model_id = new_id()
    folder = workspace.folder.model(model_id)
    folder.mkdir(parents=True)
    shutil.copyfile(path, folder / ONNX_FILE)
    card = card.model_copy(update={"name": workspace.models.free_name(card.name)})
    write_card(card, folder)
    if card.taxonomy.name not in workspace.taxonomies.names():
        workspace.taxonomies.put(card.taxonomy)
    return workspace.models.put(
        Model(
            id=model_id,
            name=card.name,
            dataset_id=None,
            card=card.model_dump(mode="json"),
            onnx_sha256=sha256,
            run_id=None,
            created_at=time.time(),
        )
    )


def _choose_images(
    workspace: Workspace, options: PredictOptions, model: Model, report: Report
) -> tuple[list[Image], list[dict[str, str]]]:
    """The images to predict, and files that could not be taken in."""
    if options.dataset is not None or options.part is not None:
        if options.paths:
            raise UsageError("Give either paths or a dataset, not both.")
        dataset = workspace.datasets.get(options.dataset)
        items = dataset.part(options.part) if options.part else dataset.items
        return workspace.images.get_many(sorted({item.image_id for item in items})), []
    if not options.paths:
        images = suited_images(workspace, model)
        if not images:
            raise NothingToRead(
                "This workspace has no images yet.",
                hint="name some: `townscape predict PATH`; or run `townscape collect FOLDER` first.",
            )
        return images, []
    found: list[Image] = []
    rejected: list[dict[str, str]] = []
    files = [f for path in options.paths for f in _image_files(path)]
    for path, name in files:
        try:
            image, _ = workspace.images.take_in(path, name=name, run_id=report.run_id)
            found.append(image)
        except InputError as error:
            if len(files) == 1:
                raise
            rejected.append({"file": str(path), "reason": error.message})
            report.warn(error.message, hint=error.hint)
    if not found:
        listed = ", ".join(str(path) for path in options.paths)
        raise NothingToRead(f"There is no image to predict in {listed}.", hint="check the path.")
    return list({image.id: image for image in found}.values()), rejected


def _image_files(path: Path) -> list[tuple[Path, str]]:
    path = path.expanduser()
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        raise NothingToRead(f"{path} does not exist.", hint="check the path; put quotes around spaces.")
    suffixes = {*photos.SUFFIXES, *rasters.SUFFIXES}
    return [
        (file, file.relative_to(path).as_posix())
        for file in sorted(path.rglob("*"))
        if file.suffix.lower() in suffixes and file.is_file() and not file.name.startswith(".")
    ]


def _write_files(
    workspace: Workspace,
    out: Path,
    images: Sequence[Image],
    stored: dict[str, Prediction],
    card: ModelCard,
    report: Report,
) -> None:
    out = out.expanduser()
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file, not a folder.")
    outputs.write_classes(card.taxonomy, out)
    names = outputs.output_names(images)
    for image in report.track(images, "writing files"):
        prediction, name = stored[image.id], names[image.id]
        if prediction.kind == "photo":
            pixels = workspace.images.read(image)
            shown = as_rgb8(pixels.values, pixels.bands)
            window = read_prediction(workspace.blobs, prediction, image)
            outputs.write_photo(out, name, window, shown, card.taxonomy)
        else:
            target = out / f"{name}.tif"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(workspace.blobs.path(prediction.classes_blob), target)
            outputs.write_qgis_style(target.with_suffix(".qml"), card.taxonomy)
            _write_preview(workspace, out, name, image, prediction, card)


def _write_preview(
    workspace: Workspace, out: Path, name: str, image: Image, prediction: Prediction, card: ModelCard
) -> None:
    """Overlay of a raster, brought down to a size that any viewer opens."""
    window = read_small_prediction(workspace.blobs, prediction, image, _PREVIEW_PX)
    height, width = window.class_numbers.shape
    values, _ = rasters.read_overview(workspace.images.path(image), width, height)
    shown = as_rgb8(values, image.bands)
    outputs.write_overlay(out / "overlay" / f"{name}.jpg", window.class_numbers, shown, card.taxonomy)


def _class_share(stored: Any, card: ModelCard) -> dict[str, float]:
    totals: dict[str, int] = {}
    for prediction in stored:
        for number, count in prediction.class_pixels.items():
            key = card.taxonomy.get_class(int(number)).key
            totals[key] = totals.get(key, 0) + count
    whole = max(1, sum(totals.values()))
    return {key: count / whole for key, count in sorted(totals.items(), key=lambda item: -item[1])}
