"""One training session: everything between the dataset and the exported model."""

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from townscape.core.confusion import confusion, scores
from townscape.core.events import Report
from townscape.core.memory import keep_freed_memory
from townscape.core.taxonomy import Taxonomy
from townscape.models.card import ModelCard, Preprocessing
from townscape.models.export import write_model
from townscape.models.inference import to_network
from townscape.models.network import build_network, has_fast_bfloat16, mixed_precision
from townscape.models.weights import find_encoder_weights, load_encoder
from townscape.train.augment import CropPlan
from townscape.train.batches import Batches
from townscape.train.loop import Learner, fit
from townscape.train.losses import class_weights
from townscape.train.options import DEFAULT_CROP_PX, TrainOptions
from townscape.train.plan import N_TUNE_LOOKS, Plan
from townscape.train.state import Progress, TrainingState
from townscape.train.windows import WindowReader
from townscape.workspace import Workspace
from townscape.workspace.records import Dataset

TIMED_STEPS = 10
_UNTIMED_STEPS = 2
_DEFAULT_MINUTES = 10.0
_MAX_TUNE_SHARE = 0.08
_MAX_REPEATS = 64


class Session:
    """Holds what training needs; `prepare`, then `fit`, then `export`."""

    def __init__(self, state_folder: Path) -> None:
        self.state = TrainingState(state_folder)

    def prepare(
        self,
        workspace: Workspace,
        dataset: Dataset,
        taxonomy: Taxonomy,
        preprocessing: Preprocessing,
        options: TrainOptions,
        report: Report,
        *,
        began: float,
    ) -> None:
        """Read the windows, build the network, and fix the length of the run."""
        keep_freed_memory()
        if options.threads:
            torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)
        weights = find_encoder_weights(
            options.encoder, options.encoder_weights, sha256=options.encoder_weights_sha256
        )
        n_bands = len(preprocessing.bands)
        self.weights_origin = weights.origin
        self.preprocessing = preprocessing.model_copy(
            update={"mean": _for_bands(weights.mean, n_bands), "std": _for_bands(weights.std, n_bands)}
        )
        self._taxonomy = taxonomy
        self._bfloat16 = _wants_bfloat16(options)
        self._reader = WindowReader(workspace, taxonomy, self.preprocessing, dataset.part("train"))
        self._tune = WindowReader(workspace, taxonomy, self.preprocessing, dataset.part("tune"))
        self.class_pixels = self._count_classes(report)
        network = build_network(
            options.architecture, options.encoder, n_bands=n_bands, n_classes=len(taxonomy.channels)
        )
        if weights.state is not None:
            load_encoder(network, weights.state, n_bands=n_bands)
        self._learner = Learner.of(
            network,
            self.preprocessing,
            class_weights(torch.tensor(self.class_pixels)),
            bfloat16=self._bfloat16,
            peak_rate=options.learning_rate,
        )
        self._crop = self._crop_plan(options)
        self._options = options
        self.plan = self._fix_plan(report, began)

    def fit(self, report: Report) -> Progress:
        """Train to the end of the plan."""
        judge = self._score_on_tune if self._tune.items else None
        progress = fit(self._learner, self._batches(self.plan), self.state, report, score=judge)
        best = self.state.load_best()
        self._learner.network.load_state_dict(best or self._learner.average)
        return progress

    def export(self, card: ModelCard, folder: Path) -> None:
        """Write the model's files."""
        write_model(self._learner.network, card, folder)

    def class_share(self, taxonomy: Taxonomy) -> dict[str, float]:
        """Class key → share of the labelled training pixels."""
        total = max(1, sum(self.class_pixels))
        keys = [taxonomy.get_class(number).key for number in taxonomy.channels]
        return {key: round(n / total, 6) for key, n in zip(keys, self.class_pixels, strict=True)}

    def _count_classes(self, report: Report) -> list[int]:
        counts = np.zeros(256, dtype=np.int64)
        self._labelled_px: list[int] = []
        for index in report.track(range(len(self._reader.items)), "decoding", unit="windows"):
            found = np.bincount(self._reader.read(index).labels.reshape(-1), minlength=256)
            self._labelled_px.append(int(found[:255].sum()))
            counts += found
        return counts[: len(self._taxonomy.channels)].tolist()

    def _crop_plan(self, options: TrainOptions) -> CropPlan:
        stride = self.preprocessing.stride
        long_side = max(stride, (options.crop or DEFAULT_CROP_PX) // stride * stride)
        overhead = self.preprocessing.max_side is None
        short_side = long_side if overhead else max(stride, int(long_side * 0.7) // stride * stride)
        pixels = np.array(self.class_pixels, dtype=np.float64)
        share = pixels / max(1.0, pixels.sum())
        worth = np.where(pixels > 0, 1 / np.log(1.02 + share), 0.0)
        return CropPlan(
            height=short_side,
            width=long_side,
            min_scale=0.7 if overhead else 0.5,
            max_scale=1.4 if overhead else 1.5,
            any_way_up=overhead,
            full_scale=self.preprocessing.full_scale,
            class_value=worth,
        )

    def _batches(self, plan: Plan) -> Batches:
        crop_px = self._crop.height * self._crop.width
        is_large = [self._is_large(index, crop_px) for index in range(len(self._reader.items))]
        repeats = tuple(
            min(_MAX_REPEATS, max(1, round(n / crop_px))) if large else 1
            for n, large in zip(self._labelled_px, is_large, strict=True)
        )
        return Batches(self._reader, self._crop, plan, repeats)

    def _is_large(self, index: int, crop_px: int) -> bool:
        return self._reader.items[index].window.area > 4 * crop_px

    def _fix_plan(self, report: Report, began: float) -> Plan:
        """The plan recorded by an earlier start of this run, or a new one, recorded now."""
        recorded = self.state.read_fact("plan")
        if recorded is not None:
            return Plan(**recorded)
        options = self._options
        plan = Plan(
            n_steps=1,
            batch_size=options.batch_size,
            seed=options.seed,
            mines_hard_pixels=options.mine_hard_pixels,
        )
        if options.steps is not None:
            n_steps = options.steps
        elif options.epochs is not None:
            n_steps = round(options.epochs * self._batches(plan).epoch_length / options.batch_size)
        else:
            n_steps = self._steps_in(options.minutes or _DEFAULT_MINUTES, plan, report, began)
        plan = replace(plan, n_steps=max(1, n_steps))
        self.state.write_fact("plan", asdict(plan))
        return plan

    def _steps_in(self, minutes: float, plan: Plan, report: Report, began: float) -> int:
        """Steps that fit into the minutes: ten are timed on a copy of the learner."""
        report.progress("timing", 0, TIMED_STEPS, unit="steps")
        rehearsal = copy.deepcopy(self._learner.network)
        trial = Learner.of(
            rehearsal,
            self.preprocessing,
            self._learner.class_weights,
            bfloat16=self._bfloat16,
            peak_rate=1e-6,
        )
        n_timed = TIMED_STEPS + _UNTIMED_STEPS
        timed = replace(plan, n_steps=n_timed)
        start = time.monotonic()
        for batch in self._batches(timed).from_step(0):
            if batch.step == _UNTIMED_STEPS:
                start = time.monotonic()
            trial.step(batch, timed)
            report.progress("timing", max(0, batch.step + 1 - _UNTIMED_STEPS), TIMED_STEPS, unit="steps")
        per_step = (time.monotonic() - start) / TIMED_STEPS
        left = minutes * 60 - (time.monotonic() - began)
        self._fit_tune_into(left)
        return int((left - self._tune_seconds * N_TUNE_LOOKS) / per_step)

    def _fit_tune_into(self, seconds: float) -> None:
        """Time a look at one tune window, and look at fewer windows if all would take too long."""
        self._tune_seconds = 0.0
        if not self._tune.items:
            return
        start = time.monotonic()
        self._score_on_tune(self._learner.average, limit=1)
        each = time.monotonic() - start
        affordable = max(1, int(seconds * _MAX_TUNE_SHARE / N_TUNE_LOOKS / each))
        n_looked = min(len(self._tune.items), affordable)
        self.state.write_fact("tune", {"n_windows": n_looked})
        self._tune_seconds = each * n_looked

    def _score_on_tune(self, average: dict[str, torch.Tensor], *, limit: int | None = None) -> float:
        """Mean IoU of averaged weights on the tune part, at training size."""
        network = copy.deepcopy(self._learner.network)
        network.load_state_dict(average)
        network.eval()
        n_classes = len(self._taxonomy.channels)
        n_windows = limit or (self.state.read_fact("tune") or {}).get("n_windows") or len(self._tune.items)
        chosen = np.linspace(0, len(self._tune.items) - 1, n_windows).round().astype(int)
        total = np.zeros((n_classes, n_classes + 1), dtype=np.int64)
        for index in chosen.tolist():
            window = self._tune.read(index)
            total += confusion(window.labels, self._channels_of(network, window.values), n_classes)
        evaluated = [self._taxonomy.get_class(number).evaluated for number in self._taxonomy.channels]
        return scores(total, evaluated=np.array(evaluated)).mean_iou

    @torch.no_grad()
    def _channels_of(self, network: nn.Module, values: np.ndarray) -> np.ndarray:
        batch = torch.from_numpy(to_network(values, self.preprocessing.stride))
        batch = batch.contiguous(memory_format=torch.channels_last)
        with mixed_precision(is_on=self._bfloat16):
            logits = network(batch * self._learner.factor - self._learner.offset)
        best = logits[0].float().argmax(dim=0).to(torch.uint8).numpy()
        return best[: values.shape[0], : values.shape[1]]


def _wants_bfloat16(options: TrainOptions) -> bool:
    return has_fast_bfloat16() if options.precision == "auto" else options.precision == "bfloat16"


def _for_bands(values: tuple[float, ...], n_bands: int) -> tuple[float, ...]:
    """Per-band constants: the colours' own for three bands, their mean for any other number."""
    return values if len(values) == n_bands else (sum(values) / len(values),) * n_bands


Score = Callable[[dict[str, torch.Tensor]], float]
