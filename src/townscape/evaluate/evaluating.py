"""The rim of evaluate: stored predictions and frozen labels in, scores and a page out."""

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from townscape.core.errors import DatasetError, NotFound
from townscape.core.events import Report
from townscape.core.ids import new_id
from townscape.core.spaces import Window
from townscape.core.splits import Part
from townscape.evaluate.counting import Counts, count_part
from townscape.evaluate.options import EvaluateOptions
from townscape.evaluate.page import write_page
from townscape.evaluate.scoring import EvaluateResult, score_counts
from townscape.workspace import Workspace
from townscape.workspace.records import Dataset, DatasetItem, Evaluation, Model

_DEFAULT_PARTS: tuple[Part, ...] = ("val", "test", "tune")


def run(workspace: Workspace, options: EvaluateOptions, report: Report) -> EvaluateResult:
    """Score a model on a part of a dataset; stores the evaluation and writes a page.

    Raises `NotFound` if an image of the part has no prediction of the model yet (the command
    line predicts them first), and `DatasetError` if the part is empty.
    """
    model, dataset, part = choose(workspace, options)
    items = dataset.part(part)
    taxonomy = workspace.taxonomies.get(dataset.taxonomy, dataset.taxonomy_version)
    predictions = workspace.predictions.find(model_id=model.id, image_ids=[i.image_id for i in items])
    missing = {item.image_id for item in items} - predictions.keys()
    if missing:
        raise NotFound(
            f"{len(missing)} images of {part} have no prediction of {model.name}.",
            hint=f"run `townscape predict --part {part}` first.",
        )
    counts = count_part(
        workspace, taxonomy, items, predictions, report, boundary_ratio=options.boundary_ratio
    )
    result = score_counts(
        counts,
        taxonomy,
        part=part,
        is_optimistic=is_optimistic(workspace, model, items, part),
        model=model.name,
        model_id=model.id,
        dataset_id=dataset.id,
        warnings=dataset.warnings,
    )
    evaluation_id = new_id()
    page = options.page or workspace.folder.reports / f"evaluation-{model.name}-{part}.html"
    result = result.model_copy(update={"page": str(Path(page).resolve())})
    write_page(Path(page), workspace, taxonomy, items, predictions, counts, result, n_worst=options.worst)
    _store(workspace, evaluation_id, counts, result, report)
    return result


def choose(workspace: Workspace, options: EvaluateOptions) -> tuple[Model, Dataset, Part]:
    """The model, dataset and part that the options mean. Raises `DatasetError` if there is none."""
    model = workspace.models.get(options.model)
    dataset = workspace.datasets.get(options.dataset or model.dataset_id)
    wanted = (options.split,) if options.split else _DEFAULT_PARTS
    for part in wanted:
        if dataset.part(part):
            return model, dataset, part
    have = ", ".join(dict.fromkeys(item.part for item in dataset.items))
    raise DatasetError(
        f"The dataset has no {' or '.join(wanted)} part; it has {have}.",
        hint="choose another with --split, or hold some labels out: `--split val` on import.",
    )


def is_optimistic(workspace: Workspace, model: Model, items: Sequence[DatasetItem], part: Part) -> bool:
    """Whether a score on these windows flatters: the model learned from them or was chosen on them."""
    if part in ("train", "tune"):
        return True
    if model.dataset_id is None:
        return False
    learned: dict[str, list[Window]] = defaultdict(list)
    for item in workspace.datasets.get(model.dataset_id).part("train", "tune"):
        learned[item.image_id].append(item.window)
    return any(item.window.intersects(window) for item in items for window in learned[item.image_id])


def _store(
    workspace: Workspace, evaluation_id: str, counts: Counts, result: EvaluateResult, report: Report
) -> None:
    blob = workspace.blobs.put(counts.to_bytes(), media_type="application/x-npz")
    workspace.evaluations.put(
        Evaluation(
            id=evaluation_id,
            model_id=result.model_id,
            dataset_id=result.dataset_id,
            part=result.part,  # pyright: ignore[reportArgumentType]
            is_optimistic=result.is_optimistic,
            scores=result.model_dump(mode="json"),
            counts_blob=blob,
            run_id=report.run_id,
            created_at=time.time(),
        )
    )
