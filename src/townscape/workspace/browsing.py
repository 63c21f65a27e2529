"""Lists of images as people look at them: filtered, in pages, each with the state of its labels.

One query a page, on indexed columns only, so that a hundred thousand images answer at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from townscape.workspace import tables
from townscape.workspace.database import Database, in_pieces
from townscape.workspace.images import is_current
from townscape.workspace.records import AnnotationState

_i, _a = tables.images.c, tables.annotations.c

LabelState = Literal["unlabelled"] | AnnotationState
"""`unlabelled`: nobody has saved anything yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFilter:
    """Which images; every field narrows the list further."""

    taxonomy: str
    layer: str = "main"
    text: str = ""
    kind: Literal["photo", "raster"] | None = None
    states: tuple[LabelState, ...] = ()
    class_numbers: tuple[int, ...] = ()
    """Images with a pixel of any of these classes."""
    selection: str | None = None
    dataset: str | None = None
    part: str | None = None
    """Part in that dataset."""
    sequence: str | None = None
    model: str | None = None
    """Images with a prediction of this model."""
    below_share: float | None = None
    """Images of which less than this share is labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """One line of the list."""

    id: str
    name: str
    kind: Literal["photo", "raster"]
    width: int
    height: int
    sequence: str | None
    captured_at: float | None
    annotation_id: str | None
    state: LabelState
    labelled_share: float
    head: int


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """An image that says where it was taken, in degrees."""

    id: str
    name: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Browsing:
    """Looking through the images of a workspace."""

    database: Database

    def page(self, wanted: ImageFilter, *, offset: int, limit: int) -> list[ListedImage]:
        """Some of the images that match, by name."""
        query = self._query(wanted).order_by(_i.name, _i.id).offset(offset).limit(limit)
        with self.database.read() as connection:
            return [_listed(dict(row)) for row in connection.execute(query).mappings()]

    def count(self, wanted: ImageFilter) -> int:
        """How many images match."""
        inner = self._query(wanted).with_only_columns(_i.id).subquery()
        with self.database.read() as connection:
            return connection.execute(select(func.count()).select_from(inner)).scalar_one()

    def ids(self, wanted: ImageFilter) -> list[str]:
        """Ids of every image that matches, by name."""
        query = self._query(wanted).with_only_columns(_i.id).order_by(_i.name, _i.id)
        with self.database.read() as connection:
            return list(connection.execute(query).scalars())

    def beside(self, wanted: ImageFilter, image_id: str) -> tuple[str | None, str | None]:
        """The image before and the image after another one among those that match, by name."""
        with self.database.read() as connection:
            name = connection.execute(select(_i.name).where(_i.id == image_id)).scalar_one_or_none()
            if name is None:
                return None, None
            query = self._query(wanted).with_only_columns(_i.id)
            is_before = or_(_i.name < name, and_(_i.name == name, _i.id < image_id))
            is_after = or_(_i.name > name, and_(_i.name == name, _i.id > image_id))
            before = query.where(is_before).order_by(_i.name.desc(), _i.id.desc()).limit(1)
            after = query.where(is_after).order_by(_i.name, _i.id).limit(1)
            return (
                connection.execute(before).scalar_one_or_none(),
                connection.execute(after).scalar_one_or_none(),
            )

    def placed(self, *, bounds: tuple[float, float, float, float] | None = None) -> list[PlacedImage]:
        """Images with a position, by id; only those within (west, south, east, north), if given."""
        query = (
            select(_i.id, _i.name, _i.longitude, _i.latitude)
            .where(_i.longitude.is_not(None), _i.latitude.is_not(None), is_current())
            .order_by(_i.id)
        )
        if bounds is not None:
            west, south, east, north = bounds
            query = query.where(_i.longitude.between(west, east), _i.latitude.between(south, north))
        with self.database.read() as connection:
            return [PlacedImage(*row) for row in connection.execute(query)]

    def sequences(self) -> list[tuple[str, int]]:
        """Sequences with their numbers of images."""
        query = (
            select(_i.sequence, func.count())
            .where(_i.sequence.is_not(None), is_current())
            .group_by(_i.sequence)
            .order_by(_i.sequence)
        )
        with self.database.read() as connection:
            return [(name, count) for name, count in connection.execute(query)]

    def states(self, taxonomy: str, *, layer: str = "main") -> dict[str, int]:
        """Label state → number of images."""
        wanted = ImageFilter(taxonomy=taxonomy, layer=layer)
        inner = self._query(wanted).with_only_columns(_state().label("state")).subquery()
        query = select(inner.c.state, func.count()).group_by(inner.c.state)
        with self.database.read() as connection:
            return {str(state): int(count) for state, count in connection.execute(query)}

    def class_use(
        self, taxonomy: str, *, layer: str | None = None, image_ids: Sequence[str] | None = None
    ) -> dict[int, tuple[int, int]]:
        """Class number → pixels and annotations in which it occurs (in one layer, of these images)."""
        c = tables.annotation_classes.c
        query = (
            select(c.class_number, func.sum(c.pixels), func.count())
            .join(tables.annotations, _a.id == c.annotation_id)
            .where(_a.taxonomy == taxonomy)
            .group_by(c.class_number)
        )
        if layer is not None:
            query = query.where(_a.layer == layer)
        pieces = [None] if image_ids is None else in_pieces(image_ids)
        found: dict[int, tuple[int, int]] = {}
        with self.database.read() as connection:
            for some in pieces:
                narrowed = query if some is None else query.where(_a.image_id.in_(some))
                for number, pixels, count in connection.execute(narrowed):
                    before = found.get(number, (0, 0))
                    found[number] = (before[0] + pixels, before[1] + count)
        return found

    def _query(self, wanted: ImageFilter) -> Select[*tuple[Any, ...]]:
        own = and_(_a.image_id == _i.id, _a.taxonomy == wanted.taxonomy, _a.layer == wanted.layer)
        query = (
            select(
                _i.id, _i.name, _i.kind, _i.width, _i.height, _i.sequence, _i.captured_at,
                _a.id.label("annotation_id"), _state().label("state"), _a.labelled_px, _a.head,
            )
            .select_from(tables.images)
            .join(tables.annotations, own, isouter=True)
            .where(is_current())
        )  # fmt: skip
        for condition in _conditions(wanted):
            query = query.where(condition)
        return query


def _state() -> ColumnElement[str]:
    from sqlalchemy import case

    return case((func.coalesce(_a.head, 0) == 0, "unlabelled"), else_=_a.state)


def _conditions(wanted: ImageFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.text:
        found.append(_i.name.icontains(wanted.text, autoescape=True))
    if wanted.kind:
        found.append(_i.kind == wanted.kind)
    if wanted.states:
        found.append(_state().in_(wanted.states))
    if wanted.sequence is not None:
        found.append(_i.sequence == wanted.sequence)
    if wanted.below_share is not None:
        pixels = wanted.below_share * _i.width * _i.height
        found.append(func.coalesce(_a.labelled_px, 0) < pixels)
    if wanted.class_numbers:
        c = tables.annotation_classes.c
        found.append(exists().where(c.annotation_id == _a.id, c.class_number.in_(wanted.class_numbers)))
    if wanted.selection is not None:
        w = tables.selection_windows.c
        found.append(exists().where(w.image_id == _i.id, w.selection_id == wanted.selection))
    if wanted.dataset is not None:
        d = tables.dataset_items.c
        own = and_(d.image_id == _i.id, d.dataset_id == wanted.dataset)
        found.append(exists().where(own if wanted.part is None else and_(own, d.part == wanted.part)))
    if wanted.model is not None:
        p = tables.predictions.c
        found.append(exists().where(p.image_id == _i.id, p.model_id == wanted.model))
    return found


def _listed(row: dict[str, Any]) -> ListedImage:
    labelled = row.pop("labelled_px") or 0
    row["head"] = row["head"] or 0
    return ListedImage(labelled_share=labelled / max(1, row["width"] * row["height"]), **row)
