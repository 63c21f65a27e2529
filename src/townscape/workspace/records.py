"""The records of a workspace: immutable values, one class per noun of the glossary."""

from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self

from sqlalchemy import RowMapping

from townscape.core.spaces import IDENTITY, Transform, Window
from townscape.core.splits import Part
from townscape.core.statistics import Interval

AnnotationState = Literal["draft", "submitted", "accepted", "returned"]
RevisionKind = Literal["create", "import", "edit", "revert", "prediction", "merge"]
RunState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
Grade = Literal["A", "B", "C"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One picture. `photo`s are decoded whole, `raster`s are read by windows."""

    id: str
    kind: Literal["photo", "raster"]
    name: str
    source: str
    source_version: str
    blob: str | None
    content_sha256: str | None
    width: int
    height: int
    bands: tuple[str, ...]
    dtype: str
    captured_at: float | None = None
    longitude: float | None = None
    latitude: float | None = None
    heading_deg: float | None = None
    camera: str | None = None
    crs: str | None = None
    transform: Transform | None = None
    nodata: float | None = None
    sequence: str | None = None
    sequence_s: float | None = None
    place: str | None = None
    replaces: str | None = None
    run_id: str | None = None
    added_at: float = 0.0
    removed_at: float | None = None

    @property
    def moment_s(self) -> float | None:
        """Seconds on the clock of its recording."""
        return self.captured_at if self.sequence_s is None else self.sequence_s

    @property
    def version(self) -> str:
        """Changes when the pixels that are shown do; what is made of them is kept under it."""
        return self.content_sha256 or self.source_version

    @property
    def stem(self) -> str:
        """File name without folder and ending."""
        return self.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]

    @property
    def whole(self) -> Window:
        """The window that is all of it."""
        return Window(0, 0, self.width, self.height)

    @property
    def geo_transform(self) -> Transform:
        """Image → world; the identity where the image is not georeferenced."""
        return self.transform or IDENTITY

    @classmethod
    def of_row(cls, row: RowMapping) -> Self:
        """The record in a row of table `images`."""
        values = dict(row)
        values["bands"] = tuple(values["bands"])
        values["transform"] = Transform(*values["transform"]) if values["transform"] else None
        return cls(**values)

    def to_row(self) -> dict[str, Any]:
        """Values for a row of table `images`."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values["bands"] = list(self.bands)
        values["transform"] = list(self.transform) if self.transform else None
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """The labels of one image in one taxonomy and layer; `head` is the newest revision."""

    id: str
    image_id: str
    taxonomy: str
    layer: str
    state: AnnotationState
    official_part: Part | None
    width: int
    height: int
    head: int
    next_object: int
    labelled_px: int = 0

    @property
    def labelled_share(self) -> float:
        """0…1; ignore counts as labelled, since somebody looked."""
        return self.labelled_px / max(1, self.width * self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One save: who, when, why, and from which revision it started."""

    annotation_id: str
    number: int
    parent: int | None
    kind: RevisionKind
    author: str | None
    run_id: str | None
    message: str
    taxonomy_version: int
    save_id: str
    answer: dict[str, Any]
    created_at: float
    active_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who labels: a name and a colour, asked once per browser."""

    name: str
    color: str
    seen_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionWindow:
    """One window of a selection."""

    image_id: str
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Frozen windows with the reason why they were chosen."""

    id: str
    name: str
    reason: str
    author: str | None
    run_id: str | None
    created_at: float
    n_windows: int
    windows: tuple[SelectionWindow, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetItem:
    """One window with the labels it had when the dataset was frozen."""

    image_id: str
    window: Window
    annotation_id: str
    revision: int
    part: Part
    is_official: bool
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A frozen list of labelled windows. Two datasets with one hash hold the same pixels."""

    id: str
    content_hash: str
    taxonomy: str
    taxonomy_version: int
    options: dict[str, Any]
    warnings: tuple[str, ...]
    run_id: str | None
    created_at: float
    items: tuple[DatasetItem, ...] = field(repr=False)

    def part(self, *names: Part) -> tuple[DatasetItem, ...]:
        """Items of the parts named."""
        return tuple(item for item in self.items if item.part in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A trained network; its files lie in `models/<id>/`. `card` is a `models.card.ModelCard`."""

    id: str
    name: str
    dataset_id: str | None
    card: dict[str, Any]
    onnx_sha256: str
    run_id: str | None
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a model says of an image: class numbers and confidence, as blobs.

    A photo has two PNG blobs; a raster one GeoTIFF with both bands.
    """

    id: str
    image_id: str
    model_id: str
    kind: Literal["photo", "raster"]
    classes_blob: str
    confidence_blob: str | None
    class_pixels: dict[str, int]
    options: dict[str, Any]
    run_id: str | None
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Scores of one model on one part of one dataset."""

    id: str
    model_id: str
    dataset_id: str
    part: Part
    is_optimistic: bool
    scores: dict[str, Any]
    counts_blob: str
    run_id: str | None
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A named area in world coordinates (or in pixels of an image that has no CRS)."""

    id: str
    zone_set: str
    position: int
    name: str
    crs: str | None
    outline_wkb: bytes
    run_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One number: what it is of, unit, interval, sample size, grade."""

    id: str
    insight: str
    measure: str
    subject_kind: Literal["zone", "image", "sequence", "all"]
    subject_id: str | None
    subject_name: str
    value: float | None
    unit: str
    interval: Interval
    n: int
    n_unit: str
    grade: Grade
    detail: dict[str, Any]
    model_id: str
    position: int = 0
    run_id: str | None = None
    created_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of one stage."""

    id: str
    stage: str
    options: dict[str, Any]
    state: RunState
    process_id: int | None
    process_started_at: float | None
    code_version: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    created_at: float
    started_at: float | None
    finished_at: float | None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen unless somebody resumes it."""
        return self.state in ("done", "failed", "cancelled", "interrupted")
