"""What models make: their own records, predictions, evaluations, zones and indicators."""

import dataclasses
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select

from townscape.core.errors import NotFound, UsageError
from townscape.core.ids import new_id
from townscape.core.splits import Part
from townscape.core.statistics import Interval
from townscape.workspace import tables
from townscape.workspace.database import Database
from townscape.workspace.images import is_current
from townscape.workspace.records import Evaluation, Indicator, Model, Prediction, Zone


@dataclass(frozen=True, slots=True)
class Models:
    """The models of a workspace."""

    database: Database

    def put(self, model: Model) -> Model:
        """Store a model's record; its files lie in `models/<id>/` already."""
        with self.database.write() as connection:
            connection.execute(insert(tables.models).values(dataclasses.asdict(model)))
        return model

    def find(self) -> list[Model]:
        """Every model, oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(select(tables.models).order_by(tables.models.c.id)).mappings().all()
        return [Model(**row) for row in rows]

    def get(self, name_or_id: str | None = None) -> Model:
        """A model by name, id or the beginning of an id; the newest by default."""
        models = self.find()
        if not models:
            raise NotFound(
                "This workspace has no model yet.",
                hint="make one with `townscape train`, or bring one: `townscape predict --model FILE.onnx`.",
            )
        if name_or_id is None:
            return models[-1]
        found = [m for m in models if m.name == name_or_id or m.id.startswith(name_or_id)]
        if not found:
            names = ", ".join(m.name for m in models[-5:])
            raise NotFound(f"There is no model {name_or_id}.", hint=f"the newest are {names}.")
        if len(found) > 1:
            raise UsageError(
                f"{name_or_id} may mean several models.", hint="give more of the id, or the name."
            )
        return found[0]

    def free_name(self, wanted: str) -> str:
        """`wanted`, with a number added if a model has that name."""
        taken = {model.name for model in self.find()}
        if wanted not in taken:
            return wanted
        return next(name for k in range(2, 10**6) if (name := f"{wanted}-{k}") not in taken)


@dataclass(frozen=True, slots=True)
class Predictions:
    """The predictions of a workspace: at most one for each image and model."""

    database: Database

    def put(self, prediction: Prediction) -> Prediction:
        """Store a prediction in place of an older one of the same image and model."""
        c = tables.predictions.c
        same = (c.image_id == prediction.image_id) & (c.model_id == prediction.model_id)
        with self.database.write() as connection:
            connection.execute(delete(tables.predictions).where(same))
            connection.execute(insert(tables.predictions).values(dataclasses.asdict(prediction)))
        return prediction

    def find(self, *, model_id: str, image_ids: Iterable[str] | None = None) -> dict[str, Prediction]:
        """Image id → prediction of that model."""
        query = select(tables.predictions).where(tables.predictions.c.model_id == model_id)
        with self.database.read() as connection:
            rows = connection.execute(query).mappings().all()
        found = {row["image_id"]: Prediction(**row) for row in rows}
        return found if image_ids is None else {i: found[i] for i in image_ids if i in found}

    def newest(self, model_id: str, limit: int) -> tuple[int, list[Prediction]]:
        """How many predictions a model has of images in the list, and the newest of them."""
        p, images = tables.predictions, tables.images
        query = (
            select(p).join(images, images.c.id == p.c.image_id).where(p.c.model_id == model_id, is_current())
        )
        with self.database.read() as connection:
            total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
            rows = connection.execute(query.order_by(p.c.id.desc()).limit(limit)).mappings()
            return int(total), [Prediction(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class Evaluations:
    """The evaluations of a workspace."""

    database: Database

    def put(self, evaluation: Evaluation) -> Evaluation:
        """Store an evaluation."""
        with self.database.write() as connection:
            connection.execute(insert(tables.evaluations).values(dataclasses.asdict(evaluation)))
        return evaluation

    def find(self, *, model_id: str | None = None, part: Part | None = None) -> list[Evaluation]:
        """Evaluations that match, oldest first."""
        c = tables.evaluations.c
        query = select(tables.evaluations).order_by(c.id)
        for column, value in ((c.model_id, model_id), (c.part, part)):
            if value is not None:
                query = query.where(column == value)
        with self.database.read() as connection:
            return [Evaluation(**row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class Insights:
    """Zones and indicators."""

    database: Database

    def put_zones(self, zone_set: str, zones: Sequence[Zone]) -> None:
        """Store a set of zones in place of the set of that name."""
        with self.database.write() as connection:
            connection.execute(delete(tables.zones).where(tables.zones.c.zone_set == zone_set))
            if zones:
                connection.execute(insert(tables.zones), [dataclasses.asdict(z) for z in zones])

    def zones(self, zone_set: str) -> list[Zone]:
        """The zones of a set, in their order."""
        c = tables.zones.c
        query = select(tables.zones).where(c.zone_set == zone_set).order_by(c.position)
        with self.database.read() as connection:
            return [Zone(**row) for row in connection.execute(query).mappings()]

    def put_indicators(self, indicators: Iterable[Indicator], *, run_id: str) -> list[Indicator]:
        """Store what one run found, in the order given."""
        now = time.time()
        stored = [
            dataclasses.replace(i, id=i.id or new_id(), run_id=run_id, position=k, created_at=now)
            for k, i in enumerate(indicators)
        ]
        rows = [_indicator_row(indicator) for indicator in stored]
        with self.database.write() as connection:
            if rows:
                connection.execute(insert(tables.indicators), rows)
        return stored

    def newest_by_model(self) -> list[list[Indicator]]:
        """What the newest insights run of each model found, the newest run first."""
        c = tables.indicators.c
        query = (
            select(c.model_id, c.run_id, func.max(c.created_at).label("at"))
            .group_by(c.model_id, c.run_id)
            .order_by(func.max(c.created_at).desc())
        )
        with self.database.read() as connection:
            newest: dict[str, str] = {}
            for model_id, run_id, _ in connection.execute(query):
                newest.setdefault(model_id, run_id)
        return [self.indicators(run_id=run_id) for run_id in newest.values()]

    def indicators(self, *, run_id: str | None = None) -> list[Indicator]:
        """What a run found, in its order; the newest insights run by default."""
        c = tables.indicators.c
        with self.database.read() as connection:
            if run_id is None:
                newest = select(c.run_id).order_by(c.created_at.desc(), c.id.desc()).limit(1)
                run_id = connection.execute(newest).scalar_one_or_none()
            query = select(tables.indicators).where(c.run_id == run_id).order_by(c.position)
            return [_indicator(row) for row in connection.execute(query).mappings()]


def _indicator_row(indicator: Indicator) -> dict[str, Any]:
    values: dict[str, Any] = {
        f.name: getattr(indicator, f.name) for f in dataclasses.fields(indicator) if f.name != "interval"
    }
    values["low"], values["high"] = indicator.interval.low, indicator.interval.high
    values["detail"] = dict(indicator.detail) | {
        "interval_groups": indicator.interval.n_groups,
        "interval_method": indicator.interval.method,
    }
    return values


def _indicator(row: RowMapping | Mapping[str, Any]) -> Indicator:
    values = dict(row)
    detail = dict(values.pop("detail"))
    interval = Interval(
        values.pop("low"),
        values.pop("high"),
        detail.pop("interval_groups", 0),
        detail.pop("interval_method", ""),
    )
    return Indicator(**values, detail=detail, interval=interval)
