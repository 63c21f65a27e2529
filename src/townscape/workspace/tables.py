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
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("cursor", Text),
    Column("listed_at", Float),
    Column("run_id", Text),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("kind", "address"),
)

source_entries = Table(
    "source_entries",
    metadata,
    Column("source_id", Text, ForeignKey("sources.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("modified_at", Float),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("image_id", Text, ForeignKey("images.id")),
    Column("seen_at", Float, nullable=False),
    Index(None, "source_id", "state"),
    Index(None, "image_id"),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("image_id", Text, ForeignKey("images.id"), primary_key=True),
    Column("algorithm", Integer, nullable=False),
    Column("content_sha256", Text),
    Column("pixels_sha256", Text),
    Column("hash", LargeBinary, nullable=False),
    Column("flipped", LargeBinary, nullable=False),
    Column("crops", LargeBinary, nullable=False),
    Column("is_flat", Boolean, nullable=False),
    Column("created_at", Float, nullable=False),
    Index(None, "pixels_sha256"),
)

measures = Table(
    "measures",
    metadata,
    Column("image_id", Text, ForeignKey("images.id"), primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("algorithm", Integer, nullable=False),
    Column("value", Float),
    Column("created_at", Float, nullable=False),
    Index(None, "measure", "value"),
)

features = Table(
    "features",
    metadata,
    Column("image_id", Text, ForeignKey("images.id"), primary_key=True),
    Column("encoder", Text, primary_key=True),
    Column("content_sha256", Text),
    Column("vector", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
)

image_pairs = Table(
    "image_pairs",
    metadata,
    Column("first", Text, ForeignKey("images.id"), primary_key=True),
    Column("second", Text, ForeignKey("images.id"), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("distance", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("verdict", Text),
    Column("person", Text),
    Column("run_id", Text),
    Column("created_at", Float, nullable=False),
    Index(None, "second"),
)

redactions = Table(
    "redactions",
    metadata,
    Column("image_id", Text, ForeignKey("images.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("areas", JSON, nullable=False),
    Column("doubt", Float, nullable=False),
    Column("how", JSON, nullable=False),
    Column("reviewer", Text),
    Column("original_sha256", Text, nullable=False),
    Column("original_blob", Text),
    Column("redacted_sha256", Text),
    Column("run_id", Text),
    Column("created_at", Float, nullable=False),
    Column("reviewed_at", Float),
    Column("destroyed_at", Float),
    Index(None, "state", "doubt"),
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
