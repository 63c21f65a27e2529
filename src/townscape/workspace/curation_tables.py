"""The tables of collecting and curating; `tables` has them all."""

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

from townscape.workspace.schema import metadata

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
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("version", Text, nullable=False),
    Column("modified_at", Float),
    Column("sequence", Text),
    Column("sequence_s", Float),
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
    Column("compared", Text),
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
    Column("audit", Text),
    Column("missed", Integer),
    Index(None, "state", "doubt"),
    Index(None, "audit"),
)
