"""Where a workspace is on its way from images to a report, and what comes next."""

from dataclasses import dataclass

from townscape.core.options import Options
from townscape.evaluate.options import EvaluateOptions
from townscape.insights.options import InsightsOptions
from townscape.predict.options import PredictOptions
from townscape.report.options import ReportOptions
from townscape.train.options import TrainOptions
from townscape.workspace import Workspace
from townscape.workspace.records import Model
from townscape.workspace.suited import suited_images


@dataclass(frozen=True, slots=True)
class StageState:
    """One line of the overview: a stage, what there is, and whether it is up to date."""

    stage: str
    summary: str
    is_done: bool
    next_step: str
    """The command that would do it, empty if there is nothing to do."""


def pipeline_state(workspace: Workspace) -> list[StageState]:
    """The stages in order, each with what there is of it."""
    images = workspace.images.find()
    annotations = [a for a in workspace.labels.find(layer="main") if a.head > 0]
    models = workspace.models.find()
    model = models[-1] if models else None
    states = [
        StageState(
            "collect",
            _counted(len(images), "image"),
            is_done=bool(images),
            next_step="townscape collect FOLDER",
        ),
        _curating(workspace, is_labelled=bool(annotations)),
        StageState(
            "label",
            f"{_counted(len(annotations), 'image')} with labels",
            is_done=bool(annotations),
            next_step="townscape import mask-folder IMAGES MASKS",
        ),
        StageState(
            "train",
            f"{_counted(len(models), 'model')}" + (f", newest {model.name}" if model else ""),
            is_done=model is not None and not _labels_are_newer(workspace, model),
            next_step="townscape train --minutes 10",
        ),
    ]
    if model is None:
        return states
    suited = suited_images(workspace, model)
    scored = workspace.evaluations.find(model_id=model.id)
    predicted = workspace.predictions.find(model_id=model.id, image_ids=[i.id for i in suited])
    indicators = workspace.insights.indicators()
    is_newest = bool(indicators) and indicators[0].model_id == model.id
    reports = sorted(workspace.folder.reports.glob("report*.html"))
    best = scored[-1].scores if scored else {}
    return [
        *states,
        StageState(
            "evaluate",
            f"mean IoU {best['mean_iou']:.3f} on {scored[-1].part}" if best.get("mean_iou") else "not yet",
            is_done=bool(scored),
            next_step="townscape evaluate",
        ),
        StageState(
            "predict",
            f"{len(predicted)} of {_counted(len(suited), 'image')}",
            is_done=bool(suited) and len(predicted) == len(suited),
            next_step="townscape predict",
        ),
        StageState(
            "insights",
            _counted(len(indicators), "indicator") if is_newest else "not yet",
            is_done=is_newest,
            next_step="townscape insights",
        ),
        StageState(
            "report",
            str(reports[-1].relative_to(workspace.root)) if reports else "not yet",
            is_done=bool(reports) and is_newest and _is_newer(workspace, reports[-1].stat().st_mtime),
            next_step="townscape report",
        ),
    ]


def _curating(workspace: Workspace, *, is_labelled: bool) -> StageState:
    """What was looked at before labelling. Whoever labels already is past it; it can be done at any time."""
    kinds = {str(r.options["kind"]) for r in workspace.runs.find(states=("done",)) if r.stage == "curate"}
    copies = sum(workspace.pairs.count_by_kind().get(kind, 0) for kind in ("bytes", "pixels", "copy"))
    words = [", ".join(sorted(kind.replace("-", " ") for kind in kinds)) or "not yet"]
    if copies:
        words.append(f"{_counted(copies, 'pair')} of copies")
    return StageState(
        "curate",
        " · ".join(words),
        is_done=bool(kinds) or is_labelled,
        next_step="townscape curate duplicates",
    )


def remaining(workspace: Workspace) -> list[Options]:
    """Options of the stages that are still to do from here on, in order; training only if there
    are labels that no model has learned from.
    """
    by_name: dict[str, Options] = {
        "train": TrainOptions(),
        "evaluate": EvaluateOptions(),
        "predict": PredictOptions(),
        "insights": InsightsOptions(),
        "report": ReportOptions(),
    }
    states = {state.stage: state for state in pipeline_state(workspace)}
    if not states["train"].is_done:
        return list(by_name.values()) if states["label"].is_done else []
    pending = [name for name in by_name if not states[name].is_done]
    if not pending:
        return []
    first = list(by_name).index(pending[0])
    return [options for name, options in list(by_name.items())[first:] if name != "train"]


def _labels_are_newer(workspace: Workspace, model: Model) -> bool:
    """Whether somebody labelled after the model's dataset was frozen."""
    if model.dataset_id is None:
        return False
    dataset = workspace.datasets.get(model.dataset_id)
    changed_at = workspace.history.changed_at(dataset.taxonomy)
    return changed_at is not None and changed_at > dataset.created_at


def _is_newer(workspace: Workspace, report_made_at: float) -> bool:
    indicators = workspace.insights.indicators()
    return not indicators or report_made_at >= indicators[0].created_at


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
