"""Forms: which options of a stage a page shows, and how answers become options.

Paths never come from the page. Where an option is a path, the answer is an id that /v1/folders
gave out, and it is looked up here; where something is written, the answer is a name, and the folder
is `exports` in the workspace. A run that goes on from an earlier one takes paths from its record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin

from townscape.collect import CollectOptions
from townscape.core.errors import UsageError
from townscape.core.options import Options
from townscape.curate import get_kind, kind_names
from townscape.evaluate.options import EvaluateOptions
from townscape.exchange import ExportOptions, ImportOptions
from townscape.exchange.choosing import safe_name
from townscape.insights.options import InsightsOptions
from townscape.models.architectures import architecture_names
from townscape.predict.options import PredictOptions
from townscape.report.options import ReportOptions
from townscape.server.context import Context
from townscape.train.options import TrainOptions
from townscape.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Form:
    """A stage's form: the fields shown first, and those that only the command line has."""

    options: type[Options]
    title: str
    text: str
    first: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Paths to write to: answered by a name, which becomes a folder or .zip file in `exports`."""

    def choices(self, field: str) -> tuple[str, ...]:
        """What can be chosen where the options class leaves it open."""
        return architecture_names() if field == "architecture" else ()


FORMS: dict[str, Form] = {
    "collect": Form(
        CollectOptions, "Collect images",
        "Take in pictures that have no labels yet: folders, archives, videos, buckets, open datasets.",
        ("paths", "addresses", "copy_images", "sample"), ("relink", "dry_run"),
    ),
    "import": Form(
        ImportOptions, "Import images with labels",
        "A dataset in any usual format: what it is is found out, and what nothing answers to is asked.",
        ("path", "masks", "images", "copy_images", "split", "existing"), ("mapping", "onto", "author"),
    ),
    "export": Form(
        ExportOptions, "Export a dataset", "Labels and images in any usual format, read back and compared.",
        ("format", "variant", "images", "licence"), names=("out",),
    ),
    "train": Form(
        TrainOptions, "Train a model", "Learn from everything that is labelled.",
        ("minutes", "taxonomy", "architecture", "name"), ("threads", "encoder_weights_sha256"),
    ),
    "evaluate": Form(
        EvaluateOptions, "Evaluate a model", "Score a model on labels that were held out.",
        ("model", "split"), ("page",),
    ),
    "predict": Form(
        PredictOptions, "Predict", "Run a model on the workspace's images.",
        ("model", "again", "flip"), ("threads", "paths"),
    ),
    "insights": Form(
        InsightsOptions, "Compute insights", "Shares per zone and street, each with its interval.",
        ("zones", "grid", "model", "green_threshold"),
    ),
    "report": Form(
        ReportOptions, "Write a report", "One page to print or send, with its tables.",
        ("title", "note"), ("out", "known"),
    ),
}  # fmt: skip


FORMS.update({
    f"curate-{name}": Form(
        get_kind(name).Options, get_kind(name).TITLE, get_kind(name).TEXT, get_kind(name).FIRST, ("kind",)
    )
    for name in kind_names()
})  # fmt: skip


def read_answers(
    name: str, answers: dict[str, Any], context: Context, *, earlier: Mapping[str, Any] | None = None
) -> Options:
    """The options that a filled form means. Raises `UsageError` naming what is wrong.

    `earlier` holds options of an earlier run, which hold where nothing is answered; an answer of
    None or "" is the usual value.
    """
    form = FORMS.get(name)
    if form is None:
        raise UsageError(f"There is no form {name!r}.", hint=f"there are {', '.join(FORMS)}.")
    values: dict[str, Any] = dict(earlier or {})
    for field, value in answers.items():
        if field in form.hidden:
            continue
        if value is None or value == "":
            values.pop(field, None)
        elif field in form.names:
            values[field] = export_path(context.workspace, str(value))
        elif has_path(form.options, field):
            is_many = isinstance(value, list)
            ids: list[Any] = value if is_many else [value]
            paths = [context.folders.path(str(entry_id)) for entry_id in ids]
            values[field] = paths if is_many else paths[0]
        else:
            values[field] = value
    return form.options.parse(values)


def export_path(workspace: Workspace, name: str) -> Path:
    """Where an export of that name goes. Raises `UsageError` if there is one already."""
    if not name.strip(" ."):
        raise UsageError("The export has no name.", hint="give it one: a folder is called after it.")
    path = workspace.folder.exports / safe_name(name)
    if path.exists():
        raise UsageError(f"There is an export called {path.name} already.", hint="choose another name.")
    return path


def has_path(options: type[Options], field: str) -> bool:
    """Whether a field holds paths."""
    found = options.model_fields.get(field)
    return found is not None and _mentions(found.annotation, Path)


def is_list(options: type[Options], field: str) -> bool:
    """Whether a field holds several values."""
    found = options.model_fields.get(field)
    return found is not None and get_origin(found.annotation) is tuple


def _mentions(annotation: Any, wanted: type) -> bool:
    return annotation is wanted or any(_mentions(inner, wanted) for inner in get_args(annotation))
