"""The catalogue's tables, in portable SQL. Nothing outside `workspace` sees them.

Times are seconds since 1970 (UTC). Ids are UUIDv7 text. A change here needs a migration in
`migrations/versions`; a test compares the two.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from townscape.workspace import curation_tables
from townscape.workspace.schema import metadata

features = curation_tables.features
fingerprints = curation_tables.fingerprints
image_pairs = curation_tables.image_pairs
measures = curation_tables.measures
redactions = curation_tables.redactions
source_entries = curation_tables.source_entries
sources = curation_tables.sources

taxonomies = Table(
    "taxonomies",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
)

blobs = Table(
    "blobs",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("added_at", Float, nullable=False),
)

images = Table(
    "images",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_version", Text, nullable=False),
    Column("blob", Text, ForeignKey("blobs.sha256")),
    Column("content_sha256", Text),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bands", JSON, nullable=False),
    Column("dtype", Text, nullable=False),
    Column("captured_at", Float),
    Column("longitude", Float),
    Column("latitude", Float),
    Column("heading_deg", Float),
    Column("crs", Text),
    Column("transform", JSON),
    Column("nodata", Float),
    Column("camera", Text),
    Column("sequence", Text),
    Column("sequence_s", Float),
    Column("place", Text),
    Column("replaces", Text, ForeignKey("images.id")),
    Column("run_id", Text),
    Column("added_at", Float, nullable=False),
    Column("removed_at", Float),
    UniqueConstraint("source", "source_version"),
    Index(None, "content_sha256"),
    Index(None, "sequence", "captured_at"),
    Index(None, "name"),
    Index(None, "replaces"),
)

annotations = Table(
    "annotations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("image_id", Text, ForeignKey("images.id"), nullable=False),
    Column("taxonomy", Text, nullable=False),
    Column("layer", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("official_part", Text),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("head", Integer, nullable=False),
    Column("next_object", BigInteger, nullable=False),
    Column("labelled_px", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("image_id", "taxonomy", "layer"),
    Index(None, "taxonomy", "layer", "state"),
)

annotation_classes = Table(
    "annotation_classes",
    metadata,
    Column("annotation_id", Text, ForeignKey("annotations.id"), primary_key=True),
    Column("class_number", Integer, primary_key=True),
    Column("pixels", BigInteger, nullable=False),
    Index(None, "class_number"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("annotation_id", Text, ForeignKey("annotations.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("parent", Integer),
    Column("kind", Text, nullable=False),
    Column("author", Text),
    Column("run_id", Text),
    Column("message", Text, nullable=False),
    Column("taxonomy_version", Integer, nullable=False),
    Column("save_id", Text, nullable=False, unique=True),
    Column("answer", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("active_s", Float, nullable=False, server_default="0"),
)

tiles = Table(
    "tiles",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("packed", LargeBinary, nullable=False),
    Column("histogram", LargeBinary, nullable=False),
    Column("effort", Integer, nullable=False),
    Column("added_at", Float, nullable=False),
)

revision_tiles = Table(
    "revision_tiles",
    metadata,
    Column("annotation_id", Text, ForeignKey("annotations.id"), primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("tile_row", Integer, primary_key=True),
    Column("tile_column", Integer, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("sha256", LargeBinary(32), ForeignKey("tiles.sha256")),
    Index(None, "sha256"),
)

objects = Table(
    "objects",
    metadata,
    Column("annotation_id", Text, ForeignKey("annotations.id"), primary_key=True),
    Column("object_id", BigInteger, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("class_number", Integer),
    Column("attributes", JSON, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("name", Text, primary_key=True),
    Column("color", Text, nullable=False),
    Column("seen_at", Float, nullable=False),
)

selections = Table(
    "selections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("author", Text),
    Column("run_id", Text),
    Column("created_at", Float, nullable=False),
)

selection_windows = Table(
    "selection_windows",
    metadata,
    Column("selection_id", Text, ForeignKey("selections.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("image_id", Text, ForeignKey("images.id"), nullable=False),
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Index(None, "image_id"),
)

numbered = Table(
    "numbered",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", Text),
    Column("about", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("removed_at", Float),
    Index(None, "kind", "key"),
)

datasets = Table(
    "datasets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("content_hash", Text, nullable=False, unique=True),
    Column("taxonomy", Text, nullable=False),
    Column("taxonomy_version", Integer, nullable=False),
    Column("options", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("run_id", Text),
    Column("created_at", Float, nullable=False),
)

dataset_items = Table(
    "dataset_items",
    metadata,
    Column("dataset_id", Text, ForeignKey("datasets.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("image_id", Text, ForeignKey("images.id"), nullable=False),
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("annotation_id", Text, ForeignKey("annotations.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("part", Text, nullable=False),
    Column("is_official", Boolean, nullable=False),
    Column("group_name", Text, nullable=False),
)

models = Table(
    "models",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("dataset_id", Text, ForeignKey("datasets.id")),
    Column("card", JSON, nullable=False),
    Column("onnx_sha256", Text, nullable=False),
    Column("run_id", Text),
    Column("created_at", Float, nullable=False),
)

predictions = Table(
    "predictions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("image_id", Text, ForeignKey("images.id"), nullable=False),
    Column("model_id", Text, ForeignKey("models.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("classes_blob", Text, ForeignKey("blobs.sha256"), nullable=False),
    Column("confidence_blob", Text, ForeignKey("blobs.sha256")),
    Column("class_pixels", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("run_id", Text),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("image_id", "model_id"),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("model_id", Text, ForeignKey("models.id"), nullable=False),
    Column("dataset_id", Text, ForeignKey("datasets.id"), nullable=False),
    Column("part", Text, nullable=False),
    Column("is_optimistic", Boolean, nullable=False),
    Column("scores", JSON, nullable=False),
    Column("counts_blob", Text, ForeignKey("blobs.sha256"), nullable=False),
    Column("run_id", Text),
    Column("created_at", Float, nullable=False),
)

zones = Table(
    "zones",
    metadata,
    Column("id", Text, primary_key=True),
    Column("zone_set", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("crs", Text),
    Column("outline_wkb", LargeBinary, nullable=False),
    Column("run_id", Text),
    Index(None, "zone_set"),
)

indicators = Table(
    "indicators",
    metadata,
    Column("id", Text, primary_key=True),
    Column("run_id", Text),
    Column("model_id", Text, ForeignKey("models.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("insight", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text),
    Column("subject_name", Text, nullable=False),
    Column("value", Float),
    Column("unit", Text, nullable=False),
    Column("low", Float),
    Column("high", Float),
    Column("n", Integer, nullable=False),
    Column("n_unit", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Index(None, "run_id"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("state", Text, nullable=False),
    Column("process_id", Integer),
    Column("process_started_at", Float),
    Column("code_version", Text, nullable=False),
    Column("result", JSON),
    Column("error", JSON),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
)
