"""The stages by name: how to read their options, run them, and what they need first."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from townscape.core.errors import NotFound
from townscape.core.events import Report
from townscape.core.options import Options
from townscape.evaluate.options import EvaluateOptions
from townscape.insights.options import InsightsOptions
from townscape.predict.options import PredictOptions
from townscape.report.options import ReportOptions
from townscape.workspace import Workspace
from townscape.workspace.suited import suited_images


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its room, how recorded options are read back, and whether it is heavy."""

    room: str
    options_reader: str
    is_heavy: bool

    def parse(self, values: dict[str, Any]) -> Options:
        """Options from the values that a run recorded."""
        module = importlib.import_module(self.room)
        reader = getattr(module, self.options_reader)
        return reader.parse(values) if isinstance(reader, type) else reader(values)

    def run(self, workspace: Workspace, options: Options, report: Report) -> BaseModel:
        """Run the stage in this process."""
        run: Callable[[Workspace, Options, Report], BaseModel] = importlib.import_module(self.room).run
        return run(workspace, options, report)


STAGES: dict[str, Stage] = {
    "collect": Stage("townscape.collect", "CollectOptions", is_heavy=False),
    "curate": Stage("townscape.curate", "read_options", is_heavy=True),
    "import": Stage("townscape.exchange", "ImportOptions", is_heavy=False),
    "export": Stage("townscape.exchange", "ExportOptions", is_heavy=False),
    "train": Stage("townscape.train", "TrainOptions", is_heavy=True),
    "predict": Stage("townscape.predict", "PredictOptions", is_heavy=True),
    "evaluate": Stage("townscape.evaluate", "EvaluateOptions", is_heavy=True),
    "insights": Stage("townscape.insights", "InsightsOptions", is_heavy=True),
    "report": Stage("townscape.report", "ReportOptions", is_heavy=False),
}


def get_stage(name: str) -> Stage:
    """The stage of that name; raises `NotFound`."""
    if name not in STAGES:
        raise NotFound(f"There is no stage {name!r}.", hint=f"there are {', '.join(STAGES)}.")
    return STAGES[name]


def prerequisites(workspace: Workspace, options: Options) -> list[tuple[str, Options]]:
    """What has to run before a stage can, each with the reason, in order."""
    if isinstance(options, EvaluateOptions):
        return _before_evaluate(workspace, options)
    if isinstance(options, InsightsOptions):
        return _before_insights(workspace, options)
    if isinstance(options, ReportOptions) and not workspace.insights.indicators():
        return [("There are no insights yet: computing them first.", InsightsOptions(model=options.model))]
    return []


def _before_evaluate(workspace: Workspace, options: EvaluateOptions) -> list[tuple[str, Options]]:
    from townscape.evaluate.evaluating import choose

    model, dataset, part = choose(workspace, options)
    images = {item.image_id for item in dataset.part(part)}
    missing = images - workspace.predictions.find(model_id=model.id, image_ids=images).keys()
    if not missing:
        return []
    reason = f"{len(missing)} images of {part} have no prediction of {model.name}: predicting them first."
    return [(reason, PredictOptions(model=model.id, dataset=dataset.id, part=part))]


def _before_insights(workspace: Workspace, options: InsightsOptions) -> list[tuple[str, Options]]:
    model = workspace.models.get(options.model)
    needed: list[tuple[str, Options]] = []
    images = {image.id for image in suited_images(workspace, model)}
    missing = images - workspace.predictions.find(model_id=model.id, image_ids=images).keys()
    if missing:
        reason = f"{len(missing)} images have no prediction of {model.name}: predicting them first."
        needed.append((reason, PredictOptions(model=model.id)))
    if model.dataset_id is not None and not workspace.evaluations.find(model_id=model.id):
        dataset = workspace.datasets.get(model.dataset_id)
        for part in ("val", "test"):
            if dataset.part(part):
                reason = f"{model.name} was not evaluated yet: scoring it on {part}."
                needed.append((reason, EvaluateOptions(model=model.id, split=part)))
                break
    return needed
